// Every layer on a GPU against the CPU: the table of cases.h in f32 and bf16, and the zoo's network
// in training, recorded and not.
//
// In f32 both sum the same numbers in other orders: a layer is off by a few 1e-7 of its largest
// number, and the worst of the small networks by some 1e-5. In bf16 both round the same f32 sums to
// 8 bits, and where these sums lie on two sides of a tie one number is off by 2^-8; behind a few
// layers most numbers carry an error of about that.

#include "cuda_device.h"

#include "cases.h"
#include "zoo.h"

#define CLOSE_F32 1e-4
#define CLOSE_BF16 0.02

static double bound_of(enum dtype dtype)
{
    return dtype == DTYPE_F32 ? CLOSE_F32 : CLOSE_BF16;
}

static void check_case(const struct backend *device, size_t k, enum dtype dtype)
{
    const struct backend *const backends[] = {backend_cpu(), device};
    const char *name = cases[k].name;
    struct setup s[2];
    struct rng rng;
    float losses[2];
    int made = 1;
    for (int i = 0; i < 2; i++) {
        made &= !setup_make(&s[i], k, backends[i], dtype, &rng);
        if (!made)
            continue;
        params_clear_gradients(&s[i].params);
        graph_set_step(s[i].g, 3);
        losses[i] = (float)loss_at(&s[i]);
        graph_backward(s[i].g);
        graph_get_grad(s[i].x, s[i].dx);
    }
    if (made) {
        cuda_check_close(name, "loss", dtype, &losses[1], &losses[0], 1, 1e-6, bound_of(dtype));
        cuda_check_close(name, "dx", dtype, s[1].dx, s[0].dx, s[0].count,
                         cuda_least(dtype, &s[0].params), bound_of(dtype));
        cuda_check_params(name, dtype, &s[1].params, &s[0].params, bound_of(dtype));
    }
    setup_free(&s[0]);
    setup_free(&s[1]);
}

static void queue_step(struct zoo *z, struct params *params, const struct adam *adam)
{
    params_clear_gradients(params);
    graph_forward(z->g);
    graph_backward(z->g);
    params_check(params, params->step);
    params_update(params, adam, params->step);
}

// Some steps, of which the later ones are recorded or not.
static void train_zoo(struct zoo *z, struct params *params, const struct backend *backend,
                      enum dtype dtype, uint64_t steps, int recorded)
{
    swatch_error error = {0};
    struct recording *recording = NULL;
    params_init(params, 9);
    params->backend = backend;
    zoo_build(z, params, dtype, 16, 24);
    CHECK(graph_finish(z->g, &error) == 0 && params_train(params, &error) == 0);
    CHECK_STRING(error.message, "");
    for (uint64_t step = 1; step <= steps; step++) {
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
        if (!recorded || step == 1) {
            queue_step(z, params, &adam);
        } else {
            if (!recording) {
                CHECK(backend->record_begin(&error) == 0);
                queue_step(z, params, &adam);
                CHECK(backend->record_end(&recording, &error) == 0);
                CHECK_STRING(error.message, "");
            }
            backend->replay(recording);
        }
        CHECK(params_passed(params) == 1);
        CHECK(backend->check(&error) == 0);
    }
    if (recording)
        backend->recording_free(recording);
}

static void check_zoo(const struct backend *device, enum dtype dtype)
{
    const struct backend *const backends[] = {backend_cpu(), device, device, device};
    const uint64_t steps[] = {1, 1, 4, 4};
    struct params params[4];
    struct zoo z[4];
    for (int i = 0; i < 4; i++)
        train_zoo(&z[i], &params[i], backends[i], dtype, steps[i], i == 3);
    // After one step: gradients and running statistics; some layers on, bf16 has lost more, and
    // most in the sums over all rows that the gradients of biases are.
    const double bound = dtype == DTYPE_F32 ? CLOSE_F32 : 10 * CLOSE_BF16;
    CHECK_NEAR(graph_loss(z[1].loss), graph_loss(z[0].loss), bound * graph_loss(z[0].loss));
    cuda_check_params("zoo", dtype, &params[1], &params[0], bound);
    // A recording does what it recorded, and a rerun gives the same bits.
    CHECK(cuda_same_bits(&params[2], &params[3]));
    for (int i = 0; i < 4; i++) {
        zoo_free(&z[i]);
        params_free(&params[i]);
    }
}

// Running statistics that are not folded into the convolutions.
static void check_inference(const struct backend *device, enum dtype dtype)
{
    const struct backend *const backends[] = {backend_cpu(), device};
    struct rng rng = {.seed = 3};
    float values[16 * 24 * 3], *scores[2];
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        values[i] = rng_normal(&rng);
    for (int i = 0; i < 2; i++) {
        struct params params;
        params_init(&params, 4);
        params.backend = backends[i];
        struct graph *g = graph_new(backends[i], dtype, GRAPH_INFER, 1);
        graph_params(g, &params, 0);
        graph_init(g, PARAM_HE_NORMAL);
        struct tensor *x = graph_input(g, 1, 16, 24, 3);
        struct tensor *y = graph_output(g, zoo_scores(g, x));
        CHECK(graph_finish(g, NULL) == 0);
        graph_set(x, values);
        graph_forward(g);
        scores[i] = malloc(tensor_count(y) * sizeof *scores[i]);
        graph_get(y, scores[i]);
        graph_free(g);
        params_free(&params);
    }
    cuda_check_close("zoo", "inference", dtype, scores[1], scores[0], 16 * 24 * ZOO_CLASSES, 1e-6,
                     bound_of(dtype));
    free(scores[0]);
    free(scores[1]);
}

int main(void)
{
    const enum dtype last = last_dtype();
    const struct backend *device = cuda_device();
    for (enum dtype dtype = DTYPE_F32; dtype <= last; dtype++) {
        for (size_t k = 0; k < CASES; k++)
            check_case(device, k, dtype);
        check_zoo(device, dtype);
        check_inference(device, dtype);
    }
    return test_end();
}
