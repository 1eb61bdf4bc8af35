// Model files: what is refused and how it is said, and sessions in several threads and shapes.

#include <omp.h>
#include <pthread.h>

#include "base/file.h"
#include "folder.h"
#include "model/clothes.h"
#include "nn/safetensors.h"
#include "test.h"
#include "tiny_model.h"
#include "train/state.h"

static swatch_error error;
static const struct model_options f32 = {.precision = MODEL_F32};
static const char *good;

static const char *const keys[] = {"swatch.format",  "swatch.architecture", "swatch.input",
                                   "swatch.classes", "swatch.colors",       "swatch.history"};
#define KEYS (sizeof keys / sizeof *keys)

struct fault {
    const char *key, *value;     // another metadata value; NULL: the key is left out
    const char *tensor, *rename; // a tensor's other name; NULL: it is left out
    size_t more_rows;            // with tensor: longer instead
    float first;                 // with tensor: its first number instead
    const char *message;
};

// The good model with one fault.
static const char *with(const struct fault *fault)
{
    const char *path = test_path("faulty.safetensors");
    struct safetensors *file;
    struct safetensors_pair pairs[KEYS];
    size_t pair_count = 0, count = 0;
    if (safetensors_open(good, &file, &error))
        exit(1);
    struct safetensors_tensor *tensors = calloc(safetensors_count(file), sizeof *tensors);
    float **data = calloc(safetensors_count(file), sizeof *data);
    for (size_t i = 0; i < KEYS; i++) {
        const int changed = fault->key && strcmp(keys[i], fault->key) == 0;
        if (!changed || fault->value)
            pairs[pair_count++] = (struct safetensors_pair){
                keys[i], changed ? fault->value : safetensors_metadata(file, keys[i])};
    }
    for (size_t i = 0; i < safetensors_count(file); i++) {
        const struct safetensors_entry *e = safetensors_at(file, i);
        const int changed = fault->tensor && strcmp(e->name, fault->tensor) == 0;
        if (changed && !fault->rename && fault->more_rows == 0 && fault->first == 0)
            continue;
        struct safetensors_tensor *t = &tensors[count];
        *t = (struct safetensors_tensor){.name = e->name, .rank = e->rank};
        memcpy(t->shape, e->shape, sizeof t->shape);
        if (changed && fault->rename)
            t->name = fault->rename;
        if (changed)
            t->shape[0] += fault->more_rows;
        t->data = data[count] = calloc(e->elements / e->shape[0] * t->shape[0], sizeof **data);
        CHECK(safetensors_to_f32(e, data[count], &error) == 0);
        if (changed && fault->first != 0)
            data[count][0] = fault->first;
        count++;
    }
    CHECK(safetensors_save(path, tensors, count, pairs, pair_count, 1, &error) == 0);
    for (size_t i = 0; i < count; i++)
        free(data[i]);
    free(data);
    free(tensors);
    safetensors_close(file);
    return path;
}

static int opens(const char *path)
{
    struct model *model = NULL;
    error.message[0] = 0;
    const int status = model_open(path, &f32, &model, &error);
    CHECK((model == NULL) == (status != 0));
    model_free(model);
    return status == 0;
}

#define ARCHITECTURE "swatch.architecture"
#define NAMES "swatch.classes"
#define COLORS "swatch.colors"

