// Each layer as a small network, for tests that compute a layer in two ways and compare: gradients
// with differences (test_gradients.c), one device with another.
//
// To add a layer: write a builder below that puts it on its input (and, if it wants one, on the
// second input), and add a row to `cases`. A row's network ends in a smooth loss unless the builder
// returns a loss itself.
#ifndef TESTS_NN_CASES_H
#define TESTS_NN_CASES_H

#include "nn/layers.h"
#include "test.h"

#include "base/rng.h"

typedef struct tensor *builder(struct graph *g, struct tensor *x, struct tensor *second);

static struct tensor *conv_plain(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return conv2d(g, x, "c", (struct conv2d){.channels = 5, .kernel = 3, .pad = 1, .bias = 1});
}
static struct tensor *conv_eights(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return conv2d(g, x, "c", (struct conv2d){.channels = 16, .kernel = 3, .pad = 1, .bias = 1});
}
// A level of a U-Net's decoder, whose three layers become one.
static struct tensor *conv_joined(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    struct tensor *low =
        conv2d(g, x, "low", (struct conv2d){.channels = 8, .kernel = 2, .stride = 2});
    return conv2d(g, concat(g, upsample_nearest(g, low, 2), x), "c",
                  (struct conv2d){.channels = 8, .kernel = 3, .pad = 1, .bias = 1});
}
// The article's decoder: the upsampling is the convolution's own work.
static struct tensor *conv_widened(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return conv2d(g, upsample_nearest(g, x, 2), "c",
                  (struct conv2d){.channels = 5, .kernel = 4, .same = 1, .bias = 1});
}
static struct tensor *conv_widened_more(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return activation(g,
                      conv2d(g, upsample_nearest(g, x, 2), "c",
                             (struct conv2d){.channels = 5, .kernel = 5, .pad = 2}),
                      ACTIVATION_TANH);
}
static struct tensor *conv_stride(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return conv2d(g, x, "c", (struct conv2d){.channels = 6, .kernel = 4, .stride = 2, .pad = 1});
}
static struct tensor *conv_same(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return conv2d(g, x, "c", (struct conv2d){.channels = 6, .kernel = 4, .same = 1, .bias = 1});
}
static struct tensor *conv_same_stride(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return conv2d(g, x, "c", (struct conv2d){.channels = 3, .kernel = 5, .stride = 2, .same = 1});
}
static struct tensor *conv_dilated(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return conv2d(g, x, "c",
                  (struct conv2d){.channels = 4, .kernel = 3, .dilation = 2, .pad = 2, .bias = 1});
}
static struct tensor *conv_groups(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return conv2d(g, x, "c", (struct conv2d){.channels = 6, .kernel = 3, .groups = 2, .bias = 1});
}
static struct tensor *conv_depthwise(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return conv2d(g, x, "c",
                  (struct conv2d){.channels = 4, .kernel = 3, .groups = 4, .pad = 1, .stride = 2});
}
static struct tensor *conv_depthwise_wide(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return conv2d(g, x, "c", (struct conv2d){.channels = 34, .kernel = 5, .groups = 34, .pad = 2});
}
static struct tensor *conv_point(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return conv2d(g, x, "c", (struct conv2d){.channels = 7, .kernel = 1, .bias = 1});
}
#define BEHIND(name, layer, kind)                                                                  \
    static struct tensor *name(struct graph *g, struct tensor *x, struct tensor *second)           \
    {                                                                                              \
        return activation(g, layer(g, x, second), kind);                                           \
    }
