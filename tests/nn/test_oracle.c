// What every layer computes, against the plain loops of oracle.h, in f32 and bf16.
//
// Bounds, relative to the largest number: f32 rounds each of at most 300 terms of a sum to 6e-8 of
// what has been summed, of random sign: 1e-5 is generous. In bf16 the oracle gets the same rounded
// inputs; weights are rounded to 2^-9 of themselves and the result once more, sums are f32: 2^-8
// for a single rounding of a result, and as much again for weights: 1e-2.

#include "oracle.h"

#include "nn/last_dtype.h"
#include "nn/layer.h"
#include "test.h"

#include "base/rng.h"

static float tolerance[] = {1e-5f, 1e-2f};

struct bench {
    struct params params;
    struct graph *g;
    struct tensor *x, *second, *y;
    enum dtype dtype;
    float *in, *in2, *out; // as the graph sees them, after rounding
    double *want;
    struct size4 in_size, out_size;
};

static struct size4 size_of(const struct tensor *t)
{
    return (struct size4){(long)t->n, (long)t->h, (long)t->w, (long)t->c};
}

static void begin(struct bench *b, enum dtype dtype, enum graph_mode mode, struct size4 s)
{
    *b = (struct bench){.dtype = dtype};
    params_init(&b->params, 21);
    b->g = graph_new(backend_cpu(), dtype, mode, 4);
    graph_params(b->g, &b->params, 0);
    graph_init(b->g, PARAM_HE_NORMAL);
    b->x = graph_input(b->g, (size_t)s.n, (size_t)s.h, (size_t)s.w, (size_t)s.c);
}

static float *fill(struct tensor *t, struct rng *rng, float scale)
{
    float *values = malloc(tensor_count(t) * sizeof *values);
    for (size_t i = 0; i < tensor_count(t); i++) {
        values[i] = scale * rng_normal(rng);
        if (t->dtype == DTYPE_BF16)
            values[i] = bf16_to_f32(bf16_from_f32(values[i]));
    }
    graph_set(t, values);
    return values;
}

// Runs the graph on random inputs and leaves all parameters moved off their first values.
static void run(struct bench *b, struct tensor *y, float scale)
{
    swatch_error error = {0};
    struct rng rng = {.seed = 6};
    b->y = graph_output(b->g, y);
    if (graph_finish(b->g, &error)) {
        CHECK_STRING(error.message, "");
        exit(1);
    }
    for (struct param *p = b->params.first; p; p = p->next)
        for (size_t i = 0; i < p->count; i++)
            p->value[i] += strstr(p->name, "var") ? rng_uniform(&rng) : 0.3f * rng_normal(&rng);
    b->params.version++;
    b->in = fill(b->x, &rng, scale);
    b->in2 = b->second && b->second->dtype != DTYPE_U8 ? fill(b->second, &rng, scale) : NULL;
    b->in_size = size_of(b->x);
    b->out_size = size_of(b->y);
    b->out = calloc(tensor_count(y), sizeof *b->out);
    b->want = calloc(tensor_count(y), sizeof *b->want);
    graph_forward(b->g);
    graph_get(y, b->out);
}

static const float *param(struct bench *b, const char *name)
{
    const struct param *p = params_find(&b->params, name);
    return p ? p->value : NULL;
}

static void end(struct bench *b, const char *name)
{
    double worst = 0, size = 0;
    for (size_t i = 0; i < tensor_count(b->y); i++) {
        worst = test_worse(worst, (double)b->out[i], b->want[i]);
        size = fmax(size, fabs(b->want[i]));
    }
    test_checks++;
    if (!(worst <= (double)tolerance[b->dtype] * fmax(size, 1e-3))) {
        test_failures++;
        fprintf(stderr, "%s in %s: off by %g where numbers reach %g\n", name,
                b->dtype == DTYPE_F32 ? "f32" : "bf16", worst, size);
    }
    graph_free(b->g);
    params_free(&b->params);
    free(b->in);
    free(b->in2);
    free(b->out);
    free(b->want);
}