static void test_refusals(void)
{
    static const struct fault faults[] = {
        {.key = "swatch.format", .message = "not a swatch model"},
        {.key = "swatch.format", .value = "model 2", .message = "swatch.format is model 2"},
        {.key = "swatch.format", .value = "", .message = "not a swatch model"},
        {.key = ARCHITECTURE, .message = "swatch.architecture"},
        {.key = ARCHITECTURE, .value = "{", .message = "swatch.architecture"},
        {.key = ARCHITECTURE, .value = "[]", .message = "swatch.architecture"},
        {.key = ARCHITECTURE, .value = "{}", .message = "none of keras-gan"},
        {.key = ARCHITECTURE,
         .value = "{\"name\":\"unet\",\"filters\":3,\"output\":\"scores\"}",
         .message = "none of keras-gan"},
        {.key = ARCHITECTURE,
         .value = "{\"name\":\"keras-gan\",\"filters\":\"3\",\"output\":\"scores\"}",
         .message = "lacks \"filters\" or \"output\""},
        {.key = ARCHITECTURE,
         .value = "{\"name\":\"keras-gan\",\"filters\":-1,\"output\":\"scores\"}",
         .message = "-1 filters"},
        {.key = ARCHITECTURE,
         .value = "{\"name\":\"keras-gan\",\"filters\":1025,\"output\":\"scores\"}",
         .message = "1025 filters"},
        {.key = ARCHITECTURE,
         .value = "{\"name\":\"keras-gan\",\"filters\":3,\"output\":\"labels\"}",
         .message = "\"labels\""},
        // Another network than the tensors are of.
        {.key = ARCHITECTURE,
         .value = "{\"name\":\"keras-gan\",\"filters\":4,\"output\":\"scores\"}",
         .message = "tensor down1.conv.weight is 3x3x4x4, but the network needs 4x3x4x4"},
        {.key = ARCHITECTURE,
         .value = "{\"name\":\"keras-gan\",\"filters\":3,\"output\":\"rgb\"}",
         .message = "tensor out.weight is 4x6x4x4, but the network needs 3x6x4x4"},
        {.key = ARCHITECTURE,
         .value = "{\"name\":\"lite-unet\",\"filters\":3,\"output\":\"scores\"}",
         .message = "encoder.stem.conv.weight, which is missing"},
        {.key = "swatch.input", .message = "swatch.input"},
        {.key = "swatch.input", .value = "[128,128]", .message = "swatch.input"},
        {.key = "swatch.input", .value = "{\"height\":128}", .message = "input size"},
        {.key = "swatch.input", .value = "{\"height\":0,\"width\":128}", .message = "input size"},
        {.key = "swatch.input",
         .value = "{\"height\":128,\"width\":192}",
         .message = "multiple of 128"},
        {.key = "swatch.input",
         .value = "{\"height\":-128,\"width\":128}",
         .message = "multiple of 128"},
        {.key = "swatch.input",
         .value = "{\"height\":128,\"width\":1280000}",
         .message = "1280000x128 pixels is too large"},
        {.key = "swatch.input",
         .value = "{\"height\":8192,\"width\":8192}",
         .message = "too large; the most are 4096x4096"},
        {.key = "swatch.input",
         .value = "{\"height\":128.0,\"width\":128}",
         .message = "input size"},
        {.key = NAMES, .message = "swatch.classes"},
        {.key = NAMES, .value = "{\"a\":1}", .message = "swatch.classes"},
        {.key = NAMES, .value = "[]", .message = "0 classes with 4 colors"},
        {.key = NAMES, .value = "[\"a\",\"b\",\"c\"]", .message = "3 classes with 4 colors"},
        {.key = NAMES, .value = "[\"a\",\"b\",\"c\",4]", .message = "class 3 has no usable name"},
        {.key = NAMES, .value = "[\"a\",\"\",\"c\",\"d\"]", .message = "class 1"},
        {.key = NAMES, .value = "[\"../a\",\"b\",\"c\",\"d\"]", .message = "class 0"},
        {.key = NAMES, .value = "[\"a\",\"b\",\"\\u001b[2J\",\"d\"]", .message = "class 2"},
        {.key = NAMES, .value = "[\"a\",\"b\",\"c\\u0000\",\"d\"]", .message = "swatch.classes"},
        {.key = NAMES,
         .value = "[\"a\",\"b\",\"c\",\"a name that has more bytes than 31\"]",
         .message = "class 3"},
        {.key = NAMES, .value = "[\"a\",\"b\",\"c\",\"b\"]", .message = "two classes are called b"},
        {.key = COLORS, .message = "swatch.colors"},
        {.key = COLORS, .value = "[\"#000000\"]", .message = "4 classes with 1 colors"},
        {.key = COLORS,
         .value = "[\"#000000\",\"red\",\"#000000\",\"#000000\"]",
         .message = "class skin has no color"},
        {.key = COLORS,
         .value = "[\"#000000\",\"#+1 2-3\",\"#000000\",\"#000000\"]",
         .message = "class skin has no color"},
        {.key = COLORS,
         .value = "[\"#000000\",\"#000000\",\"#000000\",\"#00000g\"]",
         .message = "class clothes has no color"},
        {.key = COLORS,
         .value = "[\"#000000\",\"#000000\",\"#000000\",null]",
         .message = "class clothes has no color"},
        {.key = "swatch.history", .message = "swatch.history"},
        {.key = "swatch.history", .value = "\"yes\"", .message = "swatch.history"},
        {.tensor = "out.weight", .message = "out.weight, which is missing"},
        {.tensor = "down3.norm.running_mean", .message = "running_mean, which is missing"},
        {.tensor = "out.weight", .rename = "out.weigth", .message = "out.weight, which is missing"},
        {.tensor = "out.bias", .more_rows = 1, .message = "tensor out.bias is 5, but"},
        {.tensor = "up2.norm.weight", .first = NAN, .message = "tensor up2.norm.weight"},
        {.tensor = "up2.conv.weight", .first = INFINITY, .message = "tensor up2.conv.weight"},
    };
    const struct fault none = {0};
    CHECK(opens(with(&none)));
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        const char *path = with(&faults[i]);
        const int opened = opens(path);
        CHECK(!opened && strstr(error.message, path) == error.message);
        if (opened || !strstr(error.message, faults[i].message))
            fprintf(stderr, "fault %zu, \"%s\": %s\n", i, faults[i].message, error.message);
        CHECK(strstr(error.message, faults[i].message));
    }
}

