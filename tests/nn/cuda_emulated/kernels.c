// Every function of the CUDA backend against the CPU's, its kernels run by the emulator; what
// cuDNN would do is the CPU's (dense.cpp). Each case runs with a block's threads in both orders.
//
// Bounds, relative to the largest number: both sides keep f32 between the same roundings, so that
// f32 differs by the order of sums and the last bits of exp: 2e-5. A bf16 result differs where such
// a difference tips its rounding, by 2^-8 of itself at most: 4e-3.

#include "nn/cuda_emulated/emulator.h"
#include "nn/device.h"
#include "nn/last_dtype.h"
#include "test.h"

#include "base/rng.h"

extern const struct device_module swatch_cuda_module;

static const struct backend *both[2]; // the CPU's and the other
static struct rng rng = {.seed = 8};
static const double bound[] = {2e-5, 4e-3};

// The same numbers in both memories.
struct pair {
    enum dtype dtype;
    size_t count;
    void *at[2];
};

static struct pair pair_new(enum dtype dtype, size_t count)
{
    struct pair p = {dtype, count, {NULL, NULL}};
    swatch_error error;
    for (int i = 0; i < 2; i++) {
        CHECK(!both[i]->alloc(count * dtype_size(dtype), &p.at[i], &error));
        if (!p.at[i])
            exit(1);
    }
    return p;
}

static void pair_free(struct pair *p)
{
    for (int i = 0; i < 2; i++)
        both[i]->release(p->at[i]);
}

static void pair_set(struct pair *p, const float *values)
{
    for (int i = 0; i < 2; i++)
        both[i]->upload(p->dtype, values, p->at[i], p->count);
}

