// The drawn views: a similarity (no shear, no stretch) of the drawn scale, mirrored half the time,
// within the ranges asked for, and colors untouched at strength 0.
#include "data/augment.h"
#include "test.h"

#define HEIGHT 96
#define WIDTH 64
#define DRAWS 500

int main(void)
{
    enum { SIDE = 120 };
    uint8_t *pixels = malloc(SIDE * SIDE * 3), *labels = calloc(SIDE, SIDE);
    struct class_map map = {.tags = 2, .of_tag = {0, 1}};
    struct image photo = {SIDE, SIDE, 3, pixels}, tags = {SIDE, SIDE, 1, labels};
    struct source *source = NULL;
    swatch_error error = {0};
    if (!pixels || !labels)
        return 1;
    for (size_t i = 0; i < SIDE * SIDE * 3; i++)
        pixels[i] = (uint8_t)(i * i);
    labels[5 * SIDE + 7] = 1;
    CHECK(source_new(&photo, &tags, &map, &source, &error) == 0);
    CHECK(source->levels == 8 && source->classes[5 * SIDE + 7] == 1);

    const struct augmentation all = {
        .flip = 1, .scale_low = 0.5f, .scale_high = 2, .rotation = 20, .color = 1};
    const struct augmentation none = {.scale_low = 1, .scale_high = 1};
    double fit = (double)WIDTH / SIDE, low = INFINITY, high = 0, steepest = 0;
    size_t mirrored = 0;
    for (uint64_t n = 0; n < DRAWS; n++) {
        struct rng rng = {3, n, 0};
        struct view view;
        view_draw(&all, source, WIDTH, HEIGHT, &rng, &view);
        double relative = view.scale / fit, size = 1 / (view.scale * view.scale);
        CHECK_NEAR(view.x[0] * view.y[0] + view.x[1] * view.y[1], 0, 1e-9);
        CHECK_NEAR(view.x[0] * view.x[0] + view.x[1] * view.x[1], size, 1e-9 * size);
        CHECK_NEAR(view.y[0] * view.y[0] + view.y[1] * view.y[1], size, 1e-9 * size);
        mirrored += view.x[0] * view.y[1] - view.x[1] * view.y[0] < 0;
        steepest = fmax(steepest, atan2(fabs(view.y[0]), view.y[1]) * 180 / acos(-1));
        low = fmin(low, relative);
        high = fmax(high, relative);
        CHECK(view.gamma > 0.7f && view.gamma < 1.42f);
    }
    CHECK(low >= 0.5 && low < 0.52 && high > 1.92 && high <= 2.0001);
    CHECK(steepest > 19 && steepest <= 20.0001);
    // 500 fair coins: 250 +- 11.2; four deviations.
    CHECK(mirrored > DRAWS / 2 - 45 && mirrored < DRAWS / 2 + 45);

    // Nothing drawn: the photo as it is, at its own size to the last bit of 8.
    struct rng rng = {3, 0, 0};
    struct view view;
    static float row[SIDE * 4] __attribute__((aligned(16))), colors[SIDE * SIDE * 3];
    static uint8_t classes[SIDE * SIDE];
    size_t wrong = 0;
    view_draw(&none, source, SIDE, SIDE, &rng, &view);
    view_sample(&view, source, SIDE, SIDE, row, colors, classes);
    for (size_t i = 0; i < SIDE * SIDE; i++) {
        wrong += classes[i] != labels[i];
        for (size_t c = 0; c < 3; c++)
            wrong += fabsf((colors[3 * i + c] + 1) * 127.5f - pixels[3 * i + c]) > 0.01f;
    }
    CHECK(wrong == 0);
    source_free(source);
    source_free(NULL);
    free(pixels);
    free(labels);
    return test_end();
}
