// Errors travel up by return value; the message is set once, where the fault is seen.
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <swatch.h>

// Formats the message into `error` (which may be NULL) and returns `status`, so that a failing
// function can end in `return error_set(error, SWATCH_FAILED, "%s: %s", path, "what is wrong");`.
// Line breaks and other control characters in the message become '?' so that it stays one line.
int error_set(swatch_error *error, swatch_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// The same for a lack of memory.
int error_memory(swatch_error *error);

#endif
