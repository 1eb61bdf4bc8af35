// A network with a second head: it learns from labels that are classes or sets of classes, and what
// it tells of garments never changes what is clothes.

#include "api/api.h"
#include "extract/photo.h"
#include "extract/segment.h"
#include "model/file.h"
#include "train/tiny_run.h"

static const char whole_text[] = "ground #000000: null\nface #ff0000: tag1\nhair #0000ff: tag2\n"
                                 "coat #00ff00: shirt jeans\n";

// Labels 0 to 3 as run_add_photo draws them; 4 and up are sets.
static const char fine_text[] = "null #000000: 0\ntag1 #ff0000: 1\ntag2 #0000ff: 2\n"
                                "shirt #00ff00: 3\njeans #00ff99: 4\n"
                                "one of shirt jeans: 5\none of tag1 shirt: 6\n";

static uint8_t relabel(uint8_t label, size_t i, int photo)
{
    // One photo says "clothes" alone; in the others a few pixels say "face or shirt".
    return label == 3 && photo == 1 ? 5 : label == 1 && i % 11 == 0 ? 6 : label;
}

struct losses {
    double first, last, mean_iou;
    int calls, figures;
};

static int watch(void *user, const swatch_training_progress *progress)
{
    struct losses *w = user;
    for (size_t i = 0; i < progress->loss_count; i++)
        if (strcmp(progress->losses[i].name, "garments") == 0) {
            if (w->calls++ == 0)
                w->first = progress->losses[i].value;
            w->last = progress->losses[i].value;
        }
    for (size_t i = 0; i < progress->figure_count; i++)
        if (strcmp(progress->figures[i].name, "garments_mean_iou") == 0) {
            w->mean_iou = progress->figures[i].value;
            w->figures++;
        }
    return 0;
}

static void train(const struct run_files *files, const char *run, const char *whole,
                  const char *fine)
{
    char source[128];
    struct losses w = {0};
    int finished = 0;
    struct recipe recipe = run_scores(DTYPE_F32);
    recipe.gan_weight = 0;
    recipe.steps = 40;
    recipe.rate = 1e-2f;
    recipe.class_balance = 0.3f;
    recipe.region_weight = 0.5f;
    recipe.garment_weight = 0.5f;
    recipe.augmentation = (struct augmentation){.scale_low = 1, .scale_high = 1};
    struct train_options options = run_options(files, run, recipe);
    snprintf(source, sizeof source, "folder:%s", test_folder);
    options.dataset = source;
    options.split = NULL;
    options.hold_out = 4;
    options.classes = whole;
    options.garments = fine;
    options.progress = watch;
    options.user = &w;
    CHECK(train_run(&options, &finished, &error) == 0 && finished == 1);
    CHECK(w.calls > 1 && w.figures >= 1);
    CHECK(w.last < 0.7 * w.first);
    CHECK(w.mean_iou > 0.3 && w.mean_iou <= 1);
}

static void label(swatch_model *model, const struct image *photo, const struct known *known,
                  struct image *labels, double *sum)
{
    swatch_session *session = NULL;
    struct image map = {0};
    swatch_timings timings = {0};
    const swatch_extract_options options = SWATCH_EXTRACT_OPTIONS_INIT;
    const size_t classes = swatch_model_class_count(model);
    CHECK(swatch_session_new(model, NULL, &session, &error) == 0);
    CHECK(segment(session, photo, &options, known, labels, &map, &timings, &error) == 0);
    const float *middle = session->answer + ((session->answer_box.top + 5) * session->answer_width +
                                             session->answer_box.left + 5) *
                                                classes;
    *sum = 0;
    for (size_t k = 0; k < classes; k++)
        *sum += (double)middle[k];
    swatch_session_free(session);
}