static const struct {
    const char *name;
    struct size4 in;
    struct conv2d options;
    long out_h, out_w, top, left;
} convolutions[] = {
    {"3x3", {2, 6, 5, 3}, {.channels = 5, .kernel = 3, .pad = 1, .bias = 1}, 6, 5, 1, 1},
    {"3x3 on 16", {1, 9, 8, 16}, {.channels = 32, .kernel = 3, .pad = 1}, 9, 8, 1, 1},
    {"unpadded", {1, 6, 7, 3}, {.channels = 4, .kernel = 3}, 4, 5, 0, 0},
    {"4x4 by 2", {2, 8, 6, 4}, {.channels = 6, .kernel = 4, .stride = 2, .pad = 1}, 4, 3, 1, 1},
    {"4x4 by 2 of odd sides",
     {1, 9, 7, 3},
     {.channels = 4, .kernel = 4, .stride = 2, .pad = 1},
     4,
     3,
     1,
     1},
    {"4x4 SAME", {1, 7, 6, 3}, {.channels = 4, .kernel = 4, .same = 1, .bias = 1}, 7, 6, 1, 1},
    // 3 by 2 over 8: (4 - 1) 2 + 3 - 8 = 1 pixel of padding, behind; over 7: 2, one before.
    {"3x3 by 2 SAME",
     {1, 8, 7, 3},
     {.channels = 4, .kernel = 3, .stride = 2, .same = 1},
     4,
     4,
     0,
     1},
    {"1x1 by 2 SAME",
     {1, 5, 6, 3},
     {.channels = 4, .kernel = 1, .stride = 2, .same = 1},
     3,
     3,
     0,
     0},
    {"1x1", {2, 5, 4, 7}, {.channels = 9, .kernel = 1, .bias = 1}, 5, 4, 0, 0},
    {"dilated", {1, 9, 8, 3}, {.channels = 4, .kernel = 3, .dilation = 3, .pad = 3}, 9, 8, 3, 3},
    {"dilated SAME",
     {1, 9, 8, 3},
     {.channels = 4, .kernel = 3, .dilation = 2, .same = 1},
     9,
     8,
     2,
     2},
    {"groups", {2, 5, 6, 6}, {.channels = 9, .kernel = 3, .groups = 3, .bias = 1}, 3, 4, 0, 0},
    {"depthwise",
     {1, 8, 7, 8},
     {.channels = 8, .kernel = 5, .stride = 2, .pad = 2, .groups = 8, .bias = 1},
     4,
     4,
     2,
     2},
    {"depthwise, many channels",
     {2, 9, 8, 70},
     {.channels = 70, .kernel = 5, .pad = 2, .groups = 70},
     9,
     8,
     2,
     2},
    {"depthwise, odd SAME",
     {3, 7, 10, 33},
     {.channels = 33, .kernel = 3, .stride = 2, .same = 1, .groups = 33},
     4,
     5,
     1,
     0},
    {"depthwise, kernel wider than the photo",
     {1, 2, 1, 36},
     {.channels = 36, .kernel = 5, .pad = 2, .groups = 36},
     2,
     1,
     2,
     2},
    {"depthwise, stride 3",
     {1, 11, 10, 16},
     {.channels = 16, .kernel = 3, .stride = 3, .groups = 16},
     3,
     3,
     0,
     0},
    {"depthwise, two each",
     {1, 5, 5, 4},
     {.channels = 8, .kernel = 3, .pad = 1, .groups = 4},
     5,
     5,
     1,
     1},
};

