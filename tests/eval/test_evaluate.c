// Runs swatch_evaluate on a CCP folder made here, with a model whose answers are known. Its figures
// must be those counted here from the results of swatch_extract. Messages must name the file.

#include "base/file.h"
#include "data/ccp_folder.h"
#include "folder.h"
#include "photo.h"
#include "test.h"
#include "tiny_model.h"
#include "tiny_person.h"

#define PHOTOS 2

static swatch_error error;
static const size_t sizes[PHOTOS][2] = {{128, 192}, {150, 100}};
static const char *const names[PHOTOS] = {"0001", "0002"};
static char dataset[64], source[80];

static int evaluate(swatch_session *session, const char *split, const char *classes,
                    swatch_scores *scores)
{
    const swatch_evaluate_options options = {
        .size = sizeof options, .dataset = source, .split = split, .classes = classes};
    error.message[0] = 0;
    return swatch_evaluate(session, &options, scores, &error);
}

static void test_figures(swatch_session *session, const char *split, const char *classes)
{
    size_t confusion[4][4] = {{0}}, right = 0, all = 0, measured = 0;
    double iou_sum = 0;
    swatch_scores scores = SWATCH_SCORES_INIT;
    for (size_t i = 0; i < PHOTOS; i++) {
        const size_t width = sizes[i][0], height = sizes[i][1];
        uint8_t *rgb = malloc(3 * width * height), *truth = tiny_photo(width, height, rgb);
        swatch_result *result = NULL;
        // The labels call hair what the model rightly calls skin. So there are mistakes to count.
        for (size_t p = 0; p < width * height / 3; p++)
            truth[p] = truth[p] == 1 ? 2 : truth[p];
        CHECK(folder_add_photo(dataset, names[i], rgb, truth, width, height) == 0);
        swatch_photo *photo = photo_of(names[i], rgb, width, height);
        CHECK(swatch_extract(session, photo, NULL, &result, &error) == 0);
        for (size_t p = 0; result && p < width * height; p++)
            confusion[truth[p]][swatch_result_labels(result)[p]]++;
        swatch_result_free(result);
        swatch_photo_free(photo);
        free(truth);
        free(rgb);
    }
    if (evaluate(session, split, classes, &scores)) {
        fprintf(stderr, "%s\n", error.message);
        CHECK(0);
        return;
    }
    CHECK(scores.photos == PHOTOS && scores.classes == 4);
    CHECK(scores.garments == 0 && isnan(scores.garment_color_median)); // clothes are one class
    for (size_t c = 0; c < 4; c++) {
        size_t of_truth = 0, found = 0;
        for (size_t k = 0; k < 4; k++) {
            of_truth += confusion[c][k];
            found += confusion[k][c];
        }
        const double iou = (double)confusion[c][c] / (double)(of_truth + found - confusion[c][c]);
        CHECK(scores.of_class[c].pixels == of_truth);
        CHECK_NEAR(scores.of_class[c].iou, iou, 1e-12);
        CHECK(scores.of_class[c].boundary > 0 && scores.of_class[c].boundary <= 1);
        all += of_truth;
        right += confusion[c][c];
        if (of_truth > 0) {
            iou_sum += iou;
            measured++;
        }
    }
    CHECK_STRING(scores.of_class[3].name, "clothes");
    CHECK_NEAR(scores.pixel_accuracy, (double)right / (double)all, 1e-12);
    CHECK_NEAR(scores.mean_iou, iou_sum / (double)measured, 1e-12);
    CHECK(scores.pixel_accuracy > 0.8 && scores.pixel_accuracy < 0.999);
}

// The same with the person step. With the labels' person nothing outside the person is labelled.
// A model that finds nobody leaves the figures as they are without the step.
static void test_person_step(swatch_session *session, const char *split, const char *classes)
{
    // With refining the labels of such flat colors are right already.
    const swatch_extract_options extract = {.size = sizeof extract, .no_refine = 1};
    swatch_evaluate_options o = SWATCH_EVALUATE_OPTIONS_INIT;
    o.dataset = source;
    o.split = split;
    o.classes = classes;
    o.extract = &extract;
    swatch_scores plain = SWATCH_SCORES_INIT, scores = SWATCH_SCORES_INIT;
    CHECK(swatch_evaluate(session, &o, &plain, &error) == 0);
    o.true_person = 1;
    CHECK(swatch_evaluate(session, &o, &scores, &error) == 0);
    CHECK(scores.of_class[0].iou >= plain.of_class[0].iou);
    CHECK(scores.pixel_accuracy > plain.pixel_accuracy && scores.found == 0);
    o.true_person = 0;
    for (int finds = 0; finds < 2; finds++) {
        const char *path = test_path(finds ? "people.safetensors" : "nobody.safetensors");
        swatch_model *model = NULL;
        tiny_person(path, finds);
        CHECK(swatch_model_open(path, &in_f32, &model, &error) == 0);
        CHECK(swatch_session_new(model, NULL, &o.people, &error) == 0);
        CHECK(swatch_evaluate(session, &o, &scores, &error) == 0);
        CHECK(scores.found == (finds ? PHOTOS : 0));
        CHECK(finds ? scores.person_iou > 0 && scores.person_iou < 1 : scores.person_iou == 0);
        if (!finds) // the whole photo is looked at, as for clothes that nobody wears
            CHECK_NEAR(scores.pixel_accuracy, plain.pixel_accuracy, 1e-12);
        swatch_session_free(o.people);
        swatch_model_free(model);
    }
}

