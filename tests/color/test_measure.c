// Measures colors of drawn cloth (shaded folds, blur, noise), and checks which pixels are measured.
#include "cloth.h"
#include "color/measure.h"
#include "test.h"

static uint8_t rgb[3 * CLOTH_N], mask[CLOTH_N];
static struct cluster clusters[CLUSTER_MAX];
static size_t count;
static const char *reason;

static struct rgb lit(struct rgb c, double light)
{
    struct rgb out;
    out.r = (uint8_t)lrint(255 * cloth_encode(light * color_linear(c.r)));
    out.g = (uint8_t)lrint(255 * cloth_encode(light * color_linear(c.g)));
    out.b = (uint8_t)lrint(255 * cloth_encode(light * color_linear(c.b)));
    return out;
}

static double difference(struct rgb x, struct rgb y)
{
    return color_ciede2000(color_cielab(x), color_cielab(y));
}

static void measure(size_t height, size_t width, size_t erode_px)
{
    count = 99;
    CHECK(measure_region(rgb, mask, height, width, erode_px, 8, clusters, &count, &reason, NULL) ==
          0);
}

// The folds' light is spread evenly about the middle between shadow and full light, so there the
// median lies, and there we expect each color, within `tolerance`. Shares within 0.08: blurred in
// linear light, white lines grow by half a pixel on each side at the cost of black ones.
static void check_cloth(const struct cloth *cloth, const double *shares, double tolerance)
{
    cloth_draw(cloth, rgb);
    memset(mask, 1, sizeof mask);
    measure(CLOTH_H, CLOTH_W, 2);
    CHECK(count == (size_t)cloth->color_count);
    for (int i = 0; i < cloth->color_count; i++) {
        struct rgb want = lit(cloth->colors[i], (1 + cloth->shadow) / 2);
        size_t best = 0;
        for (size_t k = 1; k < count; k++)
            if (difference(clusters[k].color, want) < difference(clusters[best].color, want))
                best = k;
        CHECK_NEAR(difference(clusters[best].color, want), 0, tolerance);
        CHECK_NEAR(clusters[best].share, shares[i], 0.08);
    }
}

static void test_plain(void)
{
    static const struct rgb dyes[] = {
        {128, 0, 0},   {30, 40, 90},   {245, 245, 240}, {25, 25, 27},    {200, 170, 120},
        {90, 120, 60}, {230, 200, 40}, {128, 128, 128}, {240, 150, 170}, {70, 50, 35}};
    static const double shadows[] = {0.9, 0.6, 0.3}, all = 1;
    for (size_t i = 0; i < sizeof dyes / sizeof *dyes; i++) {
        for (int j = 0; j < 3; j++) {
            struct cloth cloth = {plain, {dyes[i]}, 1, 10, shadows[j], 3};
            check_cloth(&cloth, &all, 3);
        }
    }
}

static void test_patterns(void)
{
    const double half[] = {0.5, 0.5}, third[] = {1 / 3.0, 1 / 3.0, 1 / 3.0};
    const double dotted[] = {1 - 3.1416 / 16, 3.1416 / 16};
    static const double shadows[] = {0.9, 0.6, 0.4};
    for (int j = 0; j < 3; j++) {
        double s = shadows[j];
        check_cloth(&(struct cloth){stripes, {{20, 30, 80}, {240, 240, 235}}, 2, 10, s, 3}, half,
                    5);
        check_cloth(&(struct cloth){stripes, {{20, 20, 20}, {240, 240, 240}}, 2, 8, s, 3}, half, 5);
        check_cloth(&(struct cloth){stripes, {{90, 20, 30}, {40, 40, 90}}, 2, 8, s, 3}, half, 5);
        check_cloth(
            &(struct cloth){stripes, {{180, 30, 40}, {230, 225, 210}, {30, 60, 40}}, 3, 14, s, 3},
            third, 5);
        check_cloth(&(struct cloth){checks, {{200, 30, 30}, {20, 20, 20}}, 2, 15, s, 3}, half, 5);
        check_cloth(&(struct cloth){dots, {{20, 30, 70}, {250, 250, 250}}, 2, 30, s, 3}, dotted, 5);
    }
}

