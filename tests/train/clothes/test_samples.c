// Draws samples from a data set made here. The color of a pixel tells its place in the photo: red
// grows to the right and green downwards. Its label follows from the place. So photo and labels can
// be compared after any flip, scale and rotation.
#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "data/ccp_folder.h"
#include "folder.h"
#include "test.h"
#include "train/clothes/samples.h"

#define PHOTOS 5
#define HEIGHT 96
#define WIDTH 64
#define AREA ((size_t)HEIGHT * WIDTH)

static char *const names[PHOTOS] = {(char[]){"0001"}, (char[]){"0002"}, (char[]){"0003"},
                                    (char[]){"0004"}, (char[]){"0005"}};
static const size_t sizes[PHOTOS][2] = {{256, 384}, {200, 100}, {41, 97}, {100, 150}, {1000, 1500}};

struct world {
    struct dataset data; // CCP; tag i is class min(i, 5)
};

static struct loader_options plain(void)
{
    struct loader_options options = {.height = HEIGHT,
                                     .width = WIDTH,
                                     .batch = 3,
                                     .seed = 11,
                                     .threads = 2,
                                     .cache_bytes = 64 << 20,
                                     .augmentation = {.scale_low = 1, .scale_high = 1}};
    return options;
}

static struct loader_options rich(void)
{
    struct loader_options options = plain();
    options.augmentation = (struct augmentation){
        .flip = 1, .scale_low = 0.5f, .scale_high = 2, .rotation = 20, .color = 0.8f};
    return options;
}

static struct loader *start(const struct world *world, const struct loader_options *options,
                            int shuffle, const uint8_t *repeats)
{
    const struct clothes_photos photos = {&world->data, names, PHOTOS, repeats, shuffle};
    struct loader *loader = NULL;
    swatch_error error = {0};
    CHECK(samples_open(&photos, options, &loader, &error) == 0);
    if (!loader) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
    return loader;
}

static const struct batch *next(struct loader *loader)
{
    const struct batch *batch = NULL;
    swatch_error error = {0};
    if (loader_next(loader, &batch, NULL, &error) != 0) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
    return batch;
}

// Copies of the samples first .. first + count - 1 of a run.
struct samples {
    float *photo;
    uint8_t *labels;
};

static struct samples draw(const struct world *world, size_t count, struct loader_options options,
                           uint64_t first)
{
    struct samples samples = {calloc(count * AREA, 3 * sizeof(float)), malloc(count * AREA)};
    options.first = first;
    struct loader *loader = start(world, &options, 1, NULL);
    if (!samples.photo || !samples.labels)
        exit(1);
    for (size_t at = 0; at < count; at += options.batch) {
        const struct batch *batch = next(loader);
        size_t take = count - at < options.batch ? count - at : options.batch;
        CHECK(batch->first == first + at);
        memcpy(samples.photo + at * AREA * 3, batch->photos, take * AREA * 3 * sizeof(float));
        memcpy(samples.labels + at * AREA, batch->items, take * AREA);
    }
    loader_free(loader);
    return samples;
}

static void drop(struct samples samples)
{
    free(samples.photo);
    free(samples.labels);
}

static int equal(struct samples a, struct samples b, size_t skip, size_t count)
{
    return memcmp(a.photo + skip * AREA * 3, b.photo, count * AREA * 3 * sizeof(float)) == 0 &&
           memcmp(a.labels + skip * AREA, b.labels, count * AREA) == 0;
}

