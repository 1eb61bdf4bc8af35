#include "metrics.h"

#include <stddef.h>
#include <unistd.h>

static const int statuses[METRICS_STATUSES] = {200, 204, 304, 400, 401, 404, 405, 408,
                                               413, 415, 422, 429, 499, 500, 503};

// Upper ends of the buckets, in thousandths of a second; above the last is a bucket without end.
static const unsigned ends[METRICS_BUCKETS] = {1,   2,   5,    10,   25,   50,    100,
                                               250, 500, 1000, 2500, 5000, 10000, 30000};

static const char *const stages[METRICS_STAGES] = {"receive", "wait",   "decode", "network",
                                                   "masks",   "colors", "pieces", "whole"};

void metrics_start(struct metrics *m)
{
    *m = (struct metrics){0};
    pthread_mutex_init(&m->lock, NULL);
}

void metrics_end(struct metrics *m)
{
    pthread_mutex_destroy(&m->lock);
}

void metrics_count(struct metrics *m, int status)
{
    size_t at = 0, wrong = 0;
    while (statuses[at] && statuses[at] != status)
        at++;
    while (statuses[wrong] != 500)
        wrong++;
    pthread_mutex_lock(&m->lock);
    m->statuses[statuses[at] ? at : wrong]++;
    pthread_mutex_unlock(&m->lock);
}

void metrics_time(struct metrics *m, enum metrics_stage stage, double seconds)
{
    struct histogram *h = &m->stages[stage];
    size_t at = 0;
    while (at < METRICS_BUCKETS && seconds * 1000 > ends[at])
        at++;
    pthread_mutex_lock(&m->lock);
    if (at < METRICS_BUCKETS)
        h->below[at]++;
    h->count++;
    h->sum += seconds;
    pthread_mutex_unlock(&m->lock);
}

// Seconds with six decimals, whatever the locale.
static void write_seconds(FILE *to, double seconds)
{
    const unsigned long long millionths = (unsigned long long)(seconds * 1e6 + 0.5);
    fprintf(to, "%llu.%06llu", millionths / 1000000, millionths % 1000000);
}

static void write_stage(const struct histogram *h, const char *name, FILE *to)
{
    uint64_t below = 0;
    for (size_t i = 0; i < METRICS_BUCKETS; i++) {
        below += h->below[i];
        fprintf(to, "swatch_stage_seconds_bucket{stage=\"%s\",le=\"%u.%03u\"} %llu\n", name,
                ends[i] / 1000, ends[i] % 1000, (unsigned long long)below);
    }
    fprintf(to, "swatch_stage_seconds_bucket{stage=\"%s\",le=\"+Inf\"} %llu\n", name,
            (unsigned long long)h->count);
    fprintf(to, "swatch_stage_seconds_sum{stage=\"%s\"} ", name);
    write_seconds(to, h->sum);
    fprintf(to, "\nswatch_stage_seconds_count{stage=\"%s\"} %llu\n", name,
            (unsigned long long)h->count);
}

// Bytes of memory that the process holds.
static unsigned long long resident(void)
{
    unsigned long long pages = 0;
    FILE *from = fopen("/proc/self/statm", "re");
    if (from && fscanf(from, "%*u %llu", &pages) != 1)
        pages = 0;
    if (from)
        fclose(from);
    return pages * (unsigned long long)sysconf(_SC_PAGESIZE);
}

void metrics_write(struct metrics *m, FILE *to)
{
    fputs("# HELP swatch_requests_total Requests by the status of their answers.\n"
          "# TYPE swatch_requests_total counter\n",
          to);
    pthread_mutex_lock(&m->lock);
    for (size_t i = 0; i < METRICS_STATUSES && statuses[i]; i++)
        fprintf(to, "swatch_requests_total{status=\"%d\"} %llu\n", statuses[i],
                (unsigned long long)m->statuses[i]);
    fputs("# HELP swatch_stage_seconds Seconds that requests spent in each stage.\n"
          "# TYPE swatch_stage_seconds histogram\n",
          to);
    for (size_t i = 0; i < METRICS_STAGES; i++)
        write_stage(&m->stages[i], stages[i], to);
    pthread_mutex_unlock(&m->lock);
    fprintf(to,
            "# HELP process_resident_memory_bytes Memory that the process holds.\n"
            "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes %llu\n",
            resident());
}
