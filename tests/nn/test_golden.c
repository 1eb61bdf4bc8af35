// The engine against PyTorch (tools/golden/nn.py): single layers forward and backward, and a small
// U-Net: scores, loss, every gradient, ten steps of Adam, and inference with running statistics.
//
// Both sides sum in f32 in different orders: over the at most 128 terms of these convolutions that
// is a relative 1e-5; ten steps of Adam, whose division amplifies small gradients, take it to 1e-3.

#include "nn/layers.h"
#include "test.h"

static struct safetensors *file;

static const struct safetensors_entry *entry(const char *stem, const char *what)
{
    char name[128];
    snprintf(name, sizeof name, "%s%s", stem, what);
    const struct safetensors_entry *e = safetensors_find(file, name);
    if (!e) {
        fprintf(stderr, "the golden file lacks %s\n", name);
        exit(1);
    }
    return e;
}

static float *golden(const char *stem, const char *what)
{
    const struct safetensors_entry *e = entry(stem, what);
    float *values = malloc(e->elements * sizeof *values);
    CHECK(safetensors_to_f32(e, values, NULL) == 0);
    return values;
}

static void compare(const char *name, const float *got, const float *want, size_t count,
                    double tolerance)
{
    double worst = 0, size = 0;
    for (size_t i = 0; i < count; i++) {
        worst = test_worse(worst, (double)got[i], (double)want[i]);
        size = fmax(size, fabs((double)want[i]));
    }
    test_checks++;
    if (!(worst <= tolerance * fmax(size, 1))) {
        test_failures++;
        fprintf(stderr, "%s: off by %.3g where numbers reach %.3g\n", name, worst, size);
    }
}

static void compare_to(const char *stem, const char *what, const float *got, double tolerance)
{
    char name[128];
    float *want = golden(stem, what);
    snprintf(name, sizeof name, "%s%s", stem, what);
    compare(name, got, want, entry(stem, what)->elements, tolerance);
    free(want);
}

static struct tensor *build(struct graph *g, struct tensor *x, const char *name)
{
    if (strcmp(name, "plain") == 0)
        return conv2d(g, x, name, (struct conv2d){.channels = 5, .kernel = 3, .pad = 1, .bias = 1});
    if (strcmp(name, "stride") == 0)
        return conv2d(g, x, name,
                      (struct conv2d){.channels = 6, .kernel = 4, .stride = 2, .pad = 1});
    if (strcmp(name, "same") == 0)
        return conv2d(g, x, name,
                      (struct conv2d){.channels = 4, .kernel = 4, .same = 1, .bias = 1});
    if (strcmp(name, "dilated") == 0)
        return conv2d(
            g, x, name,
            (struct conv2d){.channels = 4, .kernel = 3, .pad = 2, .dilation = 2, .bias = 1});
    if (strcmp(name, "groups") == 0)
        return conv2d(g, x, name,
                      (struct conv2d){.channels = 6, .kernel = 3, .groups = 2, .bias = 1});
    if (strcmp(name, "depthwise") == 0)
        return conv2d(
            g, x, name,
            (struct conv2d){.channels = 8, .kernel = 5, .stride = 2, .pad = 2, .groups = 8});
    if (strcmp(name, "transposed") == 0)
        return conv_transpose2d(
            g, x, name,
            (struct conv2d){.channels = 3, .kernel = 4, .stride = 2, .pad = 1, .bias = 1});
    return batch_norm(g, x, name, (struct norm){.epsilon = 1e-3f, .momentum = 0.8f});
}

static void take(struct params *params, const char *param, const char *stem, const char *what)
{
    struct param *p = params_find(params, param);
    CHECK(p && p->count == entry(stem, what)->elements);
    if (p)
        CHECK(safetensors_to_f32(entry(stem, what), p->value, NULL) == 0);
    params->version++;
}

