// Finds garments: what is worn, in a model whose classes are finer than "clothes".
#ifndef EXTRACT_GARMENTS_H
#define EXTRACT_GARMENTS_H

#include "extract/result.h"

// Finds the garments of the labels, at most GARMENTS_MAX. Sets all but their colors.
#define GARMENTS_MAX 255
int garments_find(swatch_result *result, swatch_error *error);
// Writes the name of a garment's cut-out, "garment-1-coat.png". ending: "png" and so on.
void garments_file(const swatch_result *result, size_t index, const char *ending, char name[64]);
int garments_is_file(const char *name); // 1 if `name` could be such a name, of any ending

#endif
