// What memory there is, and threads: both told before who ends the process without them is asked.

#include <dlfcn.h>
#include <errno.h>
#include <omp.h>
#include <pthread.h>
#include <sys/resource.h>

#include "base/memory.h"
#include "base/threads.h"
#include "test.h"

// AddressSanitizer uses again at once what is freed. It gets no memory below the limit of this
// test.
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "quarantine_size_mb=0:thread_local_quarantine_size_kb=0";
}

static int most = 1000, running; // threads at a time besides those before

// In place of libc's, also for libgomp.
int pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*run)(void *), void *user)
{
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    if (running == most)
        return EAGAIN;
    running++;
    return real(thread, how, run, user);
}

int pthread_join(pthread_t thread, void **result)
{
    int (*real)(pthread_t, void **) = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "pthread_join");
    const int status = real(thread, result);
    running--;
    return status;
}

static void test_memory(void)
{
    const size_t share = memory_share();
    struct rlimit before, less;
    swatch_error error;
    CHECK(share > (size_t)64 << 20);
    CHECK(memory_probe(1 << 20, "it", &error) == 0);
    CHECK(memory_probe(SIZE_MAX, "it", &error) == SWATCH_NO_MEMORY);
    getrlimit(RLIMIT_AS, &before);
    less = before;
    less.rlim_cur = (rlim_t)1 << 30;
    setrlimit(RLIMIT_AS, &less);
    CHECK(memory_share() < (size_t)1 << 30 && memory_share() <= share);
    CHECK(memory_probe((size_t)1 << 30, "photo.jpg", &error) == SWATCH_NO_MEMORY);
    CHECK(strncmp(error.message, "photo.jpg: out of memory", 24) == 0);
    setrlimit(RLIMIT_AS, &before);
    CHECK(memory_share() == share);
}

static int count_threads(void)
{
    int count = 0;
#pragma omp parallel reduction(+ : count)
    count++;
    return count;
}

// A pool of OpenMP's belongs to the thread that made it.
static void *set_threads(void *counts)
{
    int *count = counts;
    running = 0;
    most = count[0];
    const unsigned before = threads_set(8);
    count[1] = count_threads();
    threads_restore(before);
    CHECK((unsigned)omp_get_max_threads() == before);
    return NULL;
}

static void test_threads(void)
{
    static const int cases[][2] = {{0, 1}, {2, 1}, {4, 3}, {100, 8}}; // two are left free
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pthread_t thread;
        int counts[2] = {cases[i][0]};
        most = 1000;
        CHECK(pthread_create(&thread, NULL, set_threads, counts) == 0);
        pthread_join(thread, NULL);
        CHECK(counts[1] == cases[i][1]);
    }
    running = 0;
    most = 2;
    CHECK(threads_can_start(2) && !threads_can_start(3));
}

int main(void)
{
    test_memory();
    test_threads();
    return test_end();
}