static void check_layer(const char *name)
{
    static const char *const parts[] = {".weight", ".bias"};
    const struct safetensors_entry *shape = entry(name, ".x");
    struct params params;
    char full[128], gradient[128];
    params_init(&params, 1);
    struct graph *g = graph_new(backend_cpu(), DTYPE_F32, GRAPH_TRAIN, 1);
    graph_params(g, &params, 0);
    struct tensor *x =
        graph_input(g, shape->shape[0], shape->shape[1], shape->shape[2], shape->shape[3]);
    x->needs_grad = 1;
    struct tensor *y = graph_output(g, build(g, x, name));
    // mean (y + shift)^2 sends dy back when y + shift = dy count / 2.
    struct tensor *shift = graph_input(g, y->n, y->h, y->w, y->c);
    loss_gan(g, add(g, y, shift), GAN_LEAST_SQUARES, 0, 1);
    CHECK(graph_finish(g, NULL) == 0);
    CHECK(params_train(&params, NULL) == 0);
    for (size_t i = 0; i < 2; i++) {
        snprintf(full, sizeof full, "%s%s", name, parts[i]);
        if (params_find(&params, full))
            take(&params, full, name, parts[i]);
    }

    const size_t count = y->n * y->h * y->w * y->c;
    float *in = golden(name, ".x"), *want = golden(name, ".y"), *dy = golden(name, ".dy");
    float *out = malloc(count * sizeof *out), *dx = malloc(shape->elements * sizeof *dx);
    CHECK(entry(name, ".y")->elements == count);
    for (size_t i = 0; i < count; i++)
        dy[i] = dy[i] * (float)count / 2 - want[i];
    graph_set(x, in);
    graph_set(shift, dy);
    params_clear_gradients(&params);
    graph_forward(g);
    graph_backward(g);
    graph_get(y, out);
    compare_to(name, ".y", out, 1e-5);
    graph_get_grad(x, dx);
    compare_to(name, ".dx", dx, 1e-4);
    for (size_t i = 0; i < 2; i++) {
        snprintf(full, sizeof full, "%s%s", name, parts[i]);
        snprintf(gradient, sizeof gradient, ".d%s", parts[i] + 1);
        if (params_find(&params, full))
            compare_to(name, gradient, params_find(&params, full)->grad, 1e-4);
    }
    if (strcmp(name, "batch") == 0) {
        compare_to(name, ".running_mean", params_find(&params, "batch.running_mean")->value, 1e-5);
        compare_to(name, ".running_var", params_find(&params, "batch.running_var")->value, 1e-5);
    }
    free(in);
    free(want);
    free(dy);
    free(out);
    free(dx);
    graph_free(g);
    params_free(&params);
}

static void check_dice(void)
{
    struct params params;
    params_init(&params, 1);
    struct graph *g = graph_new(backend_cpu(), DTYPE_F32, GRAPH_TRAIN, 1);
    graph_params(g, &params, 0);
    struct tensor *x = graph_input(g, 2, 9, 8, 5), *labels = graph_input_labels(g, 2, 9, 8, 1);
    x->needs_grad = 1;
    struct tensor *loss = loss_dice(g, x, labels, 1);
    float *values = golden("x", ""), *want = golden("loss", "");
    float *dx = malloc(entry("dx", "")->elements * sizeof *dx);
    CHECK(graph_finish(g, NULL) == 0);
    graph_set(x, values);
    graph_set_labels(labels, entry("labels", "")->data);
    graph_forward(g);
    graph_backward(g);
    CHECK_NEAR(graph_loss(loss), want[0], 1e-5);
    graph_get_grad(x, dx);
    for (size_t i = 0; i < entry("dx", "")->elements; i++)
        dx[i] *= 1000; // numbers reach 0.002, and compare is absolute below 1
    float *gradient = golden("dx", "");
    for (size_t i = 0; i < entry("dx", "")->elements; i++)
        gradient[i] *= 1000;
    compare("dx", dx, gradient, entry("dx", "")->elements, 1e-4);
    // Without a label there is nothing to say.
    uint8_t none[144];
    memset(none, 255, sizeof none);
    graph_set_labels(labels, none);
    graph_forward(g);
    graph_backward(g);
    graph_get_grad(x, dx);
    CHECK(graph_loss(loss) == 0 && dx[0] == 0 && dx[719] == 0);
    free(values);
    free(want);
    free(dx);
    free(gradient);
    graph_free(g);
    params_free(&params);
}

