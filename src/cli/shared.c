// Names of the choices that several verbs offer, in the order of swatch.h's enums.

#include "shared.h"

const char *const shared_masks[] = {[SWATCH_MASKS_AUTO] = "auto",
                                    [SWATCH_MASKS_ARGMAX] = "argmax",
                                    [SWATCH_MASKS_HSV] = "hsv",
                                    NULL};
const char *const shared_backgrounds[] = {[SWATCH_BACKGROUND_KEEP] = "keep",
                                          [SWATCH_BACKGROUND_GREY] = "grey",
                                          [SWATCH_BACKGROUND_BLACK] = "black",
                                          [SWATCH_BACKGROUND_WHITE] = "white",
                                          NULL};
const char *const shared_precisions[] = {[SWATCH_PRECISION_AUTO] = "auto",
                                         [SWATCH_PRECISION_F32] = "f32",
                                         [SWATCH_PRECISION_BF16] = "bf16",
                                         NULL};
const char *const shared_edges[] = {
    [SWATCH_EDGES_SOFT] = "soft", [SWATCH_EDGES_HARD] = "hard", NULL};
const char *shared_formats[SWATCH_PALETTE_FORMATS + 1];
const char *shared_pieces[SWATCH_PIECES + 1];
const char *shared_pictures[SWATCH_PICTURE_FORMATS + 1];
const char *shared_cards[SWATCH_CARDS + 1];

void shared_names_make(void)
{
    for (int i = 0; i < SWATCH_PALETTE_FORMATS; i++)
        shared_formats[i] = swatch_palette_extension((swatch_palette_format)i);
    for (int i = 0; i < SWATCH_PIECES; i++)
        shared_pieces[i] = swatch_piece_name((swatch_piece)i);
    for (int i = 0; i < SWATCH_PICTURE_FORMATS; i++)
        shared_pictures[i] = swatch_picture_extension((swatch_picture_format)i);
    for (int i = 0; i < SWATCH_CARDS; i++)
        shared_cards[i] = swatch_card_name((swatch_card)i);
}
