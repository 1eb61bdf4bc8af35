// A model, and the buffers to run it with.
#ifndef EXTRACT_SESSION_H
#define EXTRACT_SESSION_H

#include <swatch.h>

#include "image/letterbox.h"
#include "model/runner.h"

struct swatch_model {
    struct model *file;
    char *json;
};

struct swatch_session {
    const swatch_model *model;
    unsigned threads; // of parallel loops, 1 or more
    struct runner *runner;
    float *canvas;    // of the last look: the network's input (H, W, 3)
    float *scores[2]; // what it said of the photo, near and far (segment.c)
    float *kinds[2];  // what its second head said (kinds.h)
    size_t canvas_room, scores_room[2], kinds_room[2];
    // The answer that the last photo's labels follow from: probabilities (H, answer_width, classes)
    // with the photo in answer_box. NULL where the model's answers are colors.
    const float *answer;
    size_t answer_width;
    struct letterbox answer_box;
};

#endif
