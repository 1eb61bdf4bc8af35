// swatch's side of bench/engine and of python/tests/test_onnx.py.
// engine MODEL HEIGHT WIDTH PRECISION THREADS [CLASSES]
//
// Standard input: (height, width, 3) floats in -1..1, then a byte for each run that is wanted.
// Standard output: the network's answer, (height, width, outputs) floats, then, if CLASSES is a
// class file for its second head, that one's, (height / 2, width / 2, its classes); then two
// doubles for each run, the seconds that passed and those of all processors.
//
// engine MODEL HEIGHT WIDTH PRECISION THREADS RUNS: prints the shortest of RUNS times of each
// layer, in milliseconds of all processors, of the largest share first.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/threads.h"
#include "model/clothes.h"
#include "nn/layer.h"
#include "nn/lend.h"

// Answers until the input ends.
static int serve(struct runner *runner, size_t height, size_t width, swatch_error *error)
{
    const struct model *m = runner->model;
    const size_t count = height * width * 3;
    float *photo = malloc(count * sizeof *photo);
    const float *scores, *garments;
    int status = photo ? SWATCH_OK : error_memory(error);
    if (!status && fread(photo, sizeof *photo, count, stdin) != count)
        status = error_set(error, SWATCH_FAILED, "standard input: too short");
    status = status ? status : clothes_run(runner, photo, height, width, &scores, &garments, error);
    if (!status)
        fwrite(scores, sizeof *scores, height * width * m->shape.outputs, stdout);
    if (!status && garments)
        fwrite(garments, sizeof *garments, height / 2 * (width / 2) * m->garments.count, stdout);
    while (!status && fflush(stdout) == 0 && getchar() != EOF) {
        const double wall = clock_seconds(), all = clock_processors();
        status = clothes_run(runner, photo, height, width, &scores, &garments, error);
        const double taken[2] = {clock_seconds() - wall, clock_processors() - all};
        fwrite(taken, sizeof *taken, 2, stdout);
    }
    if (!status && ferror(stdout))
        status = error_set(error, SWATCH_FAILED, "standard output: cannot be written");
    free(photo);
    return status;
}

struct timed {
    const struct layer *layer;
    double seconds;
};

static int slower_first(const void *a, const void *b)
{
    const struct timed *p = a, *q = b;
    return (p->seconds < q->seconds) - (p->seconds > q->seconds);
}

static void print_layer(const struct timed *t, double whole)
{
    const struct layer *l = t->layer;
    const struct tensor *x = l->inputs[l->input_count - 1], *y = l->output;
    char from[64], to[64];
    snprintf(from, sizeof from, "%zux%zux%zu", x->h, x->w, x->c);
    snprintf(to, sizeof to, "%zux%zux%zu", y->h, y->w, y->c);
    printf("%8.3f %5.1f %%  %6.1f GFLOP/s  %-16s %-16s %s %s\n", 1e3 * t->seconds,
           100 * t->seconds / whole, 1e-9 * l->forward_flops / t->seconds, from, to, l->ops->name,
           l->name ? l->name : "");
}

static int layers(struct runner *runner, size_t height, size_t width, int runs, swatch_error *error)
{
    struct runner_graph *slot;
    size_t count = 0;
    double whole = 0;
    if (runner_graph(runner, height, width, &slot, error) || graph_borrow(slot->built.graph, error))
        return SWATCH_FAILED;
    struct graph *g = slot->built.graph;
    for (const struct layer *l = g->first; l; l = l->next)
        count++;
    struct timed *times = calloc(count, sizeof *times);
    if (!times) {
        graph_return(g);
        return error_memory(error);
    }
    for (int run = 0; run <= runs; run++) {
        size_t i = 0;
        for (struct layer *l = g->first; l; l = l->next, i++) {
            const double before = clock_processors();
            l->ops->forward(l);
            const double seconds = clock_processors() - before;
            if (run < 2 || seconds < times[i].seconds) // the first run brings memory
                times[i] = (struct timed){l, seconds};
        }
    }
    for (size_t i = 0; i < count; i++)
        whole += times[i].seconds;
    qsort(times, count, sizeof *times, slower_first);
    for (size_t i = 0; i < count; i++)
        print_layer(&times[i], whole);
    printf("%8.3f in all, in %.1f MB\n", 1e3 * whole, 1e-6 * (double)graph_memory(g));
    free(times);
    graph_return(g);
    return SWATCH_OK;
}

int main(int argc, char **argv)
{
    struct model *model = NULL;
    struct runner *runner = NULL;
    swatch_error error;
    if (argc != 6 && argc != 7) {
        fprintf(stderr, "engine MODEL HEIGHT WIDTH f32|bf16 THREADS [RUNS|CLASSES]\n");
        return 2;
    }
    const size_t height = strtoul(argv[2], NULL, 10), width = strtoul(argv[3], NULL, 10);
    const char *more = argc == 7 ? argv[6] : ""; // RUNS is a number
    const int runs = strspn(more, "0123456789") == strlen(more) ? atoi(more) : 0;
    const struct model_options options = {.precision =
                                              strcmp(argv[4], "bf16") == 0 ? MODEL_BF16 : MODEL_F32,
                                          .classes = *more && !runs ? more : NULL};
    threads_wait_asleep();
    threads_set((unsigned)strtoul(argv[5], NULL, 10));
    int status = model_open(argv[1], &options, &model, &error);
    status = status ? status : runner_new(model, &runner, &error);
    if (!status && !runs)
        status = serve(runner, height, width, &error);
    else if (!status)
        status = layers(runner, height, width, runs, &error);
    if (status)
        fprintf(stderr, "bench_engine: %s\n", error.message);
    runner_free(runner);
    model_free(model);
    return status != SWATCH_OK;
}
