#include "memory-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL                                                                            \
    0x0008U /* Linux 6.3: not to be executed as a program; mapping code from it stays allowed */
#endif

static void give_up(int* file)
{
    (void)close(*file);
    *file = -1;
}

int bfl_memory_file_new(const char* name)
{
    char shown[128];
    (void)snprintf(shown, sizeof shown, "%s", name);
    const int file = memfd_create(shown, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    if (file >= 0 || errno != EINVAL) return file;
    return memfd_create(shown, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

void bfl_memory_file_add(int* file, const void* data, size_t size)
{
    const unsigned char* at = data;
    while (*file >= 0 && size > 0)
    {
        const ssize_t count = write(*file, at, size);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0)
        {
            give_up(file);
            return;
        }
        at += count;
        size -= (size_t)count;
    }
}

void bfl_memory_file_seal(int* file)
{
    if (*file < 0) return;
    if (fcntl(*file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
    {
        give_up(file);
        return;
    }
    /* A security policy may forbid running code from such memory; better to see it now than in
     * dlopen. */
    const size_t size = (size_t)sysconf(_SC_PAGESIZE);
    void* probe = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_PRIVATE, *file, 0);
    if (probe == MAP_FAILED)
    {
        give_up(file);
        return;
    }
    (void)munmap(probe, size);
}
