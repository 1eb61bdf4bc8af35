// The graph as a whole: memory plan, fusion, folding, sharing of parameters, frozen parameters,
// errors of building, determinism, bf16.
//
// A graph whose tensors are all outputs fuses nothing and shares no memory. Its results are
// compared with those of the plain graph. Adding in another order gives a relative difference of
// 1e-6 in f32, which a few normalizations raise to below 1e-4 of the largest number. A buffer that
// is overwritten too early gives differences as large as the numbers themselves.

#include "nn/lend.h"
#include "zoo.h"

#define CLOSE 1e-4

static double worst_of(const float *a, const float *b, size_t count)
{
    double worst = 0, size = 1e-3;
    for (size_t i = 0; i < count; i++) {
        worst = test_worse(worst, (double)a[i], (double)b[i]);
        size = fmax(size, fabs((double)b[i]));
    }
    return worst / size;
}

static float *read_out(const struct tensor *t)
{
    float *values = malloc(tensor_count(t) * sizeof *values);
    graph_get(t, values);
    return values;
}

static void keep_all(struct graph *g)
{
    for (size_t i = 0; i < g->tensor_count; i++)
        graph_output(g, g->tensors[i]);
}

static size_t layers_of(const struct graph *g)
{
    size_t count = 0;
    for (const struct layer *layer = g->first; layer; layer = layer->next)
        count++;
    return count;
}

// Finishes, sets inputs, runs forward and backward once.
static void run_zoo(struct zoo *z, struct params *params)
{
    swatch_error error = {0};
    CHECK(graph_finish(z->g, &error) == 0);
    CHECK_STRING(error.message, "");
    if (!params->first->grad)
        CHECK(params_train(params, NULL) == 0);
    zoo_inputs(z, 17);
    params_clear_gradients(params);
    graph_forward(z->g);
    graph_backward(z->g);
}

static void check_same_gradients(const struct params *a, const struct params *b, double tolerance)
{
    const struct param *p = a->first;
    for (const struct param *q = b->first; p && q; p = p->next, q = q->next) {
        CHECK_STRING(p->name, q->name);
        CHECK(p->has_grad == q->has_grad && p->has_grad == p->trainable);
        if (!p->has_grad)
            CHECK(worst_of(p->value, q->value, p->count) <= CLOSE);
        else if (!(worst_of(p->grad, q->grad, p->count) <= tolerance)) {
            fprintf(stderr, "gradient of %s is off by %g\n", p->name,
                    worst_of(p->grad, q->grad, p->count));
            CHECK(0);
        } else
            test_checks++;
    }
    CHECK(!p);
}

static void check_plan_and_fusion(void)
{
    struct params params[2];
    struct zoo shared, kept;
    params_init(&params[0], 9);
    params_init(&params[1], 9);
    zoo_build(&shared, &params[0], DTYPE_F32, 16, 24);
    zoo_build(&kept, &params[1], DTYPE_F32, 16, 24);
    keep_all(kept.g);
    run_zoo(&shared, &params[0]);
    run_zoo(&kept, &params[1]);
    CHECK(layers_of(shared.g) < layers_of(kept.g));
    CHECK(shared.g->arena_bytes < kept.g->arena_bytes);
    CHECK(graph_memory(shared.g) == shared.g->arena_bytes + shared.g->scratch_bytes);

    float *a = read_out(shared.scores), *b = read_out(kept.scores);
    CHECK(worst_of(a, b, shared.count) <= CLOSE);
    CHECK_NEAR(graph_loss(shared.loss), graph_loss(kept.loss), 1e-5);
    check_same_gradients(&params[0], &params[1], CLOSE);

    // Nothing is left over from one run that changes the next (but for running statistics).
    float *again;
    graph_forward(shared.g);
    graph_backward(shared.g);
    graph_forward(shared.g);
    again = read_out(shared.scores);
    CHECK(memcmp(a, again, shared.count * sizeof *a) == 0);
    free(a);
    free(b);
    free(again);
    zoo_free(&shared);
    zoo_free(&kept);
    params_free(&params[0]);
    params_free(&params[1]);
}

