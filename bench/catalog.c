// Fills a catalogue and times searches in it; see bench/catalog.

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "catalog/find.h"
#include "catalog/photos.h"

#define RUNS 9

// Of the processor, which others on the machine do not lengthen; those of a server's are not ours.
static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void fail(const swatch_error *error)
{
    fprintf(stderr, "%s\n", error->message);
    exit(1);
}

static void measure(const char *place, const char *what, const struct find_wish *wish)
{
    double times[RUNS], work[RUNS];
    size_t count = 0;
    swatch_error error;
    for (int i = 0; i < RUNS; i++) {
        struct catalog *catalog;
        struct find_hit *hits;
        if (catalog_open(place, ENGINE_READ, &catalog, &error))
            fail(&error);
        const double start = now(CLOCK_MONOTONIC), before = now(CLOCK_PROCESS_CPUTIME_ID);
        if (find_photos(catalog, wish, &hits, &count, &error))
            fail(&error);
        times[i] = now(CLOCK_MONOTONIC) - start;
        work[i] = now(CLOCK_PROCESS_CPUTIME_ID) - before;
        free(hits);
        catalog_close(catalog);
    }
    qsort(times, RUNS, sizeof *times, compare);
    qsort(work, RUNS, sizeof *work, compare);
    printf("%-34s %6.1f ms (%.1f to %.1f), of the processor %.1f; %zu photos\n", what,
           times[RUNS / 2], times[0], times[RUNS - 1], work[RUNS / 2], count);
}

int main(int argc, char **argv)
{
    static const char *const colors[] = {"#7a1f2b", "#141416", "#1e3cc8", "#00ff00"};
    struct catalog *catalog;
    swatch_error error;
    if (argc != 3)
        return 2;
    if (catalog_open(argv[1], ENGINE_MAKE, &catalog, &error))
        fail(&error);
    const double start = now(CLOCK_MONOTONIC);
    if (photos_fill(catalog, (unsigned)strtoul(argv[2], NULL, 10)))
        return 1;
    catalog_close(catalog);
    printf("filled     %s photos in %.1f s\n", argv[2], (now(CLOCK_MONOTONIC) - start) / 1000);
    fflush(stdout);
    struct find_wish wish = {.count = 1, .within = 10, .limit = 20, .except = -1};
    for (size_t i = 0; i < 4; i++) {
        static const char *const parts[] = {"clothes", "coat"};
        for (size_t k = 0; k < 2; k++) {
            char what[64];
            snprintf(what, sizeof what, "%s of %s", parts[k], colors[i]);
            wish.part = parts[k];
            wish.colors[0].weight = 1;
            find_read_color(colors[i], &wish.colors[0].lab);
            measure(argv[1], what, &wish);
        }
    }
    for (unsigned i = 0; i < 3; i++) {
        char what[64];
        json_t *record = photo_record(i);
        find_like(&wish, record, "clothes");
        snprintf(what, sizeof what, "clothes like those of photo %u", i);
        measure(argv[1], what, &wish);
        json_decref(record);
    }
    return 0;
}
