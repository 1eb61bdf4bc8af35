// Extraction from a photo in memory to its result, with a model whose answers are known.

#include <jansson.h>
#include <sys/stat.h>

#include "base/rng.h"
#include "extract/cutout.h"
#include "extract/extract.h"
#include "extract/hsv.h"
#include "extract/segment.h"
#include "folder.h"
#include "image/image.h"
#include "photo.h"
#include "test.h"
#include "tiny_model.h"

static swatch_error error;
static swatch_session *session, *rgb_session;

static swatch_result *extract_from(swatch_session *from, const uint8_t *rgb, size_t width,
                                   size_t height, const swatch_extract_options *options, int want)
{
    swatch_result *result = NULL;
    swatch_photo *photo = photo_of("blocks.png", rgb, width, height);
    const int status = swatch_extract(from, photo, options, &result, &error);
    CHECK(status == want);
    if (status && !want)
        fprintf(stderr, "%s\n", error.message);
    CHECK((result != NULL) == (want == 0));
    swatch_photo_free(photo); // a result outlives its photo
    return result;
}

static double agreement(const swatch_result *r, const uint8_t *truth)
{
    const size_t pixels = swatch_result_width(r) * swatch_result_height(r);
    size_t same = 0;
    for (size_t i = 0; i < pixels; i++)
        same += swatch_result_labels(r)[i] == truth[i];
    return (double)same / (double)pixels;
}

// Portrait, landscape, square, not multiples of anything, larger and smaller than the network: the
// labels come back at the photo's own size, right but for a canvas pixel along the edges.
static void test_sizes(void)
{
    static const size_t sizes[][2] = {{256, 256}, {200, 333}, {333, 200}, {777, 511}, {90, 100}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const size_t width = sizes[i][0], height = sizes[i][1];
        uint8_t *rgb = malloc(3 * width * height), *truth = tiny_photo(width, height, rgb);
        swatch_result *r = extract_from(session, rgb, width, height, NULL, 0);
        if (r) {
            CHECK(swatch_result_width(r) == width && swatch_result_height(r) == height);
            const double agrees = agreement(r, truth);
            if (agrees < 0.94)
                fprintf(stderr, "%zu x %zu: %.4f\n", width, height, agrees);
            CHECK(agrees >= 0.94);
        }
        swatch_result_free(r);
        free(truth);
        free(rgb);
    }
}

static void test_odd_sizes(void)
{
    static const size_t sizes[][2] = {{1, 1}, {2, 1}, {1, 700}, {700, 1}, {3, 5}, {5000, 3}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const size_t width = sizes[i][0], height = sizes[i][1];
        uint8_t *rgb = malloc(3 * width * height);
        for (size_t p = 0; p < width * height; p++)
            memcpy(rgb + 3 * p, tiny_colors[3], 3);
        swatch_result *r = extract_from(session, rgb, width, height, NULL, 0);
        if (r) {
            CHECK(swatch_result_width(r) == width && swatch_result_height(r) == height);
            CHECK(swatch_result_pixels(r, SWATCH_CLOTHES) == width * height);
        }
        swatch_result_free(r);
        free(rgb);
    }
}

