#include "base/threads.h"

#include <limits.h>
#include <omp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"

#define CROWD ((unsigned)omp_get_num_procs() + 1)
// Threads that are left free: libvips starts one for a photo, and the system counts a thread for a
// moment longer than it runs.
#define SPARE 2
#define MOST THREADS_MAX

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

static void *wait_for(void *gate)
{
    pthread_mutex_lock(gate);
    pthread_mutex_unlock(gate);
    return NULL;
}

// How many of `wanted` further threads, at most MOST, can run at once. They are started and ended
// again.
static unsigned possible(unsigned wanted)
{
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    pthread_t started[MOST];
    unsigned count = 0;
    pthread_mutex_lock(&gate);
    while (count < wanted && count < MOST &&
           pthread_create(&started[count], NULL, wait_for, &gate) == 0)
        count++;
    pthread_mutex_unlock(&gate);
    for (unsigned i = 0; i < count; i++)
        pthread_join(started[i], NULL);
    pthread_mutex_destroy(&gate);
    return count;
}

// One thread more than there are processors, so that not even these spin.
static void *crowd(void *unused)
{
#pragma omp parallel num_threads(CROWD)
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
        possible(CROWD + SPARE) == CROWD + SPARE && pthread_create(&thread, NULL, crowd, NULL) == 0)
        pthread_detach(thread);
}

void threads_wait_asleep(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_crowd);
}

int threads_can_start(unsigned count)
{
    return possible(count) == count;
}

unsigned threads_set(unsigned threads)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static _Thread_local unsigned there = 1; // threads that OpenMP has for the calling thread
    const unsigned before = (unsigned)omp_get_max_threads();
    if (threads > there && memory_probe(0, "threads", NULL) == 0) {
        // One after the other, so that nobody counts on what another is about to take.
        pthread_mutex_lock(&lock);
        const unsigned more = possible(threads - there + SPARE);
        there += more > SPARE ? more - SPARE : 0;
        omp_set_num_threads((int)there);
#pragma omp parallel
        {
        }
        pthread_mutex_unlock(&lock);
    }
    omp_set_num_threads((int)(threads < there ? threads : there));
    return before;
}

void threads_restore(unsigned before)
{
    omp_set_num_threads((int)before);
}