// Normal numbers around `mean`.
static struct pair normal(enum dtype dtype, size_t count, float mean, float scale)
{
    struct pair p = pair_new(dtype, count);
    float *values = malloc(count * sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = mean + scale * rng_normal(&rng);
    pair_set(&p, values);
    free(values);
    return p;
}

static struct pair positive(size_t count)
{
    struct pair p = pair_new(DTYPE_F32, count);
    float *values = malloc(count * sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = rng_range(&rng, 0.1f, 2);
    pair_set(&p, values);
    free(values);
    return p;
}

static struct pair bytes(size_t count, const uint8_t *values)
{
    struct pair p = pair_new(DTYPE_U8, count);
    for (int i = 0; i < 2; i++)
        both[i]->write(p.at[i], values, count);
    return p;
}

// Labels below `classes`, some of them 255.
static struct pair labels(size_t count, uint32_t classes)
{
    uint8_t *values = malloc(count);
    for (size_t i = 0; i < count; i++)
        values[i] = rng_below(&rng, 9) == 0 ? 255 : (uint8_t)rng_below(&rng, classes);
    struct pair p = bytes(count, values);
    free(values);
    return p;
}

// Doubles and what else has no dtype: zeroed.
static struct pair raw(size_t size)
{
    struct pair p = pair_new(DTYPE_U8, size);
    for (int i = 0; i < 2; i++)
        both[i]->zero(p.at[i], size);
    return p;
}

static void fail(const char *name, const struct pair *p, double worst, double size)
{
    test_failures++;
    fprintf(stderr, "%s, %zu of %s: off by %g where numbers reach %g\n", name, p->count,
            p->dtype == DTYPE_F32 ? "f32" : "bf16", worst, size);
}

static void same_within(const char *name, const struct pair *p, double within)
{
    float *values[2];
    double worst = 0, size = 1e-6;
    for (int i = 0; i < 2; i++) {
        values[i] = malloc(p->count * sizeof(float));
        both[i]->download(p->dtype, p->at[i], values[i], p->count);
    }
    for (size_t i = 0; i < p->count; i++) {
        const double want = (double)values[0][i], off = fabs(want - (double)values[1][i]);
        worst = off <= worst ? worst : off; // a NaN stays
        size = fmax(size, fabs(want));
    }
    test_checks++;
    if (!(worst <= within * size))
        fail(name, p, worst, size);
    free(values[0]);
    free(values[1]);
}

static void same(const char *name, const struct pair *p)
{
    same_within(name, p, bound[p->dtype]);
}

static void same_bytes(const char *name, const struct pair *p)
{
    const size_t size = p->count * dtype_size(p->dtype);
    void *host = malloc(size);
    both[1]->read(host, p->at[1], size);
    test_checks++;
    if (memcmp(host, p->at[0], size) != 0)
        fail(name, p, 1, 1);
    free(host);
}

static void same_doubles(const char *name, const struct pair *p)
{
    double host[192];
    const double *want = p->at[0];
    both[1]->read(host, p->at[1], p->count);
    for (size_t i = 0; i < p->count / sizeof *host; i++) {
        test_checks++;
        if (!(fabs(want[i] - host[i]) <= 1e-5 * fmax(fabs(want[i]), 1e-2))) {
            test_failures++;
            fprintf(stderr, "%s: number %zu is %g, want %g\n", name, i, host[i], want[i]);
        }
    }
}

#define BOTH(call)                                                                                 \
    for (int i = 0; i < 2; i++) {                                                                  \
        const struct backend *b = both[i];                                                         \
        b->call;                                                                                   \
    }

// Sizes of flat buffers: below, at and beyond a pack, and more than one turn of the whole grid.
static const size_t counts[] = {1, 7, 8, 61, 2048, 70003};

static void check_elementwise(enum dtype dtype)
{
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        const size_t count = counts[k];
        struct pair x = normal(dtype, count, 0, 3), z = normal(dtype, count, 0, 3);
        struct pair y = pair_new(dtype, count), dx = pair_new(dtype, count);
        struct pair step = raw(sizeof(uint64_t));
        for (int f = ACTIVATION_NONE; f <= (k < 4 ? ACTIVATION_SIGMOID : ACTIVATION_RELU); f++) {
            BOTH(activation_forward(dtype, (enum activation)f, x.at[i], y.at[i], count));
            same("activation", &y);
            BOTH(activation_backward(dtype, (enum activation)f, y.at[i], z.at[i], dx.at[i], count));
            same("activation's slope", &dx);
            BOTH(add_forward(dtype, (enum activation)f, x.at[i], z.at[i], y.at[i], count));
            same("add", &y);
            BOTH(add_forward(dtype, (enum activation)f, y.at[i], z.at[i], y.at[i], count));
            same("add in place", &y);
        }
        const uint64_t steps = 5;
        BOTH(write(step.at[i], &steps, sizeof steps));
        BOTH(dropout(dtype, 0.3f, 77, step.at[i], x.at[i], y.at[i], count));
        same_bytes("dropout", &y);
        if (count > 8) { // a pointer in the middle of a pack
            const size_t one = dtype_size(dtype);
            BOTH(activation_forward(dtype, ACTIVATION_RELU, (char *)x.at[i] + one,
                                    (char *)dx.at[i] + one, count - 1));
            same("activation off the pack", &dx);
        }
        pair_free(&x);
        pair_free(&z);
        pair_free(&y);
        pair_free(&dx);
        pair_free(&step);
    }
    static const size_t copies[][6] = {// x: channels, first; y: channels, first; channels, rows
                                       {3, 0, 19, 5, 3, 37},   {64, 0, 128, 64, 64, 33},
                                       {59, 7, 59, 0, 52, 11}, {1, 0, 1, 0, 1, 1},
                                       {96, 32, 36, 4, 32, 9}, {6, 2, 10, 4, 4, 701}};
    for (size_t k = 0; k < sizeof copies / sizeof *copies; k++) {
        const size_t *s = copies[k];
        struct pair x = normal(dtype, s[0] * s[5], 0, 1), y = normal(dtype, s[2] * s[5], 0, 1);
        BOTH(copy_channels(dtype, x.at[i], s[0], s[1], y.at[i], s[2], s[3], s[4], s[5]));
        same_bytes("copy_channels", &y);
        pair_free(&x);
        pair_free(&y);
    }
    static const size_t maps[][3] = {// rows, classes, channels; labels may be one beyond, or 255
                                     {1, 1, 1},    {37, 4, 3},   {701, 4, 4},
                                     {65, 59, 59}, {2500, 4, 3}, {16, 64, 8}};
    for (size_t k = 0; k < sizeof maps / sizeof *maps; k++) {
        const size_t *s = maps[k];
        struct pair to = labels(s[0], (uint32_t)s[1] + 1);
        struct pair table = normal(DTYPE_F32, s[1] * s[2], 0, 1);
        struct pair y = pair_new(dtype, s[0] * s[2]);
        BOTH(paint(dtype, to.at[i], s[0], table.at[i], s[1], s[2], y.at[i]));
        same_bytes("paint", &y);
        pair_free(&to);
        pair_free(&table);
        pair_free(&y);
    }
}

// rows, channels
static const size_t norms[][2] = {{1, 1},   {60, 3},  {105, 4},  {14, 19}, {221, 59}, {194, 64},
                                  {50, 96}, {3, 300}, {2, 2100}, {5, 8},   {5000, 8}};

static void check_norms(enum dtype dtype)
{
    for (size_t k = 0; k < sizeof norms / sizeof *norms; k++) {
        const size_t rows = norms[k][0], c = norms[k][1], count = rows * c;
        const enum activation f = (enum activation)(k % 6);
        const size_t room = both[1]->sum_scratch(c) / 4, cpu_room = both[0]->sum_scratch(c) / 4;
        struct pair x = normal(dtype, count, 4, 2), dy = normal(dtype, count, 0, 1);
        struct pair y = pair_new(dtype, count), stats = pair_new(DTYPE_F32, 2 * c);
        struct pair gamma = normal(DTYPE_F32, c, 1, 0.3f), beta = normal(DTYPE_F32, c, 0, 0.3f);
        struct pair dgamma = normal(DTYPE_F32, c, 0, 1), dbeta = normal(DTYPE_F32, c, 0, 1);
        struct pair mean = normal(DTYPE_F32, c, 0, 1), variance = positive(c);
        struct pair scale = pair_new(DTYPE_F32, c), shift = pair_new(DTYPE_F32, c);
        struct pair scratch = pair_new(DTYPE_F32, room > cpu_room ? room : cpu_room);
        swatch_error error;
        both[1]->release(scratch.at[1]); // exactly what was asked for
        CHECK(!both[1]->alloc(room * 4, &scratch.at[1], &error));

        struct norm_pass n[2];
        for (int i = 0; i < 2; i++)
            n[i] =
                (struct norm_pass){dtype, rows, c, gamma.at[i], beta.at[i], 1e-3f, f, stats.at[i]};
        BOTH(norm_forward(&n[i], x.at[i], y.at[i], scratch.at[i]));
        // 1 / deviation may be 30, and x times it cancels to what is left.
        same_within("norm_forward", &y, dtype == DTYPE_F32 ? 1e-4 : 4e-3);
        same("norm_forward's statistics", &stats);
        for (int add = 0; add < 2; add++) {
            BOTH(norm_backward(&n[i], x.at[i], dy.at[i], y.at[i], dgamma.at[i], dbeta.at[i], add,
                               scratch.at[i]));
            // hat carries 1e-7 of x / deviation; with few rows the rest cancels.
            same_within("norm_backward", &y, dtype == DTYPE_F32 ? 2e-4 : 8e-3);
            same_within("dgamma", &dgamma, 1e-4);
            same_within("dbeta", &dbeta, 1e-4);
        }
        BOTH(norm_backward(&n[i], x.at[i], dy.at[i], y.at[i], NULL, NULL, 0, scratch.at[i]));
        same_within("norm_backward alone", &y, dtype == DTYPE_F32 ? 2e-4 : 8e-3);
        BOTH(affine_forward(dtype, x.at[i], rows, c, gamma.at[i], beta.at[i], f, y.at[i]));
        same("affine", &y);
        BOTH(affine_forward(dtype, y.at[i], rows, c, NULL, beta.at[i], f, y.at[i]));
        same("shift in place", &y);
        for (int add = 0; add < 2; add++) {
            BOTH(bias_backward(dtype, dy.at[i], rows, c, dbeta.at[i], add, scratch.at[i]));
            same_within("bias_backward", &dbeta, 1e-4);
        }
        struct pair sums = raw(2 * c * sizeof(double));
        BOTH(norm_backward_sums(&n[i], x.at[i], dy.at[i], sums.at[i], scratch.at[i]));
        double *got = malloc(sums.count);
        const double *want = sums.at[0];
        both[1]->read(got, sums.at[1], sums.count);
        for (size_t q = 0; q < 2 * c; q++)
            CHECK_NEAR(got[q], want[q], 1e-4 * fmax(sqrt((double)rows), fabs(want[q])));
        free(got);
        struct pair means = normal(DTYPE_F32, 2 * c, 0, 0.1f);
        BOTH(norm_backward_data(&n[i], x.at[i], dy.at[i], means.at[i], y.at[i]));
        same_within("norm_backward_data", &y, dtype == DTYPE_F32 ? 2e-4 : 8e-3);
        pair_free(&means);
        pair_free(&sums);
        BOTH(norm_running(&n[i], 0.9f, mean.at[i], variance.at[i]));
        same("running mean", &mean);
        same_within("running variance", &variance, 1e-4);
        BOTH(norm_affine(gamma.at[i], beta.at[i], mean.at[i], variance.at[i], 1e-3f, c, scale.at[i],
                         shift.at[i]));
        same_within("norm_affine's scale", &scale, 1e-4);
        same_within("norm_affine's shift", &shift, 1e-4);
        struct pair *all[] = {&x,     &dy,   &y,        &stats, &gamma, &beta,   &dgamma,
                              &dbeta, &mean, &variance, &scale, &shift, &scratch};
        for (size_t q = 0; q < sizeof all / sizeof *all; q++)
            pair_free(all[q]);
    }
}

static void check_resampling(enum dtype dtype)
{
    static const size_t sides[][6] = {{2, 4, 3, 5, 8, 6},   {1, 1, 5, 3, 3, 15},
                                      {1, 5, 4, 64, 10, 8}, {1, 3, 2, 16, 7, 9},
                                      {2, 1, 1, 1, 4, 4},   {1, 6, 7, 59, 24, 28}};
    for (size_t k = 0; k < sizeof sides / sizeof *sides; k++)
        for (int bilinear = 0; bilinear < 2; bilinear++) {
            const size_t *l = sides[k];
            const struct upsample_shape s = {bilinear, l[0], l[1], l[2], l[3], l[4], l[5]};
            struct pair x = normal(dtype, s.n * s.h * s.w * s.c, 0, 1);
            struct pair y = pair_new(dtype, s.n * s.out_h * s.out_w * s.c);
            BOTH(upsample_forward(dtype, &s, x.at[i], y.at[i]));
            same(bilinear ? "bilinear" : "nearest", &y);
            BOTH(upsample_backward(dtype, &s, y.at[i], x.at[i]));
            same_within(bilinear ? "bilinear, backward" : "nearest, backward", &x,
                        2 * bound[dtype]);
            pair_free(&x);
            pair_free(&y);
        }
    static const struct conv_shape pools[] = {
        {2, 7, 6, 3, 3, 3, 3, 2, 2, 2, 1, 1, 0, 0, 0, 0, 0},
        {1, 7, 6, 64, 4, 3, 64, 3, 3, 2, 1, 1, 1, 1, 1, 1, 0},
        {1, 9, 5, 19, 11, 7, 19, 3, 3, 1, 1, 1, 2, 2, 2, 2, 0},
        {1, 1, 9, 8, 1, 5, 8, 3, 3, 2, 1, 1, 1, 1, 1, 1, 0},
        {1, 7, 6, 1, 3, 2, 1, 1, 1, 3, 1, 1, 0, 0, 0, 0, 0},
    };
    for (size_t k = 0; k < sizeof pools / sizeof *pools; k++) {
        const struct conv_shape *s = &pools[k];
        struct pair x = normal(dtype, s->n * s->h * s->w * s->c, 0, 1);
        struct pair y = pair_new(dtype, s->n * s->out_h * s->out_w * s->c);
        struct pair index = pair_new(DTYPE_U8, y.count);
        BOTH(pool_forward(dtype, s, x.at[i], y.at[i], index.at[i]));
        same_bytes("max pool", &y);
        same_bytes("max pool's winners", &index);
        BOTH(pool_backward(dtype, s, index.at[i], y.at[i], x.at[i]));
        same("max pool, backward", &x);
        pair_free(&x);
        pair_free(&y);
        pair_free(&index);
    }
}

static void check_roi(enum dtype dtype)
{
    // Two levels of two photos; regions on all sides, outside, inside out, unused, tiny.
    static const float regions[][ROI_NUMBERS] = {
        {0, 0, 1, 2, 30, 40},   {1, 0, -9, -9, 12, 70}, {-1, 0, 0, 0, 9, 9},
        {1, 1, 5, 8, 60, 50},   {0, 1, 0, 0, 63, 47},   {0, 0, 20, 9, 20.5f, 9},
        {1, 0, 90, 90, 99, 99}, {0, 0, 12, 8, 4, 2},    {0, 0, 1, 2, 30, 40},
    };
    const size_t count = sizeof regions / sizeof *regions;
    struct pair rois = pair_new(DTYPE_F32, count * ROI_NUMBERS);
    pair_set(&rois, regions[0]);
    static const size_t channels[] = {1, 3, 19, 64};
    for (int rule = 0; rule < 3; rule++)
        for (size_t k = 0; k < 4; k++) {
            const struct roi_shape s = {.rule = (enum roi_rule)rule,
                                        .n = 2,
                                        .levels = 2,
                                        .c = channels[k],
                                        .h = {12, 6},
                                        .w = {16, 8},
                                        .stride = {4, 8},
                                        .rois = count,
                                        .out_h = k == 0 ? 1 : 3,
                                        .out_w = 4,
                                        .samples = 2};
            struct pair levels[2] = {normal(dtype, 2 * 12 * 16 * s.c, 0, 1),
                                     normal(dtype, 2 * 6 * 8 * s.c, 0, 1)};
            struct pair y = pair_new(dtype, count * s.out_h * s.out_w * s.c);
            struct pair scratch = pair_new(DTYPE_U8, both[0]->roi_align_scratch(&s));
            for (int i = 0; i < 2; i++) {
                const void *from[ROI_LEVELS] = {levels[0].at[i], levels[1].at[i]};
                both[i]->roi_align_forward(dtype, &s, from, rois.at[i], y.at[i]);
            }
            same("RoIAlign", &y);
            for (int level = 0; level < 2; level++) // both, then the second alone
                for (int i = 0; i < 2; i++) {
                    void *to[ROI_LEVELS] = {level ? NULL : levels[0].at[i], levels[1].at[i]};
                    both[i]->roi_align_backward(dtype, &s, rois.at[i], y.at[i], to, scratch.at[i]);
                }
            same("RoIAlign, backward", &levels[0]);
            same("RoIAlign, backward", &levels[1]);
            pair_free(&levels[0]);
            pair_free(&levels[1]);
            pair_free(&y);
            pair_free(&scratch);
        }
    pair_free(&rois);
}

static void check_softmax(enum dtype dtype)
{
    static const size_t sizes[][2] = {{1, 1},    {37, 3},  {700, 4}, {29, 5},   {65, 19},
                                      {131, 59}, {33, 64}, {40, 96}, {3, 2048}, {9000, 2}};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        const size_t rows = sizes[k][0], c = sizes[k][1], count = rows * c;
        struct pair x = normal(dtype, count, 0, 4), dy = normal(dtype, count, 0, 1);
        struct pair y = pair_new(dtype, count), dx = pair_new(dtype, count);
        struct pair to = labels(rows, c < 250 ? (uint32_t)c : 250), value = raw(sizeof(double));
        struct pair weights = positive(c + 2);
        const uint64_t two[2] = {5, 14};
        struct pair sets = bytes(sizeof two, (const uint8_t *)two);
        struct pair some = labels(rows, c < 250 ? (uint32_t)c + 2 : 250);
        BOTH(softmax_forward(dtype, x.at[i], rows, c, y.at[i]));
        same("softmax", &y);
        BOTH(softmax_backward(dtype, y.at[i], dy.at[i], rows, c, dx.at[i]));
        same("softmax, backward", &dx);
        for (int way = 0; way < 4; way++) { // with weights or not, with sets or not
            const int weighted = way & 1;
            const size_t n = way & 2 && c >= 4 && c <= SET_CLASSES_MAX ? 2 : 0;
            BOTH(cross_entropy(dtype, x.at[i], n ? some.at[i] : to.at[i],
                               weighted ? weights.at[i] : NULL, sets.at[i], n, rows, c, 3, dx.at[i],
                               value.at[i]));
            same("cross-entropy's slope", &dx);
            same_doubles("cross-entropy", &value);
            BOTH(cross_entropy(dtype, x.at[i], n ? some.at[i] : to.at[i],
                               weighted ? weights.at[i] : NULL, sets.at[i], n, rows, c, 2, NULL,
                               value.at[i]));
            same_doubles("cross-entropy alone", &value);
            BOTH(cross_entropy(dtype, x.at[i], n ? some.at[i] : to.at[i],
                               weighted ? weights.at[i] : NULL, sets.at[i], n, rows, c, 2, dx.at[i],
                               NULL));
            same("cross-entropy's slope alone", &dx);
        }
        if (c <= DICE_CHANNELS_MAX) {
            struct pair sums = raw(3 * c * sizeof(double)), slopes = pair_new(DTYPE_F32, 2 * c);
            BOTH(dice_sums(dtype, x.at[i], to.at[i], rows, c, sums.at[i]));
            same_doubles("Dice's sums", &sums);
            BOTH(dice_slopes(sums.at[i], c, slopes.at[i], value.at[i]));
            same("Dice's slopes", &slopes);
            same_doubles("Dice", &value);
            BOTH(dice_backward(dtype, x.at[i], to.at[i], slopes.at[i], rows, c, 5, dx.at[i]));
            same("Dice, backward", &dx);
            pair_free(&sums);
            pair_free(&slopes);
        }
        struct pair *all[] = {&x, &dy, &y, &dx, &to, &value, &weights, &sets, &some};
        for (size_t q = 0; q < sizeof all / sizeof *all; q++)
            pair_free(all[q]);
    }
    // No label counts.
    const uint8_t none[5] = {255, 255, 255, 255, 255};
    struct pair x = normal(dtype, 20, 0, 1), dx = pair_new(dtype, 20), to = bytes(5, none);
    struct pair value = raw(sizeof(double));
    BOTH(cross_entropy(dtype, x.at[i], to.at[i], NULL, NULL, 0, 5, 4, 1, dx.at[i], value.at[i]));
    same("no label", &dx);
    same_doubles("no label", &value);
    BOTH(binary_cross_entropy(dtype, x.at[i], to.at[i], 5, 0, 1, dx.at[i], value.at[i]));
    same_doubles("no target", &value);
    struct pair *all[] = {&x, &dx, &to, &value};
    for (size_t q = 0; q < sizeof all / sizeof *all; q++)
        pair_free(all[q]);
}

