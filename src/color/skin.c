// The Monk scale and the individual typology angle. Their classes do not nest, so each is computed
// from the color itself.
#include "color/skin.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

#define UNSURE 1.0     // standard error of L* and of b*
#define ERROR_MOST 6.5 // of the angle, degrees: half of the narrowest class

static const struct rgb monk[SKIN_TONES] = {
    {0xf6, 0xed, 0xe4}, {0xf3, 0xe7, 0xdb}, {0xf7, 0xea, 0xd0}, {0xea, 0xda, 0xba},
    {0xd7, 0xbd, 0x96}, {0xa0, 0x7e, 0x56}, {0x82, 0x5c, 0x43}, {0x60, 0x41, 0x34},
    {0x3a, 0x31, 0x2a}, {0x29, 0x24, 0x20},
};

struct rgb skin_monk_color(int tone)
{
    return monk[tone - 1];
}

int skin_monk(struct rgb c, double *distance)
{
    const struct lab lab = color_cielab(c);
    int nearest = 0;
    *distance = DBL_MAX;
    for (int i = 0; i < SKIN_TONES; i++) {
        const double d = color_ciede2000(lab, color_cielab(monk[i]));
        if (d < *distance) {
            *distance = d;
            nearest = i + 1;
        }
    }
    return nearest;
}

double skin_ita(struct rgb c)
{
    const struct lab lab = color_cielab(c);
    const double degrees = 180 / 3.14159265358979323846;
    const double error = UNSURE / hypot(lab.l - 50, lab.b) * degrees;
    if (lab.b < 2 * UNSURE || error > ERROR_MOST)
        return NAN;
    return atan((lab.l - 50) / lab.b) * degrees;
}

const char *skin_ita_class(double ita)
{
    static const struct {
        double above;
        const char *name;
    } classes[] = {
        {55, "very light"}, {41, "light"}, {28, "intermediate"}, {10, "tan"}, {-30, "brown"}};
    if (isnan(ita))
        return NULL;
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (ita > classes[i].above)
            return classes[i].name;
    return "dark";
}

const char *skin_undertone(struct rgb c)
{
    const struct lab lab = color_cielab(c);
    const double hue = color_hue(lab.a, lab.b);
    if (hypot(lab.a, lab.b) < 4 || hue < 10 || hue > 100)
        return NULL;
    return hue < 50 ? "cool" : hue > 60 ? "warm" : "neutral";
}
