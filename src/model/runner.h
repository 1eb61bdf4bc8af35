// Runs a model in one thread: keeps graphs for the input sizes that occur, and memory for their
// input and output. clothes.h and people.h use it.
#ifndef MODEL_RUNNER_H
#define MODEL_RUNNER_H

#include "model/boxes.h"
#include "model/file.h"

// A graph for one input size. They share packed weights and memory where they can.
struct runner_graph {
    struct model_graph built;
    size_t height, width;
    struct chooser *chooser; // for a model of people
    uint64_t last_use;       // 0: there is no graph
};

#define RUNNER_GRAPHS 3

struct runner {
    const struct model *model;
    struct runner_graph graphs[RUNNER_GRAPHS];
    uint64_t uses;
    float *input, *output; // see memory_grow
    size_t input_room, output_room;
    size_t most; // bytes that graphs and what goes in and out of them may take; 0: no limit
};

// Makes a runner. The model must outlive it. Free it with runner_free; NULL is fine.
int runner_new(const struct model *model, struct runner **runner, swatch_error *error);
void runner_free(struct runner *runner);
// Returns a graph for an input size. If there is none it makes one, in place of the graph that was
// unused for longest. *graph is valid until the next call. Sides that are not multiples of the
// network's, and more than twice MODEL_PIXELS_MAX pixels, are SWATCH_USAGE. If all graphs together
// would take more than runner->most, the others are freed first; a graph that alone takes more is
// SWATCH_TOO_LARGE, before its memory is taken.
int runner_graph(struct runner *runner, size_t height, size_t width, struct runner_graph **graph,
                 swatch_error *error);

#endif