static void test_answers(void)
{
    const size_t width = 300, height = 400;
    uint8_t *rgb = malloc(3 * width * height), *truth = tiny_photo(width, height, rgb);
    uint8_t *cutout = malloc(4 * width * height);
    swatch_result *r = extract_from(session, rgb, width, height, NULL, 0);
    swatch_result *again = extract_from(session, rgb, width, height, NULL, 0);
    if (!r || !again)
        goto done;
    CHECK_STRING(swatch_result_json(r), swatch_result_json(again));

    static const char *const names[] = {"clothes", "skin", "hair"};
    static const size_t class_of[] = {3, 1, 2};
    json_t *json = json_loads(swatch_result_json(r), 0, NULL);
    CHECK(json && !strchr(swatch_result_json(r), '\n'));
    CHECK(json_integer_value(json_object_get(json, "width")) == (json_int_t)width);
    CHECK(json_integer_value(json_object_get(json, "height")) == (json_int_t)height);
    for (size_t i = 0; i < SWATCH_REGIONS; i++) {
        const swatch_region region = (swatch_region)i;
        size_t pixels = 0, count = 0, opaque = 0, outside = 0, wrong = 0;
        for (size_t p = 0; p < width * height; p++)
            pixels += swatch_result_labels(r)[p] == class_of[i];
        CHECK(swatch_result_pixels(r, region) == pixels);
        const swatch_color *colors = swatch_result_colors(r, region, &count);
        CHECK(count == 1);
        if (count == 1) {
            CHECK(memcmp(colors[0].rgb, tiny_colors[class_of[i]], 3) == 0);
            CHECK_NEAR(colors[0].share, 1, 1e-9);
        }
        json_t *in_json = json_object_get(json_object_get(json, "regions"), names[i]);
        CHECK(json_integer_value(json_object_get(in_json, "pixels")) == (json_int_t)pixels);
        json_t *color = json_array_get(json_object_get(in_json, "colors"), 0);
        CHECK(count == 0 ||
              strcmp(json_string_value(json_object_get(color, "hex")), colors[0].hex) == 0);
        // Cut-outs with hard edges: the photo's own colors inside, nothing at all outside.
        CHECK(!cutout_region(r, region, (struct rect){0, 0, width, height}, SWATCH_EDGES_HARD,
                             cutout, NULL));
        for (size_t p = 0; p < width * height; p++) {
            static const uint8_t clear[4];
            const int inside = swatch_result_labels(r)[p] == class_of[i];
            outside += !inside && memcmp(cutout + 4 * p, clear, 4) != 0;
            wrong += inside && memcmp(cutout + 4 * p, rgb + 3 * p, 3) != 0;
            opaque += cutout[4 * p + 3] == 255;
        }
        CHECK(outside == 0 && wrong == 0);
        CHECK(opaque < pixels && opaque > pixels * 9 / 10);
    }
    json_decref(json);
done:
    swatch_result_free(r);
    swatch_result_free(again);
    free(cutout);
    free(truth);
    free(rgb);
}

// Thresholds cut the map painted with class colors into the very same masks as argmax, whatever
// the network says: here about noise.
static void test_hsv_is_argmax(void)
{
    const size_t width = 160, height = 240;
    uint8_t *rgb = malloc(3 * width * height);
    struct rng rng = {.seed = 5};
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) // blocks of 8, so that cleaning leaves something
            for (size_t c = 0; c < 3; c++)
                rgb[3 * (y * width + x) + c] =
                    (uint8_t)(rng_at(5, c, (y / 8) * 1000 + x / 8) % 200 + rng_below(&rng, 56));
    const swatch_extract_options hsv = {.size = sizeof hsv, .masks = SWATCH_MASKS_HSV};
    swatch_result *a = extract_from(session, rgb, width, height, NULL, 0);
    swatch_result *b = extract_from(session, rgb, width, height, &hsv, 0);
    if (a && b) {
        size_t seen[4] = {0};
        for (size_t i = 0; i < width * height; i++)
            seen[swatch_result_labels(a)[i]]++;
        CHECK(seen[0] && seen[1] && seen[2] && seen[3]);
        CHECK(memcmp(swatch_result_labels(a), swatch_result_labels(b), width * height) == 0);
    }
    swatch_result_free(a);
    swatch_result_free(b);
    free(rgb);
}

// The share of pixels whose label does not follow from the map's color; specks are cleaned away.
static double unlike_map(const swatch_result *r)
{
    struct hsv_box boxes[CLASSES_MAX];
    const size_t count = swatch_result_width(r) * swatch_result_height(r);
    size_t other = 0;
    hsv_boxes(&tiny_classes, boxes);
    for (size_t i = 0; i < count; i++)
        other += swatch_result_labels(r)[i] !=
                 hsv_class(&tiny_classes, boxes, swatch_result_map(r) + 3 * i);
    return (double)other / (double)count;
}