static void check_convolutions(enum dtype dtype)
{
    for (size_t i = 0; i < sizeof convolutions / sizeof *convolutions; i++) {
        const struct conv2d o = convolutions[i].options;
        const struct window k = {.kernel_h = (long)o.kernel,
                                 .kernel_w = (long)o.kernel,
                                 .stride = o.stride ? (long)o.stride : 1,
                                 .dilation = o.dilation ? (long)o.dilation : 1,
                                 .groups = o.groups ? (long)o.groups : 1,
                                 .top = convolutions[i].top,
                                 .left = convolutions[i].left};
        struct bench b;
        begin(&b, dtype, GRAPH_INFER, convolutions[i].in);
        run(&b, conv2d(b.g, b.x, "c", o), 1);
        CHECK(b.out_size.h == convolutions[i].out_h && b.out_size.w == convolutions[i].out_w);
        oracle_conv(b.in, b.in_size, param(&b, "c.weight"), param(&b, "c.bias"), k, b.want,
                    b.out_size);
        end(&b, convolutions[i].name);
    }
    struct bench b;
    begin(&b, dtype, GRAPH_INFER, (struct size4){3, 4, 5, 3});
    run(&b, linear(b.g, b.x, "l", 6), 1);
    oracle_conv(b.in, b.in_size, param(&b, "l.weight"), param(&b, "l.bias"),
                (struct window){4, 5, 1, 1, 1, 0, 0}, b.want, b.out_size);
    end(&b, "linear");

    static const struct conv2d transposed[] = {
        {.channels = 3, .kernel = 4, .stride = 2, .pad = 1},
        {.channels = 5, .kernel = 3, .bias = 1},
        {.channels = 4, .kernel = 2, .stride = 3, .bias = 1}, // with holes
    };
    static const long sides[3][2] = {{8, 10}, {6, 7}, {11, 14}};
    for (size_t i = 0; i < 3; i++) {
        const struct conv2d o = transposed[i];
        begin(&b, dtype, GRAPH_INFER, (struct size4){2, 4, 5, 6});
        run(&b, conv_transpose2d(b.g, b.x, "t", o), 1);
        CHECK(b.out_size.h == sides[i][0] && b.out_size.w == sides[i][1]);
        oracle_conv_transpose(b.in, b.in_size, param(&b, "t.weight"), param(&b, "t.bias"),
                              (struct window){(long)o.kernel, (long)o.kernel,
                                              o.stride ? (long)o.stride : 1, 1, 1, (long)o.pad,
                                              (long)o.pad},
                              b.want, b.out_size);
        end(&b, "transposed");
    }
}

static void check_norms(enum dtype dtype)
{
    // 2100 channels are more than the engine's loops take at once.
    static const struct size4 sizes[] = {{3, 5, 4, 3}, {2, 9, 9, 17}, {1, 2, 2, 2100}};
    for (size_t i = 0; i < 3; i++) {
        struct bench b;
        begin(&b, dtype, GRAPH_TRAIN, sizes[i]);
        run(&b, batch_norm(b.g, b.x, "n", (struct norm){.epsilon = 1e-3f}), 3);
        oracle_norm(b.in, b.in_size, param(&b, "n.weight"), param(&b, "n.bias"), 1e-3, b.want);
        end(&b, "batch norm in training");

        begin(&b, dtype, GRAPH_INFER, sizes[i]);
        run(&b, batch_norm(b.g, b.x, "n", (struct norm){0}), 1);
        for (size_t k = 0; k < tensor_count(b.y); k++) {
            const size_t c = k % b.y->c;
            b.want[k] = ((double)b.in[k] - (double)param(&b, "n.running_mean")[c]) /
                            sqrt((double)param(&b, "n.running_var")[c] + 1e-5) *
                            (double)param(&b, "n.weight")[c] +
                        (double)param(&b, "n.bias")[c];
        }
        end(&b, "batch norm at inference");
    }
}

static double activation_oracle(enum activation f, double x)
{
    switch (f) {
    case ACTIVATION_RELU:
        return fmax(x, 0);
    case ACTIVATION_LEAKY:
        return x < 0 ? 0.2 * x : x;
    case ACTIVATION_RELU6:
        return fmin(fmax(x, 0), 6);
    case ACTIVATION_TANH:
        return tanh(x);
    case ACTIVATION_SIGMOID:
        return 1 / (1 + exp(-x));
    default:
        return x;
    }
}

