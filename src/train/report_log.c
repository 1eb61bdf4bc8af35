// Appends each line with one write, so a crash loses at most the end of the last line. jansson
// writes and reads the numbers, the same way in every locale.

#include "train/report_log.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

#define VALUE_LIMIT 1e100 // larger values are left out: their ranges could overflow

// Returns the line with a line break on either side. The caller frees it. NULL: not enough memory.
static char *line_text(uint64_t step, const swatch_training_value *values, size_t count)
{
    json_t *json = json_object();
    int failed = json_object_set_new(json, "step", json_integer((json_int_t)step));
    for (size_t i = 0; i < count; i++)
        if (isfinite(values[i].value))
            failed |= json_object_set_new(json, values[i].name, json_real(values[i].value));
    char *body = failed ? NULL : json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(9));
    char *line = body ? malloc(strlen(body) + 3) : NULL;
    if (line) {
        line[0] = '\n';
        strcpy(line + 1, body);
        strcat(line, "\n");
    }
    free(body);
    json_decref(json);
    return line;
}

int report_append(const char *log, uint64_t step, const swatch_training_value *values, size_t count,
                  swatch_error *error)
{
    struct stat info;
    char last = '\n';
    int status = SWATCH_FAILED;
    char *line = line_text(step, values, count);
    if (!line)
        return error_memory(error);
    const int fd = open(log, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) {
        error_set(error, SWATCH_FAILED, "%s: cannot be opened: %s", log, strerror(errno));
        goto done;
    }
    if (fstat(fd, &info) == 0 && info.st_size > 0 && pread(fd, &last, 1, info.st_size - 1) != 1)
        last = 0;
    const char *from = last == '\n' ? line + 1 : line;
    for (size_t left = strlen(from); left > 0;) {
        const ssize_t wrote = write(fd, from, left);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0) {
            error_set(error, SWATCH_FAILED, "%s: cannot be written: %s", log, strerror(errno));
            goto done;
        }
        from += wrote;
        left -= (size_t)wrote;
    }
    status = SWATCH_OK;
done:
    if (fd >= 0)
        close(fd);
    free(line);
    return status;
}

int report_restart(const char *log, swatch_error *error)
{
    if (truncate(log, 0) && errno != ENOENT)
        return error_set(error, SWATCH_FAILED, "%s: cannot be emptied: %s", log, strerror(errno));
    return SWATCH_OK;
}

static struct series *series_of(struct report_log *log, const char *name)
{
    struct series *found = (struct series *)report_log_find(log, name);
    if (found)
        return found;
    struct series *more = realloc(log->series, (log->count + 1) * sizeof *more);
    if (!more)
        return NULL;
    log->series = more;
    more[log->count] = (struct series){.name = strdup(name)};
    return more[log->count].name ? &more[log->count++] : NULL;
}

static int series_add(struct series *s, double step, double value)
{
    while (s->count > 0 && s->points[s->count - 1].step >= step)
        s->count--;
    if (s->count == s->room) {
        const size_t room = s->room ? 2 * s->room : 64;
        struct series_point *more = realloc(s->points, room * sizeof *more);
        if (!more)
            return SWATCH_FAILED;
        s->points = more;
        s->room = room;
    }
    s->points[s->count++] = (struct series_point){step, value};
    return SWATCH_OK;
}

int report_log_parse(const char *text, size_t size, struct report_log *log, swatch_error *error)
{
    *log = (struct report_log){0};
    for (size_t at = 0; at < size;) {
        const char *line = text + at, *end = memchr(line, '\n', size - at);
        const size_t length = end ? (size_t)(end - line) : size - at;
        at += length + 1;
        if (length == 0)
            continue;
        json_t *json = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL), *value;
        const json_t *step = json_object_get(json, "step");
        const char *name;
        int failed = 0;
        if (json_is_integer(step) && json_integer_value(step) >= 0) {
            json_object_foreach(json, name, value)
            {
                struct series *s;
                const double v = json_number_value(value);
                if (value == step || !json_is_number(value) || !(fabs(v) < VALUE_LIMIT))
                    continue;
                s = series_of(log, name);
                failed |= !s || series_add(s, (double)json_integer_value(step), v);
            }
        } else {
            log->unreadable++;
        }
        json_decref(json);
        if (failed)
            return error_memory(error);
    }
    return SWATCH_OK;
}

void report_log_free(struct report_log *log)
{
    for (size_t i = 0; i < log->count; i++) {
        free(log->series[i].name);
        free(log->series[i].points);
    }
    free(log->series);
    *log = (struct report_log){0};
}

const struct series *report_log_find(const struct report_log *log, const char *name)
{
    for (size_t i = 0; i < log->count; i++)
        if (strcmp(log->series[i].name, name) == 0)
            return &log->series[i];
    return NULL;
}
