// A class map: which class each tag of a data set belongs to, and the color that shows each class.
// A text file of classes/ (ccp-4.txt, ccp-29.txt, ccp-59.txt):
//
//     # a comment
//     background #000000: null
//     skin #ff0000: skin
//     clothes #00ff00: shirt t-shirt jeans ...
//
// One class a line, in the order of their indices; the tags after the colon are names of
// label_list.mat. A line that begins with a blank goes on with the tags of the class above it. A
// comment is a line of its own. An unknown tag, a tag in no class or in two, a class without a tag,
// two classes of one name or one color, a color that is not #rrggbb, more than CLASSES_MAX classes:
// an error naming file and line.
#ifndef MODEL_CLASSES_H
#define MODEL_CLASSES_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

#define CLASSES_MAX 64
#define CLASS_NAME_MAX 32

struct classes {
    size_t count;
    char names[CLASSES_MAX][CLASS_NAME_MAX];
    uint8_t colors[CLASSES_MAX][3];
};

struct class_map {
    struct classes classes;
    size_t tags;         // how many tags the data set has
    uint8_t of_tag[256]; // tag index -> class index
};

// Reads a class file. tag_names (tags of them) are the data set's; their index is the tag.
int class_map_load(const char *path, const char *const *tag_names, size_t tags,
                   struct class_map *map, swatch_error *error);
// The same from text in memory; `name` is what messages call it. The text needs no NUL at its end.
int class_map_parse(const char *name, const char *text, size_t size, const char *const *tag_names,
                    size_t tags, struct class_map *map, swatch_error *error);
// Reads a class file whose tags are numbers, 0-254, or stretches of them, "3-58": the values of
// label maps. of_tag of a value
// that stands in no class is 255.
int class_map_load_numbers(const char *path, struct class_map *map, swatch_error *error);
int class_map_parse_numbers(const char *name, const char *text, size_t size, struct class_map *map,
                            swatch_error *error);
// How a network's classes fold into the coarser ones of a class file: a class named like a tag of
// the file goes where the tag goes, else into the class of its own name. of_class: index in `finer`
// -> index in `coarser`. A class the file has nowhere, or one of the file that gets none: an error.
int classes_fold_load(const char *path, const struct classes *finer, struct classes *coarser,
                      uint8_t of_class[CLASSES_MAX], swatch_error *error);
// The same from text in memory, as class_map_parse.
int classes_fold(const char *name, const char *text, size_t size, const struct classes *finer,
                 struct classes *coarser, uint8_t of_class[CLASSES_MAX], swatch_error *error);
// 1 if a class may be called so: 1 to CLASS_NAME_MAX - 1 bytes, no control characters, and none of
// / \ " (names become parts of file names and of messages).
int class_name_is_usable(const char *name);
// Index of a class by name, or -1.
int classes_find(const struct classes *classes, const char *name);

#endif
