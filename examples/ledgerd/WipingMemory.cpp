// Memory that C++ code gives back is overwritten first, in the whole process: a session's cookie, a
// password or a bank's token passes through many strings, of ours, of libraries and of plugins, and
// none of them would think of it.
#include <cstdlib>
#include <cstring>
#include <malloc.h>
#include <new>

// Sanitizers have operators of their own, which find more faults than these.
#ifndef BANKFEED_SANITIZED

void* operator new(std::size_t size)
{
    while (true)
    {
        if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
        const std::new_handler handler = std::get_new_handler();
        if (handler == nullptr) throw std::bad_alloc();
        handler();
    }
}

void operator delete(void* memory) noexcept
{
    if (memory == nullptr) return;
    ::explicit_bzero(memory, ::malloc_usable_size(memory));
    std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept
{
    ::operator delete(memory);
}

#endif
