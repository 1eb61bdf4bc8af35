// scores MODEL HEIGHT WIDTH: runs the network of a clothes model in f32 on one canvas. Standard
// input: (height, width, 3) floats in -1..1. Standard output: (height, width, outputs) floats, what
// the network answers. test_onnx.py compares these with what ONNX Runtime answers.
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "model/clothes.h"

static int run(struct runner *runner, size_t height, size_t width, swatch_error *error)
{
    const size_t count = height * width * 3;
    float *photo = malloc(count * sizeof *photo);
    const float *scores;
    int status = photo ? SWATCH_OK : error_memory(error);
    if (!status && fread(photo, sizeof *photo, count, stdin) != count)
        status = error_set(error, SWATCH_FAILED, "standard input: too short");
    status = status ? status : clothes_run(runner, photo, height, width, &scores, error);
    const size_t outputs = height * width * runner->model->shape.outputs;
    if (!status && fwrite(scores, sizeof *scores, outputs, stdout) != outputs)
        status = error_set(error, SWATCH_FAILED, "standard output: cannot be written");
    free(photo);
    return status;
}

int main(int argc, char **argv)
{
    const struct model_options options = {.precision = MODEL_F32};
    struct model *model = NULL;
    struct runner *runner = NULL;
    swatch_error error;
    if (argc != 4) {
        fprintf(stderr, "scores MODEL HEIGHT WIDTH\n");
        return 2;
    }
    int status = model_open(argv[1], &options, &model, &error);
    status = status ? status : runner_new(model, &runner, &error);
    status = status ? status
                    : run(runner, strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10), &error);
    if (status)
        fprintf(stderr, "scores: %s\n", error.message);
    runner_free(runner);
    model_free(model);
    return status != SWATCH_OK;
}
