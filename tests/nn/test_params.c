// Parameters: first values, Adam, the moving average, loading.

#include <unistd.h>

#include "nn/params.h"
#include "test.h"

#include "base/rng.h"

static struct param *make(struct params *params, const char *name, size_t rank, const size_t *shape,
                          enum param_init init, int trainable)
{
    struct param *p = NULL;
    struct param_spec spec = {
        .rank = rank, .init = init, .fan_in = 50, .fan_out = 150, .trainable = trainable};
    memcpy(spec.shape, shape, rank * sizeof *shape);
    CHECK(params_get(params, name, &spec, &p, NULL) == 0);
    return p;
}

static void check_first_values(void)
{
    struct params a, b, c;
    const size_t shape[] = {20, 10, 5, 5}, bias[] = {20};
    params_init(&a, 7);
    params_init(&b, 7);
    params_init(&c, 8);
    struct param *one = make(&a, "one.weight", 4, shape, PARAM_NORMAL_002, 1);
    struct param *two = make(&a, "two.weight", 4, shape, PARAM_NORMAL_002, 1);
    make(&b, "other", 1, bias, PARAM_ONE, 1);
    struct param *two_alike = make(&b, "two.weight", 4, shape, PARAM_NORMAL_002, 1);
    struct param *one_alike = make(&b, "one.weight", 4, shape, PARAM_NORMAL_002, 1);
    struct param *reseeded = make(&c, "one.weight", 4, shape, PARAM_NORMAL_002, 1);
    CHECK(memcmp(one->value, one_alike->value, one->count * sizeof(float)) == 0);
    CHECK(memcmp(two->value, two_alike->value, two->count * sizeof(float)) == 0);
    CHECK(memcmp(one->value, two->value, one->count * sizeof(float)) != 0);
    CHECK(memcmp(one->value, reseeded->value, one->count * sizeof(float)) != 0);
    CHECK((uintptr_t)one->value % 64 == 0);
    CHECK(one->count == 5000 && params_count(&a) == 10000);

    // Deviations of 5000 draws: within 5 standard errors, which are 1 / sqrt(2 count) of them; the
    // mean's is deviation / sqrt(count).
    static const struct {
        enum param_init init;
        double deviation, most;
    } laws[] = {{PARAM_NORMAL_002, 0.02, 0.12},
                {PARAM_GLOROT_UNIFORM, 0.1, 0.1733}, // sqrt(6 / 200) = 0.1732, / sqrt 3
                {PARAM_HE_NORMAL, 0.2, 1.2}};        // sqrt(2 / 50)
    for (size_t i = 0; i < 3; i++) {
        char name[8];
        snprintf(name, sizeof name, "law%zu", i);
        const struct param *p = make(&c, name, 4, shape, laws[i].init, 1);
        double sum = 0, square = 0, most = 0;
        for (size_t k = 0; k < p->count; k++) {
            sum += (double)p->value[k];
            square += (double)(p->value[k] * p->value[k]);
            most = fmax(most, fabs((double)p->value[k]));
        }
        CHECK_NEAR(sum / 5000, 0, 5 * laws[i].deviation / sqrt(5000));
        CHECK_NEAR(sqrt(square / 5000), laws[i].deviation, 5 * laws[i].deviation / sqrt(10000));
        CHECK(most > 2 * laws[i].deviation * 0.86 && most <= laws[i].most);
    }
    CHECK(make(&c, "zero", 1, bias, PARAM_ZERO, 1)->value[19] == 0);
    CHECK(make(&c, "all one", 1, bias, PARAM_ONE, 1)->value[19] == 1);
    params_free(&a);
    params_free(&b);
    params_free(&c);
    CHECK(!a.first && params_count(&a) == 0);
}

static void check_get(void)
{
    struct params params;
    struct param *p, *q = NULL;
    swatch_error error = {0};
    const size_t shape[] = {4, 3};
    const struct param_spec other = {.rank = 2, .shape = {3, 4}}, one = {.rank = 1, .shape = {4}},
                            huge = {.rank = 2, .shape = {SIZE_MAX / 2, 16}};
    params_init(&params, 1);
    p = make(&params, "w", 2, shape, PARAM_ONE, 1);
    CHECK(make(&params, "w", 2, shape, PARAM_ZERO, 1) == p && p->value[0] == 1);
    CHECK(params_find(&params, "w") == p && !params_find(&params, "v"));
    CHECK(params_get(&params, "w", &other, &q, &error) != 0);
    CHECK_STRING(error.message, "tensor w is 4x3, but the network needs 3x4");
    CHECK(params_get(&params, "w", &one, &q, &error) != 0);
    CHECK_STRING(error.message, "tensor w is 4x3, but the network needs 4");
    CHECK(params_get(&params, "huge", &huge, &q, &error) != 0);
    CHECK(!q && !params_find(&params, "huge"));
    params.closed = 1;
    CHECK(params_get(&params, "v", &other, &q, &error) != 0);
    CHECK_STRING(error.message, "the network needs a tensor v, which is missing");
    CHECK(make(&params, "w", 2, shape, PARAM_ONE, 1) == p);
    CHECK(params_surplus(&params, NULL) == 0);
    p->asked_for = 0;
    CHECK(params_surplus(&params, &error) != 0);
    CHECK_STRING(error.message, "1 tensors are not of the network: w");
    params_free(&params);
}