// Around the part that the model looked at the map is the background's color.
static void test_map_of_part(const uint8_t *rgb, size_t width, size_t height)
{
    uint8_t *mask = calloc(width, height);
    for (size_t y = 0; y < height; y++)
        memset(mask + y * width, 255, width / 4);
    const swatch_extract_options options = {
        .size = sizeof options, .person_mask = mask, .mask_width = width, .mask_height = height};
    swatch_result *r = extract_from(rgb_session, rgb, width, height, &options, 0);
    size_t beyond = 0, painted = 0;
    for (size_t i = 0; r && i < width * height; i++) {
        const uint8_t *color = swatch_result_map(r) + 3 * i;
        const int any = color[0] || color[1] || color[2];
        painted += any && i % width < width / 4;
        beyond += any && i % width > width / 2;
    }
    CHECK(painted > width * height / 5 && beyond == 0);
    swatch_result_free(r);
    free(mask);
}

// A model that puts out a map: the photo shows the class colors themselves, washed out a little.
static void test_color_map(void)
{
    static const uint8_t painted[4][3] = {
        {25, 20, 30}, {230, 30, 25}, {20, 35, 235}, {30, 220, 20}};
    const size_t width = 256, height = 256;
    uint8_t *rgb = malloc(3 * width * height), *truth = tiny_photo(width, height, rgb);
    for (size_t i = 0; i < width * height; i++)
        memcpy(rgb + 3 * i, painted[truth[i]], 3);
    for (int masks = SWATCH_MASKS_AUTO; masks <= SWATCH_MASKS_HSV; masks++) {
        const swatch_extract_options options = {.size = sizeof options,
                                                .masks = (swatch_masks)masks};
        swatch_result *r = extract_from(rgb_session, rgb, width, height, &options, 0);
        CHECK(r && agreement(r, truth) > 0.94);
        CHECK(r && swatch_result_map(r) && unlike_map(r) < 0.002);
        swatch_result_free(r);
    }
    test_map_of_part(rgb, width, height);
    swatch_extract_options options = {.size = sizeof options, .steps = 1};
    swatch_result_free(extract_from(rgb_session, rgb, width, height, &options, 0));
    swatch_result *r = extract_from(session, rgb, width, height, NULL, 0);
    CHECK(r && !swatch_result_map(r));
    swatch_result_free(r);
    swatch_result_free(extract_from(session, rgb, width, height, &options, SWATCH_USAGE));
    CHECK(strstr(error.message, "blocks.png: the model paints no color-coded map"));
    free(truth);
    free(rgb);
}

static void test_person_mask(void)
{
    const size_t width = 300, height = 400;
    uint8_t *rgb = malloc(3 * width * height), *truth = tiny_photo(width, height, rgb);
    uint8_t *mask = calloc(width, height), *half = calloc(width / 2, height / 2);
    // The left half of the picture.
    for (size_t y = 0; y < height; y++)
        memset(mask + y * width, 255, width / 2);
    for (size_t y = 0; y < height / 2; y++)
        memset(half + y * (width / 2), 255, width / 4);
    for (int background = SWATCH_BACKGROUND_KEEP; background <= SWATCH_BACKGROUND_WHITE;
         background++)
        for (size_t scale = 1; scale <= 2; scale++) {
            const swatch_extract_options options = {.size = sizeof options,
                                                    .background = (swatch_background)background,
                                                    .person_mask = scale == 1 ? mask : half,
                                                    .mask_width = width / scale,
                                                    .mask_height = height / scale};
            swatch_result *r = extract_from(session, rgb, width, height, &options, 0);
            if (!r)
                continue;
            size_t outside = 0, inside = 0;
            for (size_t i = 0; i < width * height; i++) {
                outside += i % width >= width / 2 + 1 && swatch_result_labels(r)[i] != 0;
                inside += i % width < width / 2 - 4 && swatch_result_labels(r)[i] == truth[i];
            }
            CHECK(outside == 0);
            CHECK(inside > height * (width / 2 - 4) * 9 / 10);
            swatch_result_free(r);
        }
    swatch_extract_options options = {
        .size = sizeof options, .person_mask = mask, .mask_width = height, .mask_height = width};
    swatch_result_free(extract_from(session, rgb, width, height, &options, SWATCH_USAGE));
    memset(half, 0, width * height / 4);
    options = (swatch_extract_options){.size = sizeof options,
                                       .person_mask = half,
                                       .mask_width = width / 2,
                                       .mask_height = height / 2};
    swatch_result_free(extract_from(session, rgb, width, height, &options, SWATCH_NO_PERSON));
    options = (swatch_extract_options){.size = sizeof options, .colors = 9};
    swatch_result_free(extract_from(session, rgb, width, height, &options, SWATCH_USAGE));
    free(half);
    free(mask);
    free(truth);
    free(rgb);
}

