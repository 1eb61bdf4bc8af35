// Figures of garments, of two photos drawn here whose garments are found in part.

#include "eval/garments.h"

#include "color/color.h"
#include "data/dataset.h"
#include "eval/regions.h"
#include "extract/extract.h"
#include "extract/garments.h"
#include "test.h"

#define SIDE 100

static const struct classes fine = {
    .count = 7, .names = {"background", "skin", "hair", "coat", "dress", "shoes", "hat"}};
static const struct classes four = {.count = 4, .names = {"background", "skin", "hair", "clothes"}};
static const uint8_t red[3] = {200, 30, 30}, blue[3] = {30, 30, 200}, green[3] = {30, 160, 30};
static swatch_error error;

static void fill(struct image *image, size_t left, size_t top, size_t width, size_t height,
                 const uint8_t *value)
{
    for (size_t y = top; y < top + height; y++)
        for (size_t x = left; x < left + width; x++)
            memcpy(image->pixels + (y * SIDE + x) * image->bands, value, image->bands);
}

static void put(struct image *labels, size_t left, size_t top, size_t width, size_t height,
                int label)
{
    fill(labels, left, top, width, height, &(uint8_t){(uint8_t)label});
}

static struct image blank(size_t channels)
{
    struct image image;
    if (image_new(&image, SIDE, SIDE, channels, &error))
        exit(1);
    memset(image.pixels, 0, SIDE * SIDE * channels);
    return image;
}

// A red coat, a dress that is blue on 22 columns of 40 and green on the rest, shoes; and a hat of
// less than 1 % of the photo.
static void draw(struct image *photo, struct image *labels)
{
    *photo = blank(3);
    *labels = blank(1);
    fill(photo, 10, 10, 30, 50, red);
    fill(photo, 50, 10, 22, 50, blue);
    fill(photo, 72, 10, 18, 50, green);
    put(labels, 10, 10, 30, 50, 3);
    put(labels, 50, 10, 40, 40, 4);
    put(labels, 50, 50, 40, 10, DATASET_UNKNOWN);
    put(labels, 10, 80, 20, 10, 5);
    put(labels, 40, 1, 11, 9, 6);
}

// The coat is found as it is. Of the dress the left quarter is taken for a coat, and the rest for a
// dress, most of it green. The shoes are not found.
static swatch_result *find(const struct image *photo)
{
    swatch_result *r = calloc(1, sizeof *r);
    if (!r)
        exit(1);
    r->photo = blank(3);
    memcpy(r->photo.pixels, photo->pixels, 3UL * SIDE * SIDE);
    r->labels = blank(1);
    r->classes = fine;
    put(&r->labels, 10, 10, 30, 50, 3);
    put(&r->labels, 50, 10, 10, 50, 3);
    put(&r->labels, 60, 10, 30, 50, 4);
    result_count(r);
    CHECK(garments_find(r, &error) == 0 && r->garment_count == 3);
    for (size_t i = 0; i < r->garment_count; i++)
        if (r->garments[i].class_index == 4) {
            r->garments[i].probability = 0.6;
            r->garments[i].or_class_index = 3;
        }
    return r;
}

static void test_figures(void)
{
    struct garment_figures f = {0};
    struct image photo, labels;
    char *text = NULL, line[160];
    size_t size = 0;
    FILE *table = open_memstream(&text, &size);
    draw(&photo, &labels);
    swatch_result *found = find(&photo);
    CHECK(isnan(garment_figures_difference(&f, 0.5)));
    CHECK(garment_figures_add(&f, "anna", &photo, &labels, &fine, found, table, &error) == 0);
    CHECK(f.truths == 3 && f.named == 2 && f.found == 3 && f.colors == 2);
    const double apart = color_ciede2000(color_cielab((struct rgb){30, 30, 200}),
                                         color_cielab((struct rgb){30, 160, 30}));
    CHECK_NEAR(garment_figures_difference(&f, 0), 0, 1e-9);
    CHECK_NEAR(garment_figures_difference(&f, 0.9), apart, 1e-9);

    // Nothing is found in the second photo: its garments have no right tag, and no color.
    CHECK(garment_figures_add(&f, "berta", &photo, &labels, &fine, NULL, table, &error) == 0);
    CHECK(f.truths == 6 && f.named == 2 && f.found == 3 && f.colors == 2);
    CHECK(fclose(table) == 0);
    // Unknown pixels count in no IoU: 30 of the 40 columns of the dress are found.
    snprintf(line, sizeof line, "anna,garment,1600,,,0.7500,dress,dress,coat,0.6000,%.4f\r\n",
             apart);
    CHECK(strstr(text, line));
    CHECK(strstr(text, "anna,garment,1500,,,1.0000,coat,coat,,,0.0000\r\n"));
    CHECK(strstr(text, "anna,garment,200,,,0.0000,shoes,,,,\r\n"));
    CHECK(strstr(text, "berta,garment,1500,,,0.0000,coat,,,,\r\n"));
    CHECK(strstr(text, "hat") == NULL);
    free(text);
    garment_figures_free(&f);
    result_free(found);
    image_free(&photo);
    image_free(&labels);
}

// Clothes of one class are no garments.
static void test_four(void)
{
    struct garment_figures f = {0};
    struct image photo, labels;
    draw(&photo, &labels);
    for (size_t i = 0; i < (size_t)SIDE * SIDE; i++)
        labels.pixels[i] = labels.pixels[i] > 3 ? 3 : labels.pixels[i];
    CHECK(garment_figures_add(&f, "anna", &photo, &labels, &four, NULL, NULL, &error) == 0);
    CHECK(f.truths == 0 && f.found == 0);
    garment_figures_free(&f);
    image_free(&photo);
    image_free(&labels);
}

int main(void)
{
    test_figures();
    test_four();
    return test_end();
}
