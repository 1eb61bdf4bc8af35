// Tests what changes a sample besides its view: new colors of hair and skin, people in front of
// another scene, a poor camera.
#include <string.h>

#include "test.h"
#include "train/clothes/augment.h"
#include "train/clothes/camera.h"
#include "train/clothes/paste.h"

#define SIDE 64
#define AREA ((size_t)SIDE * SIDE)

// Label 1 (skin) is on the left, 2 (hair) on the right, 0 below. Only hair and skin change color,
// and in about as many samples as `recolor` says.
static void test_recolor(void)
{
    static uint8_t pixels[AREA * 3], tags[AREA], labels[AREA];
    static float row[SIDE * 4] __attribute__((aligned(16))), colors[AREA * 3];
    const struct image photo = {SIDE, SIDE, 3, pixels}, classes = {SIDE, SIDE, 1, tags};
    const struct augmentation half = {
        .scale_low = 1, .scale_high = 1, .recolor = 0.5f, .skin = 1, .hair = 2};
    struct source *source = NULL;
    size_t changed = 0;
    double darkest = 1, lightest = 0;
    for (size_t i = 0; i < AREA; i++) {
        const size_t x = i % SIDE, y = i / SIDE;
        tags[i] = y >= SIDE / 2 ? 0 : x < SIDE / 2 ? 1 : 2;
        pixels[3 * i] = 120;
        pixels[3 * i + 1] = 90;
        pixels[3 * i + 2] = 70;
    }
    CHECK(source_new(&photo, &classes, &source, NULL) == 0);
    for (uint64_t n = 0; n < 200; n++) {
        struct rng rng = {4, n, 0};
        struct view view;
        view_draw(&half, source, SIDE, SIDE, &rng, &view);
        view_sample(&view, source, SIDE, SIDE, row, colors, labels);
        const float *skin = colors + 3 * (8 * SIDE + 8), *hair = colors + 3 * (8 * SIDE + 50);
        const float *rest = colors + 3 * (50 * SIDE + 20);
        const float red = 120 / 127.5f - 1;
        CHECK_NEAR((double)rest[0], (double)red, 1e-3);
        const int differs = fabsf(hair[0] - red) > 0.01f || fabsf(skin[0] - red) > 0.01f;
        changed += (size_t)differs;
        if (!differs)
            CHECK_NEAR((double)hair[2], (double)rest[2], 1e-3);
        const double light = ((double)hair[0] + (double)hair[1] + (double)hair[2] + 3) / 6;
        darkest = fmin(darkest, light);
        lightest = fmax(lightest, light);
    }
    CHECK(changed > 72 && changed < 128); // 100 +- 7.1; four deviations
    CHECK(darkest < 0.2 && lightest > 0.7);
    source_free(source);
}

static void test_paste(void)
{
    static float own[AREA * 3], other[AREA * 3];
    static uint8_t labels[AREA], behind[AREA];
    for (size_t i = 0; i < AREA; i++) {
        const size_t x = i % SIDE;
        labels[i] = x < 16 ? 1 : x < 32 ? 255 : x < 48 ? 0 : 254;
        behind[i] = i / SIDE < 32 ? 3 : 0;
        own[3 * i] = own[3 * i + 1] = own[3 * i + 2] = x < 48 ? 1 : 0;
        other[3 * i] = other[3 * i + 1] = other[3 * i + 2] = -1;
    }
    paste_behind(own, labels, other, behind, SIDE, SIDE);
    for (size_t y = 0; y < SIDE; y++) {
        const uint8_t *l = labels + y * SIDE, scene = y < 32 ? 3 : 0;
        const float *p = own + y * SIDE * 3;
        CHECK(l[8] == 1 && l[24] == 255 && l[40] == scene && l[60] == scene);
        CHECK(p[3 * 8] == 1 && p[3 * 24] == 1 && p[3 * 40] == -1 && p[3 * 60] == -1);
        CHECK_NEAR((double)p[3 * 31], 1.0 / 3, 1e-5); // two of three columns are kept
        CHECK_NEAR((double)p[3 * 32], -1.0 / 3, 1e-5);
    }
}

static double mean_of(const float *photo, const uint8_t *labels)
{
    double sum = 0, count = 0;
    for (size_t i = 0; i < AREA; i++)
        if (labels[i] != SOURCE_OUTSIDE) {
            sum += ((double)photo[3 * i] + 1) / 2;
            count++;
        }
    return sum / count;
}

static void test_camera(void)
{
    static float flat[AREA * 3], photo[AREA * 3], again[AREA * 3];
    static uint8_t labels[AREA];
    swatch_error error = {0};
    size_t dark = 0, soft = 0, packed = 0, noisy = 0;
    for (size_t i = 0; i < AREA; i++) {
        labels[i] = i / SIDE < 8 ? SOURCE_OUTSIDE : 0;
        for (size_t c = 0; c < 3; c++)
            flat[3 * i + c] = labels[i] == 0 ? (i % SIDE / 4 % 2 ? 0.6f : -0.2f) : 0;
    }
    for (uint64_t n = 0; n < 200; n++) {
        struct rng rng = {6, n, 0}, twin = rng;
        struct camera camera, same;
        camera_draw(&rng, &camera);
        camera_draw(&twin, &same);
        memcpy(photo, flat, sizeof flat);
        memcpy(again, flat, sizeof flat);
        CHECK(camera_take(&camera, photo, labels, SIDE, SIDE, &rng, &error) == 0);
        CHECK(camera_take(&same, again, labels, SIDE, SIDE, &twin, &error) == 0);
        CHECK(memcmp(photo, again, sizeof photo) == 0);
        CHECK(photo[0] == 0 && photo[3 * 7 * SIDE + 9] == 0);
        CHECK_NEAR(mean_of(photo, labels), fmin(0.6 * (double)camera.light[0], 1), 0.06);
        dark += camera.light[1] < 0.7f;
        soft += camera.shrink > 1;
        packed += camera.quality > 0;
        noisy += camera.noise > 0;
    }
    CHECK(dark > 40 && dark < 110 && soft > 50 && soft < 110);
    CHECK(packed > 90 && packed < 150 && noisy > 90 && noisy < 160);

    // Sharp stripes lose contrast in a soft lens; an ideal camera changes nothing.
    struct rng rng = {1, 0, 0};
    const struct camera ideal = {.light = {1, 1, 1}, .shrink = 1};
    const struct camera lens = {.light = {1, 1, 1}, .shrink = 3};
    memcpy(photo, flat, sizeof flat);
    CHECK(camera_take(&ideal, photo, labels, SIDE, SIDE, &rng, &error) == 0);
    for (size_t i = 0; i < AREA * 3; i++)
        CHECK(fabsf(photo[i] - flat[i]) < 0.5f / 127.5f);
    CHECK(camera_take(&lens, photo, labels, SIDE, SIDE, &rng, &error) == 0);
    const float *p = photo + 3 * 30 * SIDE;
    CHECK(fabsf(p[3 * 33] - p[3 * 36]) < 0.78f && fabsf(p[3 * 33] - p[3 * 36]) > 0.1f);
}

int main(void)
{
    test_recolor();
    test_paste();
    test_camera();
    return test_end();
}
