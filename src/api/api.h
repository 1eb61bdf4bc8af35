// What every function of the public interface does first and last: it refuses a NULL, takes option
// structs of any age, and gives the caller the status that stands in the error.
#ifndef API_API_H
#define API_API_H

#include <stddef.h>
#include <swatch.h>

#include "base/error.h"

// Returns SWATCH_USAGE from the function that says it, when a pointer is NULL.
#define API_NEEDS(pointer, error)                                                                  \
    do {                                                                                           \
        if (!(pointer))                                                                            \
            return error_set(error, SWATCH_USAGE, "%s: " #pointer " is NULL", __func__);           \
    } while (0)

// Copies an option struct of the caller, whose first member is its size, over the `size` bytes at
// `to`; what the caller's struct does not have becomes 0. given: NULL means all 0. SWATCH_USAGE
// when the size was never set, or when a newer caller sets a member that this library lacks.
int api_options(void *to, size_t size, const void *given, const char *name, swatch_error *error);
#define API_OPTIONS(to, given, error) api_options(&(to), sizeof(to), given, #given, error)

// Gives `to`, a struct of the caller whose first member is its size, as much of the `size` bytes at
// `from` as it has room for.
int api_fill(void *to, const void *from, size_t size, const char *name, swatch_error *error);

// Ends a call: on failure passes `own`, the error of the inner functions, on to the caller's and
// returns its status, which may be finer than `status`.
int api_end(int status, const swatch_error *own, swatch_error *error);

// Between steps: SWATCH_CANCELLED when the caller's progress function says stop. progress may be
// NULL.
int api_progress(swatch_progress progress, void *user, double done, swatch_error *error);

#endif
