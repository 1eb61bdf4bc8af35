// Pictures in memory: sizes that are refused, what resizing must keep, and lines of text.

#include "image/image.h"

#include "test.h"

static swatch_error error;

static void test_new(void)
{
    struct image image = {.width = 9};
    CHECK(image_new(&image, 3, 2, 4, &error) == 0 && image.pixels && image.width == 3);
    image_free(&image);
    CHECK(!image.pixels && image.width == 0);
    image_free(&image);
    CHECK(image_new(&image, 0, 2, 3, &error) == SWATCH_FAILED && !image.pixels);
    CHECK(image_new(&image, 2, 2, 0, &error) == SWATCH_FAILED);
    CHECK(image_new(&image, SIZE_MAX, 2, 3, &error) == SWATCH_FAILED);
    CHECK(image_new(&image, SIZE_MAX / 2 + 1, 2, 1, &error) == SWATCH_FAILED);
    CHECK(image_new(&image, (size_t)1 << 31, (size_t)1 << 31, 4, NULL) == SWATCH_FAILED);
    CHECK(!image.pixels);
}

// A slope from dark to light must stay the same slope at any size: a shift by half a pixel, the
// usual fault, shows. At the edges there is nothing beyond to weigh.
static void check_slope(size_t width, size_t height, size_t new_width, size_t new_height)
{
    struct image image, small;
    CHECK(image_new(&image, width, height, 3, &error) == 0);
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) {
            uint8_t *to = image.pixels + 3 * (y * width + x);
            to[0] = (uint8_t)lround(20 + 200 * ((double)x + 0.5) / (double)width);
            to[1] = (uint8_t)lround(220 - 200 * ((double)y + 0.5) / (double)height);
            to[2] = 77;
        }
    CHECK(image_resize(&image, new_width, new_height, &small, &error) == 0);
    CHECK(small.width == new_width && small.height == new_height && small.bands == 3);
    double worst = 0;
    int other = 0;
    for (size_t y = 0; small.pixels && y < new_height; y++)
        for (size_t x = 0; x < new_width; x++) {
            const uint8_t *at = small.pixels + 3 * (y * new_width + x);
            const double u = ((double)x + 0.5) / (double)new_width;
            const double v = ((double)y + 0.5) / (double)new_height;
            if (u > 0.1 && u < 0.9)
                worst = fmax(worst, fabs(at[0] - (20 + 200 * u)));
            if (v > 0.1 && v < 0.9)
                worst = fmax(worst, fabs(at[1] - (220 - 200 * v)));
            other += at[2] != 77;
        }
    // Roundings to 8 bits: the slope's own and one after each direction, 1.5 in all; half a pixel
    // would be 2.5 and more.
    CHECK_NEAR(worst, 0, 1.51);
    CHECK(other == 0);
    image_free(&image);
    image_free(&small);
}

// Black and white columns in turn must become grey when they shrink, whatever the factor: who takes
// every n-th pixel gets black or white.
static void check_no_aliases(size_t new_width)
{
    struct image image, small;
    CHECK(image_new(&image, 400, 8, 1, &error) == 0);
    for (size_t i = 0; i < 3200; i++)
        image.pixels[i] = i % 2 ? 255 : 0;
    CHECK(image_resize(&image, new_width, 8, &small, &error) == 0);
    double worst = 0;
    for (size_t x = 3; small.pixels && x + 3 < new_width; x++)
        worst = fmax(worst, fabs(small.pixels[4 * new_width + x] - 127.5));
    CHECK(worst < 16);
    image_free(&image);
    image_free(&small);
}

// One color stays that color, to the edges, and the size is the one asked for.
static void check_flat(size_t width, size_t height, size_t new_width, size_t new_height)
{
    for (size_t bands = 1; bands <= 4; bands += bands == 1 ? 2 : 1) {
        struct image flat, other;
        int wrong = 0;
        CHECK(image_new(&flat, width, height, bands, &error) == 0);
        memset(flat.pixels, 200, width * height * bands);
        CHECK(image_resize(&flat, new_width, new_height, &other, &error) == 0);
        CHECK(other.width == new_width && other.height == new_height && other.bands == bands);
        for (size_t i = 0; other.pixels && i < new_width * new_height * bands; i++)
            wrong += abs(other.pixels[i] - 200) > 1;
        CHECK(wrong == 0);
        image_free(&other);
        image_free(&flat);
    }
}

