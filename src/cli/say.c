// Messages on standard error.

#include "say.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

#include "progress.h"
#include "show.h"

void say(const char *format, ...)
{
    char line[4001], shown[4001];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    show_safe(line, shown, sizeof shown, INT_MAX);
    progress_clear();
    fprintf(stderr, "%s\n", shown);
}

void say_list(char *text, size_t size, const char *const *names)
{
    size_t used = 0;
    *text = 0;
    for (size_t i = 0; names[i] && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s",
                                 i == 0         ? ""
                                 : names[i + 1] ? ", "
                                                : " or ",
                                 names[i]);
}
