// Small training runs: a CCP folder with four photos of colored rectangles, and recipes of tiny
// networks (tiny.h).
#ifndef TESTS_TRAIN_TINY_RUN_H
#define TESTS_TRAIN_TINY_RUN_H

#include <sys/stat.h>

#include "base/file.h"
#include "data/ccp.h"
#include "data/ccp_folder.h"
#include "folder.h"
#include "nn/last_dtype.h"
#include "test.h"
#include "tiny.h"
#include "train/run.h"

#define RUN_WIDTH 48
#define RUN_HEIGHT 64

struct run_files {
    char dataset[64], source[80];
    const char *split, *classes;
};

static swatch_error error;

// Adds a photo in which each class is a rectangle of its own color. The color alone shows the tag.
static inline int run_add_photo(const char *dataset, const char *name, int mirrored)
{
    static const uint8_t colors[4][3] = {
        {90, 90, 90}, {230, 180, 60}, {40, 60, 210}, {20, 200, 90}};
    static uint8_t pixels[RUN_HEIGHT * RUN_WIDTH * 3], labels[RUN_HEIGHT * RUN_WIDTH];
    for (size_t y = 0; y < RUN_HEIGHT; y++)
        for (size_t x = 0; x < RUN_WIDTH; x++) {
            const size_t i = y * RUN_WIDTH + x, across = mirrored ? RUN_WIDTH - 1 - x : x;
            labels[i] = across < 8 || across >= 36 || y < 8 ? 0 : y < 24 ? 1 : across < 22 ? 2 : 3;
            memcpy(pixels + 3 * i, colors[labels[i]], 3);
        }
    return folder_add_photo(dataset, name, pixels, labels, RUN_WIDTH, RUN_HEIGHT);
}

// Makes four photos, a split of them and a class file of four classes; tags 3 to 58 are one class.
static inline void run_files_make(struct run_files *files)
{
    char classes[1024];
    size_t used = (size_t)snprintf(classes, sizeof classes,
                                   "ground #000000: null\nface #ff0000: tag1\nhair #0000ff: tag2\n"
                                   "coat #00ff00:");
    for (int tag = 3; tag < LABELS; tag++)
        used += (size_t)snprintf(classes + used, sizeof classes - used, " tag%d", tag);
    test_folder_make();
    if (folder_make_ccp(files->dataset) || run_add_photo(files->dataset, "0001", 0) ||
        run_add_photo(files->dataset, "0002", 1) || run_add_photo(files->dataset, "0003", 0) ||
        run_add_photo(files->dataset, "0004", 1)) {
        fprintf(stderr, "%s: cannot be filled\n", files->dataset);
        exit(1);
    }
    snprintf(files->source, sizeof files->source, "ccp:%s", files->dataset);
    static char paths[2][64];
    files->split = strcpy(paths[0], test_file("split.txt", "0001\n0002\n0003\n0004\n", 20));
    files->classes = strcpy(paths[1], test_file("classes.txt", classes, used));
}

// Writes the same photos and labels as a folder, photos/ and labels/ in the test's folder. relabel:
// gives the label of pixel i of photo k (1 to 4); NULL: labels stay.
static inline void run_folder_make(const struct run_files *files,
                                   uint8_t (*relabel)(uint8_t label, size_t i, int k))
{
    const uint8_t palette[3 * LABELS] = {0};
    char below[64];
    struct ccp ccp;
    CHECK(mkdir(test_path("photos"), 0777) == 0 && mkdir(test_path("labels"), 0777) == 0);
    CHECK(ccp_open(files->dataset, &ccp, &error) == 0);
    for (int k = 1; k <= 4; k++) {
        struct image photo, labels;
        snprintf(below, sizeof below, "000%d", k);
        CHECK(ccp_load(&ccp, below, &photo, &labels, &error) == 0);
        for (size_t i = 0; relabel && i < labels.width * labels.height; i++)
            labels.pixels[i] = relabel(labels.pixels[i], i, k);
        snprintf(below, sizeof below, "photos/000%d.png", k);
        CHECK(image_save_png(&photo, test_path(below), 1, &error) == 0);
        snprintf(below, sizeof below, "labels/000%d.png", k);
        CHECK(image_save_palette(&labels, palette, LABELS, test_path(below), &error) == 0);
        image_free(&photo);
        image_free(&labels);
    }
    ccp_close(&ccp);
}

static inline void run_files_remove(const struct run_files *files)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", files->dataset);
    if (system(command))
        fprintf(stderr, "%s is left behind\n", files->dataset);
    test_folder_remove();
}

// Returns a recipe of lite-unet that makes scores at 64x64, with a small discriminator.
static inline struct recipe run_scores(enum dtype dtype)
{
    struct recipe recipe = tiny_recipe(64, dtype);
    strcpy(recipe.generator, "lite-unet");
    recipe.filters = recipe.discriminator_filters = 4;
    recipe.pixel_weight = 1;
    recipe.gan_weight = 0.02f;
    recipe.batch = 2;
    recipe.classes = 4;
    recipe.steps = 6;
    recipe.rate = 2e-3f;
    recipe.decay = 0.01f;
    recipe.warmup = 0.2f;
    recipe.cosine = 1;
    recipe.average_decay = 0.9f;
    recipe.augmentation = (struct augmentation){
        .flip = 1, .scale_low = 0.9f, .scale_high = 1.2f, .rotation = 5, .color = 0.2f};
    return recipe;
}