static void check_losses(enum dtype dtype)
{
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        const size_t count = counts[k];
        struct pair x = normal(dtype, count, 0, 2), z = normal(dtype, count, 0, 2);
        struct pair dx = pair_new(dtype, count), value = raw(sizeof(double));
        struct pair to = labels(count, 255), target = pair_new(DTYPE_F32, count);
        float *values = malloc(count * sizeof *values);
        for (size_t i = 0; i < count; i++)
            values[i] = i % 3 == 1 ? NAN : rng_normal(&rng);
        pair_set(&target, values);
        free(values);
        for (int wants = 1; wants < 4; wants++) { // the slope, the value, both
#define DX (wants & 1 ? dx.at[i] : NULL)
#define VALUE (wants & 2 ? value.at[i] : NULL)
#define SAME(name)                                                                                 \
    if (wants & 1)                                                                                 \
        same(name, &dx);                                                                           \
    if (wants & 2)                                                                                 \
    same_doubles(name, &value)
            BOTH(l1(dtype, x.at[i], z.at[i], count, 2, DX, VALUE));
            SAME("L1");
            BOTH(gan(dtype, GAN_LEAST_SQUARES, x.at[i], 1, count, 2, DX, VALUE));
            SAME("least squares");
            BOTH(gan(dtype, GAN_LOGISTIC, x.at[i], 0, count, 2, DX, VALUE));
            SAME("logistic");
            for (size_t divisor = 0; divisor < 2; divisor++) {
                BOTH(binary_cross_entropy(dtype, x.at[i], to.at[i], count, 31 * divisor, 2, DX,
                                          VALUE));
                SAME("binary cross-entropy");
            }
            BOTH(smooth_l1(dtype, x.at[i], target.at[i], 0.7f, count, 31, 2, DX, VALUE));
            SAME("smooth L1");
        }
        struct pair *all[] = {&x, &z, &dx, &value, &to, &target};
        for (size_t q = 0; q < sizeof all / sizeof *all; q++)
            pair_free(all[q]);
    }
}