BEHIND(conv_relu, conv_plain, ACTIVATION_RELU)
BEHIND(conv_leaky, conv_stride, ACTIVATION_LEAKY)
BEHIND(conv_relu6, conv_plain, ACTIVATION_RELU6)
BEHIND(conv_tanh, conv_plain, ACTIVATION_TANH)
BEHIND(conv_sigmoid, conv_plain, ACTIVATION_SIGMOID)
static struct tensor *transpose_plain(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return conv_transpose2d(g, x, "t",
                            (struct conv2d){.channels = 3, .kernel = 4, .stride = 2, .pad = 1});
}
BEHIND(transpose_leaky, transpose_plain, ACTIVATION_LEAKY)
static struct tensor *transpose_bias(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return activation(
        g, conv_transpose2d(g, x, "t", (struct conv2d){.channels = 5, .kernel = 3, .bias = 1}),
        ACTIVATION_SIGMOID);
}
static struct tensor *fully(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return linear(g, x, "l", 5);
}
static struct tensor *batch(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return batch_norm(g, x, "n", (struct norm){.epsilon = 1e-3f});
}
BEHIND(batch_relu, batch, ACTIVATION_RELU)
BEHIND(batch_leaky, batch, ACTIVATION_LEAKY)
BEHIND(batch_relu6, batch, ACTIVATION_RELU6)
BEHIND(batch_tanh, batch, ACTIVATION_TANH)
BEHIND(batch_sigmoid, batch, ACTIVATION_SIGMOID)
#define ACTIVATION_BUILDER(name, kind)                                                             \
    static struct tensor *name(struct graph *g, struct tensor *x, struct tensor *second)           \
    {                                                                                              \
        (void)second;                                                                              \
        return activation(g, x, kind);                                                             \
    }
ACTIVATION_BUILDER(relu, ACTIVATION_RELU)
ACTIVATION_BUILDER(leaky, ACTIVATION_LEAKY)
ACTIVATION_BUILDER(relu6, ACTIVATION_RELU6)
ACTIVATION_BUILDER(tanh_, ACTIVATION_TANH)
ACTIVATION_BUILDER(sigmoid, ACTIVATION_SIGMOID)

static struct tensor *batch_fixed(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return activation(g, batch_norm(g, x, "n", (struct norm){.fixed = 1}), ACTIVATION_RELU);
}
static struct tensor *dropped(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return dropout(g, x, 0.4f);
}
static struct tensor *nearest2(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return upsample_nearest(g, x, 2);
}
static struct tensor *nearest3(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return upsample_nearest(g, x, 3);
}
static struct tensor *bilinear2(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return upsample_bilinear(g, x, 2);
}
static struct tensor *bilinear3(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return upsample_bilinear(g, x, 3);
}
static struct tensor *pool(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return max_pool(g, x, 2, 2, 0);
}
static struct tensor *pool_overlap(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return max_pool(g, x, 3, 2, 1);
}
static struct tensor *concat_both(struct graph *g, struct tensor *x, struct tensor *second)
{
    return concat(g, x, second);
}
static struct tensor *concat_self(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return concat(g, x, x);
}
static struct tensor *add_both(struct graph *g, struct tensor *x, struct tensor *second)
{
    return add(g, x, second);
}
BEHIND(add_leaky, add_both, ACTIVATION_LEAKY)
BEHIND(add_tanh, add_both, ACTIVATION_TANH)
// Two layers read one tensor: nothing is fused, and its gradient has two parts.
static struct tensor *two_readers(struct graph *g, struct tensor *x, struct tensor *second)
{
    struct tensor *y = conv_plain(g, x, second);
    return concat(g, add(g, y, y), activation(g, y, ACTIVATION_SIGMOID));
}
// A skip around a chain of layers, as in a residual block.
static struct tensor *residual(struct graph *g, struct tensor *x, struct tensor *second)
{
    const struct conv2d o = {.channels = 5, .kernel = 3, .pad = 1};
    struct tensor *y = conv_plain(g, x, second);
    struct tensor *r = activation(g, batch_norm(g, y, "r", (struct norm){0}), ACTIVATION_TANH);
    return activation(g, add(g, y, conv2d(g, r, "c2", o)), ACTIVATION_SIGMOID);
}
static struct tensor *add_self(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return add(g, x, x);
}
static struct tensor *soft(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return softmax(g, x);
}
// Three layers of different kinds read one tensor.
static struct tensor *three_readers(struct graph *g, struct tensor *x, struct tensor *second)
{
    struct tensor *y = conv_plain(g, x, second);
    struct tensor *a = activation(g, y, ACTIVATION_TANH), *b = softmax(g, y);
    return add(g, add(g, a, b), y);
}
static struct tensor *unet(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    const struct conv2d half = {.channels = 6, .kernel = 4, .stride = 2, .pad = 1};
    struct tensor *d1 = activation(g, conv2d(g, x, "d1", half), ACTIVATION_LEAKY);
    struct tensor *d2 = batch_norm(g, conv2d(g, d1, "d2", half), "n2", (struct norm){0});
    struct tensor *u = conv_transpose2d(g, activation(g, d2, ACTIVATION_RELU), "u", half);
    return conv2d(g, upsample_nearest(g, concat(g, u, d1), 2), "out",
                  (struct conv2d){.channels = 3, .kernel = 4, .same = 1, .bias = 1});
}

