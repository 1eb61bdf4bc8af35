// C++'s operator new with room for one more number behind each block, for the sanitizers' builds.
//
// oneDNN 2.6 reads one element behind the end of a vector while it makes a bf16 convolution for AMX
// (brgconv:avx512_core_amx_bf16, its table of offsets) and does not use what it read. Where malloc
// keeps its own numbers behind a block that is harmless; AddressSanitizer's may have nothing there
// but the end of the memory, and the program ends. Names are those of the Itanium C++ ABI.

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define ROOM 8
#define EXPORT __attribute__((visibility("default")))

struct nothrow;

EXPORT void *_Znwm(size_t bytes);
EXPORT void *_ZnwmRKSt9nothrow_t(size_t bytes, const struct nothrow *tag);
EXPORT void _ZdlPv(void *block);
EXPORT void _ZdlPvm(void *block, size_t bytes);
EXPORT void _ZdlPvRKSt9nothrow_t(void *block, const struct nothrow *tag);

void *_ZnwmRKSt9nothrow_t(size_t bytes, const struct nothrow *tag)
{
    void *block;
    (void)tag;
    // Not malloc, which some tests make fail.
    return bytes <= SIZE_MAX - ROOM && !posix_memalign(&block, 16, bytes + ROOM) ? block : NULL;
}

void *_Znwm(size_t bytes)
{
    void *block = _ZnwmRKSt9nothrow_t(bytes, NULL);
    if (!block)
        abort();
    return block;
}

void _ZdlPv(void *block)
{
    free(block);
}

void _ZdlPvm(void *block, size_t bytes)
{
    (void)bytes;
    free(block);
}

void _ZdlPvRKSt9nothrow_t(void *block, const struct nothrow *tag)
{
    (void)tag;
    free(block);
}
