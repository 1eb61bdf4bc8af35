// Gives each pixel of a photo a label, with a network.
#ifndef EXTRACT_SEGMENT_H
#define EXTRACT_SEGMENT_H

#include "extract/known.h"
#include "extract/result.h"
#include "extract/session.h"

// Turns a photo (H, W, 3) into labels (H, W, 1) with the session's network and the options' `masks`
// and `no_flip`. known: NULL where nothing is known. Only models of class scores use it. map: gets
// the colors (H, W, 3) that a model of color-coded maps painted, from which the labels follow; is
// left alone for other models, and may then be NULL.
int segment(swatch_session *session, const struct image *photo,
            const swatch_extract_options *options, const struct known *known, struct image *labels,
            struct image *map, swatch_timings *timings, swatch_error *error);
// Makes the graph for a photo of this shape.
int segment_prepare(swatch_session *session, size_t width, size_t height, swatch_error *error);

#endif
