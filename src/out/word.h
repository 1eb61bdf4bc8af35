// What colors and looks are called on the card and in reports.
#ifndef OUT_WORD_H
#define OUT_WORD_H

#include "extract/result.h"

#define WORD_ROOM 96

// The word for a color of a region. Clothes: the name in the user's list or, without a list, the
// word of shops. Hair: the word of hair.h. Skin: "". Lent by the result.
const char *word_of_color(const swatch_result *result, size_t region, const swatch_color *color);
// Writes how skin looks, as "Monk 5, warm undertone", and returns it; "" where nothing is said. The
// typology angle stays in the JSON: its classes and Monk's are of two scales, and side by
// side they seem to contradict each other.
const char *word_of_skin(const swatch_skin *skin, char text[WORD_ROOM]);

#endif
