// Classes hair by a vote: each pixel has a class by its lightness, chroma and hue in CIELAB, and
// the most frequent class wins. Its share of the votes tells how sure that is, since hair between
// two classes splits the vote. What the bounds rest on: docs/decisions.md, "Hair classes".
#include "color/hair.h"

#include <math.h>
#include <string.h>

#define ENOUGH 8192 // pixels to ask

enum { BLACK, BROWN, BLOND, RED, GREY, DYED, CLASSES };
static const char *const names[CLASSES] = {"black", "brown",      "blond",
                                           "red",   "grey/white", "dyed/other"};

static int classify(struct rgb color)
{
    const struct lab lab = color_cielab(color);
    const double l = lab.l, c = hypot(lab.a, lab.b), h = color_hue(lab.a, lab.b);
    // All natural colors are warm; black and grey may be anything, with little chroma.
    const int warm = h >= 10 && h < 100;
    if (l < 8 || (l < 14 && c < 9) || (l < 36 && c < (warm ? 6.5 : 12)))
        return BLACK;
    if (c < 5.2)
        return GREY; // its L* is 36 or more
    if (!warm)
        return c > 12 ? DYED : GREY;
    if ((h < 35 && c > 14) || (h < 58 && c > 19) || (h < 66 && c > 30))
        return RED;
    // Chroma makes blond of a middling lightness, but only so far: the rest is a golden brown.
    return l + fmin(c, 18) > 60 ? BLOND : BROWN;
}

struct hair_class hair_classify(const uint8_t *pixels, size_t count)
{
    size_t votes[CLASSES] = {0}, asked = 0, best = 0;
    const size_t step = count / ENOUGH + 1;
    for (size_t i = 0; i < count; i += step, asked++) {
        const uint8_t *p = pixels + 3 * i;
        votes[classify((struct rgb){p[0], p[1], p[2]})]++;
    }
    for (size_t i = 1; i < CLASSES; i++)
        best = votes[i] > votes[best] ? i : best;
    return (struct hair_class){names[best], (double)votes[best] / (double)asked};
}

const char *hair_word(struct rgb color, const char *apparent)
{
    const int class = classify(color);
    return class == BLACK && apparent && strcmp(apparent, names[BLACK]) != 0 ? "shade"
                                                                             : names[class];
}
