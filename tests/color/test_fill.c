// A color in all its notations, against other implementations.
#include "color/fill.h"
#include "test.h"

static void test_notations(void)
{
    FILE *f = fopen("tests/color/golden/notations.txt", "r");
    CHECK(f != NULL);
    if (!f)
        return;
    int rgb[3], hsv[3], rows = 0;
    double lab[3], lch[3];
    while (fscanf(f, "%d %d %d %lf %lf %lf %lf %lf %lf %d %d %d", rgb, rgb + 1, rgb + 2, lab,
                  lab + 1, lab + 2, lch, lch + 1, lch + 2, hsv, hsv + 1, hsv + 2) == 12) {
        const struct rgb c = {(uint8_t)rgb[0], (uint8_t)rgb[1], (uint8_t)rgb[2]};
        const swatch_color color = color_fill(c, 0.25);
        for (int i = 0; i < 3; i++) {
            CHECK(color.rgb[i] == rgb[i]);
            CHECK(color.hsv[i] == hsv[i]);
            CHECK_NEAR(color.lab[i], lab[i], 1e-4);
        }
        CHECK_NEAR(color.oklch[0], lch[0], 1e-4);
        CHECK_NEAR(color.oklch[1], lch[1], 1e-4);
        // Hues as arcs: that of an almost grey moves with the seventh digit of a matrix.
        CHECK_NEAR(remainder(color.oklch[2] - lch[2], 360) * (M_PI / 180) * lch[1], 0, 1e-4);
        rows++;
    }
    CHECK(rows == 100);
    fclose(f);
}

static void test_ends(void)
{
    const swatch_color grey = color_fill((struct rgb){119, 119, 119}, 1);
    CHECK(grey.oklch[2] == 0 && grey.oklch[1] < 1e-4);
    CHECK(grey.hsv[0] == 0 && grey.hsv[1] == 0 && grey.hsv[2] == 119);
    const swatch_color orange = color_fill((struct rgb){255, 165, 0}, 0.125);
    CHECK_STRING(orange.hex, "#ffa500");
    CHECK_STRING(orange.basic, "orange");
    CHECK_STRING(orange.css, "orange");
    CHECK_NEAR(orange.css_distance, 0, 1e-4);
    CHECK(orange.share == 0.125);
}

int main(void)
{
    test_notations();
    test_ends();
    return test_end();
}