static void paint(size_t width, size_t x0, size_t y0, size_t x1, size_t y1, struct rgb c,
                  uint8_t set)
{
    for (size_t y = y0; y < y1; y++) {
        for (size_t x = x0; x < x1; x++) {
            uint8_t *p = rgb + 3 * (y * width + x);
            p[0] = c.r;
            p[1] = c.g;
            p[2] = c.b;
            mask[y * width + x] = set;
        }
    }
}

// A sloppy mask that takes in six pixels of the wall behind, on all its sides.
static void test_rim(void)
{
    const struct rgb wall = {250, 240, 60}, shirt = {60, 80, 160};
    paint(60, 0, 0, 60, 60, wall, 0);
    paint(60, 14, 14, 46, 46, wall, 1);
    paint(60, 20, 20, 40, 40, shirt, 1);
    measure(60, 60, 0);
    CHECK(count == 2);
    measure(60, 60, 6);
    CHECK(count == 1 && difference(clusters[0].color, shirt) == 0);
    measure(60, 60, SIZE_MAX); // nothing would be left, so all is measured
    CHECK(count == 2);
}

// Five rows of twenty: a radius of 2 would leave 16 of 100 pixels, just the seam, so it is not
// used.
static void test_rim_of_thin(void)
{
    const struct rgb wall = {250, 240, 60}, belt = {60, 40, 30}, seam = {200, 190, 180};
    paint(60, 0, 0, 60, 60, wall, 0);
    paint(60, 10, 10, 30, 15, belt, 1);
    paint(60, 12, 12, 28, 13, seam, 1);
    measure(60, 60, 2);
    CHECK(count == 2 && difference(clusters[0].color, belt) == 0);
    CHECK_NEAR(clusters[0].share, 0.84, 0.03);
}

// The picture's border is no rim: the color there, 6 % of the region, is measured.
static void test_border(void)
{
    const struct rgb shirt = {60, 80, 160}, hem = {250, 240, 60};
    paint(50, 0, 0, 50, 50, shirt, 1);
    paint(50, 0, 47, 50, 50, hem, 1);
    measure(50, 50, 3);
    CHECK(count == 2);
    CHECK_NEAR(clusters[1].share, 0.06, 0.005);
}

static void check_share(struct rgb c, double share, double within)
{
    size_t k = 0;
    while (k < count && memcmp(&clusters[k].color, &c, 3) != 0)
        k++;
    CHECK(k < count);
    if (k < count)
        CHECK_NEAR(clusters[k].share, share, within);
}

// White and black at the ends of the scale are colors like any other.
static void test_ends(void)
{
    const struct rgb dress = {200, 60, 90}, white = {255, 255, 255}, black = {0, 0, 0};
    const struct rgb flag[] = {{221, 0, 0}, {255, 206, 0}};
    paint(50, 0, 0, 50, 50, dress, 1);
    paint(50, 0, 0, 50, 10, white, 1); // a collar
    paint(50, 0, 40, 50, 45, black, 1);
    measure(50, 50, 0);
    CHECK(count == 3 && reason == NULL);
    check_share(dress, 0.7, 0.02);
    check_share(white, 0.2, 0.02);
    check_share(black, 0.1, 0.02);
    for (int light = 0; light < 2; light++) {
        paint(90, 0, 0, 90, 30, light ? white : black, 1);
        paint(90, 0, 30, 90, 60, flag[0], 1);
        paint(90, 0, 60, 90, 90, flag[1], 1);
        measure(90, 90, 0);
        CHECK(count == 3);
        check_share(light ? white : black, 1 / 3.0, 0.01);
        check_share(flag[1], 1 / 3.0, 0.01);
        paint(50, 0, 0, 50, 50, light ? white : black, 1);
        measure(50, 50, 2);
        CHECK(count == 1 && reason == NULL);
        check_share(light ? white : black, 1, 0);
    }
    paint(50, 0, 0, 50, 25, white, 1);
    paint(50, 0, 25, 50, 50, black, 1);
    measure(50, 50, 0);
    CHECK(count == 2);
    check_share(white, 0.5, 0);
}