// The samples do not depend on the threads, the batch and the cache. Another seed gives others. A
// run that is resumed at sample k goes on with sample k.
static void test_determinism(const struct world *world)
{
    enum { COUNT = 24, RESUME = 7 };
    struct loader_options options = rich();
    options.augmentation.recolor = options.augmentation.paste = options.augmentation.camera = 0.5f;
    options.augmentation.skin = 1;
    options.augmentation.hair = 2;
    struct samples want = draw(world, COUNT, options, 0);
    static const size_t ways[][3] = {{1, 1, 0}, {4, 8, 0}, {1, 5, 64 << 20}, {3, 2, 100000}};
    for (size_t i = 0; i < 4; i++) {
        options.threads = ways[i][0];
        options.batch = ways[i][1];
        options.cache_bytes = ways[i][2];
        struct samples got = draw(world, COUNT, options, 0);
        CHECK(equal(want, got, 0, COUNT));
        drop(got);
        got = draw(world, COUNT - RESUME, options, RESUME);
        CHECK(equal(want, got, RESUME, COUNT - RESUME));
        drop(got);
    }
    options.seed++;
    struct samples other = draw(world, COUNT, options, 0);
    CHECK(!equal(want, other, 0, COUNT));
    drop(other);
    drop(want);
}

// The label of every pixel must be that of the place in the photo that its color tells. Near
// borders between labels either may be right, so these pixels are left out.
static void test_alignment(const struct world *world)
{
    enum { COUNT = 60 };
    struct loader_options options = rich();
    options.augmentation.color = 0;
    struct samples samples = draw(world, COUNT, options, 0);
    size_t checked = 0, wrong = 0, outside = 0, flipped = 0;
    for (size_t i = 0; i < COUNT * AREA; i++) {
        const float *color = samples.photo + 3 * i;
        uint8_t label = samples.labels[i];
        if (label == SOURCE_OUTSIDE) {
            wrong += color[0] != 0 || color[1] != 0 || color[2] != 0;
            outside++;
            continue;
        }
        wrong += label > 4 || fabsf(color[2] - (128 / 127.5f - 1)) > 1e-3f;
        float x = (color[0] + 1) / 2, y = (color[1] + 1) / 2;
        float edge = fminf(fminf(x, 1 - x), fminf(y, 1 - y));
        if (fabsf(edge - 0.125f) < 0.05f || fabsf(x - 0.5f) < 0.04f || fabsf(y - 0.5f) < 0.04f)
            continue;
        wrong += label != (edge < 0.125f ? 0 : 1 + 2 * (y > 0.5f) + (x > 0.5f));
        checked++;
        // In a mirrored photo red falls from left to right.
        if (i % WIDTH == WIDTH / 2 && samples.labels[i - 1] != SOURCE_OUTSIDE)
            flipped += color[0] < samples.photo[3 * i - 3];
    }
    CHECK(wrong == 0);
    CHECK(checked > COUNT * AREA / 4);
    CHECK(outside > COUNT * AREA / 50);
    CHECK(flipped > 0);
    for (size_t i = 0; i < COUNT; i++) {
        size_t person = 0;
        for (size_t j = 0; j < AREA; j++)
            person += samples.labels[i * AREA + j] - 1u < 4;
        CHECK(person > 0);
    }
    drop(samples);
}

// If a photo has the canvas' shape, canvas column x shows the photo at (x + 0.5) / WIDTH of its
// width, both in training at scale 1 and in validation. An error of half a canvas pixel would be 2
// levels of red and 1.3 of green.
static void test_half_pixel(const struct world *world, int training)
{
    struct loader_options options = plain();
    options.batch = 1;
    struct loader *loader = start(world, &options, training, NULL);
    size_t seen = 0;
    for (size_t i = 0; i < PHOTOS; i++) {
        const struct batch *batch = next(loader);
        const uint8_t *labels = batch->items;
        size_t inside = 0;
        double amiss_x = 0, amiss_y = 0;
        for (size_t j = 0; j < AREA; j++)
            inside += labels[j] != SOURCE_OUTSIDE;
        if (inside < AREA)
            continue; // a photo of another shape
        seen++;
        // The outermost pixels are left out, where resampling repeats the edge.
        for (size_t y = 1; y + 1 < HEIGHT; y++)
            for (size_t x = 1; x + 1 < WIDTH; x++) {
                const float *color = batch->photos + (y * WIDTH + x) * 3;
                amiss_x += ((double)color[0] + 1) * 127.5 - 255 * ((double)x + 0.5) / WIDTH;
                amiss_y += ((double)color[1] + 1) * 127.5 - 255 * ((double)y + 0.5) / HEIGHT;
            }
        // Resizing rounds up a little.
        CHECK_NEAR(amiss_x / ((WIDTH - 2) * (HEIGHT - 2)), 0, 0.5);
        CHECK_NEAR(amiss_y / ((WIDTH - 2) * (HEIGHT - 2)), 0, 0.5);
    }
    CHECK(seen == 3);
    loader_free(loader);
}

