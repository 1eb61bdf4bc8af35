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
// Hourseau 1991). NaN where one unit more or less of L* and b* would change the angle much. That is
// where b* is below 2, because at 0 the angle jumps from 90 to -90, and within 8.8 of L* 50, b* 0,
// the point that the angle turns about. docs/colors.md derives both.
double skin_ita(struct rgb c);
// The undertone by the hue angle of CIELAB, a static string: cool (below 50 degrees: towards pink),
// neutral or warm (above 60: towards yellow). NULL for a color with too little chroma to have a hue
// (below 4), or of a hue that skin has not (beyond 10 to 100 degrees).
const char *skin_undertone(struct rgb c);
// Why there is no angle, for users.
#define SKIN_NO_ITA "b* too near 0, or below"
// The class of an angle, a static string: very light (above 55), light (41-55), intermediate
// (28-41), tan (10-28), brown (-30-10) or dark (Del Bino, Bernerd 2013); NULL for NaN.
const char *skin_ita_class(double ita);

#endif