// n, h, w, c, out_h, out_w, out_c, kernel, stride, dilation, groups, padding
static const struct conv_shape convolutions[] = {
    {2, 6, 5, 3, 6, 5, 5, 3, 3, 1, 1, 1, 1, 1, 1, 1, 0},
    {2, 8, 6, 4, 4, 3, 6, 4, 4, 2, 1, 1, 1, 1, 1, 1, 0},
    {1, 7, 6, 19, 7, 6, 4, 4, 4, 1, 1, 1, 1, 1, 2, 2, 0},  // uneven
    {1, 8, 7, 8, 4, 4, 16, 3, 3, 2, 1, 1, 0, 1, 1, 1, 0},  // uneven in one direction
    {1, 9, 8, 64, 9, 8, 59, 3, 3, 1, 2, 1, 2, 2, 2, 2, 0}, // dilated
    {2, 5, 4, 96, 5, 4, 33, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0}, // 1x1
    {1, 1, 9, 3, 1, 9, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 0},   // one row
    {3, 4, 5, 3, 1, 1, 6, 4, 5, 1, 1, 1, 0, 0, 0, 0, 0},   // fully connected
    {2, 5, 6, 6, 3, 4, 9, 3, 3, 1, 1, 3, 0, 0, 0, 0, 0},   // groups
    {1, 5, 5, 4, 5, 5, 8, 3, 3, 1, 1, 4, 1, 1, 1, 1, 0},   // two each
    {1, 8, 7, 8, 4, 4, 8, 5, 5, 2, 1, 8, 2, 2, 2, 2, 0},   // depthwise, and so on
    {2, 9, 8, 70, 9, 8, 70, 5, 5, 1, 1, 70, 2, 2, 2, 2, 0},
    {3, 7, 10, 33, 4, 5, 33, 3, 3, 2, 1, 33, 1, 0, 1, 1, 0}, // uneven
    {1, 2, 1, 96, 2, 1, 96, 5, 5, 1, 1, 96, 2, 2, 2, 2, 0},
    {1, 11, 10, 16, 3, 3, 16, 3, 3, 3, 1, 16, 0, 0, 0, 0, 0},
    {1, 9, 9, 8, 9, 9, 8, 3, 3, 1, 2, 8, 2, 2, 2, 2, 0},
    {1, 6, 6, 5, 6, 6, 5, 1, 3, 1, 1, 5, 0, 1, 0, 1, 0},
};