// Files that are no models, and a model cut off.
static void test_other_files(void)
{
    struct trainer trainer;
    const float one[1] = {1};
    char *bytes;
    size_t size;
    const char *path = test_path("other.safetensors");
    const struct safetensors_tensor lone = {
        .name = "one", .dtype = SAFETENSORS_F32, .rank = 1, .shape = {1}, .data = one};
    CHECK(safetensors_save(path, &lone, 1, NULL, 0, 1, &error) == 0);
    CHECK(!opens(path) && strstr(error.message, path) == error.message);

    const struct recipe recipe = tiny_clothes_recipe();
    tiny_trainer(&trainer, &recipe);
    double figure = NAN;
    const struct state state = {.recipe = "{}",
                                .steps = 1,
                                .step = &trainer.step,
                                .best = &figure,
                                .start = &figure,
                                .names = {"generator"},
                                .sets = {&trainer.generator}};
    CHECK(state_save(path, &state, &error) == 0);
    trainer_free(&trainer);
    CHECK(!opens(path) && strstr(error.message, path) == error.message);
    CHECK(strstr(error.message, "not a swatch model (swatch.format is checkpoint 2"));

    CHECK(!opens(test_path("none")) && strstr(error.message, test_path("none")));
    CHECK(!opens(test_folder) && strstr(error.message, test_folder));
    if (file_read(good, 1 << 26, &bytes, &size, &error))
        exit(1);
    const size_t cuts[] = {0, 7, 8, 100, 3000, size / 2, size - 1};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        path = test_file("cut.safetensors", bytes, cuts[i]);
        CHECK(!opens(path) && strstr(error.message, path) == error.message);
    }
    free(bytes);
}