// Alone, behind add, behind a convolution, behind a transposed one, behind a normalization: there
// are five implementations. The convolutions get one weight of 1 per channel.
static void check_activations(enum dtype dtype)
{
    for (enum activation f = ACTIVATION_RELU; f <= ACTIVATION_SIGMOID; f++)
        for (int behind = 0; behind < 6; behind++) {
            const struct size4 s = {1, 3, 50, 4};
            const struct conv2d o = {.channels = 4, .kernel = 1, .bias = behind == 4};
            struct bench b;
            begin(&b, dtype, GRAPH_INFER, s);
            struct tensor *y = b.x;
            if (behind == 1)
                y = add(b.g, b.x, b.x);
            if (behind == 2)
                y = conv2d(b.g, b.x, "c", o);
            if (behind == 3 || behind == 4)
                y = conv_transpose2d(b.g, b.x, "c", o);
            if (behind == 5)
                y = batch_norm(b.g, b.x, "n", (struct norm){0});
            run(&b, activation(b.g, y, f), 4);
            for (struct param *p = b.params.first; p; p = p->next)
                for (size_t i = 0; i < p->count; i++)
                    p->value[i] = p->rank == 4 ? i % 5 == 0 : !!strstr(p->name, "w");
            if (behind == 5) {
                memset(params_find(&b.params, "n.running_mean")->value, 0, 16);
                for (size_t i = 0; i < 4; i++)
                    params_find(&b.params, "n.running_var")->value[i] = 1;
            }
            b.params.version++;
            graph_forward(b.g);
            graph_get(b.y, b.out);
            for (size_t i = 0; i < tensor_count(b.y); i++)
                b.want[i] = activation_oracle(f, (behind == 1 ? 2 : 1) * (double)b.in[i] *
                                                     (behind == 5 ? 1 / sqrt(1 + 1e-5) : 1));
            char name[64];
            snprintf(name, sizeof name, "activation %d behind %d", (int)f, behind);
            end(&b, name);
        }
}

static void check_resampling(enum dtype dtype)
{
    for (size_t factor = 1; factor <= 4; factor++) {
        struct bench b;
        begin(&b, dtype, GRAPH_INFER, (struct size4){2, 4, 3, 5});
        run(&b, upsample_nearest(b.g, b.x, factor), 1);
        CHECK(b.out_size.h == 4 * (long)factor && b.out_size.w == 3 * (long)factor);
        oracle_nearest(b.in, b.in_size, b.want, b.out_size);
        end(&b, "nearest");
        begin(&b, dtype, GRAPH_INFER, (struct size4){2, 1, 3, 5}); // one row, too
        run(&b, upsample_bilinear(b.g, b.x, factor), 1);
        oracle_bilinear(b.in, b.in_size, b.want, b.out_size);
        end(&b, "bilinear of one row");
        begin(&b, dtype, GRAPH_INFER, (struct size4){2, 4, 3, 5});
        run(&b, upsample_bilinear(b.g, b.x, factor), 1);
        oracle_bilinear(b.in, b.in_size, b.want, b.out_size);
        end(&b, "bilinear");
    }
    static const struct {
        size_t kernel, stride, pad;
        long h, w;
        int end; // padded there alone
    } pools[] = {{2, 2, 0, 3, 3, 0}, {3, 2, 1, 4, 3, 0}, {3, 1, 2, 9, 8, 0},
                 {1, 3, 0, 3, 2, 0}, {6, 6, 0, 1, 1, 0}, {3, 2, 1, 3, 3, 1}};
    for (size_t i = 0; i < sizeof pools / sizeof *pools; i++) {
        const long before = pools[i].end ? 0 : (long)pools[i].pad;
        const struct window k = {.kernel_h = (long)pools[i].kernel,
                                 .kernel_w = (long)pools[i].kernel,
                                 .stride = (long)pools[i].stride,
                                 .top = before,
                                 .left = before};
        struct bench b;
        begin(&b, dtype, GRAPH_INFER, (struct size4){2, 7, 6, 3});
        run(&b,
            (pools[i].end ? max_pool_end : max_pool)(b.g, b.x, pools[i].kernel, pools[i].stride,
                                                     pools[i].pad),
            1);
        CHECK(b.out_size.h == pools[i].h && b.out_size.w == pools[i].w);
        oracle_pool(b.in, b.in_size, k, b.want, b.out_size);
        end(&b, "max pool");
    }
}