// Somebody in a color that the network takes for background, and next for clothes, is all clothes,
// and nothing beyond the mask is; who is seen in part keeps the background within the mask.
static void test_passer_by(void)
{
    static const uint8_t dull[3] = {110, 118, 160}, grey[3] = {128, 128, 128};
    const size_t side = 256, left = 64, right = 192;
    uint8_t *rgb = malloc(3 * side * side), *mask = calloc(side, side);
    const swatch_extract_options options = {.size = sizeof options,
                                            .person_mask = mask,
                                            .mask_width = side,
                                            .mask_height = side,
                                            .person_reach = 0.1};
    for (int seen = 0; seen < 2; seen++) {
        for (size_t i = 0; i < side * side; i++) {
            const size_t x = i % side;
            const int person = x >= left && x < right;
            mask[i] = person ? 255 : 0;
            memcpy(rgb + 3 * i,
                   seen && person && x < side / 2 ? tiny_colors[3]
                   : person                       ? dull
                                                  : grey,
                   3);
        }
        swatch_result *r = extract_from(session, rgb, side, side, &options, 0);
        size_t clothes[2] = {0}, beyond = 0;
        for (size_t i = 0; r && i < side * side; i++) {
            const size_t x = i % side;
            const int is = swatch_result_labels(r)[i] == 3;
            clothes[x >= side / 2] += is && x >= left && x < right;
            beyond += swatch_result_labels(r)[i] && (x + 4 < left || x >= right + 4);
        }
        const size_t half = side * (right - left) / 2;
        CHECK(r && beyond == 0 && clothes[0] > half * 95 / 100);
        CHECK(seen ? clothes[1] < half / 10 : clothes[1] > half * 95 / 100);
        swatch_result_free(r);
    }
    free(mask);
    free(rgb);
}

// Folded into one class, hair and clothes count together: a color that is background to the model
// (squared distances in -1..1 to its colors 0.548, 0.562 and 0.566, times ten as scores:
// 0.37 background, 0.32, 0.31) is then worn with 0.63.
static void test_fold(const char *path)
{
    static const uint8_t between[3] = {63, 62, 110};
    static const char text[] = "background #000000: background\nskin #ff0000: skin\n"
                               "worn #00ff00: hair clothes\n";
    static const char lacking[] = "background #000000: background\nskin #ff0000: skin\n";
    const size_t width = 128, height = 128;
    char file[256], other[256];
    uint8_t *rgb = malloc(3 * width * height);
    swatch_model *model = NULL;
    swatch_session *folded = NULL;
    for (size_t i = 0; i < width * height; i++)
        memcpy(rgb + 3 * i, between, 3);
    snprintf(file, sizeof file, "%s", test_file("worn.txt", text, sizeof text - 1));
    snprintf(other, sizeof other, "%s", test_file("lacking.txt", lacking, sizeof lacking - 1));
    swatch_model_options options = in_f32;
    options.classes = other;
    CHECK(swatch_model_open(path, &options, &model, &error) == SWATCH_USAGE);
    CHECK(!model && strstr(error.message, "says nothing of the model's class \"hair\""));
    options.classes = file;
    CHECK(swatch_model_open(path, &options, &model, &error) == 0);
    CHECK(swatch_model_class_count(model) == 3);
    CHECK_STRING(swatch_model_class_name(model, 2), "worn");
    CHECK(strstr(swatch_model_json(model), "\"worn\""));
    CHECK(swatch_session_new(model, NULL, &folded, &error) == 0);
    swatch_result *plain = extract_from(session, rgb, width, height, NULL, 0);
    swatch_result *worn = extract_from(folded, rgb, width, height, NULL, 0);
    if (plain && worn) {
        CHECK(swatch_result_labels(plain)[64 * width + 64] == 0);
        CHECK(swatch_result_labels(worn)[64 * width + 64] == 2);
        CHECK(strstr(swatch_result_json(worn), "worn"));
    }
    swatch_result_free(plain);
    swatch_result_free(worn);
    swatch_session_free(folded);
    swatch_model_free(model);
    remove(file);
    remove(other);
    free(rgb);
}