struct reference {
    double value, m, v, average;
};

// Adam in double, number by number, as the papers print it.
static void reference_step(struct reference *r, double g, const struct adam *a, uint64_t t,
                           double slower, int decays)
{
    const double b1 = (double)a->beta1, b2 = (double)a->beta2, rate = (double)a->rate * slower;
    if (decays)
        r->value -= rate * (double)a->decay * r->value;
    r->m = b1 * r->m + (1 - b1) * g;
    r->v = b2 * r->v + (1 - b2) * g * g;
    const double m_hat = r->m / (1 - pow(b1, (double)t)), v_hat = r->v / (1 - pow(b2, (double)t));
    r->value -= rate * m_hat / (sqrt(v_hat) + (double)a->epsilon);
    r->average = (double)a->average_decay * r->average + (1 - (double)a->average_decay) * r->value;
}

// 17000 numbers, so that the threaded loop is taken as well; rank 1 is spared from decay; weights
// learn at a quarter of the rate.
static void check_adam(float decay)
{
    struct params params;
    struct rng rng = {.seed = 3};
    const size_t shapes[2][2] = {{100, 170}, {33}};
    const struct adam adam = {.rate = 2e-3f,
                              .beta1 = 0.5f,
                              .beta2 = 0.999f,
                              .epsilon = 1e-6f,
                              .decay = decay,
                              .average_decay = 0.9f};
    struct param *p[2];
    struct reference *r[2];
    double worst = 0;
    params_init(&params, 2);
    for (size_t k = 0; k < 2; k++)
        p[k] = make(&params, k ? "bias" : "weight", k ? 1 : 2, shapes[k], PARAM_HE_NORMAL, 1);
    struct param *running = make(&params, "running", 1, shapes[1], PARAM_ONE, 0);
    struct param *idle = make(&params, "idle", 1, shapes[1], PARAM_ONE, 1);
    params_set_rate(&params, "weigh", 0.25f);
    CHECK(p[0]->rate == 0.25f && p[1]->rate == 1 && idle->rate == 1);
    CHECK(params_train(&params, NULL) == 0);
    CHECK(!running->grad && !running->m && running->average[0] == 1);
    for (size_t k = 0; k < 2; k++) {
        r[k] = calloc(p[k]->count, sizeof *r[k]);
        for (size_t i = 0; i < p[k]->count; i++)
            r[k][i].value = r[k][i].average = (double)p[k]->value[i];
    }
    for (uint64_t step = 1; step <= 20; step++) {
        const uint64_t version = params.version;
        params_clear_gradients(&params);
        for (size_t k = 0; k < 2; k++) {
            for (size_t i = 0; i < p[k]->count; i++) {
                // From large to tiny, and some that stay at zero.
                p[k]->grad[i] = i % 11 == 0 ? 0 : rng_normal(&rng) * powf(10, -(float)(i % 6));
                reference_step(&r[k][i], (double)p[k]->grad[i], &adam, step, k ? 1 : 0.25, k == 0);
            }
            p[k]->has_grad = 1;
        }
        running->value[0] = (float)step;
        params_adam(&params, &adam, step);
        CHECK(params.version > version);
    }
    // f32 rounds each of 20 steps of up to 2e-3 and values of about 1 to 6e-8 of themselves.
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < p[k]->count; i++) {
            worst = test_worse(worst, (double)p[k]->value[i], r[k][i].value);
            worst = test_worse(worst, (double)p[k]->average[i], r[k][i].average);
            worst = test_worse(worst, (double)p[k]->m[i], r[k][i].m);
            worst = test_worse(worst, (double)p[k]->v[i], r[k][i].v);
        }
    CHECK_NEAR(worst, 0, 3e-6);
    CHECK(running->average[0] == 20 && idle->value[0] == 1 && idle->average[0] == 1);

    const float value = p[0]->value[5], average = p[0]->average[5];
    params_swap_average(&params);
    CHECK(p[0]->value[5] == average && p[0]->average[5] == value && value != average);
    params_swap_average(&params);
    CHECK(p[0]->value[5] == value);

    CHECK(params_passed(&params));
    for (int bad = 0; bad < 2; bad++) { // all stays as it was
        const float was = p[0]->value[5];
        p[1]->grad[32] = bad ? INFINITY : NAN;
        running->value[0] = 7;
        params_adam(&params, &adam, 21);
        CHECK(!params_passed(&params) && p[0]->value[5] == was && running->average[0] == 20);
    }
    params_clear_gradients(&params);
    params_adam(&params, &adam, 21);
    CHECK(params_passed(&params) && running->average[0] == 7); // forgotten ones do not count
    CHECK(param_finite(p[0]));
    p[0]->value[p[0]->count - 1] = -INFINITY;
    CHECK(!param_finite(p[0]));
    for (size_t k = 0; k < 2; k++)
        free(r[k]);
    params_free(&params);
}

