// The engine on a device whose memory the host cannot touch (guarded_device.h). Each layer, and the
// zoo's network in training, recorded or not, gives the same bits as on the CPU.

#include "cases.h"
#include "guarded_device.h"
#include "zoo.h"

static void check_same(const char *what, const float *a, const float *b, size_t count)
{
    test_checks++;
    if (memcmp(a, b, count * sizeof *a) != 0) {
        test_failures++;
        fprintf(stderr, "%s: other bits than the CPU's\n", what);
    }
}

static void check_same_params(const char *what, const struct params *a, const struct params *b)
{
    char text[200];
    params_to_host(a);
    params_to_host(b);
    const struct param *q = b->first;
    for (const struct param *p = a->first; p; p = p->next, q = q->next) {
        const struct {
            const char *name;
            const float *a, *b;
        } parts[] = {{"value", p->value, q->value},
                     {"gradient", p->has_grad ? p->grad : NULL, q->grad},
                     {"m", p->m, q->m},
                     {"v", p->v, q->v},
                     {"average", p->average, q->average}};
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
            snprintf(text, sizeof text, "%s, %s of %s", what, parts[i].name, p->name);
            if (parts[i].a)
                check_same(text, parts[i].a, parts[i].b, p->count);
        }
    }
    CHECK(!q);
}

static void check_case(size_t k, enum dtype dtype)
{
    const struct adam adam = {.rate = 0.01f, .beta1 = 0.5f, .beta2 = 0.9f, .epsilon = 1e-7f};
    const struct backend *const backends[] = {guarded_reference(), guarded_device()};
    struct setup s[2];
    struct rng rng;
    double losses[2];
    int made = 1;
    for (int i = 0; i < 2; i++) {
        made &= !setup_make(&s[i], k, backends[i], dtype, &rng);
        for (uint64_t step = 1; made && step <= 2; step++) {
            params_clear_gradients(&s[i].params);
            graph_set_step(s[i].g, step);
            losses[i] = loss_at(&s[i]);
            graph_backward(s[i].g);
            params_adam(&s[i].params, &adam, step);
            CHECK(params_passed(&s[i].params));
        }
        if (made)
            graph_get_grad(s[i].x, s[i].dx);
    }
    if (made) {
        CHECK(losses[0] == losses[1]);
        check_same(cases[k].name, s[0].dx, s[1].dx, s[0].count);
        check_same_params(cases[k].name, &s[0].params, &s[1].params);
    }
    setup_free(&s[0]);
    setup_free(&s[1]);
}

#define STEPS 4

// All of a step but the inputs.
static void queue_step(struct zoo *z, struct params *params, const struct adam *adam)
{
    params_clear_gradients(params);
    graph_forward(z->g);
    graph_backward(z->g);
    params_check(params, params->step);
    params_update(params, adam, params->step);
}

// The network after STEPS steps, of which the first is not recorded.
static void train_zoo(struct zoo *z, struct params *params, const struct backend *backend,
                      enum dtype dtype)
{
    swatch_error error = {0};
    struct recording *recording = NULL;
    params_init(params, 9);
    params->backend = backend;
    zoo_build(z, params, dtype, 16, 24);
    CHECK(graph_finish(z->g, &error) == 0);
    CHECK_STRING(error.message, "");
    CHECK(params_train(params, &error) == 0);
    for (uint64_t step = 1; step <= STEPS; step++) {
        const struct adam adam = {.rate = 0.01f / (float)step,
                                  .beta1 = 0.9f,
                                  .beta2 = 0.99f,
                                  .epsilon = 1e-7f,
                                  .decay = 0.1f,
                                  .average_decay = 0.5f};
        free(z->values);
        free(z->classes);
        zoo_inputs(z, step);
        graph_set_step(z->g, step);
        params_begin(params, &adam, step);
        if (step == 1 || !backend->record_begin) {
            queue_step(z, params, &adam);
        } else {
            if (!recording) {
                CHECK(backend->record_begin(&error) == 0);
                queue_step(z, params, &adam);
                CHECK(backend->record_end(&recording, &error) == 0);
            }
            backend->replay(recording);
            params->version++;
        }
        CHECK(params_passed(params) == 1);
    }
    if (recording)
        backend->recording_free(recording);
}

static void check_zoo(enum dtype dtype)
{
    struct params params[2];
    struct zoo z[2];
    float *scores[2];
    guarded_replays = 0;
    train_zoo(&z[0], &params[0], guarded_reference(), dtype);
    train_zoo(&z[1], &params[1], guarded_device(), dtype);
    CHECK(guarded_replays == STEPS - 1);
    CHECK(graph_loss(z[0].loss) == graph_loss(z[1].loss));
    check_same_params("zoo", &params[0], &params[1]);
    // At inference, by the averages.
    for (int i = 0; i < 2; i++) {
        struct graph *g = graph_new(params[i].backend, dtype, GRAPH_INFER, 1);
        graph_params(g, &params[i], 1);
        struct tensor *x = graph_input(g, 1, 16, 24, 3);
        struct tensor *y = graph_output(g, zoo_scores(g, x));
        CHECK(graph_finish(g, NULL) == 0);
        params_swap_average(&params[i]);
        graph_set(x, z[i].values);
        graph_forward(g);
        params_swap_average(&params[i]);
        scores[i] = malloc(tensor_count(y) * sizeof *scores[i]);
        graph_get(y, scores[i]);
        graph_free(g);
    }
    check_same("zoo, inference", scores[0], scores[1], 16 * 24 * ZOO_CLASSES);
    for (int i = 0; i < 2; i++) {
        free(scores[i]);
        zoo_free(&z[i]);
        params_free(&params[i]);
    }
}

// A gradient that is not finite stops the update on the device itself.
static void check_not_finite(void)
{
    const struct adam adam = {.rate = 0.01f, .beta1 = 0.9f, .beta2 = 0.99f, .epsilon = 1e-7f};
    struct params params;
    struct zoo z;
    params_init(&params, 9);
    params.backend = guarded_device();
    zoo_build(&z, &params, DTYPE_F32, 16, 16);
    CHECK(graph_finish(z.g, NULL) == 0 && params_train(&params, NULL) == 0);
    zoo_inputs(&z, 1);
    z.values[5] = INFINITY;
    graph_set(z.x, z.values);
    params_begin(&params, &adam, 1);
    queue_step(&z, &params, &adam);
    CHECK(params_passed(&params) == 0);
    struct param *p = params_find(&params, "d1.weight");
    float *before = malloc(p->count * sizeof *before);
    memcpy(before, p->value, p->count * sizeof *before);
    params_to_host(&params);
    check_same("an update that is none", before, p->value, p->count);
    free(before);
    zoo_free(&z);
    params_free(&params);
}

static void check_mixed(void)
{
    swatch_error error = {0};
    struct params params;
    params_init(&params, 1);
    struct graph *g = graph_new(guarded_device(), DTYPE_F32, GRAPH_TRAIN, 1);
    graph_params(g, &params, 0);
    CHECK(graph_finish(g, &error) != 0);
    CHECK_STRING(error.message, "a network on the guarded with parameters on the cpu");
    graph_free(g);
    params_free(&params);
}

int main(void)
{
    const enum dtype last = last_dtype();
    for (enum dtype dtype = DTYPE_F32; dtype <= last; dtype++) {
        for (size_t k = 0; k < CASES; k++)
            check_case(k, dtype);
        check_zoo(dtype);
    }
    check_not_finite();
    check_mixed();
    CHECK(guarded_blocks == 0);
    return test_end();
}
