// What the caller knows about a photo before the network looks at it.
#ifndef EXTRACT_KNOWN_H
#define EXTRACT_KNOWN_H

#include <stdint.h>

struct known {
    const uint8_t *classes; // (classes of the session's model) 0: the class is not in the photo
    float sure;             // 0-1: a pixel whose class has less than this share of the probability
                            //   of all classes in the photo becomes LABEL_UNSURE
};
#define LABEL_UNSURE 255

#endif
