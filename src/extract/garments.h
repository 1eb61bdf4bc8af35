// Garments: pieces of classes that are worn.
#ifndef EXTRACT_GARMENTS_H
#define EXTRACT_GARMENTS_H

#include "extract/result.h"

// The garments of the labels, with all but their colors; at most GARMENTS_MAX.
#define GARMENTS_MAX 255
int garments_find(swatch_result *result, swatch_error *error);
// The name of a garment's cut-out, "garment-1-coat.png".
void garments_file(const swatch_result *result, size_t index, char name[64]);
int garments_is_file(const char *name); // whether it could be one

#endif