static void check_convolution(enum dtype dtype, const struct conv_shape *s, int transposed,
                              int has_bias, enum activation f)
{
    const size_t x_count = s->n * s->h * s->w * s->c,
                 y_count = s->n * s->out_h * s->out_w * s->out_c;
    const size_t weights_count = s->out_c * (s->c / s->groups) * s->kernel_h * s->kernel_w;
    struct pair x = normal(dtype, transposed ? y_count : x_count, 0, 1);
    struct pair y = pair_new(dtype, transposed ? x_count : y_count);
    struct pair dy = normal(dtype, y.count, 0, 1), dx = pair_new(dtype, x.count);
    struct pair w = normal(DTYPE_F32, weights_count, 0, 0.3f);
    struct pair dw = normal(DTYPE_F32, weights_count, 0, 1);
    struct pair bias = normal(DTYPE_F32, transposed ? s->c : s->out_c, 0, 1);
    struct conv *conv[2];
    void *scratch[2];
    swatch_error error;
    for (int i = 0; i < 2; i++) {
        size_t bytes_wanted = 1;
        CHECK(!both[i]->conv_new(s, dtype, transposed, has_bias, f, 1, 1, &bytes_wanted, &conv[i],
                                 &error));
        CHECK(!both[i]->alloc(bytes_wanted, &scratch[i], &error));
    }
    BOTH(conv_pack(conv[i], w.at[i]));
    BOTH(conv_forward(conv[i], x.at[i], NULL, has_bias ? bias.at[i] : NULL, y.at[i], scratch[i]));
    // bf16: depthwise weights stay f32 on the GPU, a bias may meet a rounded sum, and gradients of
    // weights may be rounded.
    const double within = dtype == DTYPE_BF16 ? 1.2e-2 : 2e-5;
    same_within("convolution", &y, within);
    BOTH(conv_backward_data(conv[i], dy.at[i], dx.at[i], NULL, scratch[i]));
    same_within("convolution, backward", &dx, within);
    for (int add = 0; add < 2; add++) {
        BOTH(conv_backward_weights(conv[i], x.at[i], NULL, dy.at[i], dw.at[i], add, scratch[i]));
        same_within("convolution's weights", &dw, within);
    }
    BOTH(conv_free(conv[i]));
    BOTH(release(scratch[i]));
    struct pair *all[] = {&x, &y, &dy, &dx, &w, &dw, &bias};
    for (size_t q = 0; q < sizeof all / sizeof *all; q++)
        pair_free(all[q]);
}