// Every two buffers that live at one time are apart: what the plan says, read from the tensors.
static int by_address_down(const void *a, const void *b)
{
    const struct tensor *const *x = a, *const *y = b;
    return *x > *y ? -1 : *x < *y;
}

// Brings the tensors of a graph to new places in memory, in the opposite order.
static void move_tensors(struct graph *g)
{
    struct tensor **moved = malloc(g->tensor_count * sizeof *moved);
    for (size_t t = 0; t < g->tensor_count; t++)
        moved[t] = malloc(sizeof **moved);
    qsort(moved, g->tensor_count, sizeof *moved, by_address_down);
    for (size_t t = 0; t < g->tensor_count; t++) {
        struct tensor *old = g->tensors[t];
        for (struct layer *layer = g->first; layer; layer = layer->next) {
            layer->output = layer->output == old ? moved[t] : layer->output;
            for (size_t i = 0; i < layer->input_count; i++)
                layer->inputs[i] = layer->inputs[i] == old ? moved[t] : layer->inputs[i];
        }
        *moved[t] = *old;
        g->tensors[t] = moved[t];
        free(old);
    }
    free(moved);
}

// The plan depends on the graph alone, not on where its tensors happen to lie.
static void check_same_plan(void)
{
    struct zoo first, again;
    struct params params;
    swatch_error error = {0};
    params_init(&params, 2);
    zoo_build(&first, &params, DTYPE_F32, 16, 24);
    zoo_build(&again, &params, DTYPE_F32, 16, 24);
    move_tensors(again.g);
    CHECK(graph_finish(first.g, &error) == 0 && graph_finish(again.g, &error) == 0);
    CHECK(again.g->arena_bytes == first.g->arena_bytes);
    CHECK(again.g->tensor_count == first.g->tensor_count);
    for (size_t t = 0; t < first.g->tensor_count; t++) {
        CHECK(again.g->tensors[t]->data_offset == first.g->tensors[t]->data_offset);
        CHECK(again.g->tensors[t]->grad_offset == first.g->tensors[t]->grad_offset);
    }
    zoo_free(&first);
    zoo_free(&again);
    params_free(&params);
}

static void check_kept_apart(void)
{
    struct params params;
    struct zoo z;
    params_init(&params, 9);
    zoo_build(&z, &params, last_dtype(), 16, 16);
    keep_all(z.g);
    CHECK(graph_finish(z.g, NULL) == 0);
    for (size_t i = 0; i < z.g->tensor_count; i++)
        for (size_t k = 0; k < i; k++) {
            const struct tensor *a = z.g->tensors[i], *b = z.g->tensors[k];
            const char *p = a->data, *q = b->data;
            CHECK((uintptr_t)p % 64 == 0);
            CHECK(p + tensor_count(a) * dtype_size(a->dtype) <= q ||
                  q + tensor_count(b) * dtype_size(b->dtype) <= p);
        }
    zoo_free(&z);
    params_free(&params);
}

