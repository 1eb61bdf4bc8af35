// The face: skin that borders hair.
#ifndef EXTRACT_FACE_H
#define EXTRACT_FACE_H

#include "extract/result.h"

// The skin that borders the hair: of all pieces of skin, the one with the longest border
// with hair, and those right next to it. Sets mask (H, W) to 1 there and 0 elsewhere; *found is 0
// when no skin borders hair.
int face_find(const swatch_result *result, uint8_t *mask, int *found, swatch_error *error);

#endif
