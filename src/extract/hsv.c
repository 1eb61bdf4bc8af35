// Cuts a color-coded map by HSV thresholds, as the article does by hand with OpenCV. Here the
// thresholds are computed from the class colors.
//
// For every two classes the channel in which they differ most separates them: in it, neither box
// reaches further than half of the way to the other, so no two boxes meet. A grey has no hue, so
// saturation or value separates it.

#include <stdlib.h>

#include "color/color.h"
#include "extract/hsv.h"

#define GREY_SATURATION 32

static int hue_distance(int a, int b)
{
    const int d = abs(a - b);
    return d > 90 ? 180 - d : d;
}

static struct hsv hsv_of(const uint8_t rgb[3])
{
    return color_hsv((struct rgb){rgb[0], rgb[1], rgb[2]});
}

static void shrink(int *reach, int limit)
{
    if (*reach > limit)
        *reach = limit;
}

void hsv_boxes(const struct classes *classes, struct hsv_box boxes[CLASSES_MAX])
{
    for (size_t i = 0; i < classes->count; i++) {
        const struct hsv c = hsv_of(classes->colors[i]);
        // Reaches are stored doubled, because half of an odd distance is no whole number.
        boxes[i] = (struct hsv_box){c.h, c.s, c.v, 60, 256, 256};
        if (c.s < GREY_SATURATION || c.v < GREY_SATURATION)
            boxes[i].h_reach = 182; // any hue
    }
    for (size_t i = 0; i < classes->count; i++)
        for (size_t j = i + 1; j < classes->count; j++) {
            struct hsv_box *a = &boxes[i], *b = &boxes[j];
            const int hued = a->h_reach <= 60 && b->h_reach <= 60;
            const int h = hued ? hue_distance(a->h, b->h) : 0;
            const int s = abs(a->s - b->s), v = abs(a->v - b->v);
            // 90 steps of hue are as far as 255 of the others.
            if (v >= s && v * 90 >= h * 255) {
                shrink(&a->v_reach, v);
                shrink(&b->v_reach, v);
            } else if (s * 90 >= h * 255) {
                shrink(&a->s_reach, s);
                shrink(&b->s_reach, s);
            } else {
                shrink(&a->h_reach, h);
                shrink(&b->h_reach, h);
            }
        }
}

size_t nearest_class(const struct classes *classes, const uint8_t rgb[3])
{
    size_t best = 0;
    int best_distance = 4 * 255 * 255;
    for (size_t i = 0; i < classes->count; i++) {
        int distance = 0;
        for (size_t c = 0; c < 3; c++) {
            const int d = rgb[c] - classes->colors[i][c];
            distance += d * d;
        }
        if (distance < best_distance) {
            best = i;
            best_distance = distance;
        }
    }
    return best;
}

size_t hsv_class(const struct classes *classes, const struct hsv_box *boxes, const uint8_t rgb[3])
{
    const struct hsv c = hsv_of(rgb);
    for (size_t i = 0; i < classes->count; i++) {
        const struct hsv_box *b = &boxes[i];
        if (2 * abs(c.v - b->v) < b->v_reach && 2 * abs(c.s - b->s) < b->s_reach &&
            2 * hue_distance(c.h, b->h) < b->h_reach)
            return i;
    }
    return nearest_class(classes, rgb);
}