// Losses: the second input is the target, or labels made from it.
// The last two are those of sets.
static const float class_weights[6] = {0.5f, 1, 2, 4, 3, 0.7f};

static struct tensor *l1(struct graph *g, struct tensor *x, struct tensor *second)
{
    return loss_l1(g, x, second, 3);
}
static struct tensor *squares(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return loss_gan(g, x, GAN_LEAST_SQUARES, 1, 0.5f);
}
static struct tensor *logistic_real(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return loss_gan(g, x, GAN_LOGISTIC, 1, 2);
}
static struct tensor *logistic_fake(struct graph *g, struct tensor *x, struct tensor *second)
{
    (void)second;
    return loss_gan(g, x, GAN_LOGISTIC, 0, 2);
}
static struct tensor *entropy(struct graph *g, struct tensor *x, struct tensor *second)
{
    return loss_cross_entropy(g, x, second, class_weights, NULL, 0, 2);
}
static struct tensor *entropy_of_sets(struct graph *g, struct tensor *x, struct tensor *second)
{
    static const uint64_t sets[] = {5, 6};
    return loss_cross_entropy(g, x, second, class_weights, sets, 2, 2);
}
static struct tensor *dice(struct graph *g, struct tensor *x, struct tensor *second)
{
    return loss_dice(g, x, second, 2);
}
static struct tensor *entropy_plain(struct graph *g, struct tensor *x, struct tensor *second)
{
    return loss_cross_entropy(g, x, second, NULL, NULL, 0, 1);
}

// Regions on two levels, the second level being the first at half the size. Two regions overlap,
// one leaves the photo, one is unused.
static const float regions[] = {
    0, 0, 1.3f, 2.1f,  13.2f, 9.7f,  1, 1, 0,     0, 31.5f, 30, 1,  0, 3.7f, 5.2f, 14.9f, 27.1f,
    0, 1, -4,   20.3f, 18.1f, 40.6f, 1, 0, 10.2f, 8, 24.8f, 12, -1, 0, 0,    0,    0,     0,
};
#define REGIONS (sizeof regions / sizeof *regions / ROI_NUMBERS)

