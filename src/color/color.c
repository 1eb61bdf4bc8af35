// Color spaces and their differences, one color a call.
//
// Rests on IEC 61966-2-1 (the sRGB curve), Ottosson's OKLab (2020, the matrices as revised in
// January 2021), CIE 15 (CIELAB), and Sharma, Wu, Dalal, "The CIEDE2000 color-difference formula"
// (2005), whose notes on hue angles near 0 and 360 degrees are followed. color_hsv gives the same
// bits as OpenCV, which divides by tables with 12 fractional bits.
#include "color/color.h"

#include <math.h>

#define LIGHT 62 // CIELAB's lightness, from which on text on a color is dark

static const double pi = 3.14159265358979323846;

double color_hue(double a, double b)
{
    if (a == 0 && b == 0)
        return 0;
    double h = atan2(b, a) * (180 / pi);
    return h < 0 ? h + 360 : h;
}

double color_linear(uint8_t s)
{
    double x = s / 255.0;
    return x <= 0.04045 ? x / 12.92 : pow((x + 0.055) / 1.055, 2.4);
}

uint8_t color_encode(double x)
{
    if (!(x > 0))
        return 0;
    if (x >= 1)
        return 255;
    double s = x <= 0.0031308 ? 12.92 * x : 1.055 * pow(x, 1 / 2.4) - 0.055;
    return (uint8_t)lrint(255 * s);
}

struct lab color_oklab_linear(double r, double g, double b)
{
    double l = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    double m = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    double s = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    return (struct lab){
        0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
        1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
        0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s,
    };
}

struct lab color_oklab(struct rgb c)
{
    return color_oklab_linear(color_linear(c.r), color_linear(c.g), color_linear(c.b));
}

void color_linear_from_oklab(struct lab c, double rgb[3])
{
    double l = c.l + 0.3963377774 * c.a + 0.2158037573 * c.b;
    double m = c.l - 0.1055613458 * c.a - 0.0638541728 * c.b;
    double s = c.l - 0.0894841775 * c.a - 1.2914855480 * c.b;
    l = l * l * l;
    m = m * m * m;
    s = s * s * s;
    rgb[0] = +4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s;
    rgb[1] = -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s;
    rgb[2] = -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s;
}

struct rgb color_from_oklab(struct lab c)
{
    double linear[3];
    color_linear_from_oklab(c, linear);
    return (struct rgb){color_encode(linear[0]), color_encode(linear[1]), color_encode(linear[2])};
}

struct lch color_oklch(struct rgb c)
{
    struct lab lab = color_oklab(c);
    double chroma = hypot(lab.a, lab.b);
    return (struct lch){lab.l, chroma, chroma < 1e-6 ? 0 : color_hue(lab.a, lab.b)};
}

// CIE 15: the cube root with its linear foot, the exact fractions.
static double lab_f(double t)
{
    return t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116;
}

struct lab color_cielab(struct rgb c)
{
    return color_cielab_linear(color_linear(c.r), color_linear(c.g), color_linear(c.b));
}

struct lab color_cielab_linear(double r, double g, double b)
{
    double x = lab_f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
    double y = lab_f(0.2126729 * r + 0.7151522 * g + 0.0721750 * b);
    double z = lab_f((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883);
    return (struct lab){116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

int color_takes_dark_text(struct rgb c)
{
    return color_cielab(c).l >= LIGHT;
}

// numerator / denominator with 12 fractional bits, ties to even, as OpenCV's tables hold them.
static int hsv_reciprocal(int numerator, int denominator)
{
    return denominator ? (int)lrint(numerator * 4096.0 / denominator) : 0;
}

struct hsv color_hsv(struct rgb c)
{
    int r = c.r, g = c.g, b = c.b;
    int v = r > g ? r : g;
    v = v > b ? v : b;
    int low = r < g ? r : g;
    low = low < b ? low : b;
    int range = v - low;
    int sixths = v == r ? g - b : v == g ? b - r + 2 * range : r - g + 4 * range;
    // A right shift of a negative number floors, with every compiler we build with.
    int h = (sixths * hsv_reciprocal(180, 6 * range) + 2048) >> 12;
    int s = (range * hsv_reciprocal(255, v) + 2048) >> 12;
    return (struct hsv){(uint8_t)(h < 0 ? h + 180 : h), (uint8_t)s, (uint8_t)v};
}

static double cosine(double d)
{
    return cos(d * (pi / 180));
}

static double power7(double x)
{
    double x3 = x * x * x;
    return x3 * x3 * x;
}

double color_ciede2000_lightness(struct lab x, struct lab y)
{
    const double l = (x.l + y.l) / 2, d50 = (l - 50) * (l - 50);
    return (y.l - x.l) / (1 + 0.015 * d50 / sqrt(20 + d50));
}

double color_ciede2000(struct lab x, struct lab y)
{
    double chroma = (hypot(x.a, x.b) + hypot(y.a, y.b)) / 2;
    double g = 0.5 * (1 - sqrt(power7(chroma) / (power7(chroma) + power7(25))));
    double a1 = (1 + g) * x.a, a2 = (1 + g) * y.a;
    double c1 = hypot(a1, x.b), c2 = hypot(a2, y.b);
    double h1 = color_hue(a1, x.b), h2 = color_hue(a2, y.b);
    int grey = c1 * c2 == 0;

    double dh = grey ? 0 : h2 - h1;
    if (dh > 180)
        dh -= 360;
    else if (dh < -180)
        dh += 360;
    double dc = c2 - c1;
    double dhue = 2 * sqrt(c1 * c2) * sin(dh / 2 * (pi / 180));

    double c = (c1 + c2) / 2, h = h1 + h2;
    if (!grey) {
        if (fabs(h1 - h2) > 180)
            h += h < 360 ? 360 : -360;
        h /= 2;
    }
    double t = 1 - 0.17 * cosine(h - 30) + 0.24 * cosine(2 * h) + 0.32 * cosine(3 * h + 6) -
               0.20 * cosine(4 * h - 63);
    double turn = (h - 275) / 25;
    double sc = 1 + 0.045 * c, sh = 1 + 0.015 * c * t;
    double rc = 2 * sqrt(power7(c) / (power7(c) + power7(25)));
    double rt = -sin(60 * exp(-turn * turn) * (pi / 180)) * rc;

    double fl = color_ciede2000_lightness(x, y), fc = dc / sc, fh = dhue / sh;
    // Rounding may leave a difference of nothing a hair below zero.
    return sqrt(fmax(0, fl * fl + fc * fc + fh * fh + rt * fc * fh));
}
