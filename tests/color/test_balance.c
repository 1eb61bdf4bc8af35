// Photos of known things under known lights.
#include "cloth.h"
#include "color/balance.h"
#include "test.h"

enum { n = 20000 };
static uint8_t rgb[3 * n], turned[3 * n];

static uint64_t state;

// Reflectances of all colors, the brightest white, under `light` (linear).
static void scene(double r, double g, double b)
{
    state = 5;
    for (size_t i = 0; i < n; i++) {
        double white = cloth_random(&state) < 0.1;
        const double light[3] = {r, g, b};
        for (int c = 0; c < 3; c++) {
            double reflected = white ? 0.9 : 0.7 * cloth_random(&state);
            rgb[3 * i + c] = color_encode(light[c] * reflected);
        }
    }
}

static double luminance(struct rgb c)
{
    return 0.2126 * color_linear(c.r) + 0.7152 * color_linear(c.g) + 0.0722 * color_linear(c.b);
}

// A white sheet under the light is grey afterwards, as bright as before.
static void test_lights(void)
{
    static const double lights[][3] = {
        {1, 1, 1}, {1, 0.8, 0.6}, {0.6, 0.8, 1}, {0.8, 1, 0.7}, {0.5, 0.4, 0.3}};
    for (size_t i = 0; i < sizeof lights / sizeof *lights; i++) {
        const double *light = lights[i], most = fmax(light[0], fmax(light[1], light[2]));
        struct balance b;
        scene(light[0], light[1], light[2]);
        balance_estimate(rgb, n, &b);
        CHECK(b.reason == NULL && !b.capped);
        for (int c = 0; c < 3; c++)
            CHECK_NEAR(b.cast[c], light[c] / most, 0.02);
        struct rgb sheet = {color_encode(0.5 * light[0]), color_encode(0.5 * light[1]),
                            color_encode(0.5 * light[2])};
        struct rgb now = balance_color(&b, sheet);
        CHECK(abs(now.r - now.g) <= 3 && abs(now.b - now.g) <= 3);
        CHECK_NEAR(luminance(now) / luminance(sheet), 1, 0.03);
    }
}

// By hand, p = 6: two pixels, 188 and 0 in red, so red is (0.502886^6 / 2)^(1/6), and so on.
static void test_norm(void)
{
    const uint8_t two[] = {188, 128, 10, 0, 128, 188};
    struct balance b;
    balance_estimate(two, 2, &b);
    const double red = 0.502886 * pow(0.5, 1 / 6.0), green = 0.215861;
    const double blue = red; // the 10 adds nothing that shows
    const double luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    CHECK(b.reason == NULL && b.capped); // red / green is 2.08
    const double power = log(2) / log(red / green);
    const double g[3] = {1, pow(red / green, power), 1};
    const double keep = luma / (0.2126 * red + 0.7152 * green * g[1] + 0.0722 * blue);
    for (int c = 0; c < 3; c++)
        CHECK_NEAR(b.gain[c], g[c] * keep, 1e-5);
    CHECK_NEAR(b.cast[1], green / red, 1e-5);
}

static void test_capped(void)
{
    struct balance b;
    for (size_t i = 0; i < n; i++) { // nothing but a red wall
        rgb[3 * i] = 200;
        rgb[3 * i + 1] = rgb[3 * i + 2] = (uint8_t)(i % 2 ? 20 : 0);
    }
    balance_estimate(rgb, n, &b);
    CHECK(b.capped && b.reason == NULL);
    CHECK_NEAR(b.gain[1] / b.gain[0], 2, 1e-9);
    CHECK_NEAR(b.gain[2], b.gain[1], 1e-9);
    struct rgb wall = {200, 20, 20};
    CHECK_NEAR(luminance(balance_color(&b, wall)) / luminance(wall), 1, 0.05);
    for (size_t i = 0; i < n; i++) // light without any blue at all
        rgb[3 * i] = rgb[3 * i + 1] = 150, rgb[3 * i + 2] = 0;
    balance_estimate(rgb, n, &b);
    CHECK(b.capped && b.gain[2] / b.gain[0] < 2.0001 && b.gain[2] > b.gain[0]);
}

// Burnt-out pixels are white in any light and must not pull the estimate towards white.
static void test_clipped_left_out(void)
{
    struct balance want, b;
    scene(1, 0.8, 0.6);
    for (size_t i = 0; i < n / 2; i++)
        memset(rgb + 3 * i, 128, 3);
    balance_estimate(rgb, n, &want);
    for (size_t i = 0; i < n / 4; i++)
        memset(rgb + 3 * i, 254 + i % 2, 3);
    balance_estimate(rgb, n, &b);
    for (int c = 0; c < 3; c++)
        CHECK_NEAR(b.gain[c], want.gain[c], 0.01);
}

static void check_none(const char *reason)
{
    struct balance b;
    balance_estimate(rgb, n, &b);
    CHECK_STRING(b.reason, reason);
    CHECK(!b.capped);
    for (int c = 0; c < 3; c++)
        CHECK(b.gain[c] == 1 && b.cast[c] == 1);
    struct rgb c = balance_color(&b, (struct rgb){3, 120, 250});
    CHECK(c.r == 3 && c.g == 120 && c.b == 250);
}

static void test_none(void)
{
    for (size_t i = 0; i < n; i++)
        memset(rgb + 3 * i, (int)(i % 250), 3);
    check_none("greyscale");
    for (size_t i = 0; i < n; i++) { // night, with the colors of noise
        rgb[3 * i] = (uint8_t)(i % 30);
        rgb[3 * i + 1] = (uint8_t)(i % 25);
        rgb[3 * i + 2] = (uint8_t)(i % 20);
    }
    check_none("too dark");
    memset(rgb, 255, sizeof rgb);
    check_none("clipped");
    memset(rgb, 0, 3 * (n / 100 - 1)); // 199 of 20000
    check_none("clipped");
    struct balance b;
    balance_estimate(rgb, 0, &b);
    CHECK_STRING(b.reason, "clipped");
}

static void test_pixels(void)
{
    struct balance b;
    scene(1, 0.8, 0.6);
    balance_estimate(rgb, n, &b);
    balance_pixels(&b, rgb, n, turned);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *p = rgb + 3 * i, *q = turned + 3 * i;
        struct rgb c = balance_color(&b, (struct rgb){p[0], p[1], p[2]});
        if (c.r != q[0] || c.g != q[1] || c.b != q[2]) {
            CHECK(!"pixels and colors agree");
            return;
        }
    }
    struct rgb black = balance_color(&b, (struct rgb){0, 0, 0});
    CHECK(black.r == 0 && black.g == 0 && black.b == 0);
    struct rgb white = balance_color(&b, (struct rgb){255, 255, 255});
    CHECK(white.b == 255 && white.r < 255);
    balance_pixels(&b, rgb, n, rgb); // in place
    CHECK(memcmp(rgb, turned, sizeof rgb) == 0);
}

static void test_order(void)
{
    struct balance a, b;
    scene(1, 0.8, 0.6);
    balance_estimate(rgb, n, &a);
    for (size_t i = 0; i < n; i++)
        memcpy(turned + 3 * (n - 1 - i), rgb + 3 * i, 3);
    balance_estimate(turned, n, &b);
    CHECK(memcmp(a.gain, b.gain, sizeof a.gain) == 0);
}

int main(void)
{
    test_lights();
    test_norm();
    test_capped();
    test_clipped_left_out();
    test_none();
    test_pixels();
    test_order();
    return test_end();
}
