// What public functions do first and last: refuse NULL, read option structs of any version, and
// return the status that the error holds.
#ifndef API_API_H
#define API_API_H

#include <stddef.h>
#include <swatch.h>

#include "base/error.h"

// Returns SWATCH_USAGE from the calling function when a pointer is NULL.
#define API_NEEDS(pointer, error)                                                                  \
    do {                                                                                           \
        if (!(pointer))                                                                            \
            return error_set(error, SWATCH_USAGE, "%s: " #pointer " is NULL", __func__);           \
    } while (0)

// Copies an option struct of the caller, whose first member is its size, to the `size` bytes at
// `to`. Members that the caller's struct lacks become 0. given: NULL means all 0. SWATCH_USAGE when
// the size was never set, or when a newer caller sets a member that this library lacks.
int api_options(void *to, size_t size, const void *given, const char *name, swatch_error *error);
#define API_OPTIONS(to, given, error) api_options(&(to), sizeof(to), given, #given, error)

// Copies as many of the `size` bytes at `from` into the caller's struct `to`, whose first member is
// its size, as it has room for.
int api_fill(void *to, const void *from, size_t size, const char *name, swatch_error *error);

// Ends a call. On failure copies `own`, the error of the inner functions, to the caller's error and
// returns its status, which may be more precise than `status`.
int api_end(int status, const swatch_error *own, swatch_error *error);

// The threads that a call may use: `wanted`, or as many as the process may run where that is 0 or
// more than THREADS_MAX, which the inner function refuses.
unsigned api_threads(unsigned wanted);

// Calls the caller's progress function (may be NULL). SWATCH_CANCELLED when it says stop.
int api_progress(swatch_progress progress, void *user, double done, swatch_error *error);

#endif
