// Sets the message of a swatch_error.

#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

int error_set(swatch_error *error, swatch_status status, const char *format, ...)
{
    va_list arguments;
    if (!error)
        return status;
    error->status = status;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    for (char *c = error->message; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = '?';
    return status;
}

int error_memory(swatch_error *error)
{
    return error_set(error, SWATCH_FAILED, "out of memory");
}
