// The card: photo, cut-outs and colors in one picture.
#ifndef OUT_CARD_H
#define OUT_CARD_H

#include "extract/result.h"

// Photo, cut-outs and swatches in one picture (H, W, 3).
int card_draw(const swatch_result *result, struct image *card, swatch_error *error);

#endif