// A tensor too many.
static void test_surplus(void)
{
    struct safetensors *file;
    struct safetensors_pair pairs[KEYS];
    const char *path = test_path("surplus.safetensors");
    if (safetensors_open(good, &file, &error))
        exit(1);
    const size_t count = safetensors_count(file);
    struct safetensors_tensor *tensors = calloc(count + 1, sizeof *tensors);
    float **data = calloc(count, sizeof *data);
    for (size_t i = 0; i < KEYS; i++)
        pairs[i] = (struct safetensors_pair){keys[i], safetensors_metadata(file, keys[i])};
    for (size_t i = 0; i < count; i++) {
        const struct safetensors_entry *e = safetensors_at(file, i);
        data[i] = calloc(e->elements, sizeof **data);
        CHECK(safetensors_to_f32(e, data[i], &error) == 0);
        tensors[i] = (struct safetensors_tensor){.name = e->name, .rank = e->rank, .data = data[i]};
        memcpy(tensors[i].shape, e->shape, sizeof e->shape);
    }
    tensors[count] = (struct safetensors_tensor){
        .name = "up9.conv.weight", .rank = 1, .shape = {1}, .data = data[0]};
    CHECK(safetensors_save(path, tensors, count + 1, pairs, KEYS, 1, &error) == 0);
    CHECK(!opens(path) && strstr(error.message, path) == error.message);
    CHECK(strstr(error.message, "1 tensors are not of the network: up9.conv.weight"));
    for (size_t i = 0; i < count; i++)
        free(data[i]);
    free(data);
    free(tensors);
    safetensors_close(file);
}

// The same model from memory, which is needed only while it is opened; and cut off, or no model.
static void test_memory(void)
{
    struct model *file = NULL, *memory = NULL, *none = (struct model *)8;
    struct runner *runners[2] = {NULL};
    const float *maps[2] = {NULL}, *second;
    static float photo[128 * 128 * 3], first[128 * 128 * 4];
    char *bytes;
    size_t size;
    for (size_t i = 0; i < sizeof photo / sizeof *photo; i++)
        photo[i] = (float)(i % 255) / 127 - 1;
    if (file_read(good, 1 << 26, &bytes, &size, &error))
        exit(1);
    CHECK(model_open(good, &f32, &file, &error) == 0);
    CHECK(model_open_memory("bytes", bytes, size, &f32, &memory, &error) == 0);
    memset(bytes, 0, size / 2);
    CHECK(model_open_memory("bytes", bytes, size, &f32, &none, &error) && !none);
    CHECK(strncmp(error.message, "bytes: ", 7) == 0);
    free(bytes);
    CHECK(runner_new(file, &runners[0], &error) == 0 &&
          runner_new(memory, &runners[1], &error) == 0);
    CHECK(clothes_run(runners[0], photo, 128, 128, &maps[0], &second, &error) == 0);
    CHECK(!second);
    memcpy(first, maps[0], sizeof first);
    CHECK(clothes_run(runners[1], photo, 128, 128, &maps[1], &second, &error) == 0);
    CHECK(memcmp(first, maps[1], sizeof first) == 0);
    for (int i = 0; i < 2; i++)
        runner_free(runners[i]);
    model_free(file);
    model_free(memory);
}

// Opened with a class file it answers in those classes.
static void test_classes(void)
{
    struct model_options options = {0};
    struct model *model = NULL;
    const char *coarse = "nothing #000000: background\nperson #ff0000: skin hair clothes\n";
    options.classes = test_file("coarse.txt", coarse, strlen(coarse));
    CHECK(model_open(good, &options, &model, &error) == 0);
    CHECK(model_class_count(model) == 2 && !model_class_name(model, 2));
    CHECK_STRING(model_class_name(model, 1), "person");
    CHECK(model->own.count == 4 && model->fold[0] == 0 && model->fold[3] == 1);
    model_free(model);
    options.classes = test_file("coarse.txt", coarse, 28);
    CHECK(model_open(good, &options, &model, &error) == SWATCH_USAGE && !model);
    CHECK(strstr(error.message, "coarse.txt"));
}

static const size_t shapes[][2] = {{128, 128}, {256, 128}, {128, 256}, {256, 256}, {128, 384}};
#define SHAPES (sizeof shapes / sizeof *shapes)

