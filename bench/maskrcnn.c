// swatch's side of bench/maskrcnn. bench_maskrcnn MODEL PHOTO SCORE RUNS prints the median seconds
// that detection takes in a decoded photo, in bf16 where the processor has it, and the number of
// things found with at least SCORE (0: the default for people).

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "model/people.h"

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    struct model *model;
    struct runner *runner;
    struct image photo;
    swatch_error error;
    double times[100];
    const int runs = argc == 5 ? atoi(argv[4]) : 0;
    size_t count = 0;
    if (runs < 1 || runs > 100)
        return 2;
    const float asked = strtof(argv[3], NULL);
    const float score = asked > 0 ? asked : (float)SWATCH_PERSON_SCORE;
    if (image_load(argv[2], 0, &photo, &error) || model_open(argv[1], NULL, &model, &error) ||
        runner_new(model, &runner, &error)) {
        fprintf(stderr, "bench_maskrcnn: %s\n", error.message);
        return 1;
    }
    for (int i = -2; i < runs; i++) {
        struct detection *found;
        const double start = clock_seconds();
        if (people_run(runner, &photo, score, &found, &count, &error)) {
            fprintf(stderr, "bench_maskrcnn: %s\n", error.message);
            return 1;
        }
        if (i >= 0)
            times[i] = clock_seconds() - start;
        detections_free(found, count);
    }
    qsort(times, (size_t)runs, sizeof *times, by_value);
    printf("%.4f %zu\n", times[runs / 2], count);
    runner_free(runner);
    model_free(model);
    image_free(&photo);
    return 0;
}
