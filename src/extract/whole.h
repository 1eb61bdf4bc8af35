// Makes garments whole: a patch that the network half takes for another garment becomes part of the
// one that it belongs to.
#ifndef EXTRACT_WHOLE_H
#define EXTRACT_WHOLE_H

#include "extract/answer.h"

// Changes the result's labels: a piece of a class of clothes gets the class of a much larger piece
// of clothes that it touches, where the session's last answer holds that class for possible, too.
// Only classes of clothes change, and only into one another. Where the answer is colors
// nothing changes. Needs result->region_of.
int whole_make(const swatch_session *session, const struct seen *seen, swatch_result *result,
               swatch_error *error);

#endif
