// Finds the face: the skin that borders the hair.
#ifndef EXTRACT_FACE_H
#define EXTRACT_FACE_H

#include "extract/result.h"

// Sets mask (H, W) to 1 on the piece of skin with the longest border with hair and on the pieces of
// skin right next to it, and to 0 elsewhere. *found is 0 when no skin borders hair.
int face_find(const swatch_result *result, uint8_t *mask, int *found, swatch_error *error);

#endif
