// One sample from a photo: where on the canvas it lies, how its colors change, and the pixels.
#ifndef TRAIN_CLOTHES_AUGMENT_H
#define TRAIN_CLOTHES_AUGMENT_H

#include "base/rng.h"
#include "train/clothes/source.h"
#include "train/recipe.h"

// The drawn changes of one sample. Points are in pixels with the corner of the first pixel at 0 and
// its center at 0.5, on the canvas and on the photo alike.
#define VIEW_MASK_CELLS 56 // along each side of the person's box, as Mask R-CNN's

enum view_part { VIEW_REST, VIEW_SKIN, VIEW_HAIR, VIEW_PARTS };

struct view {
    // photo_x = x[0] * canvas_x + x[1] * canvas_y + x[2], photo_y with y[] likewise.
    double x[3], y[3];
    // Canvas pixels a photo pixel is wide: below 1 the photo is shrunk.
    double scale;
    // The part of the photo that is shown, left, top, right, bottom; all else is outside.
    double part[4];
    // 1: the person alone is shown, and what a mask of so many cells leaves out is `paint` (-1..1).
    int painted;
    float paint;
    float mask_shift[4]; // of the mask's box, in cells: left, top, right, bottom
    float mask_least;    // cells of which less is the person's are not in it
    float mask_reach;    // what is nearer to it than this share of its longer side is not painted
    // Of a color (r, g, b) in 0..1: color' = matrix * color + offset, clipped, then to the power
    // of gamma. Hair and skin may have changes of their own.
    struct view_color {
        float matrix[3][3], offset[3];
    } colors[VIEW_PARTS];
    float gamma;
    uint8_t skin, hair; // labels of the parts; SOURCE_OUTSIDE where a part is none of its own
};

// An error naming the first strength out of its range.
int augmentation_check(const struct augmentation *augmentation, swatch_error *error);

// Draws flip, scale, rotation, place and color. Where the photo is larger than the canvas, the
// part shown is chosen about a point that most often belongs to the person (any class but 0).
void view_draw(const struct augmentation *augmentation, const struct source *source, size_t width,
               size_t height, struct rng *rng, struct view *view);

// Samples the view: photo (height, width, 3) in -1..1 and 0 outside the photo; labels
// (height, width), SOURCE_OUTSIDE outside, DATASET_UNKNOWN where the source has it. row: (width, 4)
// floats of work space.
void view_sample(const struct view *view, const struct source *source, size_t width, size_t height,
                 float *row, float *photo, uint8_t *labels);

#endif
