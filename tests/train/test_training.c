// Whole training runs: a resumed run equals the uninterrupted one bit by bit, and a run that is
// refused, fails or meets a full disk leaves the right files.

#include <omp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "comma_locale.h"
#include "model/file.h"
#include "train/tiny_run.h"

static struct run_files files;

// Six steps at once equal three and three with another number of loader threads. A run with another
// seed differs.
static void test_resume(const char *name, struct recipe recipe, int with_other)
{
    char whole[128], halves[128], other[128];
    snprintf(whole, sizeof whole, "%s/%s-whole", test_folder, name);
    snprintf(halves, sizeof halves, "%s/%s-halves", test_folder, name);
    snprintf(other, sizeof other, "%s/%s-other", test_folder, name);
    struct run_watch none = {0}, stop = {.stop_at = 3};
    int finished = -1;

    struct train_options options = run_options(&files, whole, recipe);
    options.validate_every = 3;
    options.hold_out = 4;
    CHECK(run_go(&options, &none, &finished) == 0 && finished == 1);
    CHECK(none.validated == 2);

    options.run = halves;
    CHECK(run_go(&options, &stop, &finished) == 0 && finished == 0);
    CHECK(!run_same_file(whole, halves, "checkpoint.safetensors"));
    options.resume = 1;
    options.loader_threads = 2;
    CHECK(run_go(&options, &none, &finished) == 0 && finished == 1);
    CHECK(run_same_file(whole, halves, "checkpoint.safetensors"));
    CHECK(run_same_file(whole, halves, "model.safetensors"));
    CHECK(run_same_file(whole, halves, "best.safetensors"));

    if (!with_other)
        return;
    options.run = other;
    options.resume = 0;
    options.recipe.seed++;
    options.hold_out = 0;
    CHECK(run_go(&options, &stop, &finished) == 0 && finished == 0);
    CHECK(!run_same_file(halves, other, "checkpoint.safetensors"));
}

// A checkpoint and a model that were written under a locale with decimal commas can be read under
// another. Else a worse model would replace the best one.
static void test_locale(const char *whole)
{
    const char *run = test_path("comma");
    struct run_watch none = {0}, stop = {.stop_at = 3};
    struct model *model = NULL;
    int finished;
    struct train_options options = run_options(&files, run, run_scores(DTYPE_F32));
    options.validate_every = 3;
    options.hold_out = 4;
    test_comma_locale();
    CHECK(run_go(&options, &stop, &finished) == 0 && finished == 0);
    CHECK(model_open(test_path("comma/best.safetensors"), NULL, &model, &error) == 0);
    model_free(model);
    setlocale(LC_ALL, "C");
    options.resume = 1;
    CHECK(run_go(&options, &none, &finished) == 0 && finished == 1);
    CHECK(none.best > 0 && none.best >= stop.best);
    CHECK(run_same_file(whole, run, "checkpoint.safetensors"));
    CHECK(run_same_file(whole, run, "best.safetensors"));
}

// The same photos and labels as a folder, without a split, make the same model.
static void test_of_folder(void)
{
    static const char text[] = "ground #000000: 0\nface #ff0000: 1\nhair #0000ff: 2\n"
                               "coat #00ff00: 3\n";
    const struct recipe recipe = run_scores(DTYPE_F32);
    struct run_watch w = {0};
    char source[128], *as_ccp = strdup(test_path("as-ccp"));
    char *as_folder = strdup(test_path("as-folder"));
    int finished;
    run_folder_make(&files, NULL);
    struct train_options options = run_options(&files, as_ccp, recipe);
    options.hold_out = 4;
    CHECK(run_go(&options, &w, &finished) == 0 && finished == 1);
    snprintf(source, sizeof source, "folder:%s", test_folder);
    options.dataset = source;
    options.split = NULL;
    options.classes = test_file("values.txt", text, sizeof text - 1);
    options.run = as_folder;
    CHECK(run_go(&options, &w, &finished) == 0 && finished == 1);
    CHECK(run_same_file(as_ccp, as_folder, "model.safetensors"));
    free(as_ccp);
    free(as_folder);
}