static int exists(const char *folder, const char *name)
{
    char path[1024];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return stat(path, &info) == 0 && info.st_size > 0;
}

// What is known not to be there is not told, and what would be a guess then is left open.
static void test_known(void)
{
    enum { WIDTH = 256, HEIGHT = 256, AREA = WIDTH * HEIGHT };
    static uint8_t rgb[3 * AREA];
    uint8_t *truth = tiny_photo(WIDTH, HEIGHT, rgb);
    const struct image photo = {WIDTH, HEIGHT, 3, rgb};
    // Refined, the edges of a photo of flat colors leave nothing unsure.
    const swatch_extract_options options = {.size = sizeof options, .no_refine = 1};
    const uint8_t no_hair[4] = {1, 1, 0, 1};
    struct image labels;
    for (int sure = 0; sure < 2; sure++) {
        const struct known known = {.classes = no_hair, .sure = sure ? 0.9f : 0};
        swatch_timings timings = {0};
        size_t told = 0, right = 0, unsure = 0, hair = 0;
        if (segment(session, &photo, &options, &known, &labels, NULL, &timings, &error)) {
            CHECK(!"segment");
            break;
        }
        for (size_t i = 0; i < AREA; i++) {
            hair += truth[i] == 2;
            unsure += labels.pixels[i] == LABEL_UNSURE;
            told += labels.pixels[i] == 2;
            right += labels.pixels[i] == truth[i];
        }
        CHECK(told == 0);
        CHECK(hair > AREA / 50 && (double)right > 0.9 * (double)(AREA - hair));
        CHECK(sure ? unsure > 0 : unsure == 0);
        image_free(&labels);
    }
    free(truth);
}

static void test_save(void)
{
    static const char *const files[] = {"labels.png", "segmentation.png", "clothes.png", "skin.png",
                                        "hair.png",   "colors.json",      "card.png"};
    const size_t width = 300, height = 400;
    uint8_t *rgb = malloc(3 * width * height), *truth = tiny_photo(width, height, rgb);
    uint8_t *mask = malloc(width * height), *cutout = malloc(4 * width * height);
    memset(mask, 255, width * height);
    swatch_result *r = extract_from(session, rgb, width, height, NULL, 0);
    const swatch_extract_options masked = {
        .size = sizeof masked, .person_mask = mask, .mask_width = width, .mask_height = height};
    swatch_result *m = extract_from(session, rgb, width, height, &masked, 0);
    const char *folder = test_path("saved"), *with_mask = test_path("masked");
    char inner[1024];
    struct image read = {0};
    if (!r || !m)
        goto done;
    CHECK(swatch_result_save(r, folder, 0, &error) == 0);
    CHECK(test_names(folder) == 7);
    for (size_t i = 0; i < 7; i++)
        CHECK(exists(folder, files[i]));
    snprintf(inner, sizeof inner, "%s/labels.png", folder);
    CHECK(image_load_index(inner, 0, &read, &error) == 0 && read.width == width &&
          memcmp(read.pixels, swatch_result_labels(r), width * height) == 0);
    image_free(&read);
    // Not twice, unless asked to; and what is there stays as it is.
    CHECK(swatch_result_save(m, folder, 0, &error) == SWATCH_EXISTS);
    CHECK(strstr(error.message, folder) != NULL);
    CHECK(test_names(folder) == 7);
    CHECK(swatch_result_save(m, folder, 1, &error) == 0);
    CHECK(test_names(folder) == 8 && exists(folder, "person.png"));
    CHECK(swatch_result_save(m, with_mask, 1, &error) == 0);
    CHECK(test_names(with_mask) == 8);
    // A file in the way of the folder.
    const char *file = test_file("file", "x", 1);
    snprintf(inner, sizeof inner, "%s/below", file);
    CHECK(swatch_result_save(r, inner, 0, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, inner) != NULL);
    CHECK(test_names(test_folder) == 5); // two models, two folders, the file: nothing half-written
done:
    swatch_result_free(r);
    swatch_result_free(m);
    free(cutout);
    free(mask);
    free(truth);
    free(rgb);
}

