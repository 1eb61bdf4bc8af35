// From maps to masks: HSV thresholds and the cleaning of labels, on maps drawn by hand.

#include "base/rng.h"
#include "extract/clean.h"
#include "extract/hsv.h"
#include "test.h"

// Draws characters as labels ('.' is 0) into a picture of (height, width) * scale.
static struct image draw(const char *const *rows, size_t scale)
{
    const size_t width = strlen(rows[0]);
    size_t height = 0;
    struct image image;
    while (rows[height])
        height++;
    if (image_new(&image, width * scale, height * scale, 1, NULL))
        exit(1);
    for (size_t y = 0; y < image.height; y++)
        for (size_t x = 0; x < image.width; x++) {
            const char c = rows[y / scale][x / scale];
            image.pixels[y * image.width + x] = (uint8_t)(c == '.' ? 0 : c - '0');
        }
    return image;
}

static void check_clean(const char *const *before, const char *const *after, size_t scale)
{
    struct image got = draw(before, scale), want = draw(after, scale);
    CHECK(clean_labels(&got, 4, NULL) == 0);
    CHECK(memcmp(got.pixels, want.pixels, got.width * got.height) == 0);
    image_free(&got);
    image_free(&want);
}

// One pixel in 100 x 80 is under 0.02 % of the photo only if that is more than a pixel: 8000 / 5000
// pixels are 1, so pieces of one pixel stay; at twice the scale the limit is 6, and 4 go.
static void test_specks(void)
{
    struct image labels;
    if (image_new(&labels, 200, 160, 1, NULL))
        exit(1);
    memset(labels.pixels, 0, 200 * 160);
    for (size_t y = 40; y < 120; y++)
        memset(labels.pixels + y * 200 + 50, 3, 100);
    labels.pixels[10 * 200 + 10] = 3; // an island
    labels.pixels[0] = 2;             // in the corner
    labels.pixels[60 * 200 + 60] = 0; // a hole
    labels.pixels[60 * 200 + 61] = 1; // beside it, a speck of another class
    labels.pixels[40 * 200 + 50] = 1; // on the edge, at a corner: two sides in, two out
    for (size_t y = 70; y < 80; y++)  // a gap that is large enough to be one
        memset(labels.pixels + y * 200 + 90, 0, 10);
    CHECK(clean_labels(&labels, 4, NULL) == 0);
    size_t counts[4] = {0};
    for (size_t i = 0; i < 200 * 160; i++)
        counts[labels.pixels[i]]++;
    CHECK(counts[1] == 0 && counts[2] == 0);
    CHECK(labels.pixels[10 * 200 + 10] == 0 && labels.pixels[0] == 0);
    CHECK(labels.pixels[60 * 200 + 60] == 3 && labels.pixels[60 * 200 + 61] == 3);
    CHECK(labels.pixels[75 * 200 + 95] == 0);
    CHECK(counts[3] >= 80 * 100 - 100 - 1 && counts[3] <= 80 * 100 - 100);
    image_free(&labels);
}

static void test_nested(void)
{
    // 1 is a speck inside the speck 2, which lies in 3: both go to 3, though 1 touches only 2. The
    // diagonal does not join (4-connectivity): the lone 3 in the corner is an island.
    static const char *const before[] = {
        "3.............................", ".333333333333333333333333333..",
        ".333333333333333333333333333..", ".33333322233333333333333333...",
        ".33333321233333333333333333...", ".33333322233333333333333333...",
        ".333333333333333333333333333..", ".333333333333333333333333333..",
        "..............................", NULL};
    static const char *const after[] = {
        "..............................", ".333333333333333333333333333..",
        ".333333333333333333333333333..", ".33333333333333333333333333...",
        ".33333333333333333333333333...", ".33333333333333333333333333...",
        ".333333333333333333333333333..", ".333333333333333333333333333..",
        "..............................", NULL};
    // As drawn the pieces have 8 and 1 pixels of 270: nothing is small in so small a picture.
    check_clean(before, before, 1);
    // The same drawn into a picture so large that they fall below the limit.
    struct image got, want, small = draw(before, 1), clean = draw(after, 1);
    if (image_new(&got, 400, 400, 1, NULL) || image_new(&want, 400, 400, 1, NULL))
        exit(1);
    memset(got.pixels, 0, 400 * 400);
    memset(want.pixels, 0, 400 * 400);
    for (size_t y = 0; y < small.height; y++)
        for (size_t x = 0; x < small.width; x++) {
            got.pixels[(y + 100) * 400 + x + 100] = small.pixels[y * small.width + x];
            want.pixels[(y + 100) * 400 + x + 100] = clean.pixels[y * small.width + x];
        }
    CHECK(clean_labels(&got, 4, NULL) == 0);
    CHECK(memcmp(got.pixels, want.pixels, 400 * 400) == 0);
    image_free(&small);
    image_free(&clean);
    image_free(&got);
    image_free(&want);
}

