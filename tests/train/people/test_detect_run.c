// A run of Mask R-CNN on the tiny photos: that it is resumed with the photos it was started with,
// and refused with others; that its model tells how well it did on what was held out.

#include <omp.h>

#include "train/detect.h"
#include "train/tiny_run.h"

static int stop_at_once(void *user, const struct detect_progress *progress)
{
    (void)user;
    (void)progress;
    return 1;
}

static int keep_figures(void *user, const struct detect_progress *progress)
{
    if (progress->validated)
        *(struct detect_figures *)user = progress->figures;
    return 0;
}

static struct detect_options options_of(const struct run_files *files, const char *run)
{
    return (struct detect_options){
        .recipe = {.height = 64,
                   .width = 64,
                   .batch = 1,
                   .anchors = 16,
                   .regions = 8,
                   .mask_regions = 2,
                   .steps = 3,
                   .seed = 3,
                   .rate = 1e-4f,
                   .beta1 = 0.9f,
                   .beta2 = 0.999f,
                   .encoder_rate = 1,
                   .dtype = DTYPE_F32},
        .augmentation = {.scale_low = 1, .scale_high = 1},
        .ccp_share = 1,
        .ccp = files->dataset,
        .split = files->split,
        .run = run,
        .hold_out = 0,
        .checkpoint_minutes = 60,
        .loader_threads = 1,
        .cache_bytes = 1 << 20,
    };
}

static void test_resume(const struct run_files *files)
{
    static const char three[] = "0001\n0002\n0003\n";
    const char *run = test_path("people");
    char file[128];
    int finished = -1;
    struct detect_options options = options_of(files, run);
    snprintf(file, sizeof file, "%s/checkpoint.safetensors", run);
    options.validate_every = 1;
    options.progress = stop_at_once;
    CHECK(detect_run(&options, &finished, &error) == 0 && finished == 0);

    options.resume = 1;
    options.split = test_file("three.txt", three, sizeof three - 1);
    CHECK(detect_run(&options, &finished, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, file) == error.message && strstr(error.message, "other photos"));
    options.split = files->split;
    options.hold_out = 2;
    CHECK(detect_run(&options, &finished, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, file) == error.message && strstr(error.message, "other photos"));
    options.hold_out = 0;
    options.recipe.encoder_rate = 0.5f;
    CHECK(detect_run(&options, &finished, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, "encoder_rate (there 1.0, here 0.5)"));
    options.recipe.encoder_rate = 1;
    options.progress = NULL;
    CHECK(detect_run(&options, &finished, &error) == 0 && finished == 1);
}

// Whether the run's model has the words in its history.
static int history_has(const char *run, const char *words)
{
    size_t size;
    char *bytes = run_bytes(run, "model.safetensors", &size);
    const int has = bytes && memmem(bytes, size, words, strlen(words));
    free(bytes);
    return has;
}

static void test_history(const struct run_files *files)
{
    struct detect_options options = options_of(files, test_path("told"));
    struct detect_figures figures = {0};
    char text[64];
    int finished;
    CHECK(history_has(test_path("people"), "swatch.history"));
    CHECK(!history_has(test_path("people"), "validation_"));
    options.hold_out = 2;
    options.progress = keep_figures;
    options.user = &figures;
    CHECK(detect_run(&options, &finished, &error) == 0 && figures.ccp_count > 0);
    snprintf(text, sizeof text, "validation_person_overlap\\\":%.4f,", figures.ccp_overlap);
    CHECK(history_has(test_path("told"), text));
}

int main(void)
{
    struct run_files files;
    omp_set_num_threads(1);
    run_files_make(&files);
    test_resume(&files);
    test_history(&files);
    run_files_remove(&files);
    return test_end();
}
