// Class maps: to which class each tag of a data set belongs, and which color shows each class. They
// are the text files of classes/ (ccp-4.txt and the like):
//
//     # a comment
//     background #000000: null
//     skin #ff0000: skin
//     clothes #00ff00: shirt t-shirt jeans ...
//
// A line has one class, in the order of their indices. The tags after the colon are names of
// label_list.mat. A line that begins with a blank has more tags of the class above it. A comment is
// a line of its own. Unknown tags, a tag in no class or in two, a class without a tag, two classes
// of one name or one color, a color that is not #rrggbb and more than CLASSES_MAX classes are
// SWATCH_BAD_FILE, with the file and the line in the message.
//
// After the classes there may be sets of classes, for tags that leave open which class it is:
//
//     one of shirt t-shirt: top
//
// Two or more classes make a set. More than CLASSES_MAX sets, a name that is no class, and a class
// after a set are errors like those above.
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
    size_t set_count;
    uint64_t sets[CLASSES_MAX]; // bit 1 << c: class c is in the set
    size_t tags;                // of the data set, at most 256
    uint8_t of_tag[256]; // index of a tag -> index of its class, or classes.count + that of its set
};

// Reads a class file. tag_names (tags) are those of the data set, in the order of their indices.
int class_map_load(const char *path, const char *const *tag_names, size_t tags,
                   struct class_map *map, swatch_error *error);
// The same for text in memory, which needs no NUL at its end. Messages call it `name`.
int class_map_parse(const char *name, const char *text, size_t size, const char *const *tag_names,
                    size_t tags, struct class_map *map, swatch_error *error);
// Reads a class file whose tags are the values of label maps: numbers, 0-254, or ranges of them,
// "3-58". of_tag of a value in no class is 255.
int class_map_load_numbers(const char *path, struct class_map *map, swatch_error *error);
int class_map_parse_numbers(const char *name, const char *text, size_t size, struct class_map *map,
                            swatch_error *error);
// Finds how a network's classes, `finer`, fold into the coarser classes of a class file. A class
// with the name of a tag goes into the tag's class, another one into the class of its own name.
// of_class: index in `finer` -> index in `coarser`. A class that the file names in no class, and a
// class of the file that gets none of them, are SWATCH_USAGE. Sets do not count.
int classes_fold_load(const char *path, const struct classes *finer, struct classes *coarser,
                      uint8_t of_class[CLASSES_MAX], swatch_error *error);
// The same for text in memory, as in class_map_parse.
int classes_fold(const char *name, const char *text, size_t size, const struct classes *finer,
                 struct classes *coarser, uint8_t of_class[CLASSES_MAX], swatch_error *error);
// 1 if a class may have this name: 1 to CLASS_NAME_MAX - 1 bytes, without control characters and
// without / \ ", since names become parts of file names and of messages.
int class_name_is_usable(const char *name);
// The index of a class, or -1 if there is none of that name.
int classes_find(const struct classes *classes, const char *name);

#endif