// Cleaning what is clean changes nothing, on noise of every coarseness; and labels stay labels.
static void test_noise(void)
{
    struct image labels, copy;
    if (image_new(&labels, 123, 97, 1, NULL) || image_new(&copy, 123, 97, 1, NULL))
        exit(1);
    for (size_t block = 1; block <= 16; block *= 2) {
        for (size_t y = 0; y < 97; y++)
            for (size_t x = 0; x < 123; x++)
                labels.pixels[y * 123 + x] =
                    (uint8_t)(rng_at(7, block, y / block * 200 + x / block) % 4);
        CHECK(clean_labels(&labels, 4, NULL) == 0);
        memcpy(copy.pixels, labels.pixels, 123 * 97);
        CHECK(clean_labels(&labels, 4, NULL) == 0);
        CHECK(memcmp(copy.pixels, labels.pixels, 123 * 97) == 0);
        for (size_t i = 0; i < 123 * 97; i++)
            if (labels.pixels[i] > 3) {
                CHECK(!"a label out of range");
                break;
            }
    }
    image_free(&labels);
    image_free(&copy);
}

// The classes' own colors fall into their own boxes, boxes do not meet, and what is near a class
// color is of that class.
static void check_boxes(const struct classes *classes)
{
    struct hsv_box boxes[CLASSES_MAX];
    hsv_boxes(classes, boxes);
    for (size_t i = 0; i < classes->count; i++)
        CHECK(hsv_class(classes, boxes, classes->colors[i]) == i);
    for (size_t h = 0; h < 180; h += 3)
        for (size_t s = 0; s < 256; s += 15)
            for (size_t v = 0; v < 256; v += 15) {
                size_t inside = 0;
                for (size_t i = 0; i < classes->count; i++) {
                    const struct hsv_box *b = &boxes[i];
                    const int turn = abs((int)h - b->h), dh = turn > 90 ? 180 - turn : turn;
                    inside += 2 * dh < b->h_reach && 2 * abs((int)s - b->s) < b->s_reach &&
                              2 * abs((int)v - b->v) < b->v_reach;
                }
                if (inside > 1) {
                    CHECK(!"two boxes meet");
                    return;
                }
            }
}

static void test_hsv(void)
{
    struct classes classes = {.count = 4,
                              .colors = {{0, 0, 0}, {255, 0, 0}, {0, 0, 255}, {0, 255, 0}}};
    struct hsv_box boxes[CLASSES_MAX];
    check_boxes(&classes);
    hsv_boxes(&classes, boxes);
    // Values told by eye from the color: dark, reddish on both sides of hue 0, bluish, greenish.
    static const struct {
        uint8_t rgb[3];
        size_t class;
    } cases[] = {{{20, 30, 10}, 0}, {{230, 40, 60}, 1}, {{230, 60, 40}, 1},
                 {{200, 0, 0}, 1},  {{50, 40, 240}, 2}, {{40, 210, 60}, 3}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK(hsv_class(&classes, boxes, cases[i].rgb) == cases[i].class);
    // Palettes of every size, greys among them.
    struct rng rng = {.seed = 3};
    for (size_t count = 2; count <= CLASSES_MAX; count *= 2) {
        classes.count = count;
        for (size_t i = 0; i < count; i++)
            for (size_t c = 0; c < 3; c++)
                classes.colors[i][c] =
                    i % 5 == 0 ? (uint8_t)(i * 4) : (uint8_t)rng_below(&rng, 256);
        check_boxes(&classes);
    }
}

int main(void)
{
    test_specks();
    test_nested();
    test_noise();
    test_hsv();
    return test_end();
}