// What is ground, face, hair and coat is the same with and without the second head, to the pixel.
static void test_never_worse(const char *path, const char *fine)
{
    swatch_model *plain = NULL, *kinds = NULL;
    swatch_model_options options = SWATCH_MODEL_OPTIONS_INIT;
    struct image photo, before, after;
    double sum;
    int garments = 0, other = 0;
    CHECK(swatch_model_open(path, NULL, &plain, &error) == 0);
    CHECK(swatch_model_class_count(plain) == 4);
    CHECK(strstr(swatch_model_json(plain), "\"garments\":[{\"name\":\"null\",") != NULL);
    CHECK(!plain->file->tells_garments && plain->file->garments.count == 5);
    options.classes = fine;
    CHECK(swatch_model_open(path, &options, &kinds, &error) == 0);
    CHECK(swatch_model_class_count(kinds) == 5);
    CHECK(strstr(swatch_model_json(kinds), "\"garments\"") == NULL);
    CHECK(image_load(test_path("photos/0002.png"), 0, &photo, &error) == 0);
    label(plain, &photo, NULL, &before, &sum);
    CHECK_NEAR(sum, 1, 1e-5);
    label(kinds, &photo, NULL, &after, &sum);
    CHECK_NEAR(sum, 1, 1e-5);
    for (size_t i = 0; i < photo.width * photo.height; i++) {
        const uint8_t kind = after.pixels[i];
        garments += kind >= 3;
        other += kind < 3;
        CHECK(kind < 5 && (kind < 3 ? kind : 3) == before.pixels[i]);
    }
    CHECK(garments > 0 && other > 0);
    image_free(&after);

    // Of a photo that has no shirt and no hair, all that is worn is jeans.
    const uint8_t classes[] = {1, 1, 0, 0, 1};
    const struct known known = {.classes = classes};
    size_t jeans = 0;
    label(kinds, &photo, &known, &after, &sum);
    for (size_t i = 0; i < photo.width * photo.height; i++) {
        CHECK(classes[after.pixels[i]]);
        CHECK(before.pixels[i] != 3 || after.pixels[i] == 4);
        jeans += after.pixels[i] == 4;
    }
    CHECK(jeans > 0);
    image_free(&photo);
    image_free(&before);
    image_free(&after);
    swatch_model_free(plain);
    swatch_model_free(kinds);
}

static void test_refused(const char *path, const char *fine)
{
    static const char mixed[] = "null #000000: null\nup #ff0000: tag1 shirt\nhair #0000ff: tag2\n"
                                "jeans #00ff00: jeans\n";
    swatch_model *model = NULL;
    swatch_model_options options = SWATCH_MODEL_OPTIONS_INIT;
    options.classes = test_file("mixed.txt", mixed, sizeof mixed - 1);
    CHECK(swatch_model_open(path, &options, &model, &error) == SWATCH_USAGE);
    CHECK(strstr(error.message, "the class \"up\" mixes what the model tells apart as"));
    options.classes = fine; // the sets in it do not count
    CHECK(swatch_model_open(path, &options, &model, &error) == 0);
    CHECK(swatch_model_class_count(model) == 5);
    swatch_model_free(model);
}

// A file whose second head is not described well is no model.
static void test_damaged(const char *path)
{
    static const char *const edits[][2] = {
        {"\"of\\\":\\\"coat", "\"of\\\":\\\"boat"},   // no such class
        {"name\\\":\\\"jeans", "name\\\":\\\"shirt"}, // two of one name
        {"\"of\\\":\\\"hair", "\"of\\\":\\\"face"},   // hair without any
    };
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        swatch_model *model = NULL;
        char *data;
        size_t size;
        CHECK(file_read(path, 1 << 26, &data, &size, &error) == 0);
        char *at = memmem(data, size, edits[i][0], strlen(edits[i][0]));
        CHECK(at != NULL);
        if (at)
            memcpy(at, edits[i][1], strlen(edits[i][1]));
        CHECK(swatch_model_open_memory("edited", data, size, NULL, &model, &error) ==
              SWATCH_BAD_FILE);
        CHECK_STRING(error.message, "edited: its swatch.garments is not valid");
        free(data);
    }
}

int main(void)
{
    static const char kinds_text[] = "null #000000: null\ntag1 #ff0000: tag1\ntag2 #0000ff: tag2\n"
                                     "shirt #00ff00: shirt\njeans #00ff99: jeans\n";
    struct run_files files;
    char run[128], best[160];
    run_files_make(&files);
    run_folder_make(&files, relabel);
    char *whole = strdup(test_file("whole.txt", whole_text, sizeof whole_text - 1));
    char *fine = strdup(test_file("fine.txt", fine_text, sizeof fine_text - 1));
    char *kinds = strdup(test_file("kinds.txt", kinds_text, sizeof kinds_text - 1));
    snprintf(run, sizeof run, "%s/run", test_folder);
    snprintf(best, sizeof best, "%s/model.safetensors", run);
    train(&files, run, whole, fine);
    test_never_worse(best, kinds);
    test_refused(best, fine);
    test_damaged(best);
    free(whole);
    free(fine);
    free(kinds);
    run_files_remove(&files);
    return test_end();
}
