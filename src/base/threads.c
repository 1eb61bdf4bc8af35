#include "base/threads.h"

#include <limits.h>
#include <omp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// Whole processors of the cgroup's quota, rounded up; UINT_MAX without one.
static unsigned quota(void)
{
    unsigned long long most, period;
    FILE *file = fopen("/sys/fs/cgroup/cpu.max", "r");
    if (!file)
        return UINT_MAX;
    const int found = fscanf(file, "%llu %llu", &most, &period); // "max 100000": none
    fclose(file);
    if (found != 2 || period == 0)
        return UINT_MAX;
    const unsigned long long whole = most / period + (most % period != 0);
    return whole == 0 ? 1 : whole < UINT_MAX ? (unsigned)whole : UINT_MAX;
}

unsigned threads_allowed(void)
{
    const unsigned wanted = (unsigned)omp_get_max_threads(), most = quota();
    return wanted < most ? wanted : most;
}

static void *crowd(void *unused)
{
#pragma omp parallel num_threads(omp_get_num_procs() + 1)
    {
#pragma omp barrier // an empty loop the compiler leaves out
    }
    for (;;)
        pause();
    return unused;
}

static void start_crowd(void)
{
    pthread_t thread;
    if (!getenv("OMP_WAIT_POLICY") && !getenv("GOMP_SPINCOUNT") &&
        pthread_create(&thread, NULL, crowd, NULL) == 0)
        pthread_detach(thread);
}

void threads_wait_asleep(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_crowd);
}

unsigned threads_set(unsigned threads)
{
    const unsigned before = (unsigned)omp_get_max_threads();
    omp_set_num_threads((int)threads);
    return before;
}
