// Harmonies: hues are turned by the angles that they are named after, lightness stays, greys have
// none, and what sRGB lacks gets the most chroma that it has.
#include "color/harmony.h"

#include "test.h"

static double turn_between(double from, double to)
{
    return remainder(to - from, 360);
}

static void check(struct rgb c, swatch_harmony harmony, size_t count, const double *turns)
{
    struct rgb to[SWATCH_HARMONY_COLORS];
    const struct lch from = color_oklch(c);
    CHECK(harmony_make(harmony, c, to) == count);
    for (size_t i = 0; i < count; i++) {
        const struct lch got = color_oklch(to[i]);
        // Eight bits leave a degree or two, more where there is little chroma.
        const double error = 0.4 / fmax(got.c, 0.02);
        CHECK_NEAR(remainder(turn_between(from.h, got.h) - turns[i], 360), 0, error);
        CHECK_NEAR(got.l, from.l, 0.006);
        CHECK(got.c <= from.c + 0.004);
    }
}

static void test_turns(void)
{
    for (int i = 0; i < 6 * 6 * 6; i++) {
        const struct rgb c = {(uint8_t)(i / 36 * 51), (uint8_t)(i / 6 % 6 * 51),
                              (uint8_t)(i % 6 * 51)};
        if (color_oklch(c).c < 0.02)
            continue;
        check(c, SWATCH_COMPLEMENTARY, 1, (const double[]){180});
        check(c, SWATCH_ANALOGOUS, 2, (const double[]){-30, 30});
        check(c, SWATCH_TRIADIC, 2, (const double[]){-120, 120});
    }
}

static void test_ends(void)
{
    struct rgb to[SWATCH_HARMONY_COLORS];
    CHECK(harmony_make(SWATCH_COMPLEMENTARY, (struct rgb){128, 128, 128}, to) == 0);
    CHECK(harmony_make(SWATCH_TRIADIC, (struct rgb){0, 0, 0}, to) == 0);
    // A dull color keeps its chroma; the turned one of a vivid blue keeps what sRGB has.
    const struct rgb dull = {150, 130, 120}, vivid = {0, 0, 255};
    CHECK(harmony_make(SWATCH_COMPLEMENTARY, dull, to) == 1);
    CHECK_NEAR(color_oklch(to[0]).c, color_oklch(dull).c, 0.004);
    CHECK(harmony_make(SWATCH_COMPLEMENTARY, vivid, to) == 1);
    CHECK(color_oklch(to[0]).c < 0.7 * color_oklch(vivid).c);
    CHECK(to[0].r == 0 || to[0].g == 0 || to[0].b == 0 || to[0].r == 255 || to[0].g == 255);
}

int main(void)
{
    test_turns();
    test_ends();
    return test_end();
}
