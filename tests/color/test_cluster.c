// Main colors of sets of pixels whose truth is known.
#include "cloth.h"
#include "color/cluster.h"
#include "test.h"

static uint64_t state = 1;

static uint32_t below(uint32_t n)
{
    return (uint32_t)(cloth_random(&state) * n);
}

static void fill(uint8_t *rgb, size_t from, size_t to, struct rgb c)
{
    for (size_t i = from; i < to; i++) {
        rgb[3 * i] = c.r;
        rgb[3 * i + 1] = c.g;
        rgb[3 * i + 2] = c.b;
    }
}

static int same(struct rgb x, struct rgb y)
{
    return x.r == y.r && x.g == y.g && x.b == y.b;
}

static double difference(struct rgb x, struct rgb y)
{
    return color_ciede2000(color_cielab(x), color_cielab(y));
}

static int occurs(const uint8_t *rgb, const uint8_t *mask, size_t n, struct rgb c)
{
    for (size_t i = 0; i < n; i++)
        if (mask[i] && same((struct rgb){rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]}, c))
            return 1;
    return 0;
}

// What holds of every answer.
static void check_sound(const uint8_t *rgb, const uint8_t *mask, size_t n, size_t most,
                        const struct cluster *clusters, size_t count)
{
    double sum = 0;
    CHECK(count >= 1 && count <= most);
    for (size_t i = 0; i < count; i++) {
        sum += clusters[i].share;
        CHECK(clusters[i].share >= 0.03);
        CHECK(i == 0 || clusters[i - 1].share >= clusters[i].share);
        CHECK(occurs(rgb, mask, n, clusters[i].color));
        for (size_t j = 0; j < i; j++)
            CHECK(difference(clusters[i].color, clusters[j].color) >= 8);
    }
    CHECK_NEAR(sum, 1, 1e-12);
}

static void test_few_pixels(void)
{
    struct cluster clusters[CLUSTER_MAX];
    size_t count = 9;
    const uint8_t rgb[6] = {201, 14, 77, 9, 9, 9}, none[2] = {0, 0}, first[2] = {255, 0};
    CHECK(cluster_colors(rgb, none, NULL, 2, 8, clusters, &count, NULL) == 0 && count == 0);
    count = 9;
    CHECK(cluster_colors(rgb, none, NULL, 0, 8, clusters, &count, NULL) == 0 && count == 0);
    CHECK(cluster_colors(rgb, first, NULL, 2, 8, clusters, &count, NULL) == 0 && count == 1);
    CHECK(same(clusters[0].color, (struct rgb){201, 14, 77}));
    CHECK(clusters[0].share == 1);
}

static void test_usage(void)
{
    struct cluster clusters[CLUSTER_MAX];
    swatch_error error;
    size_t count;
    const uint8_t rgb[3] = {0}, mask[1] = {1};
    CHECK(cluster_colors(rgb, mask, NULL, 1, 0, clusters, &count, &error) == SWATCH_USAGE);
    CHECK(cluster_colors(rgb, mask, NULL, 1, CLUSTER_MAX + 1, clusters, &count, &error) ==
          SWATCH_USAGE);
    CHECK(error.status == SWATCH_USAGE && count == 0);
}

// Corners of the gamut and colors on both sides of the cells' borders come back as they went in.
static void test_one_color(void)
{
    enum { n = 1000 };
    static uint8_t rgb[3 * n], mask[n];
    const uint8_t levels[] = {0, 1, 3, 4, 127, 128, 252, 254, 255};
    memset(mask, 1, n);
    for (size_t i = 0; i < 9 * 9 * 9; i++) {
        struct cluster clusters[CLUSTER_MAX];
        size_t count = 0;
        struct rgb c = {levels[i % 9], levels[i / 9 % 9], levels[i / 81]};
        fill(rgb, 0, n, c);
        CHECK(cluster_colors(rgb, mask, NULL, n, 8, clusters, &count, NULL) == 0 && count == 1);
        CHECK(same(clusters[0].color, c) && clusters[0].share == 1);
    }
}

static void test_flat_colors(void)
{
    enum { n = 10000 };
    static uint8_t rgb[3 * n], mask[n];
    const struct rgb navy = {20, 30, 80}, cream = {250, 245, 225}, red = {190, 20, 30};
    struct cluster clusters[CLUSTER_MAX];
    size_t count = 0;
    memset(mask, 1, n);
    fill(rgb, 0, 6000, navy);
    fill(rgb, 6000, 9000, cream);
    fill(rgb, 9000, n, red);
    CHECK(cluster_colors(rgb, mask, NULL, n, 8, clusters, &count, NULL) == 0 && count == 3);
    check_sound(rgb, mask, n, 8, clusters, count);
    CHECK(same(clusters[0].color, navy));
    CHECK_NEAR(clusters[0].share, 0.6, 1e-12);
    CHECK(same(clusters[1].color, cream));
    CHECK_NEAR(clusters[1].share, 0.3, 1e-12);
    CHECK(same(clusters[2].color, red));
    CHECK_NEAR(clusters[2].share, 0.1, 1e-12);

    CHECK(cluster_colors(rgb, mask, NULL, n, 2, clusters, &count, NULL) == 0 && count == 2);
    CHECK(same(clusters[0].color, navy));
    CHECK_NEAR(clusters[0].share, 2 / 3.0, 1e-12);
    CHECK(cluster_colors(rgb, mask, NULL, n, 1, clusters, &count, NULL) == 0 && count == 1);
    CHECK(clusters[0].share == 1);

    memset(mask, 0, 6000); // what the mask hides counts for nothing
    CHECK(cluster_colors(rgb, mask, NULL, n, 8, clusters, &count, NULL) == 0 && count == 2);
    CHECK(same(clusters[0].color, cream));
    CHECK_NEAR(clusters[0].share, 0.75, 1e-12);
}