// Pixels of unknown class do not count: the loss of the whole is the mean of the losses of its two
// halves.
static void test_unknown(void)
{
    struct recipe recipe = run_scores(DTYPE_F32);
    recipe.gan_weight = 0;
    const size_t pixels = recipe.batch * recipe.height * recipe.width;
    float *photo = malloc(3 * pixels * sizeof *photo);
    uint8_t *labels = malloc(pixels);
    double losses[3] = {0};
    for (size_t i = 0; i < 3 * pixels; i++)
        photo[i] = (float)(i * i % 511) / 255 - 1;
    for (int half = 0; half < 3; half++) {
        struct trainer trainer;
        double l[CLOTHES_LOSSES] = {0};
        for (size_t i = 0; i < pixels; i++) {
            labels[i] = i % 7 == 0 ? SOURCE_OUTSIDE : (uint8_t)(i % 4);
            if (half < 2 && i % 2 == (size_t)half)
                labels[i] = DATASET_UNKNOWN;
        }
        tiny_trainer(&trainer, &recipe);
        CHECK(trainer_step(&trainer, photo, labels, l, &error) == 0);
        losses[half] = l[LOSS_PIXEL];
        trainer_free(&trainer);
    }
    CHECK(losses[0] != losses[2]);
    CHECK_NEAR((losses[0] + losses[1]) / 2, losses[2], 1e-5 * losses[2]); // sums of f32
    free(photo);
    free(labels);
}

// A validation file divides the photos as holding out does.
static void test_validation_file(void)
{
    char *held_out = strdup(test_path("held-out")), *named = strdup(test_path("named"));
    struct run_watch w = {0};
    int finished;
    struct train_options options = run_options(&files, held_out, run_scores(DTYPE_F32));
    options.hold_out = 4;
    CHECK(run_go(&options, &w, &finished) == 0 && finished == 1);
    options.run = named;
    options.hold_out = 2;
    options.validation = test_file("validation.txt", "0004\n", 5);
    CHECK(run_go(&options, &w, &finished) == 0 && finished == 1);
    CHECK(w.validated == 2);
    CHECK(run_same_file(held_out, named, "checkpoint.safetensors"));
    CHECK(run_same_file(held_out, named, "best.safetensors"));
    options.run = test_path("nothing-left");
    options.validation = files.split;
    CHECK(run_go(&options, &w, &finished) == SWATCH_FAILED && strstr(error.message, files.split));
    options.validation = test_path("no-names");
    CHECK(run_go(&options, &w, &finished) == SWATCH_FAILED &&
          strstr(error.message, options.validation));
    free(held_out);
    free(named);
}

