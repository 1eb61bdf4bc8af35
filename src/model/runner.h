// A model at work in one thread: graphs for the input sizes it meets, and the memory that goes in
// and out of them. clothes.h and people.h run it.
#ifndef MODEL_RUNNER_H
#define MODEL_RUNNER_H

#include "model/boxes.h"
#include "model/file.h"

// A graph for one input size. Its packed weights and its memory are the graph's own.
struct runner_graph {
    struct model_graph built;
    size_t height, width;
    struct chooser *chooser; // of people
    uint64_t last_use;       // 0: the place is free
};

#define RUNNER_GRAPHS 3

struct runner {
    const struct model *model;
    struct runner_graph graphs[RUNNER_GRAPHS];
    uint64_t uses;
    float *input, *output; // room for runner_room
    size_t input_room, output_room;
};

// The model must outlive the runner. Free it with runner_free; NULL is fine.
int runner_new(const struct model *model, struct runner **runner, swatch_error *error);
void runner_free(struct runner *runner);
// The graph for an input size: one there is, or a new one in place of the one unused for longest.
// Lent until the next call. A size that is no multiple of what the network needs, or of more than
// twice MODEL_PIXELS_MAX pixels, is SWATCH_USAGE.
int runner_graph(struct runner *runner, size_t height, size_t width, struct runner_graph **graph,
                 swatch_error *error);
// Makes *buffer, one of the runner's, hold `count` numbers; what was in it may be lost.
int runner_room(float **buffer, size_t *room, size_t count, swatch_error *error);

#endif