static void check_folding(void)
{
    struct params params;
    struct rng rng = {.seed = 2};
    struct graph *g[2];
    struct tensor *x[2], *y[2];
    float values[16 * 16 * 3];
    params_init(&params, 4);
    for (size_t i = 0; i < 2; i++) {
        g[i] = graph_new(backend_cpu(), DTYPE_F32, GRAPH_INFER, 1);
        graph_params(g[i], &params, 0);
        graph_init(g[i], PARAM_HE_NORMAL);
        x[i] = graph_input(g[i], 1, 16, 16, 3);
        y[i] = graph_output(g[i], zoo_scores(g[i], x[i]));
        if (i == 1)
            keep_all(g[i]);
        CHECK(graph_finish(g[i], NULL) == 0);
    }
    // Two normalizations follow convolutions and vanish; the one behind a transpose stays; six
    // activations vanish, and the upsampling before a convolution of 4x4.
    CHECK(layers_of(g[0]) + 9 == layers_of(g[1]));
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        values[i] = rng_normal(&rng);
    for (int round = 0; round < 2; round++) { // new values must reach the folded weights
        for (struct param *p = params.first; p; p = p->next)
            for (size_t i = 0; p->rank == 1 && i < p->count; i++)
                p->value[i] = strstr(p->name, "running_var") ? rng_range(&rng, 0.1f, 3)
                                                             : p->value[i] + rng_normal(&rng) / 2;
        params.version++;
        float *out[2];
        for (size_t i = 0; i < 2; i++) {
            graph_set(x[i], values);
            graph_forward(g[i]);
            out[i] = read_out(y[i]);
        }
        CHECK(worst_of(out[0], out[1], tensor_count(y[0])) <= CLOSE);
        free(out[0]);
        free(out[1]);
    }
    graph_free(g[0]);
    graph_free(g[1]);
    params_free(&params);
}

// At inference a fully connected layer is given to the device in another form.
static void check_fully_connected(void)
{
    struct params params;
    float values[3 * 4 * 5 * 6], *out[2];
    params_init(&params, 4);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        values[i] = (float)(i % 13) / 6 - 1;
    for (int i = 0; i < 2; i++) {
        struct graph *g =
            graph_new(backend_cpu(), DTYPE_F32, i == 0 ? GRAPH_INFER : GRAPH_TRAIN, 1);
        graph_params(g, &params, 0);
        graph_init(g, PARAM_HE_NORMAL);
        struct tensor *x = graph_input(g, 3, 4, 5, 6);
        struct tensor *y = graph_output(g, activation(g, linear(g, x, "fc", 7), ACTIVATION_RELU));
        CHECK(graph_finish(g, NULL) == 0);
        graph_set(x, values);
        graph_forward(g);
        out[i] = read_out(y);
        graph_free(g);
    }
    CHECK(worst_of(out[0], out[1], 3 * 7) <= CLOSE);
    free(out[0]);
    free(out[1]);
    params_free(&params);
}

// Graphs that share memory have the same numbers as one with memory of its own: in turn they have
// the same block, at the same time each has one.
static void check_borrowing(void)
{
    struct params params;
    struct graph *g[3];
    struct tensor *x[3], *y[3];
    float values[24 * 40 * 8];
    params_init(&params, 4);
    for (size_t i = 0; i < 3; i++) { // the first and the last are alike; the last shares nothing
        const size_t h = i == 1 ? 24 : 10, w = i == 1 ? 40 : 10;
        g[i] = graph_new(backend_cpu(), DTYPE_F32, GRAPH_INFER, 1);
        graph_params(g[i], &params, 0);
        graph_init(g[i], PARAM_HE_NORMAL);
        if (i < 2)
            graph_share_memory(g[i]);
        x[i] = graph_input(g[i], 1, h, w, 8);
        struct tensor *z =
            conv2d(g[i], x[i], "a", (struct conv2d){.channels = 16, .kernel = 3, .pad = 1});
        y[i] = graph_output(
            g[i], add(g[i], conv2d(g[i], z, "b", (struct conv2d){.channels = 16, .kernel = 1}), z));
        CHECK(graph_finish(g[i], NULL) == 0);
        CHECK(graph_borrow(g[i], NULL) == 0);
        graph_pack(g[i]);
        graph_return(g[i]);
    }
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        values[i] = (float)(i % 17) - 8;
    graph_set(x[2], values);
    graph_forward(g[2]);
    float *right = read_out(y[2]);
    const void *places[3];
    for (size_t turn = 0; turn < 3; turn++) {
        struct graph *now = g[turn % 2];
        CHECK(graph_borrow(now, NULL) == 0);
        places[turn] = now->arena;
        graph_set(x[turn % 2], values);
        graph_forward(now);
        float *found = read_out(y[turn % 2]);
        CHECK(turn == 1 || memcmp(found, right, tensor_count(y[2]) * sizeof *right) == 0);
        free(found);
        graph_return(now);
    }
    CHECK(places[0] == places[1] && places[1] == places[2]);
    CHECK(graph_borrow(g[0], NULL) == 0 && graph_borrow(g[1], NULL) == 0);
    CHECK(g[0]->arena != g[1]->arena);
    graph_return(g[0]);
    graph_return(g[1]);
    graph_return(g[1]); // nothing
    const void *own = g[2]->arena;
    CHECK(graph_borrow(g[2], NULL) == 0 && g[2]->arena == own);
    free(right);
    for (size_t i = 0; i < 3; i++)
        graph_free(g[i]);
    params_free(&params);
}

