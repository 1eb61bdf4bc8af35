// What is saved comes back, bit by bit: pictures through libvips' decoder, indices through ours.

#include "base/file.h"
#include "base/rng.h"
#include "folder.h"
#include "image/image.h"
#include "test.h"

static swatch_error error;

// Half noise, half flat, as cut-outs are.
static struct image sample(size_t width, size_t height, size_t bands, uint32_t values)
{
    struct image image;
    struct rng rng = {1, bands, 0};
    CHECK(image_new(&image, width, height, bands, &error) == 0);
    for (size_t i = 0; i < width * height * bands; i++)
        image.pixels[i] = i % (2 * width) < width ? (uint8_t)rng_below(&rng, values) : 0;
    return image;
}

static void test_pictures(void)
{
    struct image back;
    const char *path = test_path("picture.png");
    for (int compression = 0; compression <= 9; compression += 3) {
        struct image image = sample(37, 21, 3, 256);
        CHECK(image_save_png(&image, path, compression, &error) == 0);
        CHECK(image_load(path, 0, &back, &error) == 0);
        CHECK(back.width == 37 && back.height == 21 && back.bands == 3);
        CHECK(back.pixels && memcmp(image.pixels, back.pixels, 37 * 21 * 3) == 0);
        image_free(&image);
        image_free(&back);
    }
    struct image grey = sample(5, 300, 1, 256);
    CHECK(image_save_png(&grey, path, 1, &error) == 0);
    CHECK(image_load_index(path, 0, &back, &error) == 0);
    CHECK(back.width == 5 && back.height == 300 && back.bands == 1);
    CHECK(back.pixels && memcmp(grey.pixels, back.pixels, 5 * 300) == 0);
    image_free(&back);
    CHECK(image_save_png(&grey, path, 10, &error) == SWATCH_USAGE);
    image_free(&grey);

    // Alpha: as image_load shows it, on white.
    struct image cutout = sample(8, 8, 4, 256);
    CHECK(image_save_png(&cutout, path, 1, &error) == 0);
    CHECK(image_load(path, 0, &back, &error) == 0 && back.bands == 3);
    for (size_t i = 0; back.pixels && i < 64; i++)
        for (size_t c = 0; c < 3; c++) {
            const double alpha = cutout.pixels[4 * i + 3] / 255.0;
            CHECK_NEAR(back.pixels[3 * i + c], cutout.pixels[4 * i + c] * alpha + 255 * (1 - alpha),
                       1.01);
        }
    image_free(&back);
    cutout.bands = 2;
    CHECK(image_save_png(&cutout, path, 1, &error) == SWATCH_USAGE);
    image_free(&cutout);
    CHECK(test_names(test_folder) == 1);
}

// Two entries of one color, unused ones, the highest index: a palette made by quantizing loses all.
static void test_palette(void)
{
    const uint8_t palette[] = {0, 0, 0, 255, 0, 0, 255, 0, 0, 0, 128, 255, 9, 9, 9};
    const char *path = test_path("labels.png");
    struct image labels = sample(100, 40, 1, 4), back;
    CHECK(image_save_palette(&labels, palette, 5, path, &error) == 0);
    CHECK(image_load_index(path, 0, &back, &error) == 0);
    CHECK(back.width == 100 && back.height == 40 && back.bands == 1);
    CHECK(back.pixels && memcmp(labels.pixels, back.pixels, 4000) == 0);
    image_free(&back);
    // The file says itself: 8 bits (byte 24), a palette (color type 3, byte 25).
    char *data;
    size_t size;
    CHECK(file_read(path, 1 << 20, &data, &size, &error) == 0);
    CHECK(size > 26 && data[24] == 8 && data[25] == 3);
    free(data);
    // Shown, it has the palette's colors.
    CHECK(image_load(path, 0, &back, &error) == 0 && back.bands == 3);
    int wrong = 0;
    for (size_t i = 0; back.pixels && i < 4000; i++)
        wrong += memcmp(back.pixels + 3 * i, palette + 3 * labels.pixels[i], 3) != 0;
    CHECK(wrong == 0);
    image_free(&back);

    CHECK(image_load_index(path, 3999, &back, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, "limit"));
    CHECK(image_save_palette(&labels, palette, 3, test_path("no.png"), &error) == SWATCH_USAGE);
    CHECK(strstr(error.message, "index 3"));
    CHECK(image_save_palette(&labels, palette, 0, test_path("no.png"), &error) == SWATCH_USAGE);
    image_free(&labels);
    labels = sample(16, 16, 1, 256);
    labels.pixels[0] = 255;
    uint8_t all[768];
    for (int i = 0; i < 768; i++)
        all[i] = (uint8_t)(i * 5);
    CHECK(image_save_palette(&labels, all, 256, path, &error) == 0);
    CHECK(image_load_index(path, 0, &back, &error) == 0);
    CHECK(back.pixels && memcmp(labels.pixels, back.pixels, 256) == 0);
    image_free(&back);
    image_free(&labels);
    CHECK(access(test_path("no.png"), F_OK) != 0);
}

static void test_faults(void)
{
    const uint8_t palette[6] = {0};
    struct image image = sample(60, 40, 1, 2), back;
    char *data;
    size_t size;
    const char *path = test_path("no folder/a.png");
    CHECK(image_save_png(&image, path, 1, &error) == SWATCH_FAILED);
    CHECK(strncmp(error.message, path, strlen(path)) == 0);
    CHECK(image_save_palette(&image, palette, 2, path, &error) == SWATCH_FAILED);

    path = test_path("labels.png");
    CHECK(image_save_palette(&image, palette, 2, path, &error) == 0);
    CHECK(file_read(path, 1 << 20, &data, &size, &error) == 0);
    for (size_t length = 0; length < size; length++) {
        test_file("part.png", data, length);
        CHECK(image_load_index(test_path("part.png"), 0, &back, &error) == SWATCH_FAILED);
        CHECK(!back.pixels && strstr(error.message, "part.png: "));
    }
    free(data);
    CHECK(image_load_index(SOURCE_DIR "/tests/image/golden/corners.png", 0, &back, &error) ==
          SWATCH_FAILED);
    CHECK(strstr(error.message, "palette or greyscale"));
    CHECK(image_load_index(SOURCE_DIR "/tests/image/golden/grey-16.png", 0, &back, &error) ==
          SWATCH_FAILED);
    CHECK(image_load_index(test_folder, 0, &back, &error) == SWATCH_FAILED);
    CHECK(image_load_index(test_path("none.png"), 0, &back, &error) == SWATCH_FAILED);
    CHECK(image_load_index(SOURCE_DIR "/tests/image/golden/grey.jpg", 0, &back, &error) ==
          SWATCH_FAILED);
    CHECK(strstr(error.message, "not a PNG"));
    // Fewer than 8 bits an index are unpacked, not stretched.
    CHECK(image_load_index(SOURCE_DIR "/tests/image/golden/one-bit.png", 0, &back, &error) == 0);
    CHECK(back.pixels && back.pixels[0] == 1 && back.pixels[31] == 0);
    image_free(&back);
    image_free(&image);
}

int main(void)
{
    test_folder_make();
    test_pictures();
    test_palette();
    test_faults();
    test_folder_remove();
    return test_end();
}