static struct tensor *unet(struct graph *g, struct tensor *x)
{
    struct conv2d half = {.channels = 4, .kernel = 4, .stride = 2, .pad = 1, .bias = 1};
    struct tensor *d1 = activation(g, conv2d(g, x, "down1", half), ACTIVATION_LEAKY);
    half.bias = 0;
    half.channels = 8;
    struct tensor *d2 = batch_norm(g, conv2d(g, d1, "down2", half), "norm2", (struct norm){0});
    half.channels = 4;
    struct tensor *u = conv_transpose2d(g, activation(g, d2, ACTIVATION_LEAKY), "up2", half);
    u = activation(g, batch_norm(g, u, "norm1", (struct norm){0}), ACTIVATION_RELU);
    return conv2d(g, upsample_nearest(g, concat(g, u, d1), 2), "out",
                  (struct conv2d){.channels = 3, .kernel = 4, .same = 1, .bias = 1});
}

static void check_unet(void)
{
    struct params params;
    const struct adam adam = {
        .rate = 1e-2f, .beta1 = 0.5f, .beta2 = 0.999f, .epsilon = 1e-8f, .average_decay = 0};
    float *x_values = golden("x", ""), *weights = golden("weights", "");
    float *losses = golden("losses", ""), *scores = malloc(entry("scores", "")->bytes);
    params_init(&params, 1);
    struct graph *g = graph_new(backend_cpu(), DTYPE_F32, GRAPH_TRAIN, 1);
    graph_params(g, &params, 0);
    struct tensor *x = graph_input(g, 2, 16, 12, 3), *labels = graph_input_labels(g, 2, 16, 12, 1);
    struct tensor *y = graph_output(g, unet(g, x));
    struct tensor *loss = loss_cross_entropy(g, y, labels, weights, NULL, 0, 1);
    CHECK(graph_finish(g, NULL) == 0);
    CHECK(params_load(&params, file, "start.", PARAM_VALUE, NULL) != 0); // lacks statistics
    for (struct param *p = params.first; p; p = p->next)
        if (p->trainable)
            take(&params, p->name, "start.", p->name);
    CHECK(params_train(&params, NULL) == 0);

    for (uint64_t step = 1; step <= 10; step++) {
        params_clear_gradients(&params);
        graph_set(x, x_values);
        graph_set_labels(labels, entry("labels", "")->data);
        graph_forward(g);
        graph_backward(g);
        CHECK_NEAR(graph_loss(loss), losses[step - 1], step == 1 ? 1e-5 : 1e-3);
        if (step == 1) {
            graph_get(y, scores);
            compare_to("scores", "", scores, 1e-5);
            for (struct param *p = params.first; p; p = p->next)
                if (p->trainable)
                    compare_to("grad.", p->name, p->grad, 1e-5);
        }
        params_adam(&params, &adam, step);
    }
    for (struct param *p = params.first; p; p = p->next)
        compare_to("end.", p->name, p->value, 1e-3);

    // The same parameters at inference: batch normalization folds into the convolutions.
    struct graph *infer = graph_new(backend_cpu(), DTYPE_F32, GRAPH_INFER, 1);
    graph_params(infer, &params, 1);
    struct tensor *in = graph_input(infer, 2, 16, 12, 3);
    struct tensor *out = graph_output(infer, unet(infer, in));
    CHECK(graph_finish(infer, NULL) == 0);
    graph_set(in, x_values);
    graph_forward(infer);
    graph_get(out, scores);
    compare_to("eval", "", scores, 2e-3);
    graph_free(infer);
    graph_free(g);
    params_free(&params);
    free(x_values);
    free(weights);
    free(losses);
    free(scores);
}

int main(void)
{
    static const char *const names[] = {"plain",  "stride",    "same",       "dilated",
                                        "groups", "depthwise", "transposed", "batch"};
    swatch_error error;
    if (safetensors_open("tests/nn/golden/layers.safetensors", &file, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        check_layer(names[i]);
    safetensors_close(file);
    if (safetensors_open("tests/nn/golden/unet.safetensors", &file, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    check_unet();
    safetensors_close(file);
    if (safetensors_open("tests/nn/golden/dice.safetensors", &file, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    check_dice();
    safetensors_close(file);
    return test_end();
}