// Two shapes, one set: gradients of both add up.
static void check_sharing(void)
{
    struct params params;
    struct zoo z[2];
    params_init(&params, 5);
    zoo_build(&z[0], &params, DTYPE_F32, 16, 16);
    struct tensor *a = graph_input(z[0].g, 1, 1, 1, 1); // a tensor that no one reads is allowed
    CHECK(a != NULL);
    CHECK(graph_finish(z[0].g, NULL) == 0);
    const size_t numbers = params_count(&params);

    struct graph *wide = graph_new(backend_cpu(), DTYPE_F32, GRAPH_TRAIN, 3);
    graph_params(wide, &params, 0);
    struct tensor *x = graph_input(wide, 1, 8, 40, 3);
    loss_gan(wide, zoo_scores(wide, x), GAN_LEAST_SQUARES, 1, 1);
    CHECK(graph_finish(wide, NULL) == 0);
    CHECK(params_count(&params) == numbers);

    CHECK(params_train(&params, NULL) == 0);
    zoo_inputs(&z[0], 1);
    float *values = calloc(tensor_count(x), sizeof *values);
    for (size_t i = 0; i < tensor_count(x); i++)
        values[i] = sinf((float)i);
    graph_set(x, values);
    struct param *p = params_find(&params, "c1.weight");
    float *sum = calloc(p->count, sizeof *sum);
    for (int part = 0; part < 3; part++) { // the one, the other, both
        params_clear_gradients(&params);
        for (int k = 0; k < 2; k++)
            if (part == k || part == 2) {
                graph_forward(k ? wide : z[0].g);
                graph_backward(k ? wide : z[0].g);
            }
        CHECK(p->has_grad);
        for (size_t i = 0; part < 2 && i < p->count; i++)
            sum[i] += p->grad[i];
    }
    CHECK(worst_of(p->grad, sum, p->count) <= 1e-5);
    free(sum);
    free(values);
    graph_free(wide);
    zoo_free(&z[0]);
    params_free(&params);
}

static void check_frozen(void)
{
    struct params params[2];
    float values[2 * 8 * 8 * 3];
    params_init(&params[0], 1);
    params_init(&params[1], 2);
    struct graph *g = graph_new(backend_cpu(), DTYPE_F32, GRAPH_TRAIN, 1);
    const struct conv2d o = {.channels = 4, .kernel = 3, .pad = 1, .bias = 1};
    graph_params(g, &params[0], 0);
    struct tensor *x = graph_input(g, 2, 8, 8, 3), *y = conv2d(g, x, "g", o);
    graph_params(g, &params[1], 1);
    y = batch_norm(g, conv2d(g, y, "d", o), "n", (struct norm){0});
    loss_gan(g, batch_norm(g, y, "m", (struct norm){0}), GAN_LOGISTIC, 1, 1);
    CHECK(graph_finish(g, NULL) == 0);
    for (size_t i = 0; i < 2; i++) {
        CHECK(params_train(&params[i], NULL) == 0);
        params_clear_gradients(&params[i]);
    }
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        values[i] = cosf((float)(3 * i));
    graph_set(x, values);
    graph_forward(g);
    graph_backward(g);
    struct params_step flag = {.finite = 1};
    for (struct param *p = params[0].first; p; p = p->next)
        CHECK(p->has_grad);
    params_check(&params[0], &flag);
    CHECK(flag.finite);
    for (struct param *p = params[1].first; p; p = p->next) {
        CHECK(!p->has_grad);
        for (size_t i = 0; !p->trainable && i < p->count; i++)
            CHECK(p->value[i] == (strstr(p->name, "mean") ? 0 : 1));
    }
    float most = 0;
    for (size_t i = 0; i < params[0].first->count; i++)
        most = fmaxf(most, fabsf(params[0].first->grad[i]));
    CHECK(most > 0);
    graph_free(g);
    params_free(&params[0]);
    params_free(&params[1]);
}

