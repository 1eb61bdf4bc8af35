// The people of a photo, for the steps and the writers.
#ifndef EXTRACT_PEOPLE_H
#define EXTRACT_PEOPLE_H

#include <swatch.h>

#include "extract/photo.h"
#include "extract/session.h"

struct detection; // model/detection.h

#define PEOPLE_MAX 255 // so many fit a palette
struct swatch_people {
    char *name;                // of the photo
    char *source;              // as the photo's, or NULL
    char notice[IMAGE_NOTICE]; // as the photo's
    size_t width, height;
    struct detection *detections; // best first
    swatch_person *list;
    size_t *by_size;     // indices, largest first
    size_t count, found; // that are kept, and all there are
};

// Finds people of at least `least` score, 0-1. Nobody is no error.
int people_find(swatch_session *session, const swatch_photo *photo, float least,
                swatch_people **people, swatch_error *error);
void people_free(swatch_people *people);
void people_keep(swatch_people *people, double least);
// Draws a person, an index below `count`, into mask (height, width of the photo), 0-255.
void people_mask(const swatch_people *people, size_t index, uint8_t *mask);

#endif
