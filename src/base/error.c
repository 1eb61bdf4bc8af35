// Sets the message of a swatch_error.

#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

// In brackets, because both names are macros for the analyzer.
int(error_set)(swatch_error *error, swatch_status status, const char *format, ...)
{
    va_list arguments;
    // Not the message itself, which may be among the arguments; and longer, so that no character
    // of it is cut.
    char text[sizeof error->message + TEXT_BYTES];
    if (!error)
        return status;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    error->status = status;
    text_show(text, error->message, sizeof error->message);
    return status;
}

int(error_memory)(swatch_error *error)
{
    return error_set(error, SWATCH_NO_MEMORY, "out of memory");
}
