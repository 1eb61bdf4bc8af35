// Cuts classes out of a color-coded map by HSV thresholds.
#ifndef EXTRACT_HSV_H
#define EXTRACT_HSV_H

#include "model/classes.h"

// The thresholds of a class: a box around its color in OpenCV's 8-bit HSV. The boxes of all classes
// are disjoint. A color outside all boxes belongs to the nearest class color.
struct hsv_box {
    int h, s, v;                   // the class's color
    int h_reach, s_reach, v_reach; // half-sides of the box, doubled; hue wraps around at 180
};
void hsv_boxes(const struct classes *classes, struct hsv_box boxes[CLASSES_MAX]);
size_t hsv_class(const struct classes *classes, const struct hsv_box *boxes, const uint8_t rgb[3]);
// Returns the class whose color is nearest in RGB.
size_t nearest_class(const struct classes *classes, const uint8_t rgb[3]);

#endif