// How far to the right of its truth the person is found, in pixels of its height.
static long lean_of(swatch_session *from, const swatch_extract_options *options)
{
    const size_t side = 128;
    uint8_t *rgb = malloc(3 * side * side), *truth = tiny_photo(side, side, rgb);
    swatch_result *r = extract_from(from, rgb, side, side, options, 0);
    long lean = 0;
    for (size_t i = 0; r && i < side * side; i++) {
        const int found = swatch_result_labels(r)[i] != 0, is = truth[i] != 0;
        lean += i % side < side / 2 ? is - found : found - is;
    }
    swatch_result_free(r);
    free(truth);
    free(rgb);
    return lean;
}

// A network that sees all a bit to the side: of the photo and its mirror image the answers are
// even; and drawn to the photo's edges they are nearly right without it.
static void test_flip(void)
{
    const swatch_extract_options straight = {.size = sizeof straight, .no_flip = 1, .no_refine = 1};
    const swatch_extract_options flipped = {.size = sizeof flipped, .no_refine = 1},
                                 refined = {.size = sizeof refined, .no_flip = 1};
    const char *path = test_path("leaning.safetensors");
    swatch_model *model = NULL;
    swatch_session *leaning = NULL;
    tiny_model_made(path, 0, 1);
    CHECK(swatch_model_open(path, &in_f32, &model, &error) == 0 &&
          swatch_session_new(model, NULL, &leaning, &error) == 0);
    CHECK(lean_of(session, &straight) == 0);
    CHECK(lean_of(leaning, &straight) > 64);
    CHECK(lean_of(leaning, &flipped) == 0);
    CHECK(labs(lean_of(leaning, &refined)) < lean_of(leaning, &straight) / 4);
    swatch_session_free(leaning);
    swatch_model_free(model);
    remove(path);
}

int main(void)
{
    swatch_model *model = NULL, *rgb_model = NULL;
    test_folder_make();
    const char *path = test_path("tiny.safetensors"), *rgb_path = test_path("rgb.safetensors");
    tiny_model(path, 0);
    tiny_model(rgb_path, 1);
    if (swatch_model_open(path, &in_f32, &model, &error) ||
        swatch_session_new(model, NULL, &session, &error) ||
        swatch_model_open(rgb_path, &in_f32, &rgb_model, &error) ||
        swatch_session_new(rgb_model, NULL, &rgb_session, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    test_sizes();
    test_odd_sizes();
    test_answers();
    test_hsv_is_argmax();
    test_color_map();
    test_person_mask();
    test_passer_by();
    test_fold(path);
    test_known();
    test_flip();
    test_save();
    swatch_session_free(session);
    swatch_session_free(rgb_session);
    swatch_model_free(model);
    swatch_model_free(rgb_model);
    test_folder_remove();
    return test_end();
}
