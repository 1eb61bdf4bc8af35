// From a photo to labels, by a network.
#ifndef EXTRACT_SEGMENT_H
#define EXTRACT_SEGMENT_H

#include "extract/result.h"
#include "extract/session.h"

// What is known of a photo before the network looks at it.
struct known {
    const uint8_t *classes; // (classes of the session's model) 0: nothing of this class is in it
    float sure;             // a label whose share of the known classes' probability is below this
                            //   becomes LABEL_UNSURE, 0-1
};
#define LABEL_UNSURE 255

// Photo (H, W, 3) -> labels (H, W, 1), by the session's network and the options' `masks`
// and `no_flip`. known: NULL where nothing is; heeded where classes are told by their scores alone.
int segment(swatch_session *session, const struct image *photo,
            const swatch_extract_options *options, const struct known *known, struct image *labels,
            swatch_timings *timings, swatch_error *error);

#endif
