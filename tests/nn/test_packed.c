// Packed weights that graphs of one set of parameters share: what a further graph takes, that it
// computes the same, that any of them may end first, and threads that do all that at once.

#include <malloc.h>
#include <pthread.h>
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
size_t __sanitizer_get_current_allocated_bytes(void); // gcc has no header for it
#endif

#include "last_dtype.h"
#include "nn/layers.h"
#include "nn/lend.h"
#include "test.h"

#define CHANNELS 128
#define THREADS 3

// Bytes that are allocated.
static size_t allocated(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return __sanitizer_get_current_allocated_bytes();
#else
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
#endif
}

// A network with each kind of weights that is packed in its own way; the last one is read twice.
struct net {
    struct graph *g;
    struct tensor *x, *y, *flat;
    int failed; // threads do not CHECK, which counts without a lock
};

static void net_build(struct net *n, struct params *params, enum dtype dtype, size_t side,
                      int lends)
{
    struct graph *g = n->g = graph_new(backend_cpu(), dtype, GRAPH_INFER, 1);
    graph_params(g, params, 1);
    graph_init(g, PARAM_HE_NORMAL);
    if (lends)
        graph_share_memory(g);
    n->x = graph_input(g, 1, side, side, 8);
    struct tensor *y =
        conv2d(g, n->x, "three", (struct conv2d){.channels = CHANNELS, .kernel = 3, .pad = 1});
    y = conv2d(g, y, "one", (struct conv2d){.channels = CHANNELS, .kernel = 1});
    y = conv2d(g, y, "wide", (struct conv2d){.channels = 4 * CHANNELS, .kernel = 3, .pad = 1});
    y = batch_norm(g, y, "norm", (struct norm){.epsilon = 1e-3f});
    y = conv_transpose2d(g, y, "up",
                         (struct conv2d){.channels = CHANNELS, .kernel = 4, .stride = 2, .pad = 1});
    y = max_pool(g, y, 2, 2, 0);
    for (int i = 0; i < 2; i++)
        y = conv2d(g, y, "twice",
                   (struct conv2d){.channels = CHANNELS, .kernel = 5, .pad = 2, .bias = 1});
    n->y = graph_output(g, y);
    n->flat = side == 8 ? graph_output(g, linear(g, y, "flat", 32)) : NULL;
    n->failed = graph_finish(g, NULL);
    n->failed |= graph_borrow(g, NULL);
    graph_pack(g);
    graph_return(g);
}

// The outputs on a photo of its own side; the caller frees them.
static float *net_run(struct net *n)
{
    const size_t count = n->x->h * n->x->w * n->x->c, outputs = n->y->h * n->y->w * n->y->c;
    float *values = malloc(count * sizeof *values);
    float *out = calloc(outputs + 32, sizeof *out);
    for (size_t i = 0; i < count; i++)
        values[i] = (float)(i % 19) / 8 - 1;
    n->failed |= graph_borrow(n->g, NULL);
    graph_set(n->x, values);
    graph_forward(n->g);
    graph_get(n->y, out);
    if (n->flat)
        graph_get(n->flat, out + outputs);
    graph_return(n->g);
    free(values);
    return out;
}

// Whether the net computes what is right.
static int runs(struct net *n, const float *right)
{
    float *out = net_run(n);
    n->failed |= memcmp(out, right, (n->y->h * n->y->w * n->y->c + 32) * sizeof *out) != 0;
    free(out);
    return !n->failed;
}

static const size_t sides[2] = {8, 12};

// A set whose values do not change, and the outputs of graphs that share nothing.
static void prepare(struct params *params, enum dtype dtype, float *right[2])
{
    params_init(params, 6);
    for (size_t i = 0; i < 2; i++) {
        struct net n;
        net_build(&n, params, dtype, sides[i], 0);
        right[i] = net_run(&n);
        CHECK(!n.failed);
        graph_free(n.g);
    }
    params->closed = 1;
}

static void check_cost(enum dtype dtype)
{
    struct params params;
    struct net nets[3];
    float *right[2];
    size_t cost[3];
    prepare(&params, dtype, right);
    for (size_t i = 0; i < 3; i++) { // the last one is of another size
        const size_t before = allocated();
        net_build(&nets[i], &params, dtype, sides[i / 2], 1);
        cost[i] = allocated() - before;
    }
    CHECK(cost[1] < cost[0] / 2);
    // oneDNN may want another layout for another size. Minimal filtering never does.
    const struct conv_shape wide = {.c = CHANNELS,
                                    .out_c = 4 * CHANNELS,
                                    .kernel_h = 3,
                                    .kernel_w = 3,
                                    .stride = 1,
                                    .dilation = 1,
                                    .groups = 1,
                                    .top = 1,
                                    .left = 1,
                                    .bottom = 1,
                                    .right = 1};
    const size_t bytes = 16 * wide.c * wide.out_c * sizeof(float);
    if (dtype == DTYPE_F32 && cpu_winograd_fits(&wide, 0))
        CHECK(cost[2] < cost[0] - bytes / 2);
    for (size_t i = 0; i < 3; i++)
        CHECK(runs(&nets[i], right[i / 2]));
    graph_free(nets[0].g); // which packed them
    CHECK(runs(&nets[2], right[1]));
    net_build(&nets[0], &params, dtype, sides[1], 1);
    graph_free(nets[1].g);
    graph_free(nets[2].g);
    CHECK(runs(&nets[0], right[1]));
    graph_free(nets[0].g);
    for (const struct param *p = params.first; p; p = p->next)
        CHECK(!p->packed);
    params_free(&params);
    free(right[0]);
    free(right[1]);
}

struct work {
    pthread_t thread;
    struct params *params;
    float *const *right;
    int failed;
};

static void *work(void *user)
{
    struct work *w = user;
    for (size_t i = 0; i < 8; i++) {
        struct net n;
        net_build(&n, w->params, DTYPE_F32, sides[i % 2], 1);
        w->failed |= !runs(&n, w->right[i % 2]);
        graph_free(n.g);
    }
    return NULL;
}

static void check_threads(void)
{
    struct params params;
    struct work works[THREADS];
    float *right[2];
    prepare(&params, DTYPE_F32, right);
    for (size_t i = 0; i < THREADS; i++) {
        works[i] = (struct work){.params = &params, .right = right};
        CHECK(pthread_create(&works[i].thread, NULL, work, &works[i]) == 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(works[i].thread, NULL);
        CHECK(!works[i].failed);
    }
    params_free(&params);
    free(right[0]);
    free(right[1]);
}

int main(void)
{
    check_cost(DTYPE_F32);
    if (last_dtype() == DTYPE_BF16)
        check_cost(DTYPE_BF16);
    check_threads();
    return test_end();
}
