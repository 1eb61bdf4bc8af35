// Measures the colors of a result.
#ifndef EXTRACT_MEASURE_H
#define EXTRACT_MEASURE_H

#include "extract/result.h"

// Fills in all that a result says about colors, with at most `most` (1-8) colors for each region.
int result_measure(swatch_result *result, size_t most, int white_balance, swatch_error *error);

// Fills in the colors of one garment alone.
int result_measure_garment(swatch_result *result, size_t index, size_t most, swatch_error *error);

#endif
