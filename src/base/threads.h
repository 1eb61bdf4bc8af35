// How many threads the process may run at once.
#ifndef BASE_THREADS_H
#define BASE_THREADS_H

// OpenMP's own count (affinity, OMP_NUM_THREADS), but no more than the quota of the process's
// cgroup (cpu.max, version 2) rounded up. At least 1.
unsigned threads_allowed(void);

// From here on threads that wait for work of OpenMP's sleep, unless OMP_WAIT_POLICY or
// GOMP_SPINCOUNT says how they wait. Else they spin for milliseconds and take the processor from
// whoever shares the machine: docs/decisions.md ("Waiting asleep"). libgomp reads its variables
// before main, but it never spins for long where it has more threads than processors: so a second
// set of threads, which only sleeps, is started, once a process.
void threads_wait_asleep(void);
// Whether so many more threads can run now.
int threads_can_start(unsigned count);

// Sets how many threads parallel loops of the calling thread use, and returns what it was, to be
// set again with threads_restore. Where so many cannot be started it sets fewer, since OpenMP ends
// the process then; those that can are started, and kept by OpenMP for the calling thread.
unsigned threads_set(unsigned threads);
void threads_restore(unsigned before);

#endif
