// The log of a run, RUN/log.jsonl, a JSON object a line, {"step": 100, "loss_pixel": 0.25, ...}:
// written line by line, and read back as named curves.
#ifndef TRAIN_REPORT_LOG_H
#define TRAIN_REPORT_LOG_H

#include <stddef.h>
#include <stdint.h>
#include <swatch_train.h>

// Appends a line with `count` named values, those that are no numbers left out. A line that a crash
// left half-written is closed first. Not synced: a power failure can cost the last lines.
int report_append(const char *log, uint64_t step, const swatch_training_value *values, size_t count,
                  swatch_error *error);

// Empties a log, if there is one, for a run that begins where another left no checkpoint.
int report_restart(const char *log, swatch_error *error);

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
