// Makes allocations fail. The linker sends the allocations of swatch's own objects, not those
// inside other libraries, to the functions below (tests/CMakeLists.txt). As in SQLite's tests, a
// test runs with the first allocation failing, then the second, and so on until none fails. The
// sanitizer reports what is used wrongly or not freed.
#ifndef TESTS_FAILING_H
#define TESTS_FAILING_H

#include <stddef.h>

static _Atomic size_t calls; // of all threads
static size_t failing;       // the number of the call that fails; 0: none

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
char *__wrap_strdup(const char *text);

static int fails(void)
{
    return ++calls == failing;
}
void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}
void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}
void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}
void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __real_aligned_alloc(alignment, size);
}
char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

#endif
