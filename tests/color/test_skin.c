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

// Where b* is not above 0 the angle jumps from 90 to -90 degrees: there is none.
static void test_no_angle(void)
{
    CHECK(isnan(skin_ita((struct rgb){128, 128, 128})));
    CHECK(isnan(skin_ita((struct rgb){120, 130, 200})));
    CHECK(!isnan(skin_ita((struct rgb){130, 128, 120})));
}

int main(void)
{
    test_golden();
    test_scale();
    test_classes();
    test_no_angle();
    return test_end();
}
