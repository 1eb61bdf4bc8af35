// The main colors of pictures without a person: masks, transparency, and what has no colors.

#include <swatch.h>

#include "folder.h"
#include "image/image.h"
#include "photo.h"
#include "test.h"

#define WIDTH 120
#define HEIGHT 80

static const uint8_t red[3] = {200, 40, 30}, blue[3] = {20, 60, 180}, grey[3] = {90, 90, 90};

// Left of `split` red, right of it blue.
static void paint(uint8_t *rgb, size_t split, const uint8_t left[3], const uint8_t right[3])
{
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        memcpy(rgb + 3 * i, i % WIDTH < split ? left : right, 3);
}

static swatch_photo *from_pixels(const uint8_t *rgb)
{
    return photo_of("p", rgb, WIDTH, HEIGHT);
}

static void check_color(const swatch_color *c, const uint8_t rgb[3], double share, double within)
{
    CHECK(memcmp(c->rgb, rgb, 3) == 0);
    CHECK_NEAR(c->share, share, within);
}

static void test_masks(void)
{
    static uint8_t rgb[WIDTH * HEIGHT * 3], mask[WIDTH * HEIGHT], small[WIDTH / 2 * HEIGHT / 2];
    swatch_colors p = SWATCH_COLORS_INIT;
    swatch_error error;
    paint(rgb, 90, red, blue);
    swatch_photo *photo = from_pixels(rgb);
    CHECK(swatch_colors_measure(photo, NULL, &p, &error) == 0);
    CHECK(p.pixels == WIDTH * HEIGHT && p.count == 2 && !p.reason && !p.greyscale);
    check_color(&p.colors[0], red, 0.75, 0.02);
    check_color(&p.colors[1], blue, 0.25, 0.02);
    // One color asked for is one color given.
    swatch_colors_options options = {.size = sizeof options, .colors = 1};
    CHECK(swatch_colors_measure(photo, &options, &p, &error) == 0 && p.count == 1);
    check_color(&p.colors[0], red, 1, 0);
    // A mask of the right half, and one of half the size; 127 is outside, 128 inside.
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        mask[i] = i % WIDTH < 90 ? 127 : 128;
    options = (swatch_colors_options){
        .size = sizeof options, .mask = mask, .mask_width = WIDTH, .mask_height = HEIGHT};
    CHECK(swatch_colors_measure(photo, &options, &p, &error) == 0);
    CHECK(p.pixels == 30 * HEIGHT && p.count == 1);
    check_color(&p.colors[0], blue, 1, 0);
    for (size_t i = 0; i < sizeof small; i++)
        small[i] = i % (WIDTH / 2) < 30 ? 255 : 0;
    options = (swatch_colors_options){.size = sizeof(swatch_colors_options),
                                      .mask = small,
                                      .mask_width = WIDTH / 2,
                                      .mask_height = HEIGHT / 2};
    CHECK(swatch_colors_measure(photo, &options, &p, &error) == 0);
    CHECK(p.count == 1 && p.pixels > 58 * HEIGHT && p.pixels < 62 * HEIGHT);
    check_color(&p.colors[0], red, 1, 0);
    // Nothing in it, too little in it.
    memset(mask, 0, sizeof mask);
    options = (swatch_colors_options){
        .size = sizeof options, .mask = mask, .mask_width = WIDTH, .mask_height = HEIGHT};
    CHECK(swatch_colors_measure(photo, &options, &p, &error) == 0 && p.count == 0);
    CHECK(p.pixels == 0 && !p.greyscale);
    CHECK_STRING(p.reason, "nothing found");
    memset(mask, 255, 49);
    CHECK(swatch_colors_measure(photo, &options, &p, &error) == 0 && p.count == 0);
    CHECK(p.pixels == 49);
    CHECK_STRING(p.reason, "too few pixels");
    // Of another shape, of no size, more colors than there are.
    options.mask_height = HEIGHT / 2;
    CHECK(swatch_colors_measure(photo, &options, &p, &error) == SWATCH_USAGE);
    CHECK_STRING(error.message, "p: is 120 x 80, its mask 120 x 40, which is another shape");
    CHECK(p.count == 0 && p.pixels == 0);
    options.mask_height = 0;
    CHECK(swatch_colors_measure(photo, &options, &p, &error) == SWATCH_USAGE);
    options = (swatch_colors_options){.size = sizeof options, .colors = 9};
    CHECK(swatch_colors_measure(photo, &options, &p, &error) == SWATCH_USAGE);
    swatch_photo_free(photo);
}