static void check_convolutions(enum dtype dtype)
{
    for (size_t k = 0; k < sizeof convolutions / sizeof *convolutions; k++)
        for (int has_bias = 0; has_bias < 2; has_bias++) {
            const struct conv_shape *s = &convolutions[k];
            check_convolution(dtype, s, 0, has_bias, (enum activation)((k + 2 * has_bias) % 6));
            if (s->groups == 1 && s->dilation == 1)
                check_convolution(dtype, s, 1, has_bias, (enum activation)((k + has_bias) % 6));
        }
    check_convolution(dtype, &convolutions[0], 0, 1, ACTIVATION_RELU);
}

static void check_adam(void)
{
    // More tensors than one launch takes, one of several pieces, one off the pack, two statistics.
    enum { TENSORS = 70 };
    struct adam_tensor tables[2][TENSORS];
    struct pair parts[TENSORS][5];
    const float scalars[ADAM_SCALARS] = {0.01f, 0.3f, 0.05f, 0.9f};
    struct pair numbers = pair_new(DTYPE_F32, ADAM_SCALARS), finite = raw(sizeof(int));
    const int yes = 1;
    pair_set(&numbers, scalars);
    for (size_t t = 0; t < TENSORS; t++) {
        const size_t count = t == 3 ? 20001 : t == 5 ? 0 : 1 + t * 13 % 97;
        for (size_t k = 0; k < 5; k++)
            parts[t][k] = k == 3 ? positive(count) : normal(DTYPE_F32, count, 0, 1);
        for (int i = 0; i < 2; i++)
            tables[i][t] = (struct adam_tensor){parts[t][0].at[i],
                                                parts[t][1].at[i],
                                                parts[t][2].at[i],
                                                parts[t][3].at[i],
                                                parts[t][4].at[i],
                                                count,
                                                t % 2,
                                                t % 3 ? 1 : 0.25f};
    }
    for (int i = 0; i < 2; i++) { // off the pack
        struct adam_tensor *t = &tables[i][9];
        t->value++, t->grad++, t->m++, t->v++, t->average++, t->count--;
    }
    for (int i = 0; i < 2; i++)
        for (size_t t = 4; t < TENSORS; t += 64) {
            struct adam_tensor *statistic = &tables[i][t];
            statistic->grad = statistic->m = statistic->v = NULL;
        }
    for (int run = 0; run < 2; run++) {
        BOTH(write(finite.at[i], run ? &(int){0} : &yes, sizeof yes));
        BOTH(adam(tables[i], TENSORS, numbers.at[i], 0.9f, 0.99f, 1e-8f, 0.1f, finite.at[i]));
        for (size_t t = 0; t < TENSORS; t++)
            for (size_t k = 0; k < 5; k++)
                same("Adam", &parts[t][k]);
    }
    // A number that is none, the last or the first of a gradient.
    static const size_t places[] = {0, 3, 9, 69};
    for (size_t k = 0; k < 9; k++) {
        const size_t t = places[k / 2 % 4];
        const float bad[] = {k % 2 ? NAN : -INFINITY};
        float kept;
        int got;
        for (int i = 0; i < 2; i++) {
            float *at = tables[i][t].grad + (k % 2 ? tables[i][t].count - 1 : 0);
            both[i]->read(&kept, at, sizeof kept);
            if (k < 8)
                both[i]->write(at, bad, sizeof bad);
            both[i]->write(finite.at[i], &yes, sizeof yes);
            both[i]->all_finite(tables[i], TENSORS, finite.at[i]);
            both[i]->read(&got, finite.at[i], sizeof got);
            CHECK(got == (k == 8));
            both[i]->write(at, &kept, sizeof kept);
        }
    }
    for (size_t t = 0; t < TENSORS; t++)
        for (size_t k = 0; k < 5; k++)
            pair_free(&parts[t][k]);
    pair_free(&numbers);
    pair_free(&finite);
}

