// How near a color of a cell may be. CIEDE2000 (color/color.h has the formula's source) divides the
// differences of lightness, chroma and hue by weights, and adds a product of the last two for blue
// colors. The bound takes the least difference and the largest weight that the cell allows.
//
// Cells are found by halving a cube that holds all of them: most of its parts are too far as a
// whole.
//
// In the plane of (a', b) chroma and hue are polar coordinates, so their differences squared are
// together the distance squared. Where hue weighs less than chroma, as much of that distance as can
// be is taken for chroma.

#include "catalog/cells.h"

#include <math.h>
#include <stdlib.h>

#define LIGHT 51 // cells from L* 0 to 102
#define SIDE 128 // cells along a* and b*
#define LOW (-128)
#define ROUNDED 1e-3    // colors of other programs are rounded, and may lie so far outside
#define HUE_WEIGHT 1.58 // the formula's T is at most 1.5725
#define DEGREES (180 / 3.14159265358979323846)

struct range {
    double low, high;
};

static int clamp(int i, int most)
{
    return i < 0 ? 0 : i < most ? i : most - 1;
}

int cells_of(struct lab c)
{
    const int l = clamp((int)floor(c.l / CELL_EDGE), LIGHT);
    const int a = clamp((int)floor((c.a - LOW) / CELL_EDGE), SIDE);
    const int b = clamp((int)floor((c.b - LOW) / CELL_EDGE), SIDE);
    return (l * SIDE + a) * SIDE + b;
}

// Of `count` cells from a cell on.
static struct range edges(int first, int count, int low)
{
    const double from = low + CELL_EDGE * (double)first;
    return (struct range){from - ROUNDED, from + CELL_EDGE * (double)count + ROUNDED};
}

// How far x is from a range.
static double apart(double x, struct range r)
{
    return fmax(0, fmax(r.low - x, x - r.high));
}

// The lengths of the vectors (x, y) of a box.
static struct range lengths(struct range x, struct range y)
{
    const double far_x = fmax(fabs(x.low), fabs(x.high)), far_y = fmax(fabs(y.low), fabs(y.high));
    return (struct range){hypot(apart(0, x), apart(0, y)), hypot(far_x, far_y)};
}

static double seventh(double chroma)
{
    const double third = chroma * chroma * chroma, power = third * third * chroma;
    return sqrt(power / (power + 6103515625.0)); // 25^7
}

// x times what is between two factors of at least 1.
static struct range scaled(struct range x, struct range factor)
{
    return (struct range){x.low * (x.low < 0 ? factor.high : factor.low),
                          x.high * (x.high < 0 ? factor.low : factor.high)};
}

// An angle from -180 to 180.
static double turned(double degrees)
{
    return degrees - 360 * floor((degrees + 180) / 360);
}

// How far the hues of a box are from that of its middle, degrees; 180 where it holds the origin.
static double spread(struct range x, struct range y, double middle)
{
    double most = 0;
    if (x.low <= 0 && x.high >= 0 && y.low <= 0 && y.high >= 0)
        return 180;
    for (int i = 0; i < 4; i++) {
        const double hue = color_hue(i % 2 ? x.high : x.low, i / 2 ? y.high : y.low);
        most = fmax(most, fabs(turned(hue - middle)));
    }
    return most;
}

// The size of the product's factor, at most: it is large where the mean hue is near 275 degrees.
static double blue(struct range a1, double b1, struct range a2, struct range b2, double chroma)
{
    if (b1 >= 0 && b2.low >= 0) // the mean hue is below 180 degrees, so the factor is below 2e-6
        return 1e-5;
    const double most = sin(60 / DEGREES) * 2 * seventh(chroma);
    if (most < 0.1) // nearly grey
        return most;
    const struct range same = {b1, b1};
    const double h1 = color_hue((a1.low + a1.high) / 2, b1);
    const double h2 = color_hue((a2.low + a2.high) / 2, (b2.low + b2.high) / 2);
    const double loose = spread(a1, same, h1) + spread(a2, b2, h2);
    double turn = 0;
    if (fabs(turned(h2 - h1)) + loose < 180) {
        const double mean = h1 + turned(h2 - h1) / 2;
        turn = fmax(0, fabs(turned(mean - 275)) - loose / 2) / 25;
    }
    return sin(60 * exp(-turn * turn) / DEGREES) * 2 * seventh(chroma);
}

static double bound(struct lab c, struct range l, struct range a, struct range b)
{
    const double own = hypot(c.a, c.b);
    const struct range plain = lengths(a, b);
    // a' = (1 + G) a, and G falls with the mean chroma.
    const struct range factor = {1 + (1 - seventh((own + plain.high) / 2)) / 2,
                                 1 + (1 - seventh((own + plain.low) / 2)) / 2};
    const struct range a1 = scaled((struct range){c.a, c.a}, factor), a2 = scaled(a, factor);
    const struct range c1 = lengths(a1, (struct range){c.b, c.b}), c2 = lengths(a2, b);
    const double chroma = (c1.high + c2.high) / 2;
    // Both have the same factor, so they are as far apart as it makes them.
    const double distance = hypot(factor.low * apart(c.a, a), apart(c.b, b));
    const double chroma_most = fmax(c1.high - c2.low, c2.high - c1.low);

    const double off = fmax(fabs((c.l + l.low) / 2 - 50), fabs((c.l + l.high) / 2 - 50));
    const double sl = 1 + 0.015 * off * off / sqrt(20 + off * off);
    const double sc = 1 + 0.045 * chroma, sh = 1 + 0.015 * HUE_WEIGHT * chroma;
    const double light = apart(c.l, l) / sl;
    const double even = distance / fmax(sc, sh);
    double plane = even * even;
    if (sc > sh)
        plane = fmax(plane, distance * distance / (sh * sh) -
                                chroma_most * chroma_most * (1 / (sh * sh) - 1 / (sc * sc)));
    plane *= 1 - blue(a1, c.b, a2, b, chroma) / 2;
    return sqrt(light * light + plane);
}

// No color in a cube of `side` cells from cell (l, a, b) on is nearer.
static double least_in(struct lab c, int l, int a, int b, int side)
{
    return bound(c, edges(l, side, 0), edges(a, side, LOW), edges(b, side, LOW)) - ROUNDED;
}

struct looking {
    struct lab color;
    double within;
    struct cell *found;
    size_t count;
};

// Takes the cells of a cube that are near enough.
static void take_near(struct looking *looking, int l, int a, int b, int side)
{
    if (l >= LIGHT)
        return;
    const double least = least_in(looking->color, l, a, b, side);
    if (least > looking->within)
        return;
    if (side == 1) {
        looking->found[looking->count++] = (struct cell){(l * SIDE + a) * SIDE + b, fmax(0, least)};
        return;
    }
    const int half = side / 2;
    for (int i = 0; i < 8; i++)
        take_near(looking, l + i / 4 * half, a + i / 2 % 2 * half, b + i % 2 * half, half);
}

static int compare(const void *a, const void *b)
{
    return ((const struct cell *)a)->number - ((const struct cell *)b)->number;
}

size_t cells_near(struct lab color, double within, struct cell *found)
{
    struct looking looking = {.color = color, .within = within, .found = found};
    take_near(&looking, 0, 0, 0, SIDE);
    qsort(found, looking.count, sizeof *found, compare);
    return looking.count;
}
