// How many threads the process may run at once.
#ifndef BASE_THREADS_H
#define BASE_THREADS_H

// OpenMP's own count (affinity, OMP_NUM_THREADS), but no more than the quota of the process's
// cgroup (cpu.max, version 2) rounded up. At least 1.
unsigned threads_allowed(void);

// Sets how many threads parallel loops of the calling thread use, and returns what it was, to be
// set again.
unsigned threads_set(unsigned threads);

#endif
