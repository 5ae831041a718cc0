#include "elf.h"

#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NATIVE_CLASS (sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32)

static bool read_at(int file, void* to, size_t size, uint64_t offset)
{
    unsigned char* at = to;
    while (size > 0)
    {
        const ssize_t count = pread(file, at, size, (off_t)offset);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        at += count;
        offset += (uint64_t)count;
        size -= (size_t)count;
    }
    return true;
}

/* Bytes that are missing of offset..offset+size. A sum that overflows is missing all the same. */
static uint64_t missing(uint64_t file_size, uint64_t offset, uint64_t size)
{
    if (size > UINT64_MAX - offset) return UINT64_MAX;
    return offset + size > file_size ? offset + size - file_size : 0;
}

uint64_t bfl_elf_missing(int file)
{
    struct stat about;
    ElfW(Ehdr) head;
    if (fstat(file, &about) != 0 || !read_at(file, &head, sizeof head, 0)) return 0;
    if (memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_ident[EI_CLASS] != NATIVE_CLASS ||
        head.e_phentsize != sizeof(ElfW(Phdr)))
    {
        return 0;
    }
    const uint64_t file_size = (uint64_t)about.st_size;
    uint64_t most = missing(file_size, head.e_phoff, (uint64_t)head.e_phnum * head.e_phentsize);
    if (most > 0) return most;
    for (unsigned i = 0; i < head.e_phnum; ++i) /* at most 65535 */
    {
        ElfW(Phdr) part;
        const uint64_t at = head.e_phoff + (uint64_t)i * sizeof part;
        if (!read_at(file, &part, sizeof part, at)) return sizeof part;
        /* The others (notes, tables for unwinding) lie inside of what is loaded. */
        if (part.p_type != PT_LOAD && part.p_type != PT_DYNAMIC && part.p_type != PT_TLS) continue;
        const uint64_t lacks = missing(file_size, part.p_offset, part.p_filesz);
        if (lacks > most) most = lacks;
    }
    return most;
}
