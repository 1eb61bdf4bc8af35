// Draws scenes from a small data set made here: red rectangles and triangles on grey, outlined in
// COCO's format. Outlined pixels must be red wherever augmentation puts them.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"
#include "train/people/scenes.h"

#define PHOTOS 4
#define SIDE 96

static char folder[] = "/tmp/swatch-scenes-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

// Every photo has a rectangle; all but the first have a triangle, too.
static void make_data(void)
{
    char json[4000], name[32];
    size_t at =
        (size_t)sprintf(json, "{\"categories\":[{\"id\":1,\"name\":\"person\"}],\"images\":[");
    mkdir(path_of("photos"), 0777);
    for (int k = 0; k < PHOTOS; k++)
        at += (size_t)sprintf(json + at,
                              "%s{\"id\":%d,\"file_name\":\"%d.png\",\"width\":120,\"height\":80}",
                              k ? "," : "", k, k);
    at += (size_t)sprintf(json + at, "],\"annotations\":[");
    for (int k = 0; k < PHOTOS; k++) {
        struct image image;
        CHECK(image_new(&image, 120, 80, 3, NULL) == 0);
        memset(image.pixels, 120, 120 * 80 * 3);
        const int left = 10 + 4 * k, right = left + 30;
        at += (size_t)sprintf(json + at,
                              "%s{\"image_id\":%d,\"category_id\":1,\"area\":1500,\"bbox\":[%d,20,"
                              "30,50],\"segmentation\":[[%d,20,%d,20,%d,70,%d,70]]}",
                              k ? "," : "", k, left, left, right, right, left);
        if (k > 0)
            at += (size_t)sprintf(json + at,
                                  ",{\"image_id\":%d,\"category_id\":1,\"area\":450,\"bbox\":[70,"
                                  "30,30,30],\"segmentation\":[[70,30,100,60,70,60]]}",
                                  k);
        for (int y = 0; y < 80; y++)
            for (int x = 0; x < 120; x++)
                if ((x >= left && x < right && y >= 20 && y < 70) ||
                    (k > 0 && x >= 70 && x < 100 && y >= 30 && y < 60 && x - 70 <= y - 30)) {
                    uint8_t *p = image.pixels + (y * 120 + x) * 3;
                    p[0] = 230;
                    p[1] = p[2] = 30;
                }
        snprintf(name, sizeof name, "photos/%d.png", k);
        CHECK(image_save_png(&image, path_of(name), 1, NULL) == 0);
        image_free(&image);
    }
    sprintf(json + at, "]}");
    FILE *file = fopen(path_of("people.json"), "w");
    CHECK(file && fputs(json, file) >= 0 && fclose(file) == 0);
}

static void remove_data(void)
{
    char name[32];
    for (int k = 0; k < PHOTOS; k++) {
        snprintf(name, sizeof name, "photos/%d.png", k);
        unlink(path_of(name));
    }
    rmdir(path_of("photos"));
    unlink(path_of("people.json"));
    rmdir(folder);
}

static struct loader_options defaults = {
    .height = SIDE,
    .width = SIDE,
    .batch = 2,
    .seed = 5,
    .threads = 1,
    .cache_bytes = 1 << 20,
    .augmentation = {.flip = 1, .scale_low = 0.6f, .scale_high = 1.6f, .rotation = 15}};

// Returns a hash of a scene's photo and people.
static uint64_t digest(const struct scene *s)
{
    uint64_t sum = s->count;
    const uint8_t *bytes = (const uint8_t *)s->photo;
    for (size_t i = 0; i < SIDE * SIDE * 3 * sizeof(float); i++)
        sum = sum * 31 + bytes[i];
    for (size_t k = 0; k < s->count; k++) {
        const struct instance *p = &s->instances[k];
        sum = sum * 31 + p->x + 100 * p->y + 10000 * (uint64_t)p->ignore;
        for (size_t i = 0; i < p->width * p->height; i++)
            sum = sum * 31 + p->mask[i];
    }
    return sum;
}

static void gather(const struct scene_sources *sources, struct loader_options o, uint64_t *digests,
                   size_t count)
{
    struct loader *loader = NULL;
    swatch_error error = {0};
    const struct batch *batch;
    if (scenes_open(sources, &o, &loader, &error)) {
        CHECK_STRING(error.message, "");
        return;
    }
    for (size_t n = 0; n < count; n += o.batch) {
        if (loader_next(loader, &batch, NULL, &error)) {
            CHECK_STRING(error.message, "");
            break;
        }
        const struct scene *scenes = batch->items;
        for (size_t i = 0; i < o.batch && n + i < count; i++)
            digests[n + i] = digest(&scenes[i]);
    }
    loader_free(loader);
}

