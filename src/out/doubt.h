// Says in a sentence which part of a result somebody should check.
#ifndef OUT_DOUBT_H
#define OUT_DOUBT_H

#include "extract/result.h"

#define DOUBT_ROOM 96

// Writes the sentence about a region, and returns 1; 0 and an empty text when there is no doubt.
int doubt_text(const swatch_result *result, size_t region, char text[DOUBT_ROOM]);

#endif
