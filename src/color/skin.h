// Scales of skin tones. They tell how a color looks under the photo's light, and nothing about the
// person.
#ifndef COLOR_SKIN_H
#define COLOR_SKIN_H

#include "color/color.h"

#define SKIN_TONES 10

// The color of Monk skin tone 1 (lightest) to SKIN_TONES, sRGB (Ellis Monk, released 2022,
// skintone.google).
struct rgb skin_monk_color(int tone);
// The Monk skin tone nearest by CIEDE2000, and its distance.
int skin_monk(struct rgb c, double *distance);
// The individual typology angle, atan((L* - 50) / b*) in degrees, -90 to 90 (Chardon, Cretois,
// Hourseau 1991). NaN unless b* is above 0: it is made for skin, which is never bluish but under a
// light that is.
double skin_ita(struct rgb c);
// The class of an angle, a static string: very light (above 55), light (41-55), intermediate
// (28-41), tan (10-28), brown (-30-10) or dark (Del Bino, Bernerd 2013); NULL for NaN.
const char *skin_ita_class(double ita);

#endif
