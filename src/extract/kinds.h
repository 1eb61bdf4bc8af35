// Tells garments apart with the second head of a network. The first head decides what is clothes,
// skin and hair, with sharp edges; the second one only which of the kinds a pixel of each is. So
// its kinds never make the first answer worse.
#ifndef EXTRACT_KINDS_H
#define EXTRACT_KINDS_H

#include "extract/known.h"
#include "image/image.h"
#include "image/letterbox.h"
#include "model/file.h"

// Makes kinds (height / 2, width / 2, classes), the second head's probabilities of the model's
// classes, agree with answer (height, width, own classes), those of the first head: each class gets
// its share of the class that it is part of.
void kinds_share(const struct model *model, const float *answer, size_t height, size_t width,
                 float *kinds);

// Turns labels of the model's own classes into the likeliest of the classes that are part of each.
// The photo of the labels' size lies in `box` of the canvas (height, width). `known` may
// be NULL.
void kinds_label(const struct model *model, const float *kinds, size_t height, size_t width,
                 const struct letterbox *box, const struct known *known, struct image *labels);

#endif
