// Color spaces and their differences. Doubles, one color a call; bulk users have color/cluster.h.
#ifndef COLOR_COLOR_H
#define COLOR_COLOR_H

#include <stdint.h>

struct rgb { // sRGB, 0-255
    uint8_t r, g, b;
};
struct lab { // CIELAB under D65 (L 0-100) or OKLab (L 0-1); the function says which
    double l, a, b;
};
struct lch { // OKLCH: l 0-1, chroma 0-0.4, hue in degrees from 0 to below 360; 0 for a grey
    double l, c, h;
};
struct hsv { // as OpenCV scales 8 bits: h 0-179 (degrees / 2), s 0-255, v 0-255
    uint8_t h, s, v;
};

// sRGB to linear light in 0-1 and back (IEC 61966-2-1); what lies outside 0-1 is clipped.
double color_linear(uint8_t s);
uint8_t color_encode(double linear);
// OKLab (Ottosson 2020), from sRGB and from its three channels in linear light.
struct lab color_oklab(struct rgb c);
struct lab color_oklab_linear(double r, double g, double b);
// Linear light, outside of 0-1 for a color that sRGB lacks.
void color_linear_from_oklab(struct lab c, double rgb[3]);
struct rgb color_from_oklab(struct lab c); // clipped to the sRGB gamut channel by channel
// OKLab in polar coordinates. A chroma below 1e-6, which is rounding alone, has the hue 0.
struct lch color_oklch(struct rgb c);
// CIELAB, D65 white (0.95047, 1, 1.08883), from sRGB and from its three channels in linear light.
struct lab color_cielab(struct rgb c);
struct lab color_cielab_linear(double r, double g, double b);
// Whether text on this color is easier to read in black than in white.
int color_takes_dark_text(struct rgb c);
// HSV rounded as OpenCV's COLOR_RGB2HSV does for 8 bits.
struct hsv color_hsv(struct rgb c);
// The angle of (a, b), as of CIELAB or OKLab: 0 to below 360 degrees, 0 for a grey.
double color_hue(double a, double b);
// CIEDE2000 of two CIELAB colors, kL = kC = kH = 1 (Sharma, Wu, Dalal 2005).
double color_ciede2000(struct lab x, struct lab y);
// Its part that lightness makes: the difference is at least as large. Below 0 where y is darker.
double color_ciede2000_lightness(struct lab x, struct lab y);

#endif
