// The Monk scale and the individual typology angle, against another implementation.
#include "color/skin.h"
#include "test.h"

static void test_golden(void)
{
    FILE *f = fopen("tests/color/golden/skin.txt", "r");
    CHECK(f != NULL);
    if (!f)
        return;
    unsigned r, g, b;
    int tone, rows = 0;
    double distance, ita, got;
    while (fscanf(f, " #%2x%2x%2x %d %lf %lf", &r, &g, &b, &tone, &distance, &ita) == 6) {
        const struct rgb c = {(uint8_t)r, (uint8_t)g, (uint8_t)b};
        CHECK(skin_monk(c, &got) == tone);
        CHECK_NEAR(got, distance, 1e-4);
        CHECK_NEAR(skin_ita(c), ita, 1e-3); // of degrees
        rows++;
    }
    fclose(f);
    CHECK(rows >= 50);
}

static void test_scale(void)
{
    double distance;
    for (int tone = 1; tone <= SKIN_TONES; tone++) {
        CHECK(skin_monk(skin_monk_color(tone), &distance) == tone);
        CHECK(distance == 0);
    }
}

// Del Bino and Bernerd 2013: a class goes from above its bound to the next bound.
static void test_classes(void)
{
    CHECK_STRING(skin_ita_class(90), "very light");
    CHECK_STRING(skin_ita_class(55.01), "very light");
    CHECK_STRING(skin_ita_class(55), "light");
    CHECK_STRING(skin_ita_class(41.01), "light");
    CHECK_STRING(skin_ita_class(41), "intermediate");
    CHECK_STRING(skin_ita_class(28), "tan");
    CHECK_STRING(skin_ita_class(10), "brown");
    CHECK_STRING(skin_ita_class(-29.9), "brown");
    CHECK_STRING(skin_ita_class(-30), "dark");
    CHECK_STRING(skin_ita_class(-90), "dark");
    CHECK(skin_ita_class(NAN) == NULL);
}

static struct rgb of_lab(double l, double b) // the nearest 8-bit color with a* of about 0
{
    struct rgb best = {0};
    double least = 1e9;
    for (int v = 0; v < 256; v++)
        for (int blue = 0; blue <= v; blue++) {
            const struct rgb c = {(uint8_t)v, (uint8_t)v, (uint8_t)blue};
            const struct lab lab = color_cielab(c);
            const double d = hypot(lab.l - l, lab.b - b);
            if (d < least) {
                least = d;
                best = c;
            }
        }
    return best;
}

// There is an angle only where an error of one unit in L* and b* does not make another of it.
static void test_no_angle(void)
{
    CHECK(isnan(skin_ita((struct rgb){128, 128, 128})));
    CHECK(isnan(skin_ita((struct rgb){120, 130, 200})));
    CHECK(isnan(skin_ita((struct rgb){179, 178, 177}))); // b* 0.8: was 89 degrees, very light
    CHECK(isnan(skin_ita(of_lab(70, 1.2))));
    CHECK(!isnan(skin_ita(of_lab(70, 3))));
    CHECK(isnan(skin_ita(of_lab(50, 7)))); // of which one unit is eight degrees
    CHECK(!isnan(skin_ita(of_lab(50, 11))));
    CHECK(isnan(skin_ita(of_lab(45, 5))));
    CHECK(!isnan(skin_ita(of_lab(40, 5))));
}

// By the hue angle, with nothing said where skin has no such hue.
static void test_undertone(void)
{
    CHECK_STRING(skin_undertone((struct rgb){0xd9, 0xa8, 0x9c}), "cool");
    CHECK_STRING(skin_undertone((struct rgb){0xd2, 0xa9, 0x8f}), "neutral");
    CHECK_STRING(skin_undertone((struct rgb){0xd7, 0xbd, 0x96}), "warm"); // Monk 5
    CHECK(skin_undertone((struct rgb){128, 128, 128}) == NULL);
    CHECK(skin_undertone((struct rgb){120, 130, 200}) == NULL);
    CHECK(skin_undertone((struct rgb){110, 160, 90}) == NULL);
}

int main(void)
{
    test_golden();
    test_scale();
    test_classes();
    test_no_angle();
    test_undertone();
    return test_end();
}