// Without shuffle the photos come in the split's order again and again, each centered and whole.
static void test_validation(const struct world *world)
{
    struct loader_options options = plain();
    options.batch = 2 * PHOTOS;
    struct loader *loader = start(world, &options, 0, NULL);
    const struct batch *batch = next(loader);
    CHECK(memcmp(batch->photos, batch->photos + PHOTOS * AREA * 3, PHOTOS * AREA * 3 * 4) == 0);
    const uint8_t *wide = (const uint8_t *)batch->items + AREA; // 200 x 100: 64 x 32, from row 32
    CHECK(wide[31 * WIDTH] == SOURCE_OUTSIDE && wide[32 * WIDTH] == 0);
    CHECK(wide[63 * WIDTH] == 0 && wide[64 * WIDTH] == SOURCE_OUTSIDE);
    CHECK(wide[40 * WIDTH + 20] == 1 && wide[40 * WIDTH + 40] == 2);
    CHECK(wide[56 * WIDTH + 20] == 3 && wide[56 * WIDTH + 40] == 4);
    CHECK(batch->photos[AREA * 3] == 0);
    loader_free(loader);
}

// An epoch shows every photo once, each time in another order. The shape of the photo on the canvas
// tells which photo it is.
static void test_epochs(const struct world *world)
{
    enum { EPOCHS = 20 };
    struct loader_options options = plain();
    options.batch = PHOTOS;
    struct loader *loader = start(world, &options, 1, NULL);
    size_t wide_at[PHOTOS] = {0};
    for (size_t epoch = 0; epoch < EPOCHS; epoch++) {
        const uint8_t *labels = next(loader)->items;
        size_t wide = 0, narrow = 0;
        for (size_t i = 0; i < PHOTOS; i++) {
            size_t inside = 0;
            for (size_t j = 0; j < AREA; j++)
                inside += labels[i * AREA + j] != SOURCE_OUTSIDE;
            if (inside < AREA / 2) {
                wide++; // 200 x 100
                wide_at[i]++;
            } else if (inside < AREA) {
                narrow++; // 41 x 97
            }
        }
        CHECK(wide == 1 && narrow == 1);
    }
    for (size_t i = 0; i < PHOTOS; i++)
        CHECK(wide_at[i] > 0 && wide_at[i] < EPOCHS / 2);
    loader_free(loader);
}

// Each epoch shows each photo as often as `repeats` says, shuffled.
static void test_repeats(const struct world *world)
{
    enum { EPOCH = 1 + 4 + 1 + 1 + 2 };
    const uint8_t repeats[PHOTOS] = {1, 4, 1, 1, 2}; // the second is 200 x 100
    struct loader_options options = plain();
    options.batch = EPOCH;
    options.cache_bytes = 0;
    struct loader *loader = start(world, &options, 1, repeats);
    size_t wide_first = 0;
    for (size_t epoch = 0; epoch < 12; epoch++) {
        const uint8_t *labels = next(loader)->items;
        size_t wide = 0;
        for (size_t i = 0; i < EPOCH; i++) {
            size_t inside = 0;
            for (size_t j = 0; j < AREA; j++)
                inside += labels[i * AREA + j] != SOURCE_OUTSIDE;
            wide += inside < AREA / 2 && inside > 0;
            wide_first += i == 0 && inside < AREA / 2;
        }
        CHECK(wide == 4);
    }
    CHECK(wide_first > 0 && wide_first < 12);
    loader_free(loader);
}

