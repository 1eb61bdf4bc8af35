// Cuts out of photos what masks show, with soft edges and with hard ones: for each BASE reads
// BASE-photo.png and BASE-mask.png, writes BASE-soft.png and BASE-hard.png, and prints how long the
// soft edges took a megapixel.
//
//     bench_matte BASE...

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "extract/cutout.h"

static swatch_error error;

static int save(const swatch_result *r, swatch_edges edges, const char *path, struct image *to)
{
    const struct rect all = {0, 0, r->photo.width, r->photo.height};
    return cutout_region(r, SWATCH_CLOTHES, all, edges, to->pixels, &error) ||
           image_save_png(to, path, 1, &error);
}

static int work(const char *base, double *seconds, double *pixels)
{
    char paths[4][4096];
    static const char *const ends[] = {"photo", "mask", "soft", "hard"};
    // Classes: 0 background, 1 the part.
    swatch_result r = {.region_of = {SWATCH_REGIONS, SWATCH_CLOTHES}};
    struct image to = {0};
    for (size_t i = 0; i < 4; i++)
        snprintf(paths[i], sizeof paths[i], "%s-%s.png", base, ends[i]);
    int failed = image_load(paths[0], 0, &r.photo, &error) ||
                 image_load_mask(paths[1], NULL, &r.labels, &error) ||
                 image_new(&to, r.photo.width, r.photo.height, 4, &error);
    for (size_t i = 0; !failed && i < r.labels.width * r.labels.height; i++)
        r.labels.pixels[i] = r.labels.pixels[i] > 127;
    const double start = clock_seconds();
    failed = failed || save(&r, SWATCH_EDGES_SOFT, paths[2], &to);
    *seconds += clock_seconds() - start;
    *pixels += (double)(r.photo.width * r.photo.height);
    failed = failed || save(&r, SWATCH_EDGES_HARD, paths[3], &to);
    image_free(&r.photo);
    image_free(&r.labels);
    image_free(&to);
    return failed;
}

int main(int argc, char **argv)
{
    double seconds = 0, pixels = 0;
    for (int i = 1; i < argc; i++)
        if (work(argv[i], &seconds, &pixels)) {
            fprintf(stderr, "%s\n", error.message);
            return 1;
        }
    printf("soft edges, with writing: %.0f ms a megapixel\n", 1e9 * seconds / pixels);
    return 0;
}
