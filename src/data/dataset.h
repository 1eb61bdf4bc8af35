// Photos with a class for each pixel, in one of two layouts:
//
//     ccp:DIR     Clothing Co-Parsing as its repository lays it out (ccp.h)
//     folder:DIR  DIR/photos/NAME.jpg (or any picture format) and DIR/labels/NAME.png, a label map
//                 of the upright photo's size: 8-bit palette or greyscale whose values are labels
//                 0-254, or 255 where the class is unknown
//
// A class file (classes.h) says which class each label belongs to: by CCP's names, or by the
// numbers themselves ("clothes #00ff00: 3 4 5"). Class 0 is what is not the person.
#ifndef DATA_DATASET_H
#define DATA_DATASET_H

#include "data/ccp.h"

#define DATASET_UNKNOWN 255 // in place of a class: the pixel does not count

struct dataset {
    char *folder;  // DIR of the folder layout; NULL for CCP
    char **photos; // file names in its photos/, sorted (photo_count)
    size_t photo_count;
    struct ccp ccp;
    struct class_map map;
    int sets; // 1: dataset_load tells sets of classes; 0, as dataset_open leaves it: a pixel whose
              //   label stands for several classes is DATASET_UNKNOWN
};

// Opens `where`, one of the layouts above, with a class file.
int dataset_open(const char *where, const char *classes, struct dataset *data, swatch_error *error);
void dataset_close(struct dataset *data);

// Reads the names of a split file. With split NULL, for a folder only, returns all photos that have
// labels, sorted. The caller frees *names with ccp_split_free.
int dataset_names(const struct dataset *data, const char *split, char ***names, size_t *count,
                  swatch_error *error);

// Loads a photo (3 bands) and the classes of its pixels (1 band, the same size); map.classes.count
// + i stands for set i. A label that is in no class is an error naming file and label.
int dataset_load(const struct dataset *data, const char *name, struct image *photo,
                 struct image *classes, swatch_error *error);
// Adds the number of pixels of each class in one photo to `pixels`. Sets do not count.
int dataset_count(const struct dataset *data, const char *name, uint64_t pixels[CLASSES_MAX],
                  swatch_error *error);

#endif