// The first layers of a pretrained network, left as they are: their fixed normalization is folded
// in training, too, the numbers stay what they are unfolded, and what lies behind still learns.
static void check_frozen_start(void)
{
    struct params params;
    float values[2 * 8 * 8 * 3], outputs[2][2 * 8 * 8 * 4], *grads[2];
    size_t layers[2];
    params_init(&params, 3);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        values[i] = sinf((float)(5 * i));
    for (size_t folded = 0; folded < 2; folded++) {
        struct graph *g = graph_new(backend_cpu(), DTYPE_F32, GRAPH_TRAIN, 1);
        const struct conv2d o = {.channels = 4, .kernel = 3, .pad = 1};
        graph_params(g, &params, 0);
        graph_freeze(g, 1);
        struct tensor *x = graph_input(g, 2, 8, 8, 3), *y = conv2d(g, x, "a", o), *z;
        if (!folded)
            graph_output(g, y);
        y = activation(g, batch_norm(g, y, "n", (struct norm){.fixed = 1}), ACTIVATION_RELU6);
        graph_freeze(g, 0);
        z = graph_output(g, conv2d(g, y, "b", o));
        loss_gan(g, z, GAN_LOGISTIC, 1, 1);
        CHECK(graph_finish(g, NULL) == 0);
        if (!folded) {
            CHECK(params_train(&params, NULL) == 0);
            for (size_t i = 0; i < 4; i++) {
                params_find(&params, "n.running_mean")->value[i] = 0.1f * (float)i;
                params_find(&params, "n.running_var")->value[i] = 0.3f + (float)i;
                params_find(&params, "n.bias")->value[i] = 0.5f - 0.2f * (float)i;
            }
        }
        params.version++;
        params_clear_gradients(&params);
        graph_set(x, values);
        graph_forward(g);
        graph_backward(g);
        graph_get(z, outputs[folded]);
        layers[folded] = layers_of(g);
        const struct param *b = params_find(&params, "b.weight");
        CHECK(b->has_grad && !params_find(&params, "a.weight")->has_grad &&
              !params_find(&params, "n.weight")->has_grad);
        grads[folded] = malloc(b->count * sizeof(float));
        memcpy(grads[folded], b->grad, b->count * sizeof(float));
        graph_free(g);
    }
    CHECK(layers[1] + 1 == layers[0]);
    CHECK(worst_of(outputs[1], outputs[0], 2 * 8 * 8 * 4) <= CLOSE);
    CHECK(worst_of(grads[1], grads[0], params_find(&params, "b.weight")->count) <= CLOSE);
    free(grads[0]);
    free(grads[1]);
    params_free(&params);
}

