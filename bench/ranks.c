// The program of bench/ranks: training steps on noise, in one process or in the ranks that mpirun
// started, which share each batch. Usage: bench_ranks GENERATOR HEIGHT WIDTH BATCH STEPS. Rank 0
// prints the median seconds of a step and its number of threads.

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "train/clothes/trainer.h"

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    static const uint8_t colors[4][3] = {{0, 0, 0}, {255, 0, 0}, {0, 0, 255}, {0, 255, 0}};
    struct recipe recipe = {.discriminator_filters = 16,
                            .pixel_weight = 1,
                            .gan_weight = 0.02f,
                            .classes = 4,
                            .steps = 1000,
                            .seed = 1,
                            .rate = 1e-3f,
                            .beta1 = 0.9f,
                            .beta2 = 0.999f,
                            .encoder_rate = 1,
                            .average_decay = 0.998f};
    struct trainer trainer;
    double losses[CLOTHES_LOSSES];
    swatch_error error;
    if (argc != 6 || strlen(argv[1]) >= sizeof recipe.generator)
        return 2;
    strcpy(recipe.generator, argv[1]);
    recipe.height = strtoul(argv[2], NULL, 10);
    recipe.width = strtoul(argv[3], NULL, 10);
    recipe.batch = strtoul(argv[4], NULL, 10);
    recipe.dtype = backend_cpu()->has_fast_bf16() ? DTYPE_BF16 : DTYPE_F32;
    const size_t steps = strtoul(argv[5], NULL, 10);
    if (ranks_open(&recipe.ranks, &error) ||
        trainer_new(&recipe, &(struct label_meaning){.colors = colors}, &trainer, &error)) {
        fprintf(stderr, "bench_ranks: %s\n", error.message);
        return 1;
    }
    const size_t pixels = trainer.photos * recipe.height * recipe.width;
    struct rng rng = {.seed = 1, .stream = ranks_number(recipe.ranks)};
    float *photo = malloc(pixels * 3 * sizeof *photo);
    uint8_t *labels = malloc(pixels);
    double *times = malloc((steps + 1) * sizeof *times);
    if (!photo || !labels || !times || steps == 0) {
        fprintf(stderr, "bench_ranks: out of memory, or no steps\n");
        return 1;
    }
    for (size_t i = 0; i < pixels; i++) {
        labels[i] = (uint8_t)rng_below(&rng, 4);
        for (size_t c = 0; c < 3; c++)
            photo[3 * i + c] = rng_range(&rng, -1, 1);
    }
    for (size_t i = 0; i < steps + 2; i++) { // two to warm up
        const double start = clock_seconds();
        if (trainer_step(&trainer, photo, labels, losses, &error)) {
            fprintf(stderr, "bench_ranks: %s\n", error.message);
            return 1;
        }
        if (i >= 2)
            times[i - 2] = clock_seconds() - start;
    }
    qsort(times, steps, sizeof *times, by_value);
    if (ranks_number(recipe.ranks) == 0)
        printf("%.4f %d\n", times[steps / 2], omp_get_max_threads());
    trainer_free(&trainer);
    ranks_close(recipe.ranks, 0);
    free(photo);
    free(labels);
    free(times);
    return 0;
}
