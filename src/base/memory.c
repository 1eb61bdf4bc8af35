#include "base/memory.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/error.h"

#define SPARE                                                                                      \
    ((size_t)48 << 20) // what libvips, Pango and oneDNN take besides, seen with `ulimit -v`

// The number that a file holds; SIZE_MAX without one ("max").
static size_t read_number(const char *path)
{
    size_t number;
    FILE *file = fopen(path, "re");
    if (!file)
        return SIZE_MAX;
    const int found = fscanf(file, "%zu", &number);
    fclose(file);
    return found == 1 ? number : SIZE_MAX;
}

// The least limit of a cgroup and those above it. The path may be one of the host, which a
// container does not see; its own group is then the mount itself.
static size_t least_of(const char *mount, char *group, const char *file)
{
    char path[PATH_MAX];
    size_t least = SIZE_MAX;
    for (char *slash = group + strlen(group);; slash = strrchr(group, '/')) {
        if (!slash)
            return least;
        *slash = 0;
        snprintf(path, sizeof path, "%s%s/%s", mount, group, file);
        const size_t number = read_number(path);
        least = number < least ? number : least;
    }
}

// Of the process's cgroup, of either version.
static size_t quota(void)
{
    char line[PATH_MAX];
    size_t least = SIZE_MAX;
    FILE *file = fopen("/proc/self/cgroup", "re");
    while (file && fgets(line, sizeof line, file)) {
        char *controllers = strchr(line, ':'), *path = strstr(line, ":/");
        line[strcspn(line, "\n")] = 0;
        if (!controllers || !path)
            continue;
        const size_t most =
            strncmp(controllers, "::", 2) == 0 ? least_of("/sys/fs/cgroup", path + 1, "memory.max")
            : strncmp(controllers, ":memory:", 8) == 0
                ? least_of("/sys/fs/cgroup/memory", path + 1, "memory.limit_in_bytes")
                : SIZE_MAX;
        least = most < least ? most : least;
    }
    if (file)
        fclose(file);
    return least;
}

// What the limit of address space leaves; SIZE_MAX without one.
static size_t space_left(void)
{
    struct rlimit space;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), used = read_number("/proc/self/statm");
    if (getrlimit(RLIMIT_AS, &space) || space.rlim_cur == RLIM_INFINITY)
        return SIZE_MAX;
    return used < space.rlim_cur / page ? (size_t)space.rlim_cur - used * page : 0;
}

size_t memory_share(void)
{
    const long pages = sysconf(_SC_PHYS_PAGES), bytes = sysconf(_SC_PAGESIZE);
    const size_t left = space_left();
    size_t most = quota();
    if (pages > 0 && bytes > 0 && (size_t)pages < most / (size_t)bytes)
        most = (size_t)pages * (size_t)bytes;
    most = left < most ? left : most;
    return most / 4 * 3 + 1;
}

int memory_probe(size_t bytes, const char *name, swatch_error *error)
{
    const size_t all = bytes + SPARE;
    void *room = all < bytes ? MAP_FAILED
                             : mmap(NULL, all, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED)
        return error_set(error, SWATCH_NO_MEMORY, "%s: out of memory: it needs %zu MB", name,
                         all >> 20);
    munmap(room, all);
    return SWATCH_OK;
}

int memory_grow(float **numbers, size_t *room, size_t count, swatch_error *error)
{
    if (*room >= count)
        return SWATCH_OK;
    float *larger = realloc(*numbers, count * sizeof *larger);
    if (!larger)
        return error_memory(error);
    *numbers = larger;
    *room = count;
    return SWATCH_OK;
}