// A branch that is only looked at has no gradient and disturbs none.
static void check_dead_end(void)
{
    struct params params[2];
    struct zoo z[2];
    for (size_t i = 0; i < 2; i++) {
        params_init(&params[i], 6);
        zoo_build(&z[i], &params[i], DTYPE_F32, 16, 16);
        if (i == 1) {
            struct tensor *s = softmax(z[i].g, z[i].scores);
            graph_output(z[i].g, activation(z[i].g, s, ACTIVATION_TANH));
            batch_norm(z[i].g, z[i].scores, "n2", (struct norm){0}); // a mistake, reported below
        }
    }
    swatch_error error = {0};
    CHECK(graph_finish(z[1].g, &error) != 0);
    CHECK_STRING(error.message, "tensor n2.weight is 8, but the network needs 5");
    zoo_free(&z[1]);
    params_free(&params[1]);
    params_init(&params[1], 6);
    zoo_build(&z[1], &params[1], DTYPE_F32, 16, 16);
    struct tensor *s = graph_output(z[1].g, softmax(z[1].g, z[1].scores));
    for (size_t i = 0; i < 2; i++)
        run_zoo(&z[i], &params[i]);
    check_same_gradients(&params[0], &params[1], CLOSE);
    float *shares = read_out(s), sum = 0;
    for (size_t i = 0; i < ZOO_CLASSES; i++)
        sum += shares[i];
    CHECK_NEAR(sum, 1, 1e-6);
    free(shares);
    for (size_t i = 0; i < 2; i++) {
        zoo_free(&z[i]);
        params_free(&params[i]);
    }
}

typedef struct tensor *faulty(struct graph *g, struct tensor *x);

static struct tensor *add_unlike(struct graph *g, struct tensor *x)
{
    return add(g, x, max_pool(g, x, 2, 2, 0));
}
static struct tensor *concat_unlike(struct graph *g, struct tensor *x)
{
    return concat(g, max_pool(g, x, 2, 2, 0), x);
}
static struct tensor *kernel_large(struct graph *g, struct tensor *x)
{
    return conv2d(g, x, "big", (struct conv2d){.channels = 4, .kernel = 9});
}
static struct tensor *groups_odd(struct graph *g, struct tensor *x)
{
    return conv2d(g, x, "odd", (struct conv2d){.channels = 4, .kernel = 3, .groups = 3});
}
static struct tensor *no_channels(struct graph *g, struct tensor *x)
{
    return conv2d(g, x, "none", (struct conv2d){.kernel = 3});
}
static struct tensor *transposed_same(struct graph *g, struct tensor *x)
{
    return conv_transpose2d(g, x, "t", (struct conv2d){.channels = 4, .kernel = 3, .same = 1});
}
static struct tensor *two_shapes(struct graph *g, struct tensor *x)
{
    const struct conv2d o = {.channels = 4, .kernel = 3, .pad = 1};
    return conv2d(g, conv2d(g, x, "twice", o), "twice",
                  (struct conv2d){.channels = 4, .kernel = 5, .pad = 2});
}
static struct tensor *long_name(struct graph *g, struct tensor *x)
{
    char name[200];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = 0;
    return conv2d(g, x, name, (struct conv2d){.channels = 4, .kernel = 3});
}
static struct tensor *pool_large(struct graph *g, struct tensor *x)
{
    return max_pool(g, x, 9, 1, 0);
}
static struct tensor *drop_all(struct graph *g, struct tensor *x)
{
    return dropout(g, x, 1);
}
static struct tensor *drop_nan(struct graph *g, struct tensor *x)
{
    return dropout(g, x, NAN);
}
static struct tensor *enlarge_none(struct graph *g, struct tensor *x)
{
    return upsample_nearest(g, x, 0);
}
static struct tensor *softmax_wide(struct graph *g, struct tensor *x)
{
    (void)x;
    return softmax(g, graph_input(g, 1, 1, 1, 5000));
}
static struct tensor *entropy_wide(struct graph *g, struct tensor *x)
{
    (void)x;
    return loss_cross_entropy(g, graph_input(g, 1, 1, 1, 5000), graph_input_labels(g, 1, 1, 1, 1),
                              NULL, NULL, 0, 1);
}
static struct tensor *entropy_unlike(struct graph *g, struct tensor *x)
{
    return loss_cross_entropy(g, x, graph_input_labels(g, 1, 8, 7, 1), NULL, NULL, 0, 1);
}
static struct tensor *l1_unlike(struct graph *g, struct tensor *x)
{
    return loss_l1(g, x, graph_input(g, 1, 8, 8, 5), 1);
}
static struct tensor *huge(struct graph *g, struct tensor *x)
{
    (void)x;
    return graph_input(g, SIZE_MAX / 8, 16, 16, 3);
}
static struct tensor *empty(struct graph *g, struct tensor *x)
{
    (void)x;
    return graph_input(g, 1, 0, 16, 3);
}
static struct tensor *no_params(struct graph *g, struct tensor *x)
{
    graph_params(g, NULL, 0);
    return conv2d(g, x, "lone", (struct conv2d){.channels = 4, .kernel = 3});
}

