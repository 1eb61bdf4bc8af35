// Compares figures with those of tools/golden/metrics.py and with cases counted by hand.
#include "eval/metrics.h"

#include "base/file.h"
#include "test.h"

// Checks a figure; NAN equals NAN.
static void check_figure(double got, double want)
{
    if (isnan(want))
        CHECK(isnan(got));
    else
        CHECK_NEAR(got, want, 1e-9); // only the golden's text is rounded
}

static double number(char **text)
{
    return strtod(*text, text);
}

static void add(struct metrics *to, const struct metrics *one)
{
    to->photos += one->photos;
    for (size_t t = 0; t < one->classes; t++) {
        to->boundary_sum[t] += one->boundary_sum[t];
        to->boundary_photos[t] += one->boundary_photos[t];
        for (size_t c = 0; c < one->classes; c++)
            to->confusion[t][c] += one->confusion[t][c];
    }
}

static void test_golden(void)
{
    char *data = NULL, *text = NULL;
    size_t size = 0, length = 0, place = 0, cases = 0;
    swatch_error error;
    struct metrics all = {.classes = 4}, sum = {.classes = 4};
    CHECK(file_read("tests/eval/golden/metrics.bin", 1 << 20, &data, &size, &error) == 0);
    CHECK(file_read("tests/eval/golden/metrics.txt", 1 << 20, &text, &length, &error) == 0);
    if (!data || !text)
        goto done;
    char *at = text;
    while (strncmp(at, "case ", 5) == 0) {
        at += 5;
        struct metrics m = {.classes = (size_t)number(&at)};
        const double tolerance = number(&at);
        const uint8_t *head = (const uint8_t *)data + place;
        const size_t height = head[0] + 256u * head[1], width = head[2] + 256u * head[3];
        // The blocks have exactly their size, so an overrun shows.
        uint8_t *truth = malloc(height * width), *predicted = malloc(height * width);
        if (!truth || !predicted)
            abort();
        memcpy(truth, head + 4, height * width);
        memcpy(predicted, head + 4 + height * width, height * width);
        place += 4 + 2 * height * width;
        CHECK(place <= size);
        CHECK(metrics_add(&m, truth, predicted, height, width, tolerance, &error) == 0);
        if (m.classes == 4) {
            CHECK(metrics_add(&all, truth, predicted, height, width, tolerance, &error) == 0);
            add(&sum, &m);
        }
        check_figure(metrics_pixel_accuracy(&m), number(&at));
        check_figure(metrics_mean_iou(&m), number(&at));
        check_figure(metrics_mean_boundary(&m), number(&at));
        for (size_t c = 0; c < m.classes; c++) {
            check_figure(metrics_iou(&m, c), number(&at));
            check_figure(metrics_boundary(&m, c), number(&at));
        }
        free(truth);
        free(predicted);
        at += strspn(at, "\n");
        cases++;
    }
    CHECK(cases == 11 && place == size && strncmp(at, "all\n", 4) == 0);
    at += 4;
    check_figure(metrics_pixel_accuracy(&all), number(&at));
    check_figure(metrics_mean_iou(&all), number(&at));
    check_figure(metrics_mean_boundary(&all), number(&at));
    CHECK(memcmp(&all, &sum, sizeof all) == 0);
done:
    free(data);
    free(text);
}

// A square of 10x10 is compared with itself moved by two columns. They share 80 of 120 pixels. All
// 36 boundary pixels of one lie within 2 pixels of the other's boundary.
static void test_by_hand(void)
{
    enum { SIDE = 24 };
    uint8_t truth[SIDE * SIDE] = {0}, predicted[SIDE * SIDE] = {0};
    swatch_error error;
    for (size_t y = 7; y < 17; y++)
        for (size_t x = 7; x < 17; x++)
            truth[y * SIDE + x] = predicted[y * SIDE + x + 2] = 1;
    struct metrics m = {.classes = 2};
    CHECK(metrics_add(&m, truth, predicted, SIDE, SIDE, 2, &error) == 0);
    CHECK_NEAR(metrics_iou(&m, 1), 80. / 120, 1e-12);
    CHECK_NEAR(metrics_pixel_accuracy(&m), (SIDE * SIDE - 40.) / (SIDE * SIDE), 1e-12);
    CHECK_NEAR(metrics_boundary(&m, 1), 1, 1e-12);
    // Within 1 pixel lie 9 pixels each of the top and bottom rows, from column 8 on, and one pixel
    // each beside these rows in column 16, the right side.
    m = (struct metrics){.classes = 2};
    CHECK(metrics_add(&m, truth, predicted, SIDE, SIDE, 1, &error) == 0);
    CHECK_NEAR(metrics_boundary(&m, 1), 20. / 36, 1e-12);
}

static void test_ignored(void)
{
    // Where the truth is 255 the prediction may be anything, even no class.
    const uint8_t truth[] = {0, 0, 255, 1, 1, 0, 0, 255, 1, 1};
    const uint8_t predicted[] = {0, 0, 200, 1, 1, 0, 0, 1, 1, 1};
    struct metrics m = {.classes = 2};
    swatch_error error;
    CHECK(metrics_add(&m, truth, predicted, 2, 5, 1, &error) == 0);
    CHECK_NEAR(metrics_pixel_accuracy(&m), 1, 0);
    CHECK_NEAR(metrics_mean_iou(&m), 1, 0);
    CHECK_NEAR(metrics_mean_boundary(&m), 1, 0); // no boundary in either
    const uint8_t nothing[] = {255, 255};
    m = (struct metrics){.classes = 2};
    CHECK(metrics_add(&m, nothing, predicted, 1, 2, 1, &error) == 0);
    CHECK(isnan(metrics_pixel_accuracy(&m)) && isnan(metrics_mean_iou(&m)));
    CHECK(isnan(metrics_mean_boundary(&m)) && m.photos == 1);
}

static void test_refused(void)
{
    const uint8_t good[] = {0, 1}, bad[] = {0, 2};
    struct metrics m = {.classes = 2};
    const struct metrics before = m;
    swatch_error error = {0};
    CHECK(metrics_add(&m, bad, good, 1, 2, 1, &error) != 0);
    CHECK(metrics_add(&m, good, bad, 1, 2, 1, &error) != 0);
    CHECK_STRING(error.message, "class 2 in a picture of 2 classes");
    CHECK(metrics_add(&m, good, good, 0, 2, 1, &error) != 0);
    CHECK(metrics_add(&m, good, good, (size_t)1 << 33, (size_t)1 << 33, 1, &error) != 0);
    CHECK(metrics_add(&m, good, good, 1, 2, -1, &error) != 0);
    CHECK(metrics_add(&m, good, good, 1, 2, NAN, &error) != 0);
    CHECK(memcmp(&m, &before, sizeof m) == 0);
    m.classes = CLASSES_MAX + 1;
    CHECK(metrics_add(&m, good, good, 1, 2, 1, &error) != 0);
    m.classes = 2;
    CHECK(metrics_add(&m, good, good, 1, 2, INFINITY, &error) == 0);
    CHECK_NEAR(metrics_mean_boundary(&m), 1, 0);
}

int main(void)
{
    test_golden();
    test_by_hand();
    test_ignored();
    test_refused();
    return test_end();
}
