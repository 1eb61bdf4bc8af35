// Names colors: by the nearest of a list in CIEDE2000, and by the eleven basic terms.
//
// Basic terms are regions of OKLCH (OKLab in polar form), because people's terms follow hue, with
// three exceptions: brown is dark or dull orange and yellow, pink is light red, and olive, a dark
// yellow, is called green. The bounds were drawn on the xkcd color survey (2010, CC0), among its
// names that hold a basic term; tests/color/test_names.c measures how often they agree.
#include "color/names.h"

#include <float.h>
#include <math.h>

// CIEDE2000 is never less than the difference of L* over the largest S_L, which is
// 1 + 0.015 * 50^2 / sqrt(20 + 50^2).
#define LARGEST_SL 1.7471

// Goes outwards from the color's own L*, until the difference of L* alone is more than the best
// distance.
size_t color_nearest(const struct named_color *names, size_t n, struct lab lab, double *distance)
{
    size_t low = 0, high = n, best = 0;
    *distance = DBL_MAX;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (names[middle].lab.l < lab.l)
            low = middle + 1;
        else
            high = middle;
    }
    for (high = low; low > 0 || high < n;) {
        const double below = low > 0 ? lab.l - names[low - 1].lab.l : DBL_MAX;
        const double above = high < n ? names[high].lab.l - lab.l : DBL_MAX;
        const size_t next = below < above ? --low : high++;
        if (fabs(names[next].lab.l - lab.l) > LARGEST_SL * *distance)
            break;
        const double d = color_ciede2000(lab, names[next].lab);
        if (d < *distance || (d <= *distance && next < best)) {
            *distance = d;
            best = next;
        }
    }
    return best;
}

static struct color_name nearest(const struct named_color *names, size_t n, struct rgb c)
{
    double distance;
    const size_t best = color_nearest(names, n, color_cielab(c), &distance);
    return (struct color_name){names[best].name, distance};
}

struct color_name color_css_name(struct rgb c)
{
    return nearest(names_css, NAMES_CSS, c);
}

struct color_name color_xkcd_name(struct rgb c)
{
    return nearest(names_xkcd, NAMES_XKCD, c);
}

// The chroma under which a color of this hue counts as grey: a little yellow or red already makes
// a grey brown or pink, while slate stays grey with more blue than that.
static double grey_chroma(double h)
{
    if (h < 30 || h >= 330)
        return 0.020;
    if (h < 110)
        return 0.023;
    if (h < 170)
        return 0.027;
    return h < 280 ? 0.039 : 0.024;
}

// Hues from 329 to 354 (where purple ends) up to 35: a light or purplish one is pink, a dull one
// brown.
static const char *red_name(double l, double c, double h)
{
    int purplish = h >= 330 || h < 12;
    double light = purplish ? 0.55 : h > 30 && c > 0.16 ? 0.72 : 0.67;
    if (l > light)
        return "pink";
    if (purplish && c < 0.09 && (h >= 330 || h < 8))
        return "purple"; // plum
    if (c > 0.08 || purplish)
        return "red";
    return l > 0.60 ? "pink" : "brown";
}

// Hues 35-80.
static const char *orange_name(double l, double c, double h)
{
    if (l < 0.55 && c > 0.15 && h < 40)
        return "red";
    if ((l > 0.56 && c > 0.135) || (l > 0.74 && c > 0.105))
        return "orange";
    if (l > 0.80 && h < 48)
        return "pink"; // rose powder
    if (l > 0.86 && c > 0.045 && h < 75)
        return "orange"; // peach
    if (l > 0.925)
        return "yellow"; // cream
    return "brown";
}

// Hues 80-118.
static const char *yellow_name(double l, double c, double h)
{
    if (l > 0.925 || (l > 0.72 && c > (h < 95 ? 0.115 : 0.09)) || (l > 0.90 && h > 95))
        return "yellow";
    return h < 104 ? "brown" : "green";
}

const char *color_basic_name(struct rgb color)
{
    struct lab lab = color_oklab(color);
    double l = lab.l, c = hypot(lab.a, lab.b), h = color_hue(lab.a, lab.b);

    if (l < 0.30 - 1.2 * c)
        return "black";
    if (l > 0.92 && c < (h < 30 || h >= 280 ? 0.022 : 0.034))
        return "white";
    if (c < grey_chroma(h))
        return "grey";

    // Dark magentas are purple, light ones pink.
    double pink_from = fmin(354, fmax(329, 329 + 81 * (0.70 - l)));
    if (h >= pink_from || h < 35)
        return red_name(l, c, h);
    if (h < 80)
        return orange_name(l, c, h);
    if (h < (l > 0.85 ? 118 : 113))
        return yellow_name(l, c, h);
    if (h < 184)
        return "green";
    return h < 288 ? "blue" : "purple";
}
