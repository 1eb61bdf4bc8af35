// Running a graph allocates nothing. Building one fails cleanly, whichever allocation fails.

#include "failing.h"
#include "zoo.h"

static void check_running(void)
{
    const struct adam adam = {.rate = 1e-3f, .beta1 = 0.5f, .beta2 = 0.999f, .epsilon = 1e-7f};
    struct params params;
    struct zoo z;
    params_init(&params, 1);
    calls = 0;
    zoo_build(&z, &params, DTYPE_F32, 16, 16);
    CHECK(graph_finish(z.g, NULL) == 0 && params_train(&params, NULL) == 0);
    CHECK(calls > 100); // they are counted at all
    zoo_inputs(&z, 1);
    calls = 0;
    for (uint64_t step = 1; step <= 3; step++) {
        params_clear_gradients(&params);
        graph_set_step(z.g, step);
        graph_set(z.x, z.values);
        graph_forward(z.g);
        graph_backward(z.g);
        params_adam(&params, &adam, step);
        CHECK(params_passed(&params));
    }
    graph_get(z.x, z.values);
    CHECK(calls == 0);
    zoo_free(&z);
    params_free(&params);
}

// 1 if that worked.
static int build(enum dtype dtype, enum graph_mode mode)
{
    swatch_error error = {0};
    struct params params;
    struct zoo z = {0};
    int status;
    params_init(&params, 1);
    if (mode == GRAPH_TRAIN) {
        zoo_build(&z, &params, dtype, 8, 8);
    } else if ((z.g = graph_new(backend_cpu(), dtype, mode, 1))) {
        graph_params(z.g, &params, 0);
        graph_output(z.g, zoo_scores(z.g, graph_input(z.g, 1, 8, 8, 3)));
    }
    status = graph_check(z.g, &error) || graph_finish(z.g, &error) ||
             (mode == GRAPH_TRAIN && params_train(&params, &error));
    CHECK(!status == (error.message[0] == 0));
    if (status && error.status != SWATCH_NO_MEMORY)
        CHECK_STRING(error.message, "out of memory");
    zoo_free(&z);
    params_free(&params);
    return !status;
}

static void check_building(enum dtype dtype, enum graph_mode mode)
{
    int done = 0;
    for (size_t n = 1; !done && n < 10000; n++) {
        calls = 0;
        failing = n;
        done = build(dtype, mode);
        CHECK(done == (calls < n)); // a failure is never passed over
    }
    failing = 0;
    CHECK(done);
}

int main(void)
{
    check_running();
    check_building(DTYPE_F32, GRAPH_TRAIN);
    check_building(last_dtype(), GRAPH_INFER);
    return test_end();
}
