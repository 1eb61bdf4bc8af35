// Threads that wait for work of OpenMP's sleep.

#include <omp.h>
#include <time.h>
#include <unistd.h>

#include "base/threads.h"
#include "test.h"

#define ROUNDS 20

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// Processor time that two threads take while one of them sleeps 60 ms in all.
static double time_of_waiting(void)
{
    const double start = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < ROUNDS; i++) {
#pragma omp parallel num_threads(2)
        if (omp_get_thread_num() == 0)
            usleep(3000);
    }
    return seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
}

int main(int argc, char **argv)
{
#ifdef __clang__
    TEST_SKIP("%s needs GNU's OpenMP, not LLVM's", argv[0]);
#endif
    // The variables that decide this are read before main.
    if (argc == 1 && (getenv("OMP_WAIT_POLICY") || getenv("GOMP_SPINCOUNT"))) {
        unsetenv("OMP_WAIT_POLICY");
        unsetenv("GOMP_SPINCOUNT");
        execv("/proc/self/exe", (char *[]){argv[0], (char *)"again", NULL});
        return 1;
    }
    const double before = time_of_waiting();
    threads_wait_asleep();
    threads_wait_asleep(); // once is enough
    usleep(100000);
    const double after = time_of_waiting();
    fprintf(stderr, "%d waits took %.1f ms of processor time, then %.1f ms\n", ROUNDS, 1e3 * before,
            1e3 * after);
    CHECK(after < 0.02);
    CHECK(threads_allowed() >= 1);
    const unsigned was = threads_set(3);
    CHECK(threads_set(was) == 3);
    return test_end();
}
