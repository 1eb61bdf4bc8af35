// Soft edges without memory: whichever allocation fails, that is said and nothing is leaked, and a
// cut-out that cannot say so has hard edges.

#include "failing.h"

#include <stdlib.h>
#include <string.h>

#include "extract/cutout.h"
#include "extract/matte.h"
#include "test.h"

#define WIDTH 90
#define HEIGHT 70

static uint8_t photo[WIDTH * HEIGHT * 3], labels[WIDTH * HEIGHT];
static uint8_t soft[WIDTH * HEIGHT * 4], hard[WIDTH * HEIGHT * 4], drawn[WIDTH * HEIGHT * 4];
static swatch_result result = {.name = (char *)"p",
                               .photo = {WIDTH, HEIGHT, 3, photo},
                               .labels = {WIDTH, HEIGHT, 1, labels},
                               .region_of = {SWATCH_REGIONS, SWATCH_CLOTHES},
                               .pixels = {1}};

// A disc on another color.
static void make(void)
{
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            const int i = y * WIDTH + x;
            labels[i] = (x - 45) * (x - 45) + (y - 35) * (y - 35) < 500;
            memset(photo + (size_t)(3 * i), labels[i] ? 200 : 40, 3);
        }
}

static void test_draw(void)
{
    const struct matte_part part = {&result.photo, &result.labels, NULL, 1};
    const struct rect all = {0, 0, WIDTH, HEIGHT};
    for (size_t n = 1; n < 1000; n++) {
        swatch_error error = {.message = ""};
        calls = 0;
        failing = n;
        const int status = matte_draw(&part, all, drawn, &error);
        failing = 0;
        if (!status) {
            CHECK(calls < n && n > 1);
            return;
        }
        CHECK(error.status == SWATCH_NO_MEMORY && strstr(error.message, "memory"));
    }
    CHECK(!"an end");
}

static void test_fallback(void)
{
    const struct rect all = {0, 0, WIDTH, HEIGHT};
    CHECK(cutout_region(&result, SWATCH_CLOTHES, all, SWATCH_EDGES_HARD, hard, NULL) == 0);
    swatch_result_cutout(&result, SWATCH_CLOTHES, soft);
    CHECK(memcmp(hard, soft, sizeof hard) != 0);
    calls = 0;
    failing = 1;
    swatch_result_cutout(&result, SWATCH_CLOTHES, drawn);
    failing = 0;
    CHECK(calls >= 1 && memcmp(drawn, hard, sizeof hard) == 0);
}

int main(void)
{
    make();
    test_draw();
    test_fallback();
    return test_end();
}
