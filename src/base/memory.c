#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
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
