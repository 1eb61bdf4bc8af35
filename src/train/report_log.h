// The log of a run, RUN/log.jsonl. Each line is a JSON object, {"step": 100, "loss_pixel": 0.25,
// ...}. It is read back as named curves.
#ifndef TRAIN_REPORT_LOG_H
#define TRAIN_REPORT_LOG_H

#include <stddef.h>
#include <stdint.h>
#include <swatch_train.h>

// Appends a line with `count` named values; values that are not finite are left out. If a crash
// left half a line, ends that first. Does not sync: a power failure may lose the last lines.
int report_append(const char *log, uint64_t step, const swatch_training_value *values, size_t count,
                  swatch_error *error);

// Empties the log, if there is one. A run calls this when it begins in the folder of a run that
// died before its first checkpoint.
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
    size_t unreadable; // lines that are no record, such as those cut off by a crash
};

// Reads the text of a log, `size` bytes. A run that goes on from a checkpoint makes some steps
// again. So where the steps of a series go back, its later points are dropped. The caller frees the
// log, also after an error.
int report_log_parse(const char *text, size_t size, struct report_log *log, swatch_error *error);
void report_log_free(struct report_log *log);
// Returns the series of that name, or NULL.
const struct series *report_log_find(const struct report_log *log, const char *name);

#endif
