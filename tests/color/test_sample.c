// Which pixels of a region count as well lit.
#include "color/sample.h"
#include "test.h"

#define SIDE 100

static swatch_error error;
static uint8_t rgb[SIDE * SIDE * 3], mask[SIDE * SIDE];

static void fill(size_t x0, size_t y0, size_t width, size_t height, uint8_t grey)
{
    for (size_t y = y0; y < y0 + height; y++)
        for (size_t x = x0; x < x0 + width; x++) {
            memset(rgb + 3 * (y * SIDE + x), grey, 3);
            mask[y * SIDE + x] = 1;
        }
}

static struct sample take(size_t rim, double low, double high)
{
    struct sample s;
    CHECK(sample_take(&s, rgb, mask, SIDE, SIDE, rim, low, high, &error) == 0);
    return s;
}

static void clear(void)
{
    memset(rgb, 0, sizeof rgb);
    memset(mask, 0, sizeof mask);
}

// A ramp of a hundred greys, one a column: the quantiles are columns.
static void test_quantiles(void)
{
    clear();
    for (size_t x = 0; x < SIDE; x++)
        fill(x, 0, 1, SIDE, (uint8_t)(50 + 2 * x));
    struct sample s = take(0, 0.5, 0.9);
    uint8_t least = 255, most = 0;
    for (size_t i = 0; i < s.count; i++) {
        least = s.pixels[3 * i] < least ? s.pixels[3 * i] : least;
        most = s.pixels[3 * i] > most ? s.pixels[3 * i] : most;
    }
    CHECK(s.reason == NULL);
    CHECK_NEAR(least, 150, 2);
    CHECK_NEAR(most, 230, 2);
    CHECK_NEAR((double)s.count, 4000, 200);
    const struct rgb median = sample_median(s.pixels, s.count);
    CHECK_NEAR(median.r, 190, 2);
    sample_free(&s);
}

// A square with a rim of another color: the rim is not believed, but where it is the picture's.
static void test_rim(void)
{
    clear();
    fill(0, 20, 60, 60, 200);
    fill(3, 23, 54, 54, 100);
    struct sample s = take(3, 0, 1);
    CHECK(s.count == (54 + 3) * 54); // the left side is the picture's border
    CHECK(sample_median(s.pixels, s.count).g == 100);
    sample_free(&s);
    clear();
    fill(20, 20, 4, 60, 120); // all rim: then all is taken
    s = take(3, 0, 1);
    CHECK(s.count == 240);
    sample_free(&s);
}

static void test_reasons(void)
{
    clear();
    struct sample s = take(2, 0, 1);
    CHECK_STRING(s.reason, "nothing found");
    sample_free(&s);
    fill(10, 10, 7, 7, 100);
    s = take(2, 0, 1);
    CHECK_STRING(s.reason, "too few pixels");
    sample_free(&s);
    clear();
    fill(10, 10, 50, 50, 255);
    s = take(2, 0, 1);
    CHECK_STRING(s.reason, "all clipped");
    sample_free(&s);
    // One channel is enough to make a color unknown.
    for (size_t i = 0; i < SIDE * SIDE; i++)
        rgb[3 * i + 1] = rgb[3 * i + 2] = 120;
    s = take(2, 0, 1);
    CHECK_STRING(s.reason, "all clipped");
    sample_free(&s);
    // Sixty good pixels among the clipped.
    fill(20, 20, 6, 10, 90);
    s = take(2, 0, 1);
    CHECK(s.reason == NULL && s.count == 60);
    sample_free(&s);
}

static void test_median(void)
{
    static const uint8_t odd[] = {1, 9, 200, 3, 7, 100, 2, 8, 0};
    static const uint8_t even[] = {10, 0, 0, 20, 0, 0, 30, 0, 0, 40, 255, 255};
    const struct rgb a = sample_median(odd, 3), b = sample_median(even, 4);
    CHECK(a.r == 2 && a.g == 8 && a.b == 100);
    CHECK(b.r == 20 && b.g == 0 && b.b == 0); // the lower of the two in the middle
}

int main(void)
{
    test_quantiles();
    test_rim();
    test_reasons();
    test_median();
    return test_end();
}
