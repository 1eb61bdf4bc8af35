// Opening a model and finding people survive the lack of memory at every single place. (Building
// graphs is tested in tests/nn/test_allocations.c.)

#include "failing.h"
#include "test.h"

#include "base/file.h"
#include "model/people.h"

#define CORPUS "tests/fuzz/corpus/model/"

static void check_opening(const char *path)
{
    char *bytes;
    size_t size, n = 1;
    int done = 0;
    if (file_load(path, &bytes, &size, NULL)) {
        CHECK(!"the file");
        return;
    }
    for (; !done && n < 10000; n++) {
        struct model *model = NULL;
        swatch_error error = {0};
        calls = 0;
        failing = n;
        const int status = model_open_memory("model", bytes, size, NULL, &model, &error);
        failing = 0;
        done = calls < n;
        CHECK((status == 0) == done && (model != NULL) == done);
        CHECK(done || strstr(error.message, "memory"));
        model_free(model);
    }
    CHECK(done && n > 100);
    free(bytes);
}

// The model looks twice, as nobody in a photo of nothing is sure enough; its graphs are there.
static void check_looking(void)
{
    struct model *model = NULL;
    struct runner *runner = NULL;
    struct detection *found = NULL;
    struct image photo = {0};
    swatch_error error = {0};
    size_t count = 0, whole, n = 1;
    int done = 0;
    CHECK(model_open(CORPUS "people.safetensors", NULL, &model, &error) == 0);
    CHECK(runner_new(model, &runner, &error) == 0 && image_new(&photo, 256, 200, 3, &error) == 0);
    CHECK(people_run(runner, &photo, 0.1f, &found, &whole, &error) == 0 && whole > 1);
    CHECK(runner->graphs[0].last_use && runner->graphs[1].last_use);
    detections_free(found, whole);
    for (; !done && n < 1000; n++) {
        calls = 0;
        failing = n;
        const int status = people_run(runner, &photo, 0.1f, &found, &count, &error);
        failing = 0;
        done = calls < n;
        CHECK((status == 0) == done && (found != NULL) == done);
        CHECK(count == (done ? whole : 0));
        detections_free(found, count);
    }
    CHECK(done && n > 2 * whole);
    image_free(&photo);
    runner_free(runner);
    model_free(model);
}

int main(void)
{
    check_opening(CORPUS "people.safetensors");
    check_opening(CORPUS "good.safetensors");
    check_looking();
    return test_end();
}
