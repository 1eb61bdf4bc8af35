// The colors of a result.
#ifndef EXTRACT_MEASURE_H
#define EXTRACT_MEASURE_H

#include "extract/result.h"

// Everything about colors that a result holds; `most` (1-8) colors a region.
int result_measure(swatch_result *result, size_t most, int white_balance, swatch_error *error);

#endif
