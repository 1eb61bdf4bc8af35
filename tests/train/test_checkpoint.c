// Checks that checkpoints and model files give back what was saved, and that wrong ones are
// refused.

#include <omp.h>

#include "model/clothes.h"
#include "train/clothes/export.h"
#include "train/tiny_run.h"

static struct recipe small(void)
{
    struct recipe recipe = run_rgb(DTYPE_F32);
    recipe.filters = recipe.discriminator_filters = 2;
    recipe.average_decay = 0.5f;
    return recipe;
}

static struct run_state own;

static int save(const char *path, struct trainer *t, swatch_error *told)
{
    const struct state state = run_state(t, &own);
    return state_save(path, &state, told);
}

static int load(const char *path, struct trainer *t, swatch_error *told)
{
    const struct state state = run_state(t, &own);
    return state_load(path, &state, told);
}

static int start_from(const char *path, struct trainer *t, size_t *count, swatch_error *told)
{
    return state_start_from(path, &t->generator, "clothes", count, told);
}

static int same_floats(const float *a, const float *b, size_t count)
{
    return (!a && !b) || (a && b && memcmp(a, b, count * sizeof *a) == 0);
}

static int same_params(const struct params *a, const struct params *b)
{
    const struct param *p = a->first, *q = b->first;
    for (; p && q; p = p->next, q = q->next)
        if (strcmp(p->name, q->name) || !same_floats(p->value, q->value, p->count) ||
            !same_floats(p->m, q->m, p->count) || !same_floats(p->v, q->v, p->count) ||
            !same_floats(p->average, q->average, p->count))
            return 0;
    return !p && !q;
}

// The encoder alone learns at its own rate.
static void test_encoder_rate(void)
{
    struct recipe recipe = run_scores(DTYPE_F32);
    struct trainer t;
    recipe.encoder_rate = 0.25f;
    tiny_trainer(&t, &recipe);
    for (const struct param *p = t.generator.first; p; p = p->next)
        CHECK(p->rate == (strncmp(p->name, "encoder.", 8) == 0 ? 0.25f : 1));
    trainer_free(&t);
}

static void test_round_trip(void)
{
    const struct recipe recipe = small();
    struct trainer a, b;
    const char *path = test_path("round-trip");
    tiny_trainer(&a, &recipe);
    tiny_trainer(&b, &recipe);
    CHECK(same_params(&a.generator, &b.generator)); // the seed alone decides
    run_steps(&a, 2, NULL);
    own.best = 0.1;
    own.start = NAN;
    CHECK(save(path, &a, &error) == 0);
    CHECK(!same_params(&a.generator, &b.generator));
    CHECK(!same_params(&a.discriminator, &b.discriminator));
    own.best = own.start = 0;
    CHECK(load(path, &b, &error) == 0);
    CHECK(b.step == 2 && own.best == 0.1 && isnan(own.start));
    CHECK(same_params(&a.generator, &b.generator));
    CHECK(same_params(&a.discriminator, &b.discriminator));
    trainer_free(&a);
    trainer_free(&b);
}

// Rewrites a checkpoint with one change: another metadata value (NULL: none), or a tensor with
// another number of rows (0: left out).
static void rewrite(const char *from, const char *to, const char *key, const char *value,
                    const char *tensor, size_t rows)
{
    static const char *const keys[] = {"swatch.format", "swatch.step",   "swatch.best",
                                       "swatch.start",  "swatch.recipe", "swatch.data"};
    struct safetensors *file;
    struct safetensors_pair pairs[6];
    size_t pair_count = 0, count = 0;
    if (safetensors_open(from, &file, &error))
        exit(1);
    struct safetensors_tensor *tensors = calloc(safetensors_count(file), sizeof *tensors);
    float **data = calloc(safetensors_count(file), sizeof *data);
    for (size_t i = 0; i < 6; i++) {
        const int changed = key && strcmp(keys[i], key) == 0;
        if (!changed || value)
            pairs[pair_count++] = (struct safetensors_pair){
                keys[i], changed ? value : safetensors_metadata(file, keys[i])};
    }
    for (size_t i = 0; i < safetensors_count(file); i++) {
        const struct safetensors_entry *e = safetensors_at(file, i);
        const int changed = tensor && strcmp(e->name, tensor) == 0;
        if (changed && rows == 0)
            continue;
        data[count] = calloc(e->elements * 4, sizeof **data);
        CHECK(safetensors_to_f32(e, data[count], &error) == 0);
        struct safetensors_tensor *t = &tensors[count];
        *t = (struct safetensors_tensor){
            .name = e->name, .dtype = SAFETENSORS_F32, .rank = e->rank, .data = data[count]};
        memcpy(t->shape, e->shape, sizeof t->shape);
        if (changed)
            t->shape[0] = rows;
        count++;
    }
    CHECK(safetensors_save(to, tensors, count, pairs, pair_count, 1, &error) == 0);
    for (size_t i = 0; i < count; i++)
        free(data[i]);
    free(data);
    free(tensors);
    safetensors_close(file);
}

