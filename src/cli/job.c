// A photo on its way, or a part of one.

#include "job.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct job *job_part(const struct job *whole)
{
    struct job *job = calloc(1, sizeof *job);
    if (job)
        *job = (struct job){
            .entry = whole->entry, .number = whole->number, .more = 1, .replace = whole->replace};
    if (job && whole->folder &&
        (!(job->name = strdup(whole->name)) || !(job->folder = strdup(whole->folder)))) {
        free(job->name);
        free(job);
        return NULL;
    }
    return job;
}

int job_fail(struct job *job, int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(job->error.message, sizeof job->error.message, format, arguments);
    va_end(arguments);
    job->error.status = (swatch_status)status;
    return job->status = status;
}
