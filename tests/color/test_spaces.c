// Conversions against values computed by colour-science, OpenCV and from first principles, and
// CIEDE2000 on Sharma's pairs (tools/golden/color.py).
#include "color/color.h"
#include "test.h"

static FILE *golden(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "tests/color/golden/%s", name);
    FILE *f = fopen(path, "r");
    if (!f)
        perror(path);
    CHECK(f != NULL);
    return f;
}

static void check_lab(struct lab got, struct lab want, double tolerance)
{
    CHECK_NEAR(got.l, want.l, tolerance);
    CHECK_NEAR(got.a, want.a, tolerance);
    CHECK_NEAR(got.b, want.b, tolerance);
}

// A hue is as exact as the arc it makes; the hue of a grey is 0 for us and noise for others.
static void check_oklch(struct lch got, struct lch want)
{
    CHECK_NEAR(got.l, want.l, 1e-4);
    CHECK_NEAR(got.c, want.c, 1e-4);
    CHECK(got.h >= 0 && got.h < 360);
    const double turn = remainder(got.h - want.h, 360) / 180 * 3.14159265358979;
    CHECK_NEAR(got.c * turn, 0, 1e-4);
}

static void test_spaces(void)
{
    FILE *f = golden("spaces.txt");
    if (!f)
        return;
    int rows = 0, r, g, b, h, s, v;
    struct lab lab, oklab;
    struct lch lch;
    while (fscanf(f, "%d %d %d %lf %lf %lf %lf %lf %lf %lf %lf %lf %d %d %d", &r, &g, &b, &lab.l,
                  &lab.a, &lab.b, &oklab.l, &oklab.a, &oklab.b, &lch.l, &lch.c, &lch.h, &h, &s,
                  &v) == 15) {
        struct rgb c = {(uint8_t)r, (uint8_t)g, (uint8_t)b};
        // The golden OKLab comes by way of XYZ. Ottosson's matrix from there is rounded so that
        // white itself is off by 9e-5 in b.
        check_lab(color_cielab(c), lab, 1e-4);
        check_lab(color_oklab(c), oklab, 1e-4);
        check_oklch(color_oklch(c), lch);
        struct hsv hsv = color_hsv(c);
        CHECK(hsv.h == h && hsv.s == s && hsv.v == v);
        rows++;
    }
    CHECK(rows == 64);
    fclose(f);
}

// Greys are exactly grey, and red is what CSS Color 4 says.
static void test_oklab_landmarks(void)
{
    for (int i = 0; i < 256; i += 15) {
        struct lab grey = color_oklab((struct rgb){(uint8_t)i, (uint8_t)i, (uint8_t)i});
        check_lab(grey, (struct lab){cbrt(color_linear((uint8_t)i)), 0, 0}, 1e-7);
    }
    struct lab red = color_oklab((struct rgb){255, 0, 0});
    check_lab(red, (struct lab){0.627955, 0.224863, 0.125846}, 1e-6);
}

// Every color: the sum of its HSV (as h * 65536 + s * 256 + v) times its place in the order of
// r, g, b, counted from 1, modulo 2^64.
static void test_hsv_of_all(void)
{
    FILE *f = golden("hsv.txt");
    unsigned long long want = 0;
    if (!f)
        return;
    CHECK(fscanf(f, "%llu", &want) == 1);
    fclose(f);
    unsigned long long sum = 0;
    for (uint32_t i = 0; i < 1u << 24; i++) {
        struct hsv c = color_hsv((struct rgb){(uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i});
        sum += (unsigned long long)(c.h << 16 | c.s << 8 | c.v) * (i + 1);
    }
    CHECK(sum == want);
}

static void test_back_and_forth(void)
{
    for (int i = 0; i < 1 << 24; i += 997) {
        struct rgb c = {(uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};
        struct rgb back = color_from_oklab(color_oklab(c));
        CHECK(back.r == c.r && back.g == c.g && back.b == c.b);
    }
    struct rgb white = color_from_oklab((struct lab){2, 0, 0});
    CHECK(white.r == 255 && white.g == 255 && white.b == 255);
    struct rgb black = color_from_oklab((struct lab){-1, 0.1, 0.1});
    CHECK(black.r == 0 && black.g == 0 && black.b == 0);
}

static void test_linear(void)
{
    FILE *f = golden("linear.txt");
    double want;
    int level = 0;
    if (!f)
        return;
    for (; fscanf(f, "%lf", &want) == 1; level++) {
        CHECK_NEAR(color_linear((uint8_t)level), want, 1e-11);
        CHECK(color_encode(want) == level);
    }
    CHECK(level == 256);
    fclose(f);
    CHECK(color_encode(-1) == 0 && color_encode(NAN) == 0 && color_encode(7) == 255);
}

static void test_ciede2000(void)
{
    FILE *f = golden("ciede2000.txt");
    if (!f)
        return;
    struct lab x, y;
    double want;
    int rows = 0;
    while (fscanf(f, "%lf %lf %lf %lf %lf %lf %lf", &x.l, &x.a, &x.b, &y.l, &y.a, &y.b, &want) ==
           7) {
        CHECK_NEAR(color_ciede2000(x, y), want, 5.01e-5); // published to four digits
        CHECK_NEAR(color_ciede2000(y, x), want, 5.01e-5);
        CHECK_NEAR(color_ciede2000(x, x), 0, 1e-12);
        rows++;
    }
    CHECK(rows == 34);
    fclose(f);
}

// Colors as light as a mid grey and lighter, whatever their hue.
static void test_dark_text(void)
{
    CHECK(color_takes_dark_text((struct rgb){255, 255, 255}));
    CHECK(color_takes_dark_text((struct rgb){150, 150, 150})); // L* 62.2
    CHECK(!color_takes_dark_text((struct rgb){149, 149, 149}));
    CHECK(color_takes_dark_text((struct rgb){255, 255, 0}));
    CHECK(!color_takes_dark_text((struct rgb){0, 0, 255}));
    CHECK(!color_takes_dark_text((struct rgb){0, 0, 0}));
}

int main(void)
{
    test_spaces();
    test_oklab_landmarks();
    test_hsv_of_all();
    test_back_and_forth();
    test_linear();
    test_ciede2000();
    test_dark_text();
    return test_end();
}
