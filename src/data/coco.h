// A data set in COCO's format: one JSON file with "images", "annotations" (polygons, or run
// lengths, compressed or not; iscrowd) and "categories". Only annotations of one category are kept.
// Keys that are not needed are passed over.
#ifndef DATA_COCO_H
#define DATA_COCO_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

struct coco_annotation {
    int crowd; // a region of many, to be ignored
    double area;
    double box[4]; // x, y, width, height, pixels
    // Its shape: polygons one behind the other, or the string or the lengths of run lengths, or
    // neither: then only the box is known.
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

// Reads `path`; its photos are in the folder "photos" beside it, or beside it themselves where
// there is no such folder. Keeps annotations of the category called `category`. A file that is no
// such JSON, an annotation of no image, sizes or boxes out of range: errors that name the file and
// the image or annotation. On success the caller calls coco_close.
int coco_open(const char *path, const char *category, struct coco *coco, swatch_error *error);
void coco_close(struct coco *coco);

// The same from text in memory; `name` is what messages call it, photos is left NULL.
int coco_parse(const char *name, const char *text, size_t size, const char *category,
               struct coco *coco, swatch_error *error);

// Draws an annotation into mask (height, width of its image): 255 inside, 0 outside. One of which
// only the box is known fills its box.
int coco_mask(const struct coco *coco, const struct coco_image *image,
              const struct coco_annotation *annotation, uint8_t *mask, swatch_error *error);

#endif