static int count_photos(void *user, size_t done, size_t photos)
{
    CHECK(photos == PHOTOS);
    *(size_t *)user = done;
    return 0;
}

// The page of the worst photos is written. A folder that is there is refused before the work
// begins.
static void test_worst(swatch_session *session, const char *split, const char *classes)
{
    swatch_scores scores = SWATCH_SCORES_INIT;
    size_t done = 0;
    const char *page = test_path("worst");
    const swatch_evaluate_options o = {.size = sizeof o,
                                       .dataset = source,
                                       .split = split,
                                       .classes = classes,
                                       .worst = page,
                                       .progress = count_photos,
                                       .user = &done};
    CHECK(swatch_evaluate(session, &o, &scores, &error) == 0);
    CHECK(done == PHOTOS && test_names(page) == PHOTOS + 1);
    done = 0;
    CHECK(swatch_evaluate(session, &o, &scores, &error) == SWATCH_EXISTS && done == 0);
    CHECK(strstr(error.message, page));
}

// With a class of garments, those of the labels are counted, and each has a row in the table.
static void test_garments(const char *split)
{
    char text[1024];
    size_t used = (size_t)snprintf(
        text, sizeof text,
        "background #000000: null\nskin #ff0000: tag1\nhair #0000ff: tag2\ndresses #00ff00:");
    for (int tag = 3; tag < LABELS; tag++)
        used += (size_t)snprintf(text + used, sizeof text - used, " tag%d", tag);
    char classes[64], *rows;
    strcpy(classes, test_file("fine.txt", text, used));
    const char *path = test_path("fine.safetensors");
    swatch_model *model = NULL;
    swatch_session *session = NULL;
    swatch_scores scores = SWATCH_SCORES_INIT;
    swatch_evaluate_options o = SWATCH_EVALUATE_OPTIONS_INIT;
    tiny_fine_model(path);
    CHECK(swatch_model_open(path, &in_f32, &model, &error) == 0);
    CHECK(swatch_session_new(model, NULL, &session, &error) == 0);
    o.dataset = source;
    o.split = split;
    o.classes = classes;
    o.regions = test_path("regions.csv");
    CHECK(swatch_evaluate(session, &o, &scores, &error) == 0);
    CHECK(scores.garments == PHOTOS && scores.garments_named == PHOTOS);
    CHECK(scores.garments_found == PHOTOS);
    CHECK(scores.garment_color_median < 1 && scores.garment_color_90 < 1);
    CHECK(file_read_text(o.regions, (size_t)1 << 16, &rows, &used, &error) == 0);
    CHECK(strncmp(rows, "photo,region,pixels,expected,confidence,iou,tag,found,or,probability,",
                  69) == 0);
    CHECK(strstr(rows, "\n0001,clothes,") && strstr(rows, "\n0002,garment,"));
    CHECK(strstr(rows, ",dresses,dresses,,") && strstr(rows, ",0.0000\r\n"));
    CHECK(swatch_evaluate(session, &o, &scores, &error) == SWATCH_EXISTS); // the table
    free(rows);
    swatch_session_free(session);
    swatch_model_free(model);
}

static int stop(void *user, size_t done, size_t photos)
{
    CHECK(photos == PHOTOS);
    *(size_t *)user = done;
    return 1;
}

