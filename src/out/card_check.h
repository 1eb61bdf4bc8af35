// The card to check results by.
#ifndef OUT_CARD_CHECK_H
#define OUT_CARD_CHECK_H

#include "out/card_part.h"

// Draws it (H, 1080, 3); its height follows from what is on it. The caller frees it.
int card_check_draw(const swatch_result *result, const struct card_look *look, struct image *card,
                    swatch_error *error);

#endif
