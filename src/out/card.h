// Cards: photo, cut-outs and colors in one picture.
#ifndef OUT_CARD_H
#define OUT_CARD_H

#include "extract/result.h"
#include "out/card_part.h"

// "portrait" and so on; NULL beyond the last.
const char *card_name(swatch_card kind);

// Draws a card (H, W, 3). dark: 1 for a dark ground. drawn: where cut-outs may be taken from, or
// NULL. The caller frees it.
int card_draw(const swatch_result *result, swatch_card kind, int dark,
              const struct card_drawn *drawn, struct image *card, swatch_error *error);

#endif
