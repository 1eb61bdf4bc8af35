// Encoding, and what pictures go through on the way: PNGs read back exactly, palettes that keep
// their indices, sizes that come out as asked for, text that leaves ink.

#include "folder.h"
#include "image/image.h"
#include "test.h"

static swatch_error error;

// Pixels without a pattern that a filter could favor; alpha varies, too.
static struct image noise(size_t width, size_t height, size_t bands, unsigned below)
{
    struct image image;
    uint32_t state = 1;
    CHECK(image_new(&image, width, height, bands, &error) == 0);
    for (size_t i = 0; i < width * height * bands; i++) {
        state = state * 1664525u + 1013904223u;
        image.pixels[i] = (uint8_t)((state >> 24) % below);
    }
    return image;
}

static int same(const struct image *a, const struct image *b)
{
    return a->width == b->width && a->height == b->height && a->bands == b->bands &&
           memcmp(a->pixels, b->pixels, a->width * a->height * a->bands) == 0;
}

static void test_png(void)
{
    const char *path = test_path("picture.png");
    struct image back;
    for (int level = 0; level <= 9; level += 3) {
        struct image color = noise(37, 23, 3, 256), grey = noise(37, 23, 1, 256);
        CHECK(image_save_png(&color, path, level, &error) == 0);
        CHECK(image_load(path, 0, &back, &error) == 0 && same(&color, &back));
        image_free(&back);
        CHECK(image_save_png(&grey, path, level, &error) == 0);
        CHECK(image_load_mask(path, 0, &back, &error) == 0 && same(&grey, &back));
        image_free(&back);
        CHECK(image_load_index(path, 0, &back, &error) == 0 && same(&grey, &back));
        image_free(&back);
        image_free(&color);
        image_free(&grey);
    }
    // Straight alpha: half red over white is (255, 127.5, 127.5).
    struct image clear = noise(1, 1, 4, 256);
    memcpy(clear.pixels, (uint8_t[]){255, 0, 0, 128}, 4);
    CHECK(image_save_png(&clear, path, 1, &error) == 0);
    CHECK(image_load(path, 0, &back, &error) == 0);
    CHECK(back.pixels[0] == 255 && abs(back.pixels[1] - 127) <= 1 &&
          abs(back.pixels[2] - 127) <= 1);
    image_free(&back);
    CHECK(image_save_png(&clear, path, 10, &error) == SWATCH_USAGE);
    CHECK(image_save_png(&clear, test_path("none/picture.png"), 1, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, "picture.png") && strstr(error.message, "No such file"));
    image_free(&clear);
    CHECK(test_names(test_folder) == 1);
}

static void test_palette(void)
{
    const char *path = test_path("labels.png");
    uint8_t palette[3 * 256];
    for (int i = 0; i < 3 * 256; i++)
        palette[i] = (uint8_t)(i < 12 ? 40 * (i / 3) + i % 3 : 255 - i);
    for (size_t colors = 1; colors <= 256; colors = colors == 1 ? 4 : colors * 4) {
        struct image labels = noise(41, 19, 1, (unsigned)colors), back;
        CHECK(image_save_palette(&labels, palette, colors, path, &error) == 0);
        CHECK(image_load_index(path, 0, &back, &error) == 0 && same(&labels, &back));
        image_free(&back);
        CHECK(image_load(path, 0, &back, &error) == 0 && back.bands == 3);
        for (size_t i = 0; back.pixels && i < 41 * 19; i++)
            if (memcmp(back.pixels + 3 * i, palette + 3 * labels.pixels[i], 3)) {
                CHECK(!"a color of the palette");
                break;
            }
        image_free(&back);
        image_free(&labels);
    }
    unlink(path);
    struct image labels = noise(5, 5, 1, 4);
    labels.pixels[24] = 4;
    CHECK(image_save_palette(&labels, palette, 4, path, &error) == SWATCH_USAGE);
    CHECK(strstr(error.message, "index 4 in a palette of 4"));
    CHECK(image_save_palette(&labels, palette, 257, path, &error) == SWATCH_USAGE);
    CHECK(image_save_palette(&labels, palette, 0, path, &error) == SWATCH_USAGE);
    CHECK(access(path, F_OK) != 0);
    image_free(&labels);
}

static void test_resize(void)
{
    const size_t sizes[][4] = {{550, 830, 256, 384}, {7, 5, 640, 480}, {1, 1, 13, 17},
                               {1000, 3, 1, 1},      {33, 77, 33, 77}, {3, 1000, 250, 7}};
    struct image out;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t bands = 1; bands <= 4; bands += bands == 1 ? 2 : 1) {
            struct image flat = noise(sizes[i][0], sizes[i][1], bands, 1);
            memset(flat.pixels, 200, flat.width * flat.height * bands);
            CHECK(image_resize(&flat, sizes[i][2], sizes[i][3], &out, &error) == 0);
            CHECK(out.width == sizes[i][2] && out.height == sizes[i][3] && out.bands == bands);
            for (size_t k = 0; out.pixels && k < out.width * out.height * bands; k++)
                if (abs(out.pixels[k] - 200) > 1) { // one color stays that color, to the edges
                    CHECK(!"a flat picture stays flat");
                    break;
                }
            image_free(&out);
            image_free(&flat);
        }
    struct image dot = noise(4, 4, 3, 256);
    CHECK(image_resize(&dot, 0, 5, &out, &error) != 0 && !out.pixels);
    CHECK(image_resize(&dot, 5, (size_t)1 << 40, &out, &error) != 0 && !out.pixels);
    image_free(&dot);
    CHECK(image_new(&out, SIZE_MAX / 2, 4, 4, &error) == SWATCH_FAILED && !out.pixels);
    CHECK(image_new(&out, 0, 4, 3, &error) == SWATCH_FAILED && !out.pixels);
}

static size_t ink(const char *text, int bold, size_t *width)
{
    struct image mask;
    size_t sum = 0;
    CHECK(image_text(text, 24, bold, &mask, &error) == 0);
    CHECK(mask.bands == 1 && mask.height == 24);
    *width = mask.width;
    for (size_t i = 0; i < mask.width * mask.height; i++)
        sum += mask.pixels[i];
    image_free(&mask);
    return sum;
}

static void test_text(void)
{
    size_t width, wider;
    CHECK(ink("navy blue 42 %", 0, &width) > 0);
    CHECK(ink("navy blue 42 %, and more", 0, &wider) > 0 && wider > width);
    const size_t plain = ink("swatch", 0, &width);
    CHECK(ink("swatch", 1, &width) > plain);
    CHECK(ink("", 0, &width) == 0);
    CHECK(ink("<b>&\xff\n", 0, &width) > 0); // neither markup nor UTF-8
}

int main(void)
{
    test_folder_make();
    test_png();
    test_palette();
    test_resize();
    test_text();
    test_folder_remove();
    return test_end();
}
