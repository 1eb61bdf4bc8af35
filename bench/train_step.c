// swatch's side of bench/train: times steps of the article's generator and discriminator as
// bench/train.py times PyTorch's. Usage: bench_train HEIGHT WIDTH BATCH STEPS [DEVICE]. Prints the
// median seconds of a step and the TFLOP/s in convolutions. Steps are those of a run: each ends
// when its losses are known, and meanwhile the next batch goes from the host's memory to the
// device.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "nn/device.h"
#include "train/clothes/trainer.h"

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    static const uint8_t colors[4][3] = {{0, 0, 0}, {255, 0, 0}, {0, 0, 255}, {0, 255, 0}};
    struct recipe recipe = {.generator = "keras-gan",
                            .rgb = 1,
                            .discriminator_filters = 64,
                            .pixel_weight = 100,
                            .gan_weight = 1,
                            .classes = 4,
                            .steps = 1000,
                            .seed = 1,
                            .rate = 2e-4f,
                            .beta1 = 0.5f,
                            .beta2 = 0.999f,
                            .encoder_rate = 1};
    struct rng rng = {.seed = 1};
    struct trainer trainer;
    double losses[CLOTHES_LOSSES];
    swatch_error error;
    if (argc != 5 && argc != 6)
        return 2;
    if (device_open(argc > 5 ? argv[5] : "cpu", NULL, &recipe.backend, &error)) {
        fprintf(stderr, "bench_train: %s\n", error.message);
        return 1;
    }
    recipe.height = strtoul(argv[1], NULL, 10);
    recipe.width = strtoul(argv[2], NULL, 10);
    recipe.batch = strtoul(argv[3], NULL, 10);
    recipe.dtype = recipe.backend->has_fast_bf16() ? DTYPE_BF16 : DTYPE_F32;
    const size_t steps = strtoul(argv[4], NULL, 10);
    const size_t pixels = recipe.batch * recipe.height * recipe.width;
    float *photo = malloc(pixels * 3 * sizeof *photo);
    uint8_t *labels = malloc(pixels);
    double *times = malloc((steps + 1) * sizeof *times);
    if (!photo || !labels || !times || steps == 0 ||
        trainer_new(&recipe, &(struct label_meaning){.colors = colors}, &trainer, &error)) {
        fprintf(stderr, "bench_train: %s\n", photo ? error.message : "out of memory");
        return 1;
    }
    for (size_t i = 0; i < pixels; i++) {
        labels[i] = (uint8_t)rng_below(&rng, 4);
        for (size_t c = 0; c < 3; c++)
            photo[3 * i + c] = rng_range(&rng, -1, 1);
    }
    trainer_feed(&trainer, photo, labels);
    const size_t warm = recipe.backend == backend_cpu() ? 2 : 10; // as on the other side
    for (size_t i = 0; i < steps + warm; i++) {
        const double start = clock_seconds();
        int status = trainer_begin(&trainer, &error);
        if (!status) {
            trainer_feed(&trainer, photo, labels);
            status = trainer_end(&trainer, losses, &error);
        }
        if (status) {
            fprintf(stderr, "bench_train: %s\n", error.message);
            return 1;
        }
        if (i >= warm)
            times[i - warm] = clock_seconds() - start;
    }
    qsort(times, steps, sizeof *times, by_value);
    const double median = times[steps / 2];
    printf("%.6f %.3f\n", median, trainer_flops(&trainer) / median / 1e12);
    trainer_free(&trainer);
    free(photo);
    free(labels);
    free(times);
    return 0;
}