static void test_greys(void)
{
    static uint8_t rgb[WIDTH * HEIGHT * 3], mask[WIDTH * HEIGHT];
    swatch_colors p = SWATCH_COLORS_INIT;
    paint(rgb, 60, grey, (const uint8_t[3]){200, 200, 200});
    swatch_photo *photo = from_pixels(rgb);
    CHECK(swatch_colors_measure(photo, NULL, &p, NULL) == 0);
    CHECK(p.greyscale && p.count == 2);
    swatch_photo_free(photo);
    // Only what counts decides.
    paint(rgb, 60, grey, red);
    photo = from_pixels(rgb);
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        mask[i] = i % WIDTH < 60 ? 255 : 0;
    const swatch_colors_options options = {
        .size = sizeof options, .mask = mask, .mask_width = WIDTH, .mask_height = HEIGHT};
    CHECK(swatch_colors_measure(photo, &options, &p, NULL) == 0 && p.greyscale);
    check_color(&p.colors[0], grey, 1, 0);
    CHECK(swatch_colors_measure(photo, NULL, &p, NULL) == 0 && !p.greyscale);
    swatch_photo_free(photo);
    paint(rgb, 60, (const uint8_t[3]){255, 255, 255}, (const uint8_t[3]){0, 0, 0});
    photo = from_pixels(rgb);
    CHECK(swatch_colors_measure(photo, NULL, &p, NULL) == 0 && p.count == 2 && !p.reason);
    check_color(&p.colors[0], (const uint8_t[3]){0, 0, 0}, 0.5, 0.02);
    check_color(&p.colors[1], (const uint8_t[3]){255, 255, 255}, 0.5, 0.02);
    swatch_photo_free(photo);
}

// Red of alpha `inside` in a box of blue that is clear; `rim` around the box is half clear.
static swatch_photo *cutout(uint8_t inside, size_t *pixels)
{
    struct image image;
    swatch_photo *photo = NULL;
    swatch_error error = {.message = ""};
    *pixels = 0;
    if (image_new(&image, WIDTH, HEIGHT, 4, NULL))
        exit(1);
    for (size_t i = 0; i < WIDTH * HEIGHT; i++) {
        const size_t x = i % WIDTH, y = i / WIDTH;
        const int in = x >= 20 && x < 70 && y >= 10 && y < 70;
        memcpy(image.pixels + 4 * i, in ? red : blue, 3);
        image.pixels[4 * i + 3] = in ? inside : x % 2 ? 0 : 127;
        *pixels += (size_t)in;
    }
    CHECK(image_save_png(&image, test_path("cutout.png"), 1, NULL) == 0);
    image_free(&image);
    CHECK(swatch_photo_open(test_path("cutout.png"), NULL, &photo, &error) == 0);
    CHECK_STRING(error.message, "");
    return photo;
}

static void test_transparency(void)
{
    static uint8_t mask[WIDTH * HEIGHT];
    swatch_colors p = SWATCH_COLORS_INIT;
    size_t pixels;
    for (size_t i = 0; i < 3; i++) {
        const uint8_t alphas[] = {255, 254, 128};
        swatch_photo *photo = cutout(alphas[i], &pixels);
        if (!photo)
            return;
        CHECK(swatch_colors_measure(photo, NULL, &p, NULL) == 0);
        CHECK(p.pixels == pixels && p.count == 1);
        // The color before it was put on white, within the rounding of that.
        for (size_t c = 0; c < 3; c++)
            CHECK_NEAR(p.colors[0].rgb[c], red[c], i == 2 ? 2 : 1);
        // A mask takes away from what is seen; it gives nothing back.
        for (size_t k = 0; k < WIDTH * HEIGHT; k++)
            mask[k] = k / WIDTH < 40 ? 255 : 0;
        const swatch_colors_options options = {
            .size = sizeof options, .mask = mask, .mask_width = WIDTH, .mask_height = HEIGHT};
        CHECK(swatch_colors_measure(photo, &options, &p, NULL) == 0);
        CHECK(p.pixels == pixels / 2 && p.count == 1);
        swatch_photo_free(photo);
    }
    // Below half, nothing is seen.
    swatch_photo *photo = cutout(127, &pixels);
    CHECK(swatch_colors_measure(photo, NULL, &p, NULL) == 0 && p.pixels == 0);
    CHECK_STRING(p.reason, "nothing found");
    swatch_photo_free(photo);
}

// Every kind of picture with alpha that the tests of loading have: 16 bits, grey, palette, profile.
static void test_kinds(void)
{
    static const char *const names[] = {"alpha.png",         "alpha-16.png",    "grey-alpha.png",
                                        "palette-alpha.png", "p3-alpha-16.png", "color-16.png"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct image plain, image, alpha;
        struct image_reading how = {0};
        char path[96];
        snprintf(path, sizeof path, "tests/image/golden/%s", names[i]);
        CHECK(image_load(path, 0, &plain, NULL) == 0);
        CHECK(image_load_photo(path, &how, &image, &alpha, NULL) == 0);
        CHECK(image.width == plain.width && image.height == plain.height && image.bands == 3);
        const size_t pixels = image.width * image.height;
        CHECK(memcmp(image.pixels, plain.pixels, pixels * 3) == 0);
        CHECK((alpha.pixels != NULL) == (strstr(names[i], "alpha") != NULL));
        if (alpha.pixels) {
            size_t clear = 0, full = 0;
            CHECK(alpha.width == image.width && alpha.height == image.height && alpha.bands == 1);
            for (size_t k = 0; k < pixels; k++) {
                clear += alpha.pixels[k] < 64;
                full += alpha.pixels[k] > 192;
                // What is clear became white.
                if (alpha.pixels[k] == 0)
                    CHECK(image.pixels[3 * k] == 255 && image.pixels[3 * k + 2] == 255);
            }
            CHECK(clear > 0 && full > 0);
        }
        image_free(&plain);
        image_free(&image);
        image_free(&alpha);
    }
}

int main(void)
{
    test_masks();
    test_greys();
    test_folder_make();
    test_transparency();
    test_folder_remove();
    test_kinds();
    return test_end();
}