static float *photo_of(size_t shape)
{
    const size_t count = shapes[shape][0] * shapes[shape][1] * 3;
    float *photo = malloc(count * sizeof *photo);
    for (size_t i = 0; i < count; i++)
        photo[i] = (float)(i * (7 + shape) % 251) / 125 - 1;
    return photo;
}

struct work {
    const struct model *model;
    size_t first;           // shape to begin with
    float *answers[SHAPES]; // (H, W, 4) each
    int failed;
};

// Every shape three times, in an order of its own; more shapes than a session keeps graphs for.
static void *work(void *user)
{
    struct work *w = user;
    struct runner *runner = NULL;
    w->failed = runner_new(w->model, &runner, NULL);
    for (size_t i = 0; !w->failed && i < 3 * SHAPES; i++) {
        const size_t shape = (i + w->first) % SHAPES;
        const size_t height = shapes[shape][0], width = shapes[shape][1];
        const size_t bytes = height * width * 4 * sizeof(float);
        float *photo = photo_of(shape);
        const float *answer = NULL, *none;
        w->failed = clothes_run(runner, photo, height, width, &answer, &none, NULL);
        free(photo);
        if (w->failed)
            break;
        if (!w->answers[shape]) {
            w->answers[shape] = malloc(bytes);
            memcpy(w->answers[shape], answer, bytes);
        }
        w->failed = memcmp(w->answers[shape], answer, bytes) != 0;
    }
    runner_free(runner);
    return NULL;
}

static void test_threads(enum model_precision precision)
{
    const struct model_options options = {.precision = precision};
    struct model *model = NULL;
    pthread_t threads[2];
    struct work works[3] = {{.first = 0}, {.first = 1}, {.first = 3}};
    if (model_open(good, &options, &model, &error)) {
        fprintf(stderr, "%s\n", error.message);
        CHECK(0);
        return;
    }
    for (size_t i = 0; i < 3; i++)
        works[i].model = model;
    work(&works[0]);
    for (size_t i = 0; i < 2; i++)
        CHECK(pthread_create(&threads[i], NULL, work, &works[i + 1]) == 0);
    for (size_t i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < 3; i++) {
        CHECK(!works[i].failed);
        for (size_t s = 0; s < SHAPES; s++) {
            const size_t bytes = shapes[s][0] * shapes[s][1] * 4 * sizeof(float);
            CHECK(works[i].answers[s] && works[0].answers[s] &&
                  memcmp(works[i].answers[s], works[0].answers[s], bytes) == 0);
        }
    }
    for (size_t i = 0; i < 3; i++)
        for (size_t s = 0; s < SHAPES; s++)
            free(works[i].answers[s]);
    model_free(model);
}

static void test_session_faults(void)
{
    static const size_t wrong[][2] = {{0, 128}, {128, 0}, {100, 128}, {128, 192}, {8192, 4224}};
    struct model *model = NULL;
    struct runner *runner = NULL;
    const float photo[3] = {0}, *output = NULL, *second;
    CHECK(model_open(good, &f32, &model, &error) == 0);
    CHECK(runner_new(model, &runner, &error) == 0);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK(clothes_run(runner, photo, wrong[i][0], wrong[i][1], &output, &second, &error) ==
              SWATCH_USAGE);
        CHECK(!output && strstr(error.message, "multiples of 128"));
    }
    runner_free(runner);
    model_free(model);
    runner_free(NULL);
    model_free(NULL);
}

int main(void)
{
    char path[64];
    test_folder_make();
    omp_set_num_threads(1);
    good = strcpy(path, test_path("good.safetensors"));
    tiny_model(good, 0);
    test_refusals();
    test_other_files();
    test_surplus();
    test_memory();
    test_classes();
    test_threads(MODEL_F32);
    if (backend_cpu()->has_fast_bf16())
        test_threads(MODEL_BF16);
    test_session_faults();
    test_folder_remove();
    return test_end();
}
