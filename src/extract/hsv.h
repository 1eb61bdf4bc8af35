// HSV thresholds that cut classes out of a color-coded map.
#ifndef EXTRACT_HSV_H
#define EXTRACT_HSV_H

#include "model/classes.h"

// The thresholds that cut each class's color out of a color-coded map. Boxes in OpenCV's
// 8-bit HSV around the class colors, disjoint; what is in none belongs to the nearest class color.
struct hsv_box {
    int h, s, v;                   // the class's color
    int h_reach, s_reach, v_reach; // inside: nearer than this (hue goes round at 180), twice over
};
void hsv_boxes(const struct classes *classes, struct hsv_box boxes[CLASSES_MAX]);
size_t hsv_class(const struct classes *classes, const struct hsv_box *boxes, const uint8_t rgb[3]);
// The nearest class color, in RGB.
size_t nearest_class(const struct classes *classes, const uint8_t rgb[3]);

#endif