// The scenes do not depend on the threads, the batch, the cache and where a run is resumed.
static void test_repeats(const struct scene_sources *sources)
{
    uint64_t a[12] = {0}, b[12] = {0}, c[12] = {0};
    struct loader_options o = defaults;
    gather(sources, o, a, 12);
    o.threads = 3;
    o.batch = 3;
    o.cache_bytes = 0;
    gather(sources, o, b, 12);
    CHECK(memcmp(a, b, sizeof a) == 0);
    o.first = 5;
    gather(sources, o, c, 7);
    CHECK(memcmp(a + 5, c, 7 * sizeof *a) == 0);
    for (size_t i = 1; i < 12; i++)
        CHECK(a[i] != a[0]);
    o = defaults;
    o.seed = 6;
    gather(sources, o, b, 12);
    CHECK(memcmp(a, b, sizeof a) != 0);
}

// Masks lie on red pixels and boxes are tight around masks, also with people pasted in.
static void test_consistent(const struct scene_sources *sources)
{
    struct loader *loader = NULL;
    const struct batch *batch;
    size_t red_inside = 0, inside = 0, people = 0;
    CHECK(scenes_open(sources, &defaults, &loader, NULL) == 0);
    for (int round = 0; round < 20 && !loader_next(loader, &batch, NULL, NULL); round++)
        for (size_t n = 0; n < 2; n++) {
            const struct scene *scene = (const struct scene *)batch->items + n;
            for (size_t k = 0; k < scene->count; k++) {
                const struct instance *p = &scene->instances[k];
                float box[4] = {SIDE, SIDE, 0, 0};
                people++;
                for (size_t y = 0; y < p->height; y++)
                    for (size_t x = 0; x < p->width; x++) {
                        if (!p->mask[y * p->width + x])
                            continue;
                        const float *pixel = scene->photo + ((p->y + y) * SIDE + p->x + x) * 3;
                        inside++;
                        red_inside += pixel[0] > 0.3f && pixel[1] < -0.3f;
                        box[0] = fminf(box[0], (float)(p->x + x));
                        box[1] = fminf(box[1], (float)(p->y + y));
                        box[2] = fmaxf(box[2], (float)(p->x + x + 1));
                        box[3] = fmaxf(box[3], (float)(p->y + y + 1));
                    }
                for (int i = 0; i < 4; i++)
                    CHECK(p->box[i] == box[i]);
            }
        }
    loader_free(loader);
    CHECK(people > 40);
    CHECK((double)red_inside > 0.9 * (double)inside);
}

static void test_faults(const struct coco *coco)
{
    struct scene_sources sources = {.coco = coco};
    struct loader_options o = defaults;
    struct loader *loader = NULL;
    const struct batch *batch;
    swatch_error error = {0};
    o.batch = 0;
    CHECK(scenes_open(&sources, &o, &loader, &error) == SWATCH_USAGE);
    o = defaults;
    o.augmentation.scale_low = 2;
    CHECK(scenes_open(&sources, &o, &loader, &error) == SWATCH_USAGE);
    o = defaults;
    o.augmentation.paste = 2;
    CHECK(scenes_open(&sources, &o, &loader, &error) == SWATCH_USAGE);
    sources.coco = NULL;
    CHECK(scenes_open(&sources, &defaults, &loader, &error) == SWATCH_USAGE);
    // The error names the photo that is missing.
    for (int k = 0; k < PHOTOS; k++) {
        char name[32];
        snprintf(name, sizeof name, "photos/%d.png", k);
        unlink(path_of(name));
    }
    sources.coco = coco;
    CHECK(scenes_open(&sources, &defaults, &loader, &error) == 0);
    for (int again = 0; again < 2; again++) {
        CHECK(loader_next(loader, &batch, NULL, &error) != SWATCH_OK);
        CHECK(strstr(error.message, ".png") != NULL);
    }
    loader_free(loader);
}

int main(void)
{
    struct coco coco;
    swatch_error error = {0};
    CHECK(mkdtemp(folder) != NULL);
    make_data();
    if (coco_open(path_of("people.json"), "person", &coco, &error)) {
        CHECK_STRING(error.message, "");
        return test_end();
    }
    struct scene_sources sources = {.coco = &coco, .hold_out = 4};
    test_repeats(&sources);
    test_consistent(&sources);
    defaults.augmentation.paste = 1;
    test_repeats(&sources);
    test_consistent(&sources);
    test_faults(&coco);
    coco_close(&coco);
    remove_data();
    return test_end();
}