static struct tensor *regions_by(struct graph *g, struct tensor *x, struct tensor *second,
                                 enum roi_rule rule)
{
    struct tensor *levels[2] = {x, max_pool(g, x, 2, 2, 0)};
    return roi_align(
        g, levels, 2, second,
        (struct roi_align){.height = 3, .width = 2, .samples = 2, .rule = rule, .strides = {4, 8}});
}
static struct tensor *roi_plain(struct graph *g, struct tensor *x, struct tensor *second)
{
    return regions_by(g, x, second, ROI_ALIGN);
}
static struct tensor *roi_half(struct graph *g, struct tensor *x, struct tensor *second)
{
    return regions_by(g, x, second, ROI_ALIGN_HALF);
}
static struct tensor *roi_crop(struct graph *g, struct tensor *x, struct tensor *second)
{
    return regions_by(g, x, second, ROI_CROP);
}
static struct tensor *binary(struct graph *g, struct tensor *x, struct tensor *second)
{
    return loss_binary_cross_entropy(g, x, second, 0, 2);
}
static struct tensor *binary_divided(struct graph *g, struct tensor *x, struct tensor *second)
{
    return loss_binary_cross_entropy(g, x, second, 17, 1);
}
static struct tensor *smooth(struct graph *g, struct tensor *x, struct tensor *second)
{
    return loss_smooth_l1(g, x, second, 0.7f, 9, 2);
}

enum second { NOTHING, SAME, LABELS, BYTES, TARGETS, ROIS };