static void test_refused(const struct world *world)
{
    struct clothes_photos photos = {&world->data, names, PHOTOS, NULL, 1};
    struct loader *loader = NULL;
    swatch_error error = {0};
    struct loader_options options[9];
    for (size_t i = 0; i < 9; i++)
        options[i] = rich();
    options[0].batch = 0;
    options[1].width = 0;
    options[2].threads = 0;
    options[3].augmentation.scale_low = 0;
    options[4].augmentation.scale_high = NAN;
    options[5].augmentation.color = -1;
    options[6].augmentation.paste = 1.5f;
    options[7].augmentation.recolor = -0.5f;
    options[8].augmentation.camera = NAN;
    for (size_t i = 0; i < 9; i++)
        CHECK(samples_open(&photos, &options[i], &loader, &error) == SWATCH_USAGE);
    photos.count = 0;
    options[0] = rich();
    CHECK(samples_open(&photos, &options[0], &loader, &error) == SWATCH_USAGE);
}

// A batch is ready when all its samples are. A pipe in place of a photo keeps a loader thread
// waiting.
static void test_ready(const struct world *world, const char *folder)
{
    char path[256], kept[256];
    struct loader_options options = plain();
    double waited = 0;
    const struct batch *batch;
    char *photo;
    size_t size;
    options.batch = 2;
    options.threads = 1;
    options.cache_bytes = 0;
    folder_path(folder, "photos/0004.jpg", path);
    folder_path(folder, "photos/kept", kept);
    CHECK(rename(path, kept) == 0 && mkfifo(path, 0600) == 0);
    CHECK(file_read(kept, 1 << 24, &photo, &size, NULL) == 0);
    struct loader *loader = start(world, &options, 0, NULL);
    while (!loader_ready(loader))
        usleep(1000);
    CHECK(loader_next(loader, &batch, &waited, NULL) == 0 && waited < 0.5);
    CHECK(!loader_ready(loader));
    const int pipe = open(path, O_WRONLY | O_CLOEXEC); // waits for the reader
    CHECK(pipe >= 0 && !loader_ready(loader));
    CHECK(rename(kept, path) == 0); // for the next epoch
    CHECK(write(pipe, photo, size) == (ssize_t)size && close(pipe) == 0);
    free(photo);
    while (!loader_ready(loader))
        usleep(1000);
    CHECK(next(loader)->first == 2);
    loader_free(loader);
}

// The batches before a missing photo come; from then on each call returns the error.
static void test_missing(const struct world *world, const char *folder)
{
    char path[256];
    const struct batch *batch = NULL;
    swatch_error error = {0};
    struct loader_options options = plain();
    options.batch = 2;
    options.threads = 3;
    CHECK(unlink(folder_path(folder, "photos/0004.jpg", path)) == 0);
    struct loader *loader = start(world, &options, 0, NULL);
    CHECK(loader_next(loader, &batch, NULL, &error) == 0);
    for (int i = 0; i < 2; i++) {
        memset(&error, 0, sizeof error);
        CHECK(!loader_ready(loader));
        CHECK(loader_next(loader, &batch, NULL, &error) != SWATCH_OK);
        CHECK(strstr(error.message, "photos/0004.jpg"));
    }
    CHECK(loader_next(loader, &batch, NULL, NULL) != SWATCH_OK);
    loader_free(loader);
    loader_free(NULL);
}

int main(void)
{
    char folder[64];
    struct world world = {.data.map = {.classes = {.count = 6}, .tags = CCP_TAGS}};
    swatch_error error = {0};
    for (size_t i = 0; i < CCP_TAGS; i++)
        world.data.map.of_tag[i] = (uint8_t)(i < 5 ? i : 5);
    CHECK(folder_make_ccp(folder) == 0);
    for (size_t i = 0; i < PHOTOS; i++)
        CHECK(folder_add(folder, names[i], sizes[i][0], sizes[i][1]) == 0);
    if (ccp_open(folder, &world.data.ccp, &error) != 0) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    test_determinism(&world);
    test_alignment(&world);
    test_half_pixel(&world, 1);
    test_half_pixel(&world, 0);
    test_validation(&world);
    test_epochs(&world);
    test_repeats(&world);
    test_refused(&world);
    test_ready(&world, folder);
    test_missing(&world, folder);
    ccp_close(&world.data.ccp);
    test_remove(folder);
    return test_end();
}