static void test_refusals(void)
{
    static const struct {
        const char *key, *value, *tensor;
        size_t rows;
        const char *message;
    } faults[] = {
        {"swatch.format", "checkpoint 1", NULL, 0, "not a checkpoint"},
        {"swatch.format", NULL, NULL, 0, "not a checkpoint"},
        {"swatch.step", NULL, NULL, 0, "not a checkpoint"},
        {"swatch.recipe", NULL, NULL, 0, "not a checkpoint"},
        {"swatch.recipe", "[", NULL, 0, "other options"},
        {"swatch.step", "", NULL, 0, "step"},
        {"swatch.step", "1x", NULL, 0, "step"},
        {"swatch.step", "-1", NULL, 0, "step"},
        {"swatch.step", "7", NULL, 0, "step"},
        {"swatch.best", NULL, NULL, 0, "best figure"},
        {"swatch.best", "junk", NULL, 0, "best figure"},
        {"swatch.best", "1e999", NULL, 0, "best figure"},
        {"swatch.best", "0,5", NULL, 0, "best figure"},
        {"swatch.start", "[]", NULL, 0, "best figure"},
        {"swatch.data", NULL, NULL, 0, "not a checkpoint"},
        {NULL, NULL, "generator.value.out.weight", 0, "generator.value.out.weight (missing)"},
        {NULL, NULL, "generator.value.out.bias", 4, "generator.value.out.bias (another shape)"},
        {NULL, NULL, "generator.m.out.weight", 0, "generator.m.out.weight (missing)"},
        {NULL, NULL, "generator.v.out.weight", 4, "generator.v.out.weight (another shape)"},
        {NULL, NULL, "generator.average.down2.norm.running_mean", 0,
         "down2.norm.running_mean (missing)"},
        {NULL, NULL, "discriminator.value.out.weight", 0, "out.weight (missing)"},
    };
    const struct recipe recipe = small();
    const char *path = test_path("whole"), *broken = test_path("broken");
    struct trainer t;
    size_t count;
    tiny_trainer(&t, &recipe);
    CHECK(save(path, &t, &error) == 0);
    rewrite(path, broken, NULL, NULL, NULL, 0);
    CHECK(load(broken, &t, &error) == 0);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        rewrite(path, broken, faults[i].key, faults[i].value, faults[i].tensor, faults[i].rows);
        error.message[0] = 0;
        CHECK(load(broken, &t, &error) == SWATCH_FAILED);
        CHECK(strstr(error.message, broken) == error.message);
        if (!strstr(error.message, faults[i].message))
            fprintf(stderr, "fault %zu: %s\n", i, error.message);
        CHECK(strstr(error.message, faults[i].message));
    }
    CHECK(save(test_path("no/where"), &t, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, "no/where"));

    // A checkpoint's tensors have other names than a network's.
    CHECK(start_from(path, &t, &count, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, path) && strstr(error.message, "no tensor"));
    trainer_free(&t);
}

