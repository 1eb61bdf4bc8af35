#include "log.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// Writes a line in one piece, so that lines of several processes stay whole.
static void write_line(json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9));
    const size_t length = text ? strlen(text) : 0;
    if (text) {
        text[length] = '\n'; // in place of the NUL
        (void)!write(STDERR_FILENO, text, length + 1);
    }
    free(text);
    json_decref(json);
}

static json_t *timestamp(void)
{
    char text[40];
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    const size_t length = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text + length, sizeof text - length, ".%03ldZ", now.tv_nsec / 1000000);
    return json_string(text);
}

void log_event(const char *event, const char *message)
{
    write_line(json_pack("{so, ss, ss}", "time", timestamp(), "event", event, "message", message));
}

static json_t *seconds(double value)
{
    return json_real(floor(value * 1e4 + 0.5) / 1e4);
}

void log_exchange(const struct exchange *e, double now)
{
    json_t *json = json_pack(
        "{so, ss, ss, si, sI, sI, so}", "time", timestamp(), "event", "request", "route", e->route,
        "status", e->answer.status, "received", (json_int_t)e->body.arrived, "sent",
        (json_int_t)(e->sent ? e->answer.size : 0), "seconds", seconds(now - e->begun));
    if (e->taken > 0)
        json_object_set_new(json, "waited", seconds(e->taken - e->received));
    write_line(json);
}