static void test_resize(void)
{
    struct image image, other;
    check_flat(550, 830, 256, 384);
    check_flat(7, 5, 320, 240);
    check_flat(1, 1, 13, 17);
    check_flat(1000, 3, 1, 1);
    check_flat(33, 77, 33, 77);
    check_flat(3, 1000, 250, 7);
    check_slope(120, 90, 40, 30);
    check_slope(120, 90, 53, 71);
    check_slope(40, 30, 131, 90);
    check_slope(40, 30, 40, 90);
    check_slope(30, 40, 90, 40);
    check_slope(200, 60, 25, 200);
    check_no_aliases(100);
    check_no_aliases(133);
    check_no_aliases(37);

    // Under alpha 0 lies a color that nobody may see afterwards.
    CHECK(image_new(&image, 40, 40, 4, &error) == 0);
    for (size_t i = 0; i < 1600; i++)
        memcpy(image.pixels + 4 * i, i % 40 < 19 ? "\0\xff\0\0" : "\xc8\x64\x32\xff", 4);
    CHECK(image_resize(&image, 10, 10, &other, &error) == 0 && other.bands == 4);
    for (size_t i = 0; other.pixels && i < 100; i++) {
        const uint8_t *at = other.pixels + 4 * i;
        if (at[3] > 24)
            CHECK(abs(at[0] - 200) <= 6 && abs(at[1] - 100) <= 6 && abs(at[2] - 50) <= 6);
    }
    CHECK(other.pixels && other.pixels[3] == 0 && other.pixels[4 * 9 + 3] == 255);
    image_free(&other);
    image_free(&image);

    CHECK(image_new(&image, 1, 1, 3, &error) == 0);
    memcpy(image.pixels, "\x0a\x14\x1e", 3);
    CHECK(image_resize(&image, 50, 3, &other, &error) == 0 && other.width == 50);
    CHECK(other.pixels && memcmp(other.pixels + 3 * 149, "\x0a\x14\x1e", 3) == 0);
    image_free(&image);
    CHECK(image_resize(&other, 1, 1, &image, &error) == 0 && image.width == 1);
    CHECK(image.pixels && memcmp(image.pixels, "\x0a\x14\x1e", 3) == 0);
    image_free(&image);
    CHECK(image_resize(&other, 0, 5, &image, &error) == SWATCH_FAILED && !image.pixels);
    CHECK(image_resize(&other, SIZE_MAX, 5, &image, &error) == SWATCH_FAILED);
    image_free(&other);
}

// The rows that have ink: the first and one past the last.
static void ink(const char *text, size_t size, int bold, size_t *first, size_t *last,
                double *weight)
{
    struct image mask;
    *first = *last = 0;
    *weight = 0;
    CHECK(image_text(text, size, bold, &mask, &error) == 0);
    CHECK(mask.height == size && mask.bands == 1 && mask.width > 0);
    for (size_t i = 0; mask.pixels && i < mask.width * mask.height; i++)
        if (mask.pixels[i] > 100) {
            *first = *last ? *first : i / mask.width;
            *last = i / mask.width + 1;
            *weight += mask.pixels[i];
        }
    image_free(&mask);
}

static void test_text(void)
{
    size_t top, bottom, x_top, x_bottom, y_bottom, dash_top, dash_bottom;
    double weight, bold;
    struct image mask;
    ink("H", 40, 0, &top, &bottom, &weight);
    CHECK(bottom > 25 && bottom < 38 && bottom - top > 20);
    ink("x", 40, 0, &x_top, &x_bottom, &bold);
    CHECK(x_bottom == bottom && x_top > top); // one baseline
    ink("y", 40, 0, &x_top, &y_bottom, &bold);
    CHECK(y_bottom > bottom && y_bottom <= 40);
    ink("-", 40, 0, &dash_top, &dash_bottom, &bold);
    CHECK(dash_top > top && dash_bottom < bottom);
    ink("H", 40, 1, &top, &bottom, &bold);
    CHECK(bold > 1.2 * weight);
    ink("H", 20, 0, &top, &bottom, &bold);
    CHECK_NEAR(bold / weight, 0.25, 0.08);

    // Not markup, not UTF-8, more than one line, nothing at all: all are drawn, none is an error.
    ink("<b>&amp; a&b</i>", 20, 0, &top, &bottom, &weight);
    CHECK(weight > 0);
    ink("caf\xe9 \xff", 20, 0, &top, &bottom, &weight);
    CHECK(weight > 0);
    ink("one\ntwo\t\x01three", 20, 0, &top, &bottom, &weight);
    CHECK(weight > 0);
    ink(" ", 20, 0, &top, &bottom, &weight);
    CHECK(weight == 0);
    ink("", 20, 0, &top, &bottom, &weight);
    CHECK(weight == 0);
    CHECK(image_text("x", 0, 0, &mask, &error) == SWATCH_USAGE && !mask.pixels);
}

int main(void)
{
    test_new();
    test_resize();
    test_text();
    return test_end();
}