static void check_channels(enum dtype dtype)
{
    static const struct size4 sizes[] = {{2, 3, 4, 5}, {1, 2, 2, 1}, {1, 1, 2, 2048}};
    struct bench b;
    for (size_t i = 0; i < 3; i++) {
        begin(&b, dtype, GRAPH_INFER, sizes[i]);
        run(&b, softmax(b.g, b.x), 20); // far beyond what exp takes without care
        oracle_softmax(b.in, (long)tensor_rows(b.x), b.in_size.c, b.want);
        end(&b, "softmax");
    }
    begin(&b, dtype, GRAPH_INFER, (struct size4){2, 3, 4, 5});
    b.second = graph_input(b.g, 2, 3, 4, 2);
    run(&b, concat(b.g, b.second, b.x), 1);
    for (size_t r = 0; r < 24; r++)
        for (size_t c = 0; c < 7; c++)
            b.want[r * 7 + c] = (double)(c < 2 ? b.in2[r * 2 + c] : b.in[r * 5 + c - 2]);
    end(&b, "concat");
    begin(&b, dtype, GRAPH_INFER, (struct size4){2, 3, 4, 5});
    b.second = graph_input(b.g, 2, 3, 4, 5);
    run(&b, add(b.g, b.x, b.second), 1);
    for (size_t i = 0; i < 120; i++)
        b.want[i] = (double)b.in[i] + (double)b.in2[i];
    end(&b, "add");
}

// Kept numbers are scaled, the share of dropped ones is the rate, and steps and layers differ.
static void check_dropout(enum dtype dtype)
{
    struct bench b;
    begin(&b, dtype, GRAPH_TRAIN, (struct size4){1, 50, 40, 5});
    struct tensor *twin = graph_output(b.g, dropout(b.g, b.x, 0.25f));
    run(&b, dropout(b.g, b.x, 0.25f), 1);
    float *other = malloc(10000 * sizeof *other);
    size_t dropped = 0, differ_layer = 0, differ_step = 0;
    graph_get(twin, other);
    for (size_t i = 0; i < 10000; i++) {
        dropped += b.out[i] == 0;
        differ_layer += (b.out[i] == 0) != (other[i] == 0);
        b.want[i] = b.out[i] == 0 ? 0 : (double)b.in[i] / 0.75;
    }
    CHECK_NEAR((double)dropped, 2500, 5 * sqrt(10000 * 0.25 * 0.75));
    CHECK_NEAR((double)differ_layer, 3750, 5 * sqrt(10000 * 0.375 * 0.625));
    graph_set_step(b.g, 1);
    graph_forward(b.g);
    graph_get(b.y, other);
    for (size_t i = 0; i < 10000; i++)
        differ_step += (b.out[i] == 0) != (other[i] == 0);
    CHECK_NEAR((double)differ_step, 3750, 5 * sqrt(10000 * 0.375 * 0.625));
    free(other);
    end(&b, "dropout");

    begin(&b, dtype, GRAPH_INFER, (struct size4){1, 5, 4, 5});
    run(&b, dropout(b.g, b.x, 0.25f), 1);
    for (size_t i = 0; i < 100; i++)
        b.want[i] = (double)b.in[i];
    end(&b, "dropout at inference");
}

