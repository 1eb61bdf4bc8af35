// A model, and the buffers to run it with.
#ifndef EXTRACT_SESSION_H
#define EXTRACT_SESSION_H

#include <swatch.h>

#include "model/model.h"

struct detector; // model/detector.h
struct detector_session;

struct swatch_model {
    struct model *model;       // one of the two, the other is NULL
    struct detector *detector; // finds people
    struct classes classes;    // that it answers in: the network's, or coarser ones
    uint8_t fold[CLASSES_MAX]; // the network's class -> of these
    char *json;
};

struct swatch_session {
    const swatch_model *model;
    unsigned threads; // of parallel loops, 1 or more
    struct model_session *session;
    struct detector_session *people; // of a model that finds people; then nothing else is there
    float *canvas;                   // of the last look: the network's input (H, W, 3)
    float *scores[2];                // what it said of the photo, near and far (segment.c)
    size_t canvas_room, scores_room[2];
};

#endif
