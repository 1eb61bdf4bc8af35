// Round figures on cloth, such as dots.
#ifndef EXTRACT_FIGURES_H
#define EXTRACT_FIGURES_H

#include <swatch.h>

#include "extract/cloth.h"

// Parts the cloth into ground and figures, and looks which figures are round and of about one size:
// *round is their share of all figures' pixels, 0-1, *rounds how many they are. Shades and fields
// that are larger than `reach` pixels do not count. Overwrites cloth->lab.
int figures_find(struct cloth *cloth, size_t reach, double *round, size_t *rounds,
                 swatch_error *error);

#endif
