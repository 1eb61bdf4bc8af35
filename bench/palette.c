// Measures how long the main colors of a decoded, masked photo take. Built and run by
// bench/palette: palette PHOTO MASK RUNS.

#include <stdio.h>
#include <stdlib.h>
#include <swatch.h>
#include <time.h>

#define RUNS_MOST 1000

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    static double times[RUNS_MOST];
    swatch_error error;
    swatch_photo *photo = NULL;
    swatch_colors palette = SWATCH_COLORS_INIT;
    uint8_t *mask = NULL;
    swatch_colors_options options = SWATCH_COLORS_OPTIONS_INIT;
    const long runs = argc == 4 ? atol(argv[3]) : 0;
    if (runs < 1 || runs > RUNS_MOST) {
        fprintf(stderr, "usage: palette PHOTO MASK RUNS (1-%d)\n", RUNS_MOST);
        return 2;
    }
    if (swatch_photo_open(argv[1], NULL, &photo, &error) ||
        swatch_mask_open(argv[2], NULL, &mask, &options.mask_width, &options.mask_height, &error))
        goto failed;
    options.mask = mask;
    for (long i = 0; i < runs; i++) {
        const double start = now();
        if (swatch_colors_measure(photo, &options, &palette, &error))
            goto failed;
        times[i] = 1e3 * (now() - start);
    }
    qsort(times, (size_t)runs, sizeof *times, ascending);
    printf("photo      %zu x %zu, %zu pixels in the mask\n", swatch_photo_width(photo),
           swatch_photo_height(photo), palette.pixels);
    printf("swatch %22.1f ms, fastest %.1f ms (goal: under 60 ms) ", times[runs / 2], times[0]);
    for (size_t i = 0; i < palette.count; i++)
        printf(" %s", palette.colors[i].hex);
    puts("");
    swatch_photo_free(photo);
    swatch_free(mask);
    return 0;
failed:
    fprintf(stderr, "bench/palette: %s\n", error.message);
    swatch_photo_free(photo);
    swatch_free(mask);
    return 1;
}
