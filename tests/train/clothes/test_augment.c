// Drawn views are similarities (no shear, no stretch) within the ranges of the options. Half of
// them are mirrored. Colors stay as they are at strength 0.
#include "test.h"
#include "train/clothes/augment.h"

#include <string.h>

#define HEIGHT 96
#define WIDTH 64
#define DRAWS 500

// A person of 20 x 40 on noise is shown alone. All of the person is on the canvas, pixels far away
// are painted, and few of the person's are.
static void test_persons(void)
{
    enum { SIDE = 120, CANVAS = 64 };
    static uint8_t pixels[SIDE * SIDE * 3], tags[SIDE * SIDE], labels[CANVAS * CANVAS];
    static float row[CANVAS * 4] __attribute__((aligned(16))), colors[CANVAS * CANVAS * 3];
    const struct image photo = {SIDE, SIDE, 3, pixels}, people = {SIDE, SIDE, 1, tags};
    const struct augmentation alone = {.scale_low = 1, .scale_high = 1, .persons = 1};
    struct source *source = NULL;
    size_t painted_views = 0, gone = 0, all = 0;
    for (size_t i = 0; i < SIDE * SIDE * 3; i++)
        pixels[i] = (uint8_t)(60 + rng_at(1, 2, i) % 120);
    for (size_t y = 50; y < 90; y++)
        memset(tags + y * SIDE + 30, 1, 20);
    CHECK(source_new(&photo, &people, &source, NULL) == 0);
    CHECK(source->box[0] == 30 && source->box[1] == 50 && source->box[2] == 50 &&
          source->box[3] == 90);
    for (uint64_t n = 0; n < 60; n++) {
        struct rng rng = {8, n, 0};
        struct view view;
        size_t seen = 0;
        view_draw(&alone, source, CANVAS, CANVAS, &rng, &view);
        view_sample(&view, source, CANVAS, CANVAS, row, colors, labels);
        painted_views += (size_t)view.painted;
        for (size_t i = 0; i < CANVAS * CANVAS; i++) {
            const int is_painted = colors[3 * i] == view.paint && colors[3 * i + 1] == view.paint;
            seen += labels[i] == 1;
            if (labels[i] == 1 && view.painted) {
                all++;
                gone += is_painted;
            }
            // Farther away than the reach, 40 x 0.06, and three cells of a 56th of the box.
            const double x = view.x[0] * ((double)(i % CANVAS) + 0.5) + view.x[2];
            if (view.painted && labels[i] == 0 && (x < 24.5 || x > 55.5))
                CHECK(is_painted);
        }
        CHECK_NEAR((double)seen / (800 * view.scale * view.scale), 1, 0.1);
        CHECK(view.scale > 64.0 / 40 / 1.6 / 1.11 && view.scale < 64.0 / 40 * 1.11);
    }
    CHECK(painted_views > 30 && painted_views < 58); // 45 +- 3.4
    CHECK((double)gone < 0.03 * (double)all);
    source_free(source);
}

int main(void)
{
    test_persons();
    enum { SIDE = 120 };
    uint8_t *pixels = malloc(SIDE * SIDE * 3), *labels = calloc(SIDE, SIDE);
    struct image photo = {SIDE, SIDE, 3, pixels}, tags = {SIDE, SIDE, 1, labels};
    struct source *source = NULL;
    swatch_error error = {0};
    if (!pixels || !labels)
        return 1;
    for (size_t i = 0; i < SIDE * SIDE * 3; i++)
        pixels[i] = (uint8_t)(i * i);
    labels[5 * SIDE + 7] = 1;
    labels[9 * SIDE + 11] = DATASET_UNKNOWN; // of no known class, but there to be seen
    CHECK(source_new(&photo, &tags, &source, &error) == 0);
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

    // Without changes the photo stays as it is, at its own size, to the last of 8 bits.
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
