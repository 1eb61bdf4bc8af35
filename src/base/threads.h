// How many threads the process may run at once.
#ifndef BASE_THREADS_H
#define BASE_THREADS_H

#define THREADS_MAX 1024 // that a caller may ask for

// OpenMP's own count (affinity, OMP_NUM_THREADS), but no more than the quota of the process's
// cgroup (cpu.max, version 2) rounded up. At least 1.
unsigned threads_allowed(void);

// From here on threads that wait for work of OpenMP's sleep, unless OMP_WAIT_POLICY or
// GOMP_SPINCOUNT says how they wait. Else they spin for milliseconds and take the processor from
// whoever shares the machine: docs/decisions.md ("Waiting asleep"). libgomp reads these variables
// before main, too early to set them here. But it never spins for long when it has more threads
// than processors, so this starts a second set of threads, which only sleep, once in a process.
void threads_wait_asleep(void);
// Whether so many more threads can run now.
int threads_can_start(unsigned count);

// Sets how many threads the calling thread's parallel loops use, and returns the number before, for
// threads_restore. If so many cannot be started it sets fewer, because OpenMP would end the
// process. OpenMP keeps the threads that are started for the calling thread.
unsigned threads_set(unsigned threads);
void threads_restore(unsigned before);

#endif
