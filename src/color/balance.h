// White balance: estimates the color of the light on a photo, and what colors would be in neutral
// light.
#ifndef COLOR_BALANCE_H
#define COLOR_BALANCE_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

#include "color/color.h"

#define BALANCE_RATIO 2.0 // of the greatest gain to the least, at most

struct balance {
    double gain[3]; // of red, green, blue in linear light; 1, 1, 1 when there is a reason
    double cast[3]; // the light as estimated, linear, its greatest channel 1; 1, 1, 1 with a reason
    int capped;     // 1: the gains were held back to BALANCE_RATIO
    // Why no light could be estimated, else NULL. Static: "greyscale", "too dark" or "clipped".
    const char *reason;
};

// Estimates the light of a whole photo, rgb (n, 3), by shades of grey (Finlayson, Trezzi 2004):
// the light's color is the p-norm of the linear channels over all pixels, p = 6. Pixels with a
// channel at 254 or more are left out, because they do not show the light's color. The gains turn
// that color into grey of the same luminance (Rec. 709).
//
// A greatest gain of more than BALANCE_RATIO times the least would be a very colored light; more
// likely the photo shows one color. Then all gains are raised to the power below 1 that leaves
// BALANCE_RATIO, and the luminance is kept.
//
// The gains are 1 and the reason is set in three cases: "greyscale", at most a thousandth of the
// pixels has any color (measure_is_grey); "clipped", fewer than 1 % of the pixels are left; "too
// dark", the light has less than 2 % of white's luminance, where noise decides. The result depends
// on the pixels alone, not on their order.
void balance_estimate(const uint8_t *rgb, size_t n, struct balance *balance);

// The balance for a light that is not known, for this reason (static).
void balance_none(struct balance *balance, const char *reason);

// A color as it would be under neutral light; channels beyond white stay at 255. Black stays black.
struct rgb balance_color(const struct balance *balance, struct rgb c);
// The same for pixels, in (n, 3) to out (n, 3), which may be the same memory.
void balance_pixels(const struct balance *balance, const uint8_t *in, size_t n, uint8_t *out);

#endif
