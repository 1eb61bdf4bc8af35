// The test framework. A failed CHECK prints its place and is counted. A test program ends with
// `return test_end();`. A test that cannot run here calls TEST_SKIP: it prints why on standard
// error, and ctest prints "Skipped".
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int test_checks, test_failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        test_checks++;                                                                             \
        if (!(condition)) {                                                                        \
            test_failures++;                                                                       \
            fprintf(stderr, "%s:%d: CHECK failed: %s\n", __FILE__, __LINE__, #condition);          \
        }                                                                                          \
    } while (0)

#define CHECK_NEAR(got, want, tolerance)                                                           \
    do {                                                                                           \
        double got_ = (got), want_ = (want), tolerance_ = (tolerance);                             \
        test_checks++;                                                                             \
        if (!(fabs(got_ - want_) <= tolerance_)) {                                                 \
            test_failures++;                                                                       \
            fprintf(stderr, "%s:%d: %s is %.9g, want %.9g +- %.3g\n", __FILE__, __LINE__, #got,    \
                    got_, want_, tolerance_);                                                      \
        }                                                                                          \
    } while (0)

#define CHECK_STRING(got, want)                                                                    \
    do {                                                                                           \
        const char *got_ = (got), *want_ = (want);                                                 \
        test_checks++;                                                                             \
        if (!got_ || strcmp(got_, want_) != 0) {                                                   \
            test_failures++;                                                                       \
            fprintf(stderr, "%s:%d: %s is \"%s\", want \"%s\"\n", __FILE__, __LINE__, #got,        \
                    got_ ? got_ : "(null)", want_);                                                \
        }                                                                                          \
    } while (0)

#define TEST_SKIP(...)                                                                             \
    do {                                                                                           \
        fprintf(stderr, "SKIPPED: " __VA_ARGS__);                                                  \
        fprintf(stderr, "\n");                                                                     \
        exit(77);                                                                                  \
    } while (0)

// The larger of `worst` and the difference of a and b. A difference that is no number is infinite:
// fmax alone would pass over it.
static inline double test_worse(double worst, double a, double b)
{
    const double difference = fabs(a - b);
    return isnan(difference) ? INFINITY : fmax(worst, difference);
}

static inline int test_end(void)
{
    fprintf(stderr, "%d checks, %d failed\n", test_checks, test_failures);
    return test_failures > 0 || test_checks == 0;
}

#endif