static void check_faults(void)
{
    static const struct {
        faulty *build;
        const char *message; // how it begins
    } cases[] = {
        {add_unlike, "add: 1x8x8x4 and 1x4x4x4 differ"},
        {concat_unlike, "concat: 1x4x4 and 1x8x8 differ"},
        {kernel_large, "big: a 9 x 9 kernel does not fit into 8 x 8"},
        {groups_odd, "odd: 4 channels from 4 in 3 groups is no convolution"},
        {no_channels, "none: 0 channels"},
        {transposed_same, "t: no transposed convolution has these sizes"},
        {two_shapes, "tensor twice.weight is 4x4x3x3, but the network needs 4x4x5x5"},
        {long_name, "nnnnnnnnnnnnnnnn"},
        {pool_large, "a 9 x 9 window"},
        {drop_all, "a dropout rate of 1 "},
        {drop_nan, "a dropout rate of nan "},
        {enlarge_none, "an upsampling factor of 0 "},
        {softmax_wide, "softmax over 5000 channels"},
        {entropy_wide, "cross-entropy over 5000 channels"},
        {entropy_unlike, "cross-entropy needs one label"},
        {l1_unlike, "L1 needs"},
        {huge, "a tensor of "},
        {empty, "a tensor of 1 x 0 x 16 x 3 is empty"},
        {no_params, "lone: no parameters"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct params params;
        swatch_error error = {0};
        params_init(&params, 1);
        struct graph *g = graph_new(backend_cpu(), DTYPE_F32, GRAPH_TRAIN, 1);
        graph_params(g, &params, 0);
        struct tensor *x = graph_input(g, 1, 8, 8, 4), *y = cases[i].build(g, x);
        CHECK(!y);
        // What follows is quiet, and the first fault is the one that is told.
        y = activation(g, batch_norm(g, y, "later", (struct norm){0}), ACTIVATION_RELU);
        y = softmax(g, add(g, concat(g, y, x), dropout(g, linear(g, y, "l", 3), 0.5f)));
        CHECK(!upsample_bilinear(g, max_pool(g, y, 2, 2, 0), 2));
        CHECK(!loss_gan(g, conv_transpose2d(g, y, "t", (struct conv2d){0}), GAN_LOGISTIC, 1, 1));
        kernel_large(g, x);
        CHECK(graph_finish(g, &error) != 0);
        if (strncmp(error.message, cases[i].message, strlen(cases[i].message)) != 0)
            CHECK_STRING(error.message, cases[i].message);
        graph_free(g);
        params_free(&params);
    }
    // A set that came from a file takes no new parameters.
    struct params closed;
    swatch_error error = {0};
    params_init(&closed, 1);
    closed.closed = 1;
    struct graph *g = graph_new(backend_cpu(), DTYPE_F32, GRAPH_INFER, 1);
    graph_params(g, &closed, 0);
    CHECK(!linear(g, graph_input(g, 1, 2, 2, 2), "fully", 3));
    CHECK(graph_check(g, &error) != 0);
    CHECK_STRING(error.message, "the network needs a tensor fully.weight, which is missing");
    graph_free(g);
    CHECK(graph_check(NULL, &error) != 0);
    graph_free(NULL);
}

// Three steps of training, from nothing, give the same bits twice.
static void check_determinism(enum dtype dtype)
{
    struct params params[2];
    const struct adam adam = {.rate = 1e-3f, .beta1 = 0.5f, .beta2 = 0.999f, .epsilon = 1e-7f};
    for (size_t i = 0; i < 2; i++) {
        struct zoo z;
        params_init(&params[i], 8);
        zoo_build(&z, &params[i], dtype, 16, 16);
        run_zoo(&z, &params[i]);
        for (uint64_t step = 1; step <= 3; step++) {
            graph_set_step(z.g, step);
            params_clear_gradients(&params[i]);
            graph_forward(z.g);
            graph_backward(z.g);
            params_adam(&params[i], &adam, step);
        }
        zoo_free(&z);
    }
    const struct param *q = params[1].first;
    for (const struct param *p = params[0].first; p; p = p->next, q = q->next)
        CHECK(memcmp(p->value, q->value, p->count * sizeof *p->value) == 0);
    params_free(&params[0]);
    params_free(&params[1]);
}

static double cosine(const float *a, const float *b, size_t count)
{
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < count; i++) {
        ab += (double)(a[i] * b[i]);
        aa += (double)(a[i] * a[i]);
        bb += (double)(b[i] * b[i]);
    }
    return ab / sqrt(aa * bb);
}

