// What the service counts, as Prometheus reads it (text format 0.0.4).
#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

#define METRICS_STATUSES 16
#define METRICS_BUCKETS 14

enum metrics_stage {
    STAGE_RECEIVE, // from a request's headers to its last byte
    STAGE_WAIT,    // for a worker
    STAGE_DECODE,  // the photo
    STAGE_NETWORK,
    STAGE_MASKS,
    STAGE_COLORS,
    STAGE_PIECES, // what was asked for as files
    STAGE_WHOLE,  // from the headers to the end of the answer
    METRICS_STAGES
};

struct metrics {
    pthread_mutex_t lock;
    uint64_t statuses[METRICS_STATUSES]; // requests by status, in the order of a table
    struct histogram {
        uint64_t below[METRICS_BUCKETS]; // times within each bucket alone
        uint64_t count;
        double sum; // seconds
    } stages[METRICS_STAGES];
};

void metrics_start(struct metrics *metrics);
void metrics_end(struct metrics *metrics);
// An answer of a status went out. Unknown statuses count as 500.
void metrics_count(struct metrics *metrics, int status);
// A stage took so many seconds.
void metrics_time(struct metrics *metrics, enum metrics_stage stage, double seconds);
// Writes them, and the memory that the process holds.
void metrics_write(struct metrics *metrics, FILE *to);

#endif