static void test_small_shares_go(void)
{
    enum { n = 10000 };
    static uint8_t rgb[3 * n], mask[n];
    struct cluster clusters[CLUSTER_MAX];
    size_t count = 0;
    memset(mask, 1, n);
    fill(rgb, 0, n, (struct rgb){40, 90, 60});
    fill(rgb, 0, 290, (struct rgb){255, 0, 255}); // 2.9 %
    CHECK(cluster_colors(rgb, mask, NULL, n, 8, clusters, &count, NULL) == 0 && count == 1);
    CHECK(clusters[0].share == 1);
    fill(rgb, 0, 310, (struct rgb){255, 0, 255}); // 3.1 %
    CHECK(cluster_colors(rgb, mask, NULL, n, 8, clusters, &count, NULL) == 0 && count == 2);
    CHECK_NEAR(clusters[1].share, 0.031, 1e-12);
}

static void test_merging(void)
{
    enum { n = 1000 };
    static uint8_t rgb[3 * n], mask[n];
    const struct rgb grey = {100, 100, 100}, near = {110, 110, 110}, far = {140, 140, 140};
    struct cluster clusters[CLUSTER_MAX];
    size_t count = 0;
    memset(mask, 1, n);
    fill(rgb, 0, 600, grey);
    CHECK(difference(grey, near) < 6 && difference(grey, far) > 10);
    fill(rgb, 600, n, near);
    CHECK(cluster_colors(rgb, mask, NULL, n, 8, clusters, &count, NULL) == 0 && count == 1);
    CHECK(same(clusters[0].color, grey)); // the median
    fill(rgb, 600, n, far);
    CHECK(cluster_colors(rgb, mask, NULL, n, 8, clusters, &count, NULL) == 0 && count == 2);
    CHECK(same(clusters[1].color, far));
}

static void test_noise(void)
{
    enum { n = 60000 };
    static uint8_t rgb[3 * n], mask[n];
    struct cluster clusters[CLUSTER_MAX];
    size_t count = 0;
    for (size_t i = 0; i < 3 * n; i++)
        rgb[i] = (uint8_t)below(256);
    for (size_t i = 0; i < n; i++)
        mask[i] = (uint8_t)below(3);
    for (size_t most = 1; most <= CLUSTER_MAX; most++) {
        CHECK(cluster_colors(rgb, mask, NULL, n, most, clusters, &count, NULL) == 0);
        check_sound(rgb, mask, n, most, clusters, count);
    }
}

static void test_order(void)
{
    static uint8_t rgb[3 * CLOTH_N], mask[CLOTH_N];
    const struct cloth cloth = {
        stripes, {{30, 40, 110}, {235, 230, 220}, {170, 30, 40}}, 3, 12, 0.4, 4};
    struct cluster want[CLUSTER_MAX], got[CLUSTER_MAX];
    size_t want_count = 0, count = 0;
    cloth_draw(&cloth, rgb);
    for (size_t i = 0; i < CLOTH_N; i++)
        mask[i] = below(10) > 0;
    CHECK(cluster_colors(rgb, mask, NULL, CLOTH_N, 8, want, &want_count, NULL) == 0);
    check_sound(rgb, mask, CLOTH_N, 8, want, want_count);
    CHECK(want_count >= 3);
    for (int round = 0; round < 5; round++) {
        for (uint32_t i = CLOTH_N - 1; i > 0; i--) {
            uint32_t j = below(i + 1);
            uint8_t pixel[3], m = mask[i];
            memcpy(pixel, rgb + 3 * i, 3);
            memmove(rgb + 3 * i, rgb + 3 * j, 3);
            memcpy(rgb + 3 * j, pixel, 3);
            mask[i] = mask[j];
            mask[j] = m;
        }
        CHECK(cluster_colors(rgb, mask, NULL, CLOTH_N, 8, got, &count, NULL) == 0);
        CHECK(count == want_count);
        for (size_t i = 0; i < count && i < want_count; i++)
            CHECK(same(got[i].color, want[i].color) && got[i].share == want[i].share);
    }
}

// Black cloth beside a blue knit, whose deepest shade is black, too. Most of a knit is in doubt,
// and so is little that speaks for it; what is in doubt still makes it a quarter of all.
static void test_knit(void)
{
    enum { black = 24000, blue = 8000, all = black + blue };
    static uint8_t rgb[3 * all], mask[all], doubt[all];
    struct cluster clusters[CLUSTER_MAX];
    size_t count = 0;
    memset(mask, 1, sizeof mask);
    for (size_t i = 0; i < all; i++) {
        const double light = i < black ? 0 : cloth_random(&state);
        rgb[3 * i] = (uint8_t)(10 + below(8));
        rgb[3 * i + 1] = (uint8_t)(10 + below(8) + (uint32_t)(50 * light));
        rgb[3 * i + 2] = (uint8_t)(12 + below(8) + (uint32_t)(140 * light));
        doubt[i] = i >= black && below(100) >= 30;
    }
    CHECK(cluster_colors(rgb, mask, doubt, all, 5, clusters, &count, NULL) == 0);
    check_sound(rgb, mask, all, 5, clusters, count);
    CHECK(count >= 2);
}

int main(void)
{
    test_few_pixels();
    test_usage();
    test_one_color();
    test_flat_colors();
    test_small_shares_go();
    test_merging();
    test_noise();
    test_order();
    test_knit();
    return test_end();
}