static double length(const float *a, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)a[i] * (double)a[i];
    return sqrt(sum);
}

// bf16 keeps 8 bits: each of some 20 roundings moves a number by up to 1/512 of itself, so scores
// stay within some percent of the largest. Gradients cross twice as many, kinks and normalizations
// over 6 pixels, and turn a little (a cosine of 0.9 is 26 degrees), but are as long within 10 %. A
// bias before a normalization has no gradient but noise.
static void check_bf16(void)
{
    struct params params[2];
    struct zoo z[2];
    for (size_t i = 0; i < 2; i++) {
        params_init(&params[i], 9);
        zoo_build(&z[i], &params[i], i ? DTYPE_BF16 : DTYPE_F32, 16, 24);
        run_zoo(&z[i], &params[i]);
    }
    CHECK(z[1].g->arena_bytes < z[0].g->arena_bytes); // scratch is as oneDNN likes it
    CHECK_NEAR(graph_loss(z[1].loss), graph_loss(z[0].loss), 0.02 * graph_loss(z[0].loss));
    float *a = read_out(z[0].scores), *b = read_out(z[1].scores);
    CHECK(worst_of(b, a, z[0].count) <= 0.05);
    const struct param *q = params[1].first;
    for (const struct param *p = params[0].first; p; p = p->next, q = q->next)
        if (p->has_grad && strcmp(p->name, "c1.bias") != 0) {
            const double turned = cosine(p->grad, q->grad, p->count);
            const double longer = length(q->grad, q->count) / length(p->grad, p->count);
            if (!(turned >= 0.9 && longer > 0.9 && longer < 1.1))
                fprintf(stderr, "bf16: the gradient of %s: cosine %g, length times %g\n", p->name,
                        turned, longer);
            CHECK(turned >= 0.9 && longer > 0.9 && longer < 1.1);
        }
    free(a);
    free(b);
    for (size_t i = 0; i < 2; i++) {
        zoo_free(&z[i]);
        params_free(&params[i]);
    }
}

// What a processor without AVX-512 says.
static void check_no_bf16(void)
{
    swatch_error error = {0};
    struct params params;
    struct zoo z;
    params_init(&params, 9);
    zoo_build(&z, &params, DTYPE_BF16, 16, 16);
    CHECK(graph_finish(z.g, &error) != 0);
    CHECK_STRING(error.message, "this processor does not compute in bf16, which takes AVX-512");
    zoo_free(&z);
    params_free(&params);
}

int main(void)
{
    check_plan_and_fusion();
    check_same_plan();
    check_kept_apart();
    check_folding();
    check_fully_connected();
    check_borrowing();
    check_sharing();
    check_frozen();
    check_frozen_start();
    check_dead_end();
    check_faults();
    check_determinism(DTYPE_F32);
    if (last_dtype() == DTYPE_BF16) {
        check_determinism(DTYPE_BF16);
        check_bf16();
    } else {
        check_no_bf16();
    }
    return test_end();
}