static void test_faults(swatch_session *session, const char *split, const char *classes)
{
    swatch_scores scores = SWATCH_SCORES_INIT;
    size_t done = 0;
    char path[256], text[1024];
    const char *none = test_path("none");
    CHECK(evaluate(session, none, classes, &scores) && strstr(error.message, none));
    CHECK(evaluate(session, split, none, &scores) && strstr(error.message, none));
    CHECK(evaluate(session, NULL, classes, &scores) == SWATCH_USAGE);
    const char *missing = test_file("missing.txt", "0001\n0009\n", 10);
    CHECK(evaluate(session, missing, classes, &scores) && strstr(error.message, "0009.mat"));

    // Classes must be the model's, in number and in name.
    size_t used = (size_t)snprintf(text, sizeof text, "background #000000: null\nskin #ff0000:");
    for (int tag = 1; tag < LABELS; tag++)
        used += (size_t)snprintf(text + used, sizeof text - used, " tag%d", tag);
    const char *two = test_file("two.txt", text, used);
    CHECK(evaluate(session, split, two, &scores) == SWATCH_USAGE);
    CHECK(strstr(error.message, two) && strstr(error.message, "has 2 classes, the model 4"));
    used = (size_t)snprintf(text, sizeof text,
                            "background #000000: null\nskin #ff0000: tag1\nhair #0000ff: tag2\n"
                            "coats #00ff00:");
    for (int tag = 3; tag < LABELS; tag++)
        used += (size_t)snprintf(text + used, sizeof text - used, " tag%d", tag);
    const char *coats = test_file("coats.txt", text, used);
    CHECK(evaluate(session, split, coats, &scores) == SWATCH_USAGE);
    CHECK(strstr(error.message, coats) && strstr(error.message, "the model's is clothes"));

    const swatch_evaluate_options stopped = {.size = sizeof stopped,
                                             .dataset = source,
                                             .split = split,
                                             .classes = classes,
                                             .progress = stop,
                                             .user = &done};
    CHECK(swatch_evaluate(session, &stopped, &scores, &error) == SWATCH_CANCELLED);
    CHECK(done == 1 && strstr(error.message, "stopped after 1 of 2"));
    const swatch_evaluate_options odd = {
        .size = sizeof odd, .dataset = "dir", .split = split, .classes = classes};
    CHECK(swatch_evaluate(session, &odd, &scores, &error) == SWATCH_USAGE);

    // A struct without its size is refused. After a failure the scores are empty.
    swatch_evaluate_options bare = stopped;
    bare.size = 0;
    scores.photos = 7;
    CHECK(swatch_evaluate(session, &bare, &scores, &error) == SWATCH_USAGE && scores.photos == 0);
    CHECK(strstr(error.message, "size"));
    CHECK(swatch_evaluate(session, NULL, &scores, &error) == SWATCH_USAGE);
    swatch_people_scores people = {.size = sizeof people, .photos = 7};
    swatch_evaluate_people_options of_people = SWATCH_EVALUATE_PEOPLE_OPTIONS_INIT;
    CHECK(swatch_evaluate_people(session, &of_people, &people, &error) == SWATCH_USAGE);
    CHECK(people.photos == 0 && strstr(error.message, "finds no people"));

    // Labels must have the photo's size.
    static const uint8_t labels[12];
    CHECK(folder_write_labels(folder_path(dataset, "annotations/pixel-level/0002.mat", path),
                              labels, 3, 4) == 0);
    CHECK(evaluate(session, split, classes, &scores) && strstr(error.message, "0002"));
}

int main(void)
{
    char model_path[64], split[64], classes[64], text[1024], command[128];
    swatch_model *model = NULL;
    swatch_session *session = NULL;
    size_t used = (size_t)snprintf(
        text, sizeof text,
        "background #000000: null\nskin #ff0000: tag1\nhair #0000ff: tag2\nclothes #00ff00:");
    for (int tag = 3; tag < LABELS; tag++)
        used += (size_t)snprintf(text + used, sizeof text - used, " tag%d", tag);
    test_folder_make();
    strcpy(model_path, test_path("tiny.safetensors"));
    strcpy(classes, test_file("classes.txt", text, used));
    strcpy(split, test_file("split.txt", "0001\n0002\n", 10));
    tiny_model(model_path, 0);
    if (folder_make_ccp(dataset) || swatch_model_open(model_path, &in_f32, &model, &error) ||
        swatch_session_new(model, NULL, &session, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    snprintf(source, sizeof source, "ccp:%s", dataset);
    test_figures(session, split, classes);
    test_person_step(session, split, classes);
    test_worst(session, split, classes);
    test_garments(split);
    test_faults(session, split, classes);
    swatch_session_free(session);
    swatch_model_free(model);
    snprintf(command, sizeof command, "rm -rf %s", dataset);
    CHECK(system(command) == 0);
    test_folder_remove();
    return test_end();
}
