// Walks over the network's last answer together with the photo that it is about.
#ifndef EXTRACT_ANSWER_H
#define EXTRACT_ANSWER_H

#include "extract/result.h"
#include "extract/session.h"

// The part of a photo that the network saw last, and what of it may have a label.
struct seen {
    size_t left, top, width, height; // in pixels of the photo
    uint8_t *mask;                   // (height, width) 0: no label is allowed; NULL: all are
};

// Calls `look` for every step-th pixel of the session's answer in both directions: with its
// probabilities (result->classes) and the pixel (y, x) of the photo that it shows. It leaves out
// what may have no label. Where the answer is colors there is no call.
void answer_for_each(const swatch_session *session, const struct seen *seen,
                     const swatch_result *result, size_t step,
                     void (*look)(void *user, const float *probabilities, size_t y, size_t x),
                     void *user);

#endif