// A shiny jacket: of its highlights 4 % are burnt out, each a spot that fades into the leather.
static void test_highlights(void)
{
    for (size_t y = 0; y < 100; y++)
        for (size_t x = 0; x < 100; x++) {
            const double far = hypot((double)(x % 25) - 12, (double)(y % 25) - 12);
            const double light = fmin(1, 0.02 + exp(-(far - 2.6) / 1.5));
            const struct rgb leather = {40, 20, 18},
                             c = {color_encode(light + color_linear(leather.r)),
                                  color_encode(light + color_linear(leather.g)),
                                  color_encode(light + color_linear(leather.b))};
            paint(100, x, y, x + 1, y + 1, c, 1);
        }
    measure(100, 100, 2);
    CHECK(count > 0);
    for (size_t k = 0; k < count; k++)
        CHECK(color_cielab(clusters[k].color).l < 60);
}

// 3.8 % of the pixels are folds or highlights, in twenty levels: cluster_colors would report them,
// but of those the outer 2 % of all pixels are trimmed and the rest is too little.
static void test_tails(void)
{
    for (int light = 0; light < 2; light++) {
        paint(100, 0, 0, 100, 51, (struct rgb){140, 60, 90}, 1);
        for (size_t x = 0; x < 100; x++) {
            uint8_t v = (uint8_t)(light ? 252 - x % 20 : 2 + x % 20);
            paint(100, x, 51, x + 1, 53, (struct rgb){v, v, v}, 1);
        }
        CHECK(cluster_colors(rgb, mask, NULL, 5300, 8, clusters, &count, NULL) == 0 && count == 2);
        measure(53, 100, 0);
        CHECK(count == 1);
    }
}

static void check_empty(size_t height, size_t width, const char *why)
{
    measure(height, width, 2);
    CHECK(count == 0);
    CHECK_STRING(reason, why);
}

static void test_nothing(void)
{
    paint(50, 0, 0, 50, 50, (struct rgb){7, 80, 90}, 0);
    check_empty(50, 50, "nothing found");
    check_empty(0, 0, "nothing found");
    check_empty(0, 5, "nothing found");
    memset(mask + 100, 1, 49);
    check_empty(50, 50, "too few pixels");
    mask[99] = 1;
    measure(50, 50, 2);
    CHECK(count == 1 && clusters[0].color.r == 7 && reason == NULL);
    CHECK(measure_region(rgb, mask, SIZE_MAX, 2, 0, 8, clusters, &count, NULL, NULL) ==
          SWATCH_USAGE);
    CHECK(measure_region(rgb, mask, 1, 1, 0, 9, clusters, &count, NULL, NULL) == SWATCH_USAGE);
    CHECK(measure_region(rgb, mask, 1, 1, 0, 0, clusters, &count, NULL, NULL) == SWATCH_USAGE);
}

static void test_is_grey(void)
{
    for (size_t i = 0; i < CLOTH_N; i++) { // within what JPEG does to greys
        uint8_t v = (uint8_t)(4 + i % 248);
        rgb[3 * i] = (uint8_t)(v - 4 + i % 9);
        rgb[3 * i + 1] = v;
        rgb[3 * i + 2] = (uint8_t)(v + 4 - i % 9);
    }
    CHECK(measure_is_grey(rgb, CLOTH_N));
    for (size_t i = 0; i < CLOTH_N / 1000; i++)
        rgb[3000 * i] = (uint8_t)(rgb[3000 * i + 1] ^ 128);
    CHECK(measure_is_grey(rgb, CLOTH_N)); // a date in the corner
    rgb[3 * (CLOTH_N - 1)] = (uint8_t)(rgb[3 * (CLOTH_N - 1) + 1] ^ 128);
    CHECK(!measure_is_grey(rgb, CLOTH_N));
    CHECK(measure_is_grey(rgb, 0));
}