// Returns a recipe of the article's network that makes a map in color at 128x128.
static inline struct recipe run_rgb(enum dtype dtype)
{
    struct recipe recipe = run_scores(dtype);
    strcpy(recipe.generator, "keras-gan");
    recipe.rgb = 1;
    recipe.pixel_weight = 100;
    recipe.gan_weight = 1;
    recipe.height = recipe.width = 128;
    recipe.batch = 1;
    recipe.beta1 = 0.5f;
    recipe.decay = recipe.warmup = recipe.average_decay = 0;
    recipe.cosine = 0;
    return recipe;
}

static inline struct train_options run_options(const struct run_files *files, const char *run,
                                               struct recipe recipe)
{
    return (struct train_options){.task = &task_clothes,
                                  .recipe = recipe,
                                  .dataset = files->source,
                                  .split = files->split,
                                  .classes = files->classes,
                                  .run = run,
                                  .checkpoint_minutes = 60,
                                  .loader_threads = 1,
                                  .cache_mb = 1};
}

// What a run has told so far.
struct run_watch {
    uint64_t stop_at; // 0: never
    double first, last;
    int calls, validated;
    double mean_iou, start, best;
    size_t learned, held_out;
    char remark[96];
};

static inline int run_watch(void *user, const swatch_training_progress *progress)
{
    struct run_watch *w = user;
    const char *remark = strstr(progress->device, "; ");
    w->learned = progress->learned;
    w->held_out = progress->held_out;
    w->start = progress->start;
    w->best = progress->best;
    snprintf(w->remark, sizeof w->remark, "%s", remark ? remark + 2 : "");
    CHECK(progress->size == sizeof *progress);
    if (progress->loss_count > 0) {
        CHECK_STRING(progress->losses[0].name, "pixel");
        if (w->calls++ == 0)
            w->first = progress->losses[0].value;
        w->last = progress->losses[0].value;
    }
    if (progress->figure_count > 0) {
        CHECK_STRING(progress->figures[0].name, "mean_iou");
        w->validated++;
        w->mean_iou = progress->figures[0].value;
    }
    return w->stop_at > 0 && progress->step >= w->stop_at;
}

static inline int run_go(struct train_options *options, struct run_watch *w, int *finished)
{
    options->progress = run_watch;
    options->user = w;
    return train_run(options, finished, &error);
}

// Returns a file's bytes, which the caller frees; NULL and a *size of 0 if there is no file.
static inline char *run_bytes(const char *run, const char *name, size_t *size)
{
    char path[512], *data = NULL;
    snprintf(path, sizeof path, "%s/%s", run, name);
    *size = 0;
    return file_read(path, 1 << 28, &data, size, NULL) ? NULL : data;
}

// Returns 1 if a file of two runs is the same.
static inline int run_same_file(const char *a, const char *b, const char *name)
{
    size_t size_a, size_b;
    char *of_a = run_bytes(a, name, &size_a), *of_b = run_bytes(b, name, &size_b);
    const int same = of_a && of_b && size_a == size_b && memcmp(of_a, of_b, size_a) == 0;
    free(of_a);
    free(of_b);
    return same;
}

// What a checkpoint has besides the trainer.
struct run_state {
    double best, start;
    char *recipe;
};

static inline struct state run_state(struct trainer *t, struct run_state *own)
{
    const struct train_options options = {.task = &task_clothes, .recipe = t->recipe};
    free(own->recipe);
    own->recipe = options_text(&options, FIELD_PART);
    return (struct state){.recipe = own->recipe,
                          .steps = t->recipe.steps,
                          .step = &t->step,
                          .best = &own->best,
                          .start = &own->start,
                          .names = {"generator", "discriminator"},
                          .sets = {&t->generator, &t->discriminator}};
}

// Makes steps on made-up batches. Sets the losses of the last step (NULL: not wanted).
static inline void run_steps(struct trainer *t, size_t steps, double losses[CLOTHES_LOSSES])
{
    const size_t pixels = t->recipe.batch * t->recipe.height * t->recipe.width;
    float *photo = malloc(pixels * 3 * sizeof *photo);
    uint8_t *labels = malloc(pixels);
    double unused[CLOTHES_LOSSES];
    for (size_t s = 0; s < steps; s++) {
        for (size_t i = 0; i < pixels; i++) {
            labels[i] = i % 7 ? (uint8_t)(i / 16 % 4) : 255;
            for (size_t c = 0; c < 3; c++)
                photo[3 * i + c] = (float)((i * (3 + c) + s) % 17) / 8.5f - 1;
        }
        CHECK(trainer_step(t, photo, labels, losses ? losses : unused, &error) == 0);
    }
    free(photo);
    free(labels);
}

#endif