static const struct {
    const char *name;
    builder *build;
    size_t n, h, w, c;
    enum second second;
    float weight; // of the builder's own loss; 0: it has none, and one is added
} cases[] = {
    {"conv 3x3", conv_plain, 2, 6, 5, 3, NOTHING, 0},
    {"conv 3x3, channels in eights", conv_eights, 2, 7, 6, 8, NOTHING, 0},
    {"conv 3x3 of a doubled input", conv_joined, 2, 6, 8, 16, NOTHING, 0},
    {"conv 4x4 of a doubled input", conv_widened, 2, 3, 4, 3, NOTHING, 0},
    {"conv 5x5 of a doubled input", conv_widened_more, 1, 4, 3, 2, NOTHING, 0},
    {"conv 4x4 stride 2", conv_stride, 2, 8, 6, 4, NOTHING, 0},
    {"conv 4x4 SAME", conv_same, 1, 7, 6, 3, NOTHING, 0},
    {"conv 5x5 SAME stride 2", conv_same_stride, 2, 7, 8, 3, NOTHING, 0},
    {"conv dilated", conv_dilated, 1, 9, 8, 3, NOTHING, 0},
    {"conv groups", conv_groups, 2, 6, 7, 4, NOTHING, 0},
    {"conv depthwise", conv_depthwise, 2, 7, 6, 4, NOTHING, 0},
    {"conv depthwise 5x5", conv_depthwise_wide, 2, 6, 5, 34, NOTHING, 0},
    {"conv 1x1", conv_point, 2, 5, 4, 6, NOTHING, 0},
    {"conv + relu", conv_relu, 2, 8, 8, 3, NOTHING, 0},
    {"conv + leaky", conv_leaky, 2, 8, 8, 3, NOTHING, 0},
    {"conv + relu6", conv_relu6, 2, 8, 8, 3, NOTHING, 0},
    {"conv + tanh", conv_tanh, 2, 6, 6, 3, NOTHING, 0},
    {"conv + sigmoid", conv_sigmoid, 2, 6, 6, 3, NOTHING, 0},
    {"transposed 4x4 stride 2", transpose_plain, 2, 4, 5, 6, NOTHING, 0},
    {"transposed + leaky", transpose_leaky, 2, 4, 5, 6, NOTHING, 0},
    {"transposed + bias + sigmoid", transpose_bias, 1, 5, 4, 3, NOTHING, 0},
    {"linear", fully, 3, 3, 4, 2, NOTHING, 0},
    {"batch norm", batch, 2, 5, 4, 3, NOTHING, 0},
    {"batch norm + relu", batch_relu, 2, 8, 8, 3, NOTHING, 0},
    {"batch norm + leaky", batch_leaky, 2, 8, 8, 3, NOTHING, 0},
    {"batch norm + relu6", batch_relu6, 2, 8, 8, 3, NOTHING, 0},
    {"batch norm + tanh", batch_tanh, 2, 5, 4, 3, NOTHING, 0},
    {"batch norm + sigmoid", batch_sigmoid, 2, 5, 4, 3, NOTHING, 0},
    {"batch norm, fixed, + relu", batch_fixed, 2, 8, 8, 3, NOTHING, 0},
    {"relu", relu, 1, 8, 9, 3, NOTHING, 0},
    {"leaky", leaky, 1, 8, 9, 3, NOTHING, 0},
    {"relu6", relu6, 1, 8, 9, 3, NOTHING, 0},
    {"tanh", tanh_, 1, 5, 4, 3, NOTHING, 0},
    {"sigmoid", sigmoid, 1, 5, 4, 3, NOTHING, 0},
    {"dropout", dropped, 2, 8, 8, 3, NOTHING, 0},
    {"nearest x2", nearest2, 2, 4, 3, 3, NOTHING, 0},
    {"nearest x3", nearest3, 1, 3, 4, 2, NOTHING, 0},
    {"bilinear x2", bilinear2, 2, 4, 3, 3, NOTHING, 0},
    {"bilinear x3", bilinear3, 1, 3, 4, 2, NOTHING, 0},
    {"max pool", pool, 2, 6, 8, 3, NOTHING, 0},
    {"max pool, overlapping", pool_overlap, 2, 7, 8, 3, NOTHING, 0},
    {"concat", concat_both, 2, 5, 4, 3, SAME, 0},
    {"concat with itself", concat_self, 2, 5, 4, 3, NOTHING, 0},
    {"add", add_both, 2, 5, 4, 3, SAME, 0},
    {"add + leaky", add_leaky, 2, 8, 8, 3, SAME, 0},
    {"add + tanh", add_tanh, 2, 5, 4, 3, SAME, 0},
    {"add to itself", add_self, 2, 5, 4, 3, NOTHING, 0},
    {"softmax", soft, 2, 5, 4, 4, NOTHING, 0},
    {"three readers", three_readers, 2, 6, 6, 3, NOTHING, 0},
    {"two readers, one twice", two_readers, 2, 6, 6, 3, NOTHING, 0},
    {"residual", residual, 2, 6, 6, 3, NOTHING, 0},
    {"U-Net", unet, 2, 8, 8, 3, NOTHING, 0},
    {"L1", l1, 2, 8, 8, 3, SAME, 3},
    {"least squares", squares, 2, 5, 4, 3, NOTHING, 0.5f},
    {"logistic, real", logistic_real, 2, 5, 4, 3, NOTHING, 2},
    {"logistic, fake", logistic_fake, 2, 5, 4, 3, NOTHING, 2},
    {"cross-entropy, weighted", entropy, 2, 5, 4, 4, LABELS, 2},
    {"Dice", dice, 2, 5, 4, 4, LABELS, 2},
    {"cross-entropy", entropy_plain, 2, 5, 4, 4, LABELS, 1},
    {"cross-entropy of sets", entropy_of_sets, 2, 5, 4, 4, LABELS, 2},
    {"binary cross-entropy", binary, 2, 5, 4, 3, BYTES, 2},
    {"binary cross-entropy, divided", binary_divided, 2, 5, 4, 3, BYTES, 1},
    {"smooth L1", smooth, 2, 5, 4, 3, TARGETS, 2},
    {"RoIAlign", roi_plain, 2, 8, 8, 3, ROIS, 0},
    {"RoIAlign, half a pixel off", roi_half, 2, 8, 8, 3, ROIS, 0},
    {"crop and resize", roi_crop, 2, 8, 8, 3, ROIS, 0},
};
#define CASES (sizeof cases / sizeof *cases)

struct setup {
    struct graph *g;
    struct params params;
    struct tensor *x, *second, *loss;
    float *values, *second_values, *dx;
    uint8_t *labels;
    size_t count;
    double weight;
};