// The losses sum in double or f32 over f32 inputs, the same rounded ones on both sides.
static void check_losses(enum dtype dtype)
{
    // The last two are those of the sets: the means of their classes.
    static const float weights[] = {0.5f, 1, 3, 0, 2, 1.75f, 1.5f};
    static const uint64_t sets[] = {1 | 4, 2 | 4 | 8 | 16};
    struct rng rng = {.seed = 8};
    struct bench b;
    uint8_t labels[2 * 9 * 8];
    for (size_t i = 0; i < sizeof labels; i++)
        labels[i] = (uint8_t)(i % 5 == 0 ? 255 : i % 7 == 0 ? 6 : rng_below(&rng, 6));
    begin(&b, dtype, GRAPH_TRAIN, (struct size4){2, 9, 8, 5});
    b.second = graph_input_labels(b.g, 2, 9, 8, 1);
    struct tensor *target = graph_input(b.g, 2, 9, 8, 5);
    struct tensor *plain = loss_cross_entropy(b.g, b.x, b.second, NULL, NULL, 0, 3);
    struct tensor *weighted = loss_cross_entropy(b.g, b.x, b.second, weights, NULL, 0, 3);
    struct tensor *of_sets = loss_cross_entropy(b.g, b.x, b.second, weights, sets, 2, 3);
    struct tensor *l1 = loss_l1(b.g, b.x, target, 3);
    struct tensor *gan[2][2];
    for (int kind = 0; kind < 2; kind++)
        for (int real = 0; real < 2; real++)
            gan[kind][real] =
                loss_gan(b.g, b.x, kind ? GAN_LOGISTIC : GAN_LEAST_SQUARES, (float)real, 3);
    run(&b, add(b.g, b.x, b.x), 30); // scores that exp cannot take
    float *aim = fill(target, &rng, 30);
    graph_set_labels(b.second, labels);
    graph_forward(b.g);
    const double count = 720;
    double sums[5] = {0};
    for (size_t i = 0; i < 720; i++) {
        const double x = (double)b.in[i];
        sums[0] += fabs(x - (double)aim[i]) / count;
        sums[1] += x * x / count;
        sums[2] += (x - 1) * (x - 1) / count;
        // -log(1 - sigmoid(x)) and -log(sigmoid(x))
        sums[3] += (x > 0 ? x + log1p(exp(-x)) : log1p(exp(x))) / count;
        sums[4] += (x < 0 ? -x + log1p(exp(x)) : log1p(exp(-x))) / count;
    }
    const double entropy = oracle_entropy(b.in, labels, NULL, NULL, 0, 144, 5);
    CHECK_NEAR(graph_loss(plain), entropy, 1e-5 * entropy);
    CHECK_NEAR(graph_loss(weighted), oracle_entropy(b.in, labels, weights, NULL, 0, 144, 5),
               1e-5 * entropy);
    CHECK_NEAR(graph_loss(of_sets), oracle_entropy(b.in, labels, weights, sets, 2, 144, 5),
               1e-5 * entropy);
    CHECK_NEAR(graph_loss(l1), sums[0], 1e-5 * sums[0]);
    CHECK_NEAR(graph_loss(gan[0][0]), sums[1], 1e-5 * sums[1]);
    CHECK_NEAR(graph_loss(gan[0][1]), sums[2], 1e-5 * sums[2]);
    CHECK_NEAR(graph_loss(gan[1][0]), sums[3], 1e-5 * sums[3]);
    CHECK_NEAR(graph_loss(gan[1][1]), sums[4], 1e-5 * sums[4]);
    // A photo without a single label says nothing.
    memset(labels, 255, sizeof labels);
    graph_set_labels(b.second, labels);
    graph_forward(b.g);
    CHECK(graph_loss(plain) == 0 && graph_loss(weighted) == 0);
    for (size_t i = 0; i < 720; i++)
        b.want[i] = 2 * (double)b.in[i];
    free(aim);
    end(&b, "add beside the losses");
}

