// A clock for measuring how long something takes. It tells no date. Every room may include this
// header, so it includes nothing of swatch.
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <time.h>

// Seconds since an arbitrary moment. Never goes back.
static inline double clock_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// Seconds that all threads of this process have computed. Other work on the machine hardly changes
// how many something takes.
static inline double clock_processors(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#endif