// Runs are refused before anything is overwritten.
static void test_refusals(void)
{
    char *run = strdup(test_path("kept")), *file = strdup(test_path("kept/checkpoint.safetensors"));
    struct run_watch w = {.stop_at = 2};
    struct train_options options = run_options(&files, run, run_rgb(DTYPE_F32));
    int finished;
    size_t size, size_after;
    options.validate_every = 2;

    // There is nothing to resume.
    options.resume = 1;
    CHECK(run_go(&options, &w, &finished) == SWATCH_FAILED && strstr(error.message, file));
    options.resume = 0;
    CHECK(run_go(&options, &w, &finished) == 0 && finished == 0);
    char *before = run_bytes(run, "checkpoint.safetensors", &size);
    CHECK(before);

    CHECK(run_go(&options, &w, &finished) == SWATCH_FAILED && finished == 0);
    CHECK(strstr(error.message, file) && strstr(error.message, "--resume"));
    options.resume = 1;
    options.recipe.rate = 0.125f;
    CHECK(run_go(&options, &w, &finished) == SWATCH_FAILED && strstr(error.message, file));
    CHECK(strstr(error.message, "rate (there 0.002, here 0.125)"));
    options.recipe = run_scores(DTYPE_F32); // another network altogether
    CHECK(run_go(&options, &w, &finished) == SWATCH_FAILED && strstr(error.message, "lite-unet"));

    char *after = run_bytes(run, "checkpoint.safetensors", &size_after);
    CHECK(after && size_after == size && memcmp(before, after, size) == 0);
    free(after);

    // Other photos or classes are refused; the same ones in another file are not.
    static const char three[] = "0001\n0002\n0003\n";
    size_t length;
    char *classes = run_bytes(test_folder, "classes.txt", &length), moved[1100];
    options = run_options(&files, run, run_rgb(DTYPE_F32));
    options.resume = 1;
    options.split = test_file("three.txt", three, sizeof three - 1);
    CHECK(run_go(&options, &w, &finished) == SWATCH_FAILED && strstr(error.message, file));
    CHECK(strstr(error.message, "other photos"));
    options.split = files.split;
    options.hold_out = 4;
    CHECK(run_go(&options, &w, &finished) == SWATCH_FAILED && strstr(error.message, file));
    options.hold_out = 0;
    options.validation = test_file("last.txt", "0004\n", 5);
    CHECK(run_go(&options, &w, &finished) == SWATCH_FAILED && strstr(error.message, file));
    options.validation = NULL;
    // tag58 is in another class.
    char *hair = strstr(classes, "hair"), *last = strstr(classes, " tag58");
    snprintf(moved, sizeof moved, "%.*s%.*s tag58\n%.*s\n", (int)(hair - classes), classes,
             (int)strcspn(hair, "\n"), hair, (int)(last - strstr(hair, "coat")),
             strstr(hair, "coat"));
    options.classes = test_file("moved.txt", moved, strlen(moved));
    CHECK(run_go(&options, &w, &finished) == SWATCH_FAILED && strstr(error.message, file));
    CHECK(strstr(error.message, "classes"));
    options.classes = test_file("copied.txt", classes, length);
    options.validate_every = 1;
    w.stop_at = 3;
    CHECK(run_go(&options, &w, &finished) == 0 && finished == 0);
    free(classes);

    // A checkpoint that is cut off anywhere is refused.
    options = run_options(&files, run, run_rgb(DTYPE_F32));
    options.resume = 1;
    const size_t cuts[] = {0, 4, 500, size / 2, size - 1};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        test_file("kept/checkpoint.safetensors", before, cuts[i]);
        CHECK(run_go(&options, &w, &finished) == SWATCH_FAILED && strstr(error.message, file));
    }
    free(before);
    free(run);
    free(file);
}

// Wrong inputs are told with the file's name, and no checkpoint is written.
static void test_inputs(void)
{
    const char *run = test_path("inputs");
    struct run_watch w = {0};
    int finished;
    const struct train_options good = run_options(&files, run, run_rgb(DTYPE_F32));
    struct train_options options = good;
    char nowhere[128];
    snprintf(nowhere, sizeof nowhere, "ccp:%s", test_path("no-data"));
    options.dataset = nowhere;
    CHECK(run_go(&options, &w, &finished) == SWATCH_NOT_FOUND &&
          strstr(error.message, nowhere + 4));
    options = good;
    options.split = test_path("no-split");
    CHECK(run_go(&options, &w, &finished) == SWATCH_NOT_FOUND &&
          strstr(error.message, options.split));
    options.split = test_file("strange.txt", "0001\n0077\n", 10);
    CHECK(run_go(&options, &w, &finished) == SWATCH_FAILED && strstr(error.message, "0077"));
    options = good;
    options.classes = test_path("no-classes");
    CHECK(run_go(&options, &w, &finished) == SWATCH_NOT_FOUND &&
          strstr(error.message, options.classes));
    options = good;
    options.start_from = test_path("no-weights");
    CHECK(run_go(&options, &w, &finished) == SWATCH_FAILED &&
          strstr(error.message, options.start_from));
    options = good;
    options.hold_out = 1; // all of them
    CHECK(run_go(&options, &w, &finished) == SWATCH_FAILED && strstr(error.message, files.split));
    options = good;
    options.recipe.height = 100;
    CHECK(run_go(&options, &w, &finished) != 0 && strstr(error.message, "128"));
    options = good;
    options.run = files.split; // a file
    CHECK(run_go(&options, &w, &finished) == SWATCH_FAILED && strstr(error.message, files.split));
    CHECK(access(test_path("inputs/checkpoint.safetensors"), F_OK) != 0);
}

