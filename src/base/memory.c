#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

// Of the cgroup; SIZE_MAX without one.
static size_t quota(void)
{
    size_t most;
    FILE *file = fopen("/sys/fs/cgroup/memory.max", "re");
    if (!file)
        return SIZE_MAX;
    const int found = fscanf(file, "%zu", &most); // "max": none
    fclose(file);
    return found == 1 ? most : SIZE_MAX;
}

size_t memory_allowed(void)
{
    const long pages = sysconf(_SC_PHYS_PAGES), bytes = sysconf(_SC_PAGESIZE);
    struct rlimit space;
    size_t most = quota();
    if (pages > 0 && bytes > 0 && (size_t)pages < most / (size_t)bytes)
        most = (size_t)pages * (size_t)bytes;
    if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY &&
        space.rlim_cur < most)
        most = (size_t)space.rlim_cur;
    return most;
}

void *memory_block(size_t bytes)
{
    const size_t page = (size_t)2 << 20, large = bytes / page * page;
    void *block = NULL;
    if (posix_memalign(&block, large > page ? page : 64, bytes))
        return NULL;
    if (large > page)
        madvise(block, large, MADV_HUGEPAGE); // no loss where it fails
    return block;
}