// Builds row k with inputs and parameters that depend on k alone, drawn from *rng.
static inline int setup_make(struct setup *s, size_t k, const struct backend *backend,
                             enum dtype dtype, struct rng *rng)
{
    swatch_error error;
    *s = (struct setup){0};
    *rng = (struct rng){.seed = 7, .stream = k};
    params_init(&s->params, 11 + k);
    s->params.backend = backend;
    s->g = graph_new(backend, dtype, GRAPH_TRAIN, 5);
    graph_params(s->g, &s->params, 0);
    graph_init(s->g, PARAM_HE_NORMAL);
    s->x = graph_input(s->g, cases[k].n, cases[k].h, cases[k].w, cases[k].c);
    s->x->needs_grad = 1;
    s->count = cases[k].n * cases[k].h * cases[k].w * cases[k].c;
    if (cases[k].second == SAME)
        s->second = graph_input(s->g, cases[k].n, cases[k].h, cases[k].w, cases[k].c);
    if (cases[k].second == LABELS)
        s->second = graph_input_labels(s->g, cases[k].n, cases[k].h, cases[k].w, 1);
    if (cases[k].second == BYTES)
        s->second = graph_input_labels(s->g, cases[k].n, cases[k].h, cases[k].w, cases[k].c);
    if (cases[k].second == TARGETS)
        s->second = graph_input_f32(s->g, cases[k].n, cases[k].h, cases[k].w, cases[k].c);
    if (cases[k].second == ROIS)
        s->second = graph_input_f32(s->g, REGIONS, 1, 1, ROI_NUMBERS);
    s->loss = cases[k].build(s->g, s->x, s->second);
    s->weight = cases[k].weight != 0 ? (double)cases[k].weight : 1;
    if (cases[k].weight == 0)
        s->loss = loss_gan(s->g, s->loss, GAN_LEAST_SQUARES, 0.3f, 1);
    if (graph_finish(s->g, &error)) {
        fprintf(stderr, "%s: %s\n", cases[k].name, error.message);
        CHECK(0);
        return SWATCH_FAILED;
    }
    CHECK(params_train(&s->params, NULL) == 0);
    s->values = malloc(s->count * sizeof *s->values);
    s->dx = malloc(s->count * sizeof *s->dx);
    s->second_values = malloc(s->count * sizeof *s->second_values);
    for (size_t i = 0; i < s->count; i++) {
        s->values[i] = 1.5f * rng_normal(rng);
        s->second_values[i] = rng_normal(rng);
    }
    if (cases[k].second == LABELS) {
        s->labels = malloc(s->count);
        for (size_t i = 0; i < s->count / cases[k].c; i++)
            s->labels[i] = i % 7 == 0 ? 255 : (uint8_t)rng_below(rng, 6);
    }
    if (cases[k].second == BYTES) {
        s->labels = malloc(s->count);
        for (size_t i = 0; i < s->count; i++)
            s->labels[i] = (uint8_t)rng_below(rng, 256);
    }
    if (cases[k].second == TARGETS)
        for (size_t i = 0; i < s->count; i += 5)
            s->second_values[i] = NAN;
    if (cases[k].second == ROIS)
        memcpy(s->second_values, regions, sizeof regions);
    // Normalization starts at scale 1 and shift 0, which would hide mix-ups: change all a little.
    for (struct param *p = s->params.first; p; p = p->next)
        for (size_t i = 0; p->trainable && i < p->count; i++)
            p->value[i] += 0.2f * rng_normal(rng);
    params_to_device(&s->params);
    return SWATCH_OK;
}

static inline void setup_free(struct setup *s)
{
    graph_free(s->g);
    params_free(&s->params);
    free(s->values);
    free(s->second_values);
    free(s->dx);
    free(s->labels);
}

// Runs the network forward and returns its weighted loss.
static inline double loss_at(struct setup *s)
{
    graph_set(s->x, s->values);
    if (s->labels)
        graph_set_labels(s->second, s->labels);
    else if (s->second)
        graph_set(s->second, s->second_values);
    graph_forward(s->g);
    return s->weight * graph_loss(s->loss);
}

#endif