// More rows than the losses take at once, as many channels as they are used with, slopes too; and
// that a NaN among the scores is not lost, for training stops by it.
static void check_long_losses(void)
{
    enum { ROWS = 2400, CHANNELS = 59, COUNT = ROWS * CHANNELS };
    const struct backend *cpu = backend_cpu();
    struct rng rng = {.seed = 11};
    float *x = malloc(COUNT * sizeof *x), *got = malloc(COUNT * sizeof *got);
    double *p = malloc(COUNT * sizeof *p), both[CHANNELS] = {0}, all[CHANNELS] = {0};
    double sums[3 * CHANNELS];
    float slopes[2 * CHANNELS];
    uint8_t labels[ROWS];
    for (size_t i = 0; i < COUNT; i++)
        x[i] = 20 * (float)rng_uniform(&rng) - 10;
    for (size_t r = 0; r < ROWS; r++)
        labels[r] = (uint8_t)(r % 9 == 0 ? 255 : rng_below(&rng, CHANNELS - 1)); // not the last
    oracle_softmax(x, ROWS, CHANNELS, p);
    cpu->softmax_forward(DTYPE_F32, x, ROWS, CHANNELS, got);
    double worst = 0;
    for (size_t i = 0; i < COUNT; i++)
        worst = test_worse(worst, (double)got[i], p[i]);
    CHECK(worst < 1e-6);

    const double entropy = oracle_entropy(x, labels, NULL, NULL, 0, ROWS, CHANNELS);
    double value;
    cpu->cross_entropy(DTYPE_F32, x, labels, NULL, NULL, 0, ROWS, CHANNELS, 1000, got, &value);
    CHECK_NEAR(value, entropy, 1e-6 * entropy);
    size_t counted = 0;
    for (size_t r = 0; r < ROWS; r++)
        counted += labels[r] < CHANNELS;
    worst = 0;
    for (size_t i = 0; i < COUNT; i++) {
        const size_t label = labels[i / CHANNELS];
        const double slope = p[i] - (i % CHANNELS == label);
        worst = test_worse(worst, (double)got[i],
                           label < CHANNELS ? 1000 * slope / (double)counted : 0);
    }
    CHECK(worst < 1e-6);

    for (size_t i = 0; i < COUNT; i++) {
        const size_t label = labels[i / CHANNELS], c = i % CHANNELS;
        all[c] += label < CHANNELS ? p[i] + (c == label) : 0;
        both[c] += c == label ? p[i] : 0;
    }
    cpu->dice_sums(DTYPE_F32, x, labels, ROWS, CHANNELS, sums);
    for (size_t c = 0; c < CHANNELS; c++) {
        CHECK_NEAR(sums[c] + sums[2 * CHANNELS + c], all[c], 1e-6 * all[c]);
        CHECK_NEAR(sums[CHANNELS + c], both[c], 1e-6 * all[c]);
        slopes[c] =
            c == CHANNELS - 1 ? 0 : (float)(2 * both[c] / (all[c] * all[c]) / (CHANNELS - 1));
        slopes[CHANNELS + c] = c == CHANNELS - 1 ? 0 : (float)(-2 / all[c] / (CHANNELS - 1));
    }
    cpu->dice_backward(DTYPE_F32, x, labels, slopes, ROWS, CHANNELS, 1000, got);
    worst = 0;
    for (size_t r = 0; r < ROWS; r++) {
        double by_p[CHANNELS], mean = 0;
        for (size_t c = 0; c < CHANNELS; c++) {
            by_p[c] = c == CHANNELS - 1
                          ? 0
                          : (2 * both[c] / (all[c] * all[c]) - (c == labels[r] ? 2 / all[c] : 0)) /
                                (CHANNELS - 1);
            mean += p[r * CHANNELS + c] * by_p[c];
        }
        for (size_t c = 0; c < CHANNELS; c++)
            worst = test_worse(worst, (double)got[r * CHANNELS + c],
                               labels[r] < CHANNELS ? 1000 * p[r * CHANNELS + c] * (by_p[c] - mean)
                                                    : 0);
    }
    CHECK(worst < 1e-6);

    x[(ROWS - 2) * CHANNELS + (labels[ROWS - 2] + 1) % CHANNELS] = NAN;
    CHECK(labels[ROWS - 2] < CHANNELS);
    cpu->cross_entropy(DTYPE_F32, x, labels, NULL, NULL, 0, ROWS, CHANNELS, 1, NULL, &value);
    CHECK(isnan(value));
    free(x);
    free(got);
    free(p);
}

int main(void)
{
    const enum dtype last = last_dtype();
    check_long_losses();
    for (enum dtype dtype = DTYPE_F32; dtype <= last; dtype++) {
        check_convolutions(dtype);
        check_norms(dtype);
        check_activations(dtype);
        check_resampling(dtype);
        check_channels(dtype);
        check_dropout(dtype);
        check_losses(dtype);
    }
    return test_end();
}
