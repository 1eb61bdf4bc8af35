// Names of the choices that several verbs offer, in the order of swatch.h's enums.

#include "shared.h"

#include <swatch.h>

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
const char *const shared_formats[] = {
    [SWATCH_PALETTE_GPL] = "gpl",   [SWATCH_PALETTE_ASE] = "ase",   [SWATCH_PALETTE_ACO] = "aco",
    [SWATCH_PALETTE_CSS] = "css",   [SWATCH_PALETTE_JSON] = "json", [SWATCH_PALETTE_SVG] = "svg",
    [SWATCH_PALETTE_FORMATS] = NULL};