static void check_device(void)
{
    const struct backend *b = both[1], *again = NULL;
    struct recording *recording = NULL;
    swatch_error error = {0};
    void *x, *y;
    float got[3];
    CHECK(swatch_cuda_module.open(1, 0, &again, &error));
    CHECK(strstr(error.message, "GPU 0"));
    CHECK(!swatch_cuda_module.open(0, 0, &again, &error) && again == b);
    CHECK(swatch_cuda_module.count() == 2 && b->has_fast_bf16());

    // Larger than the ring that carries it.
    const size_t many = (size_t)20 << 20;
    float *in = malloc(many * sizeof *in), *out = malloc(many * sizeof *out);
    for (size_t i = 0; i < many; i++)
        in[i] = (float)(i % 251);
    CHECK(!b->alloc(many * 4, &x, &error));
    for (enum dtype dtype = DTYPE_F32; dtype <= DTYPE_BF16; dtype++) {
        b->upload(dtype, in, x, many);
        b->download(dtype, x, out, many);
        CHECK(memcmp(in, out, many * sizeof *in) == 0);
        b->zero(x, many * 4);
        CHECK(!b->check(&error)); // what is fed must not be in use
        b->feed(dtype, in, x, many);
        b->feed_wait();
        b->download(dtype, x, out, many);
        CHECK(memcmp(in, out, many * sizeof *in) == 0);
    }
    b->feed(DTYPE_U8, in, x, many * 4);
    b->feed_wait();
    b->read(out, x, many * 4);
    CHECK(memcmp(in, out, many * sizeof *in) == 0);
    b->release(x);
    free(in);
    free(out);

    // y += x, recorded, does nothing then and one step at each replay.
    CHECK(!b->alloc(12, &x, &error));
    CHECK(!b->alloc(12, &y, &error));
    b->upload(DTYPE_F32, (float[]){1, 2, 3}, x, 3);
    b->zero(y, 12);
    CHECK(!b->record_begin(&error));
    b->add_forward(DTYPE_F32, ACTIVATION_NONE, x, y, y, 3);
    CHECK(!b->record_end(&recording, &error));
    b->download(DTYPE_F32, y, got, 3);
    CHECK(got[2] == 0);
    b->replay(recording);
    b->upload(DTYPE_F32, (float[]){1, 2, 5}, x, 3);
    b->replay(recording);
    b->download(DTYPE_F32, y, got, 3);
    CHECK(got[0] == 2 && got[1] == 4 && got[2] == 8);
    b->recording_free(recording);
    b->recording_free(NULL);
    CHECK(!b->check(&error));

    // Host memory within a recording is a fault, told once.
    CHECK(!b->record_begin(&error));
    b->write(x, got, 12);
    CHECK(!b->record_end(&recording, &error));
    b->recording_free(recording);
    CHECK(b->check(&error) && strstr(error.message, "recording"));
    CHECK(!b->check(&error));
    b->release(x);
    b->release(y);
    b->release(NULL);
}

int main(void)
{
    const enum dtype last = last_dtype();
    swatch_error error = {0};
    both[0] = backend_cpu();
    if (swatch_cuda_module.open(0, 0, &both[1], &error)) {
        CHECK_STRING(error.message, "");
        return test_end();
    }
    for (emulated_descending = 0; emulated_descending < 2; emulated_descending++)
        for (enum dtype dtype = DTYPE_F32; dtype <= DTYPE_BF16; dtype++) {
            check_elementwise(dtype);
            check_norms(dtype);
            check_resampling(dtype);
            check_roi(dtype);
            check_softmax(dtype);
            check_losses(dtype);
            if (dtype <= last)
                check_convolutions(dtype);
            if (dtype == DTYPE_F32)
                check_adam();
        }
    check_device();
    CHECK(!both[1]->check(&error));
    fprintf(stderr, "%lu launches\n", emulated_launches);
    return test_end();
}
