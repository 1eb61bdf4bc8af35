// A run that learns people on the tiny photos is resumed with the same options and photos and
// refused with others. Its model and its page tell how well it did on photos that were held out.

#include <omp.h>

#include "train/tiny_run.h"

static int stop_at_once(void *user, const swatch_training_progress *progress)
{
    (void)user;
    return progress->step >= 1;
}

static int keep_figure(void *user, const swatch_training_progress *progress)
{
    if (progress->figure_count > 0) {
        CHECK_STRING(progress->figures[0].name, "person_overlap");
        CHECK(progress->loss_count == 5);
        *(double *)user = progress->figures[0].value;
    }
    CHECK_STRING(progress->task, "people");
    return 0;
}

static struct train_options options_of(const struct run_files *files, const char *run)
{
    struct recipe recipe = tiny_people_recipe(DTYPE_F32);
    recipe.steps = 3;
    recipe.rate = 1e-4f;
    recipe.cosine = 1;
    recipe.ccp_share = 1;
    struct train_options options = run_options(files, run, recipe);
    options.task = &task_people;
    options.classes = NULL;
    return options;
}

static void test_resume(const struct run_files *files)
{
    static const char three[] = "0001\n0002\n0003\n";
    const char *run = test_path("people");
    char file[128];
    int finished = -1;
    struct train_options options = options_of(files, run);
    snprintf(file, sizeof file, "%s/checkpoint.safetensors", run);
    options.validate_every = 1;
    options.progress = stop_at_once;
    CHECK(train_run(&options, &finished, &error) == 0 && finished == 0);

    options.resume = 1;
    options.split = test_file("three.txt", three, sizeof three - 1);
    CHECK(train_run(&options, &finished, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, file) == error.message && strstr(error.message, "other photos"));
    options.split = files->split;
    options.hold_out = 2;
    CHECK(train_run(&options, &finished, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, file) == error.message && strstr(error.message, "other photos"));
    options.hold_out = 0;
    options.recipe.encoder_rate = 0.5f;
    CHECK(train_run(&options, &finished, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, "encoder-rate (there 1.0, here 0.5)"));
    options.recipe.encoder_rate = 1;
    options.recipe.augmentation.persons = 0.5f;
    CHECK(train_run(&options, &finished, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, "persons (there 0.0, here 0.5)"));
    options.recipe.augmentation.persons = 0;
    options.recipe.cosine = 0;
    CHECK(train_run(&options, &finished, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, "schedule (there \"cosine\", here \"constant\")"));
    options.recipe.cosine = 1;
    options.progress = NULL;
    CHECK(train_run(&options, &finished, &error) == 0 && finished == 1);
}

// Returns 1 if a file of the run has the words in it.
static int has(const char *run, const char *file, const char *words)
{
    size_t size;
    char *bytes = run_bytes(run, file, &size);
    const int found = bytes && memmem(bytes, size, words, strlen(words));
    free(bytes);
    return found;
}

static void test_told(const struct run_files *files)
{
    const char *run = test_path("told");
    struct train_options options = options_of(files, run);
    double figure = NAN;
    char text[64];
    int finished;
    CHECK(has(test_path("people"), "model.safetensors", "swatch.history"));
    CHECK(!has(test_path("people"), "model.safetensors", "validation_person"));
    options.hold_out = 2;
    options.progress = keep_figure;
    options.user = &figure;
    CHECK(train_run(&options, &finished, &error) == 0 && !isnan(figure));
    snprintf(text, sizeof text, "validation_person_overlap\\\":%.4g", round(figure * 1e4) / 1e4);
    CHECK(has(run, "model.safetensors", text));
    CHECK(has(run, "model.safetensors", "\\\"validation_photos\\\":2,"));

    CHECK(has(run, "index.html", "Step 3 of 3.") && has(run, "index.html", "Best person overlap"));
    CHECK(has(run, "index.html", "masks <small>") && has(run, "index.html", "objectness <small>"));
    CHECK(has(run, "index.html", "person overlap <small>"));
    CHECK(has(run, "held-out.txt", "0002\n0004\n"));
}

struct notices {
    int calls, outlines, stored;
};

static int keep_notices(void *user, const swatch_training_progress *progress)
{
    struct notices *n = user;
    n->calls++;
    if (!progress->notice)
        return 0;
    n->outlines += strstr(progress->notice, "people.json: people without an outline (1)") != NULL;
    n->stored += strstr(progress->notice, "people.json: photos are outlined as they are stored") &&
                 progress->step > 0;
    return 0;
}

// People without an outline and photos outlined as they are stored are told once each. EXIF turns
// the photo to 32x16.
static void test_notices(const struct run_files *files)
{
    static const char text[] =
        "{\"categories\":[{\"id\":1,\"name\":\"person\"}],\"images\":[{\"id\":1,\"file_name\":"
        "\"turned.jpg\",\"width\":16,\"height\":32}],\"annotations\":[{\"image_id\":1,\"category_"
        "id\":1,"
        "\"bbox\":[2,2,8,20],\"segmentation\":[[2,2,10,2,10,22]]},{\"image_id\":1,\"category_id\":"
        "1,"
        "\"bbox\":[9,9,5,9]}]}";
    struct train_options options = options_of(files, test_path("notices"));
    char people[128], *photo;
    struct notices n = {0};
    size_t size;
    int finished = 0;
    CHECK(file_read(SOURCE_DIR "/tests/image/golden/exif-6.jpg", 1 << 20, &photo, &size, &error) ==
          0);
    test_file("turned.jpg", photo, size);
    free(photo);
    snprintf(people, sizeof people, "coco:%s", test_file("people.json", text, sizeof text - 1));
    options.dataset = options.split = NULL;
    options.people = people;
    options.validate_every = 1;
    options.progress = keep_notices;
    options.user = &n;
    CHECK(train_run(&options, &finished, &error) == 0 && finished);
    CHECK(n.calls == 4 && n.outlines == 1 && n.stored == 1);
}

int main(void)
{
    struct run_files files;
    omp_set_num_threads(1);
    run_files_make(&files);
    test_resume(&files);
    test_told(&files);
    test_notices(&files);
    run_files_remove(&files);
    return test_end();
}
