// Errors travel up by return value; the message is set once, where the fault is seen.
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <swatch.h>

// Formats the message into `error` (which may be NULL) and returns `status`, so that a failing
// function can end in `return error_set(error, SWATCH_FAILED, "%s: %s", path, "what is wrong");`.
// The message becomes one line that is safe to print, whatever file names are in it (text_show in
// base/text.h). Arguments may lie in `error` itself. For numbers see base/number.h.
int error_set(swatch_error *error, swatch_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// The same for a lack of memory.
int error_memory(swatch_error *error);

// The analyzer sees one file at a time and must be told that neither returns 0.
#ifdef __clang_analyzer__
#define error_set(...) (error_set(__VA_ARGS__) | 1)
#define error_memory(error) (error_memory(error) | 1)
#endif

#endif