static const struct rgb dyes[2] = {{40, 70, 160}, {240, 240, 245}};

// Patterns whose `period` is 1 or more pixels, turned by an angle, blurred over a pixel.
static void draw_checks(uint8_t *to, size_t side, double period, double angle)
{
    for (size_t i = 0; i < side * side; i++) {
        double sums[3] = {0};
        const int points = angle == 0 ? 1 : 3;
        for (int k = 0; k < points * points; k++) {
            const double x = (double)(i % side) + (k % points + 0.5) / points;
            const double y = (double)(i / side) + (k / points + 0.5) / points;
            const double u = x * cos(angle) + y * sin(angle), v = y * cos(angle) - x * sin(angle);
            const int dye = ((int)floor(u / period) + (int)floor(v / period)) & 1;
            sums[0] += color_linear(dyes[dye].r);
            sums[1] += color_linear(dyes[dye].g);
            sums[2] += color_linear(dyes[dye].b);
        }
        for (int c = 0; c < 3; c++)
            to[3 * i + (size_t)c] = color_encode(sums[c] / (points * points));
    }
}

// As fine a pattern as may be has the same two colors and shares in a picture of every size.
static void test_sizes(void)
{
    enum { most = 2000 };
    static const size_t sides[] = {500, 1201, most};
    static const struct {
        double period, angle;
    } patterns[] = {{1, 0}, {3, 0}, {8, 0}, {32, 0}, {32, 0.1}, {9, 0.3}};
    uint8_t *large = malloc(3 * most * most), *all = malloc(most * most);
    CHECK(large && all);
    for (size_t p = 0; large && all && p < sizeof patterns / sizeof *patterns; p++) {
        double share = 0;
        memset(all, 1, most * most);
        for (size_t i = 0; i < 3; i++) {
            const size_t side = sides[i];
            draw_checks(large, side, patterns[p].period, patterns[p].angle);
            CHECK(measure_region(large, all, side, side, 2, 8, clusters, &count, &reason, NULL) ==
                  0);
            CHECK(count == 2);
            const size_t blue = difference(clusters[0].color, dyes[0]) > 10;
            CHECK(difference(clusters[blue].color, dyes[0]) < 2);
            CHECK(difference(clusters[!blue].color, dyes[1]) < 2);
            share = i ? share : clusters[blue].share;
            CHECK_NEAR(clusters[blue].share, share, 0.01);
            CHECK_NEAR(clusters[blue].share, 0.5, 0.03);
        }
    }
    free(large);
    free(all);
}

// Three mixtures of two colors, a third of the picture each: two colors, their shares those of the
// pixels.
static void test_dithered(void)
{
    enum { side = 1200 };
    static const int levels[4] = {0, 8, 12, 4}; // rows of Bayer's matrix
    uint8_t *large = malloc(3 * side * side), *all = malloc(side * side);
    size_t light = 0;
    CHECK(large && all);
    for (size_t i = 0; large && all && i < side * side; i++) {
        const size_t x = i % side, y = i / side;
        const int limit = x < side / 3 ? 3 : x < 2 * side / 3 ? 6 : 14;
        const int dark = (levels[x % 4] + 5 * levels[y % 4] / 4 + 3) % 16 < limit;
        memcpy(large + 3 * i, dark ? "\xff\xff\xff" : "\xc8\x14\x14", 3);
        light += (size_t)dark;
        all[i] = 1;
    }
    if (large && all)
        CHECK(measure_region(large, all, side, side, 2, 8, clusters, &count, &reason, NULL) == 0);
    CHECK(count == 2);
    check_share((struct rgb){255, 255, 255}, (double)light / (side * side), 0.03);
    free(large);
    free(all);
}

int main(void)
{
    test_plain();
    test_patterns();
    test_rim();
    test_rim_of_thin();
    test_border();
    test_ends();
    test_highlights();
    test_tails();
    test_nothing();
    test_is_grey();
    test_sizes();
    test_dithered();
    return test_end();
}