static void check_load(void)
{
    float numbers[12];
    for (size_t i = 0; i < 12; i++)
        numbers[i] = (float)i + 0.5f;
    const struct safetensors_tensor tensors[] = {
        {"g.w", SAFETENSORS_F32, 2, {4, 3}, numbers},
        {"g.b", SAFETENSORS_BF16, 1, {4}, numbers},
        {"m.w", SAFETENSORS_F32, 2, {4, 3}, numbers},
        {"odd.w", SAFETENSORS_F32, 2, {3, 4}, numbers},
        {"flat.w", SAFETENSORS_F32, 0, {0}, numbers},
    };
    char folder[] = "/tmp/swatch-test-params-XXXXXX", path[64];
    struct safetensors *file;
    struct params params, from_file;
    swatch_error error = {0};
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/a.safetensors", folder);
    CHECK(safetensors_save(path, tensors, 5, NULL, 0, 1, NULL) == 0);
    CHECK(safetensors_open(path, &file, NULL) == 0);

    params_init(&params, 1);
    struct param *w = make(&params, "w", 2, (size_t[]){4, 3}, PARAM_ZERO, 1);
    struct param *b = make(&params, "b", 1, (size_t[]){4}, PARAM_ZERO, 0);
    const uint64_t version = params.version;
    CHECK(params_load(&params, file, "g.", PARAM_M, NULL) == 0); // no moments yet: nothing to do
    CHECK(params_load(&params, file, "g.", PARAM_VALUE, &error) == 0);
    CHECK(w->value[11] == 11.5f && b->value[3] == 3.5f && params.version > version);
    CHECK(params_train(&params, NULL) == 0);
    CHECK(params_load(&params, file, "m.", PARAM_M, NULL) == 0); // b has no moment
    CHECK(w->m[11] == 11.5f && w->v[11] == 0);

    // All that is wrong is told at once, and nothing has changed.
    w->value[0] = b->value[0] = -1;
    CHECK(params_load(&params, file, "odd.", PARAM_VALUE, &error) != 0);
    CHECK_STRING(error.message,
                 "2 tensors do not fit the network: odd.w (another shape), odd.b (missing)");
    CHECK(params_load(&params, file, "m.", PARAM_VALUE, &error) != 0);
    CHECK_STRING(error.message, "1 tensors do not fit the network: m.b (missing)");
    CHECK(w->value[0] == -1 && b->value[0] == -1);

    params_init(&from_file, 1);
    CHECK(params_from_file(&from_file, file, "g.", NULL) == 0);
    CHECK(from_file.closed && params_find(&from_file, "w")->value[11] == 11.5f);
    CHECK(params_find(&from_file, "w")->rank == 2 && !params_find(&from_file, "g.w"));
    CHECK(params_surplus(&from_file, &error) != 0);
    CHECK_STRING(error.message, "2 tensors are not of the network: w, b");
    params_free(&from_file);
    CHECK(params_from_file(&from_file, file, "flat.", &error) != 0);
    CHECK_STRING(error.message, "tensor flat.w is not one of a network");
    params_free(&from_file);

    // A list that is longer than the message is cut, not overrun.
    for (size_t i = 0; i < 200; i++) {
        char name[64];
        snprintf(name, sizeof name, "a.rather.long.name.of.a.parameter.%zu", i);
        make(&params, name, 1, (size_t[]){1}, PARAM_ZERO, 1)->asked_for = 0;
    }
    CHECK(params_load(&params, file, "g.", PARAM_VALUE, &error) != 0);
    CHECK(strncmp(error.message, "200 tensors", 11) == 0);
    CHECK(params_surplus(&params, &error) != 0);
    CHECK(strncmp(error.message, "200 tensors", 11) == 0);
    params_free(&params);
    safetensors_close(file);
    CHECK(unlink(path) == 0 && rmdir(folder) == 0);
}

int main(void)
{
    check_first_values();
    check_get();
    check_adam(0);
    check_adam(0.1f);
    check_load();
    return test_end();
}