// A checkpoint is refused with other data than it was made on.
static void test_data(void)
{
    const struct recipe recipe = small();
    const char *path = test_path("of-data");
    struct trainer t;
    tiny_trainer(&t, &recipe);
    struct state state = run_state(&t, &own);
    state.data = 0xfedcba9876543210u;
    CHECK(state_save(path, &state, &error) == 0);
    CHECK(state_load(path, &state, &error) == 0);
    state.data++;
    CHECK(state_load(path, &state, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, path) == error.message);
    CHECK(strstr(error.message, "other photos") && strstr(error.message, "classes"));
    trainer_free(&t);
}

// Numbers that are not finite are refused in every part, moments and averages among them.
static void test_not_finite(void)
{
    const struct recipe recipe = small();
    const char *path = test_path("infinite");
    struct trainer t;
    tiny_trainer(&t, &recipe);
    struct param *p = params_find(&t.generator, "down1.conv.weight");
    float *const parts[] = {p->value, p->m, p->v, p->average};
    static const char *const names[] = {"generator.value.down1", "generator.m.down1",
                                        "generator.v.down1", "generator.average.down1"};
    for (size_t i = 0; i < 4; i++) {
        const float before = parts[i][3];
        parts[i][3] = i % 2 ? INFINITY : NAN;
        CHECK(save(path, &t, &error) == 0);
        CHECK(load(path, &t, &error) == SWATCH_FAILED);
        CHECK(strstr(error.message, path) && strstr(error.message, names[i]));
        parts[i][3] = before;
    }
    trainer_free(&t);
}

// Tensors that the file has are copied into values and averages; others stay.
static void test_start_from(void)
{
    const struct recipe recipe = small();
    struct trainer t;
    const char *path = test_path("start");
    size_t count;
    tiny_trainer(&t, &recipe);
    struct param *p = params_find(&t.generator, "down1.conv.bias");
    const struct param *other = params_find(&t.generator, "out.weight");
    const float before = other->value[0], values[2] = {0.5f, -3};
    struct safetensors_tensor tensors[] = {
        {.name = "down1.conv.bias",
         .dtype = SAFETENSORS_BF16,
         .rank = 1,
         .shape = {2},
         .data = values},
        {.name = "unknown", .dtype = SAFETENSORS_F32, .rank = 1, .shape = {2}, .data = values}};
    CHECK(safetensors_save(path, tensors, 2, NULL, 0, 1, &error) == 0);
    CHECK(start_from(path, &t, &count, &error) == 0 && count == 1);
    CHECK(p->value[0] == 0.5f && p->value[1] == -3 && p->average[1] == -3);
    CHECK(other->value[0] == before);

    // The last layer stays fresh if the file's has another number of classes.
    tensors[1] = (struct safetensors_tensor){
        .name = "out.bias", .dtype = SAFETENSORS_F32, .rank = 1, .shape = {2}, .data = values};
    CHECK(safetensors_save(path, tensors, 2, NULL, 0, 1, &error) == 0);
    CHECK(start_from(path, &t, &count, &error) == 0 && count == 1);

    tensors[0].rank = 2;
    tensors[0].shape[1] = 1;
    const struct safetensors_pair of = {"swatch.architecture", "{\"name\":\"lite2-unet\"}"};
    for (size_t told = 0; told < 2; told++) {
        CHECK(safetensors_save(path, tensors, 2, &of, told, 1, &error) == 0);
        CHECK(start_from(path, &t, &count, &error) == SWATCH_FAILED);
        CHECK(strstr(error.message, path) && strstr(error.message, "down1.conv.bias"));
        CHECK(!strstr(error.message, "the file is of lite2-unet") == !told);
    }

    static const float strange[][2] = {{NAN, 1}, {1, INFINITY}};
    for (size_t i = 0; i < 2; i++) {
        tensors[0].rank = 1;
        tensors[0].data = strange[i];
        CHECK(safetensors_save(path, tensors, 2, NULL, 0, 1, &error) == 0);
        CHECK(start_from(path, &t, &count, &error) == SWATCH_FAILED);
        CHECK(strstr(error.message, path) && strstr(error.message, "down1.conv.bias"));
    }
    static const int64_t whole[2] = {1, 2};
    tensors[0].dtype = SAFETENSORS_I64;
    tensors[0].data = whole;
    CHECK(safetensors_save(path, tensors, 2, NULL, 0, 1, &error) == 0);
    CHECK(start_from(path, &t, &count, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, path) && strstr(error.message, "down1.conv.bias"));
    trainer_free(&t);
}

