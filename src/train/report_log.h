// Named curves out of a run's log.
#ifndef TRAIN_REPORT_LOG_H
#define TRAIN_REPORT_LOG_H

#include <stddef.h>
#include <swatch.h>

struct series {
    char *name;
    struct series_point {
        double step, value; // both finite; steps ascend
    } * points;
    size_t count, room;
};

struct report_log {
    struct series *series; // in the order of their first values
    size_t count;
    size_t unreadable; // lines that are no record: cut off in a crash
};

// Reads the text of a log, `size` bytes. A run that was continued from a checkpoint takes some
// steps again: a series that steps back loses what it had from there on. The caller frees it, also
// after an error.
int report_log_parse(const char *text, size_t size, struct report_log *log, swatch_error *error);
void report_log_free(struct report_log *log);
// NULL when there is none of that name.
const struct series *report_log_find(const struct report_log *log, const char *name);

#endif
