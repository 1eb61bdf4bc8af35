// Reads a data set in COCO's format: a JSON file with "images", "annotations" (polygons, or run
// lengths, compressed or not; iscrowd) and "categories". Keeps the annotations of one category and
// ignores other keys.
#ifndef DATA_COCO_H
#define DATA_COCO_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

#include "image/image.h"

struct coco_annotation {
    int crowd;     // 1: a region of many people, not to be counted
    double area;   // pixels; -1: the file does not say
    double box[4]; // x, y, width, height, pixels
    // Its shape: polygons, one after the other; or run lengths, as a string or as numbers; or
    // nothing, when only the box is known.
    double *points;            // x, y
    size_t *lengths, polygons; // points of each polygon
    char *text;
    uint32_t *runs;
    size_t run_count;
};

struct coco_image {
    long long id;
    char *file; // name
    size_t width, height;
    struct coco_annotation *annotations;
    size_t count;
};

struct coco {
    char *path;   // of the JSON file
    char *photos; // folder of the photos
    struct coco_image *images;
    size_t count; // in the file's order
};

// Reads the file `path`. Its photos are in the folder "photos" beside it or, without such a folder,
// in the file's own folder. Keeps annotations of the category called `category`. Errors name the
// file and the image or annotation: no such JSON, an annotation without image, sizes or boxes out
// of range. On success the caller calls coco_close.
int coco_open(const char *path, const char *category, struct coco *coco, swatch_error *error);
void coco_close(struct coco *coco);

// Does the same with text in memory. Messages call it `name`; photos stays NULL.
int coco_parse(const char *name, const char *text, size_t size, const char *category,
               struct coco *coco, swatch_error *error);

// Whether more than the box of an annotation is known.
int coco_has_outline(const struct coco_annotation *annotation);

// Loads the photo of an image, upright, with the size that the file says. Where that is the size of
// the photo as it is stored, before it is turned as its EXIF says, people were outlined on that:
// then it is loaded as it is stored, and *stored is 1, else 0.
int coco_photo(const struct coco *coco, const struct coco_image *image, struct image *photo,
               int *stored, swatch_error *error);

// Draws an annotation into mask (height, width of its image): 255 inside, 0 outside. When only the
// box is known, the box is filled.
int coco_mask(const struct coco *coco, const struct coco_image *image,
              const struct coco_annotation *annotation, uint8_t *mask, swatch_error *error);

#endif