// The exported model answers as an inference graph on the trainer's own f32 weights does (on their
// average, if there is one), but for bf16, which keeps 8 bits of each weight.
static void test_export(const char *name, struct recipe recipe)
{
    const struct generator *generator = generator_find(recipe.generator);
    const size_t outputs = recipe.rgb ? 3 : 4, pixels = recipe.height * recipe.width;
    const char *path = test_path(name);
    struct trainer t;
    const struct model_options options = {.precision = MODEL_F32};
    struct model *model = NULL;
    struct runner *runner = NULL;
    const float *got = NULL, *second;
    float *photo = malloc(pixels * 3 * sizeof *photo),
          *want = malloc(pixels * outputs * sizeof *want);
    recipe.batch = 1;
    tiny_trainer(&t, &recipe);
    run_steps(&t, 3, NULL);
    CHECK(clothes_export(path, &t, &tiny_classes, NULL, "{\"note\":\"x\"}", &error) == 0);
    for (size_t i = 0; i < 3 * pixels; i++)
        photo[i] = (float)(i * 37 % 101) / 50 - 1;

    if (recipe.average_decay > 0)
        params_swap_average(&t.generator);
    struct graph *g = graph_new(backend_cpu(), DTYPE_F32, GRAPH_INFER, 0);
    graph_params(g, &t.generator, 1);
    struct tensor *in = graph_input(g, 1, recipe.height, recipe.width, 3);
    struct tensor *out = graph_output(
        g, generator->build(g, in,
                            (struct generator_shape){
                                .filters = recipe.filters, .outputs = outputs, .rgb = recipe.rgb},
                            NULL));
    CHECK(graph_finish(g, &error) == 0);
    graph_set(in, photo);
    graph_forward(g);
    graph_get(out, want);

    if (model_open(path, &options, &model, &error) || runner_new(model, &runner, &error) ||
        clothes_run(runner, photo, recipe.height, recipe.width, &got, &second, &error)) {
        fprintf(stderr, "%s\n", error.message);
        CHECK(0);
    } else {
        double worst = 0, largest = 0;
        for (size_t i = 0; i < pixels * outputs; i++) {
            worst = fmax(worst, fabs((double)(got[i] - want[i])));
            largest = fmax(largest, fabs((double)want[i]));
        }
        fprintf(stderr, "%s: off by up to %.5f of %.4f\n", name, worst, largest);
        CHECK(largest > 0.01 && worst < 0.03 * largest);
        CHECK_STRING(model->architecture, recipe.generator);
        CHECK(model->height == recipe.height && model->width == recipe.width);
        CHECK(model->shape.rgb == recipe.rgb);
        CHECK(model->classes.count == 4);
        CHECK_STRING(model->classes.names[3], "clothes");
        CHECK(memcmp(model->classes.colors, tiny_classes.colors, 12) == 0);
        CHECK_STRING(model->history, "{\"note\":\"x\"}");
    }
    runner_free(runner);
    model_free(model);
    graph_free(g);
    trainer_free(&t);
    free(photo);
    free(want);
}

int main(void)
{
    omp_set_num_threads(1);
    test_folder_make();
    test_round_trip();
    test_encoder_rate();
    test_refusals();
    test_data();
    test_not_finite();
    test_start_from();
    test_export("rgb", run_rgb(DTYPE_F32));
    test_export("averaged", small());
    struct recipe recipe = run_scores(DTYPE_F32);
    test_export("scores", recipe);
    strcpy(recipe.generator, "pix2pix");
    recipe.height = 256;
    recipe.width = 128;
    test_export("pix2pix", recipe);
    free(own.recipe);
    test_folder_remove();
    return test_end();
}
