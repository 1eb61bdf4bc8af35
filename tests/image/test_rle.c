// Compares masks with those of pycocotools (tools/golden/coco_masks.py), and refuses strings that
// are no run lengths.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "image/rle.h"
#include "test.h"

#define LINE 20000

static void test_polygons(FILE *golden, size_t width, size_t height, size_t polygons)
{
    static char text[LINE];
    uint8_t *mask = calloc(width * height, 1), *again = calloc(width * height, 1);
    struct rle rle, read;
    unsigned long area;
    swatch_error error;
    for (size_t p = 0; p < polygons; p++) {
        size_t count;
        double points[64];
        CHECK(fscanf(golden, "%zu", &count) == 1 && count <= 32);
        for (size_t i = 0; i < 2 * count; i++)
            CHECK(fscanf(golden, "%lf", &points[i]) == 1);
        CHECK(polygon_fill(points, count, width, height, mask, &error) == 0);
    }
    CHECK(fscanf(golden, "%lu %19999s", &area, text) == 2);
    CHECK(rle_encode(mask, width, height, &rle, &error) == 0);
    char *ours = rle_to_string(&rle);
    CHECK_STRING(ours, text);
    CHECK(rle_area(&rle) == area);
    CHECK(rle_from_string("golden", text, width, height, &read, &error) == 0);
    rle_decode(&read, again);
    CHECK(memcmp(mask, again, width * height) == 0);
    rle_free(&rle);
    rle_free(&read);
    free(ours);
    free(mask);
    free(again);
}

static void test_overlap(FILE *golden, size_t width, size_t height)
{
    static char text[2][LINE];
    struct rle a, b;
    double iou, crowd;
    CHECK(fscanf(golden, "%19999s %19999s %lf %lf", text[0], text[1], &iou, &crowd) == 4);
    CHECK(rle_from_string("a", text[0], width, height, &a, NULL) == 0);
    CHECK(rle_from_string("b", text[1], width, height, &b, NULL) == 0);
    const double both = (double)rle_intersection(&a, &b);
    CHECK_NEAR(both / ((double)(rle_area(&a) + rle_area(&b)) - both), iou, 1e-12);
    CHECK_NEAR(both / (double)rle_area(&a), crowd, 1e-12);
    rle_free(&a);
    rle_free(&b);
}

static void test_golden(void)
{
    FILE *golden = fopen("tests/image/golden/coco_masks.txt", "r");
    char what[16];
    size_t width, height, count, seen = 0;
    CHECK(golden != NULL);
    while (golden && fscanf(golden, "%15s %zu %zu", what, &width, &height) == 3) {
        seen++;
        if (strcmp(what, "overlap") == 0)
            test_overlap(golden, width, height);
        else if (fscanf(golden, "%zu", &count) == 1)
            test_polygons(golden, width, height, count);
    }
    CHECK(seen == 32);
    if (golden)
        fclose(golden);
}

// Any mask comes back, whole and empty ones among them.
static void test_round_trip(void)
{
    struct rng rng = {.seed = 3};
    for (uint32_t k = 0; k < 40; k++) {
        const size_t width = 1 + rng_below(&rng, 40), height = 1 + rng_below(&rng, 40);
        uint8_t *mask = malloc(width * height), *again = malloc(width * height);
        struct rle rle, read;
        for (size_t i = 0; i < width * height; i++)
            mask[i] = k == 0 ? 0 : k == 1 ? 255 : rng_below(&rng, 3 + k) == 0 ? 255 : 0;
        CHECK(rle_encode(mask, width, height, &rle, NULL) == 0);
        char *text = rle_to_string(&rle);
        CHECK(rle_from_string("mask", text, width, height, &read, NULL) == 0);
        rle_decode(&read, again);
        CHECK(memcmp(mask, again, width * height) == 0);
        rle_free(&rle);
        rle_free(&read);
        free(text);
        free(mask);
        free(again);
    }
}

static void test_faults(void)
{
    static const char *const texts[] = {"",      "5",         "zz", "\x01", "0PPPPPPPPPPPPPPPP1",
                                        "52209", "oooooooooo"};
    const uint32_t many[] = {3, UINT32_MAX, 5}, few[] = {3, 4};
    swatch_error error;
    struct rle rle;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        CHECK(rle_from_string("x.json", texts[i], 4, 4, &rle, &error) == SWATCH_FAILED);
        CHECK(strncmp(error.message, "x.json: ", 8) == 0);
    }
    CHECK(rle_from_runs("x.json", many, 3, 4, 4, &rle, &error) == SWATCH_FAILED);
    CHECK(rle_from_runs("x.json", few, 2, 4, 4, &rle, &error) == SWATCH_FAILED);
    const double far[] = {-1e300, 0, 1e300, 0, 0, 1e300}, line[] = {1, 1, 3, 3};
    uint8_t mask[16] = {0};
    CHECK(polygon_fill(line, 2, 4, 4, mask, &error) == 0);
    CHECK(mask[0] == 0 && mask[5] == 0);
    CHECK(polygon_fill(far, 3, 4, 4, mask, &error) == 0);
}

int main(void)
{
    test_golden();
    test_round_trip();
    test_faults();
    return test_end();
}