// A far too high rate: the first step makes huge weights, and the second cannot be computed.
static void test_not_a_number(struct recipe recipe, const char *run)
{
    struct run_watch one = {.stop_at = 1}, none = {0};
    int finished;
    size_t size, size_after;
    recipe.rate = 1e30f;
    recipe.warmup = 0;
    struct train_options options = run_options(&files, run, recipe);
    options.validate_every = 1;
    CHECK(run_go(&options, &one, &finished) == 0 && finished == 0);
    char *before = run_bytes(run, "checkpoint.safetensors", &size);
    options.resume = 1;
    options.checkpoint_minutes = 0; // after every step
    CHECK(run_go(&options, &none, &finished) == SWATCH_FAILED && finished == 0);
    CHECK(strstr(error.message, "step 2") && strstr(error.message, "is not finite any more"));
    char *after = run_bytes(run, "checkpoint.safetensors", &size_after);
    CHECK(before && after && size_after == size && memcmp(before, after, size) == 0);
    free(before);
    free(after);
}

// A limit on the size of files stands in for a full disk.
static void test_full_disk(size_t hold_out, const char *run, const char *victim)
{
    struct run_watch one = {.stop_at = 1}, none = {0};
    struct train_options options = run_options(&files, run, run_rgb(DTYPE_F32));
    struct rlimit old, small;
    int finished;
    size_t size, size_after;
    char path[256];
    snprintf(path, sizeof path, "%s/%s", run, victim);
    options.validate_every = 1;
    options.hold_out = hold_out;
    CHECK(run_go(&options, &one, &finished) == 0 && finished == 0);
    char *before = run_bytes(run, victim, &size);
    const int names = test_names(run);
    options.resume = 1;
    options.checkpoint_minutes = 0;
    getrlimit(RLIMIT_FSIZE, &old);
    small = (struct rlimit){size - 1, old.rlim_max}; // smaller files can be written
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    CHECK(run_go(&options, &none, &finished) == SWATCH_FAILED && finished == 0);
    setrlimit(RLIMIT_FSIZE, &old);
    CHECK(strstr(error.message, run) && strstr(error.message, "cannot be written"));
    CHECK(hold_out > 0 || strstr(error.message, path));
    char *after = run_bytes(run, victim, &size_after);
    CHECK(before && after && size_after == size && memcmp(before, after, size) == 0);
    CHECK(test_names(run) == names);
    free(before);
    free(after);

    // With room again it goes on.
    options.recipe.steps = 6;
    none = (struct run_watch){.stop_at = 2};
    CHECK(run_go(&options, &none, &finished) == 0);
}

int main(void)
{
    run_files_make(&files);
    test_resume("rgb", run_rgb(DTYPE_F32), 1);
    omp_set_num_threads(1); // more threads do not help so small a network
    test_resume("scores", run_scores(DTYPE_F32), 0);
    test_locale(test_path("scores-whole"));
    struct recipe balanced = run_scores(DTYPE_F32);
    balanced.gan_weight = 0;
    balanced.region_weight = 0.5f;
    balanced.class_balance = 0.5f;
    balanced.repeat_rare = 1;
    test_resume("balanced", balanced, 1);
    if (backend_cpu()->has_fast_bf16()) {
        test_resume("rgb-bf16", run_rgb(DTYPE_BF16), 1);
        test_resume("scores-bf16", run_scores(DTYPE_BF16), 0);
    }
    test_of_folder();
    test_unknown();
    test_validation_file();
    test_refusals();
    test_inputs();
    test_not_a_number(run_scores(DTYPE_F32), test_path("scores-nan"));
    test_not_a_number(run_rgb(DTYPE_F32), test_path("rgb-nan"));
    test_full_disk(0, test_path("full"), "checkpoint.safetensors");
    test_full_disk(2, test_path("full-model"), "model.safetensors");
    run_files_remove(&files);
    return test_end();
}
