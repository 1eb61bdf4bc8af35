// How sure the network is of the regions and garments that it found.
#ifndef EXTRACT_CERTAINTY_H
#define EXTRACT_CERTAINTY_H

#include "extract/answer.h"

// Sets the result's `expected` and `confidence` from the session's last answer and the labels,
// whose regions must be final. The expected IoU of a region counts each pixel as part of the truth
// by its probability: the sum of the region's probabilities within it, divided by the region's
// pixels and the sum of them outside. The model's file says how likely a region of that expected
// IoU is right (model/file.h). Needs result->region_of.
void certainty_measure(const swatch_session *session, const struct seen *seen,
                       swatch_result *result);
// Sets each garment's probability, and what it may be instead, from the session's last answer.
int certainty_of_garments(const swatch_session *session, const struct seen *seen,
                          swatch_result *result, swatch_error *error);

#endif
