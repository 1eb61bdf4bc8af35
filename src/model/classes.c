// Reads class maps, the text files of classes/. It is strict, since a tag in the wrong class would
// spoil hours of training.

#include "model/classes.h"

#include "base/error.h"
#include "base/file.h"
#include "base/number.h"

#include <stdlib.h>
#include <string.h>

#define CLASS_FILE_LIMIT ((size_t)1 << 20)
#define NO_CLASS 255
#define TAGS_MAX 256 // entries of class_map.of_tag

// A word in the text, which is not copied.
struct word {
    const char *text;
    size_t length;
};

// The place of the parser, for messages.
struct place {
    const char *name;
    size_t line;
};

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

// Returns the next word between *at and `end`, or one of length 0, and moves *at behind it.
static struct word next_word(const char **at, const char *end)
{
    while (*at < end && is_blank(**at))
        ++*at;
    struct word word = {*at, 0};
    while (*at < end && !is_blank(**at))
        ++*at;
    word.length = (size_t)(*at - word.text);
    return word;
}

static int word_is(struct word word, const char *text)
{
    return strlen(text) == word.length && memcmp(word.text, text, word.length) == 0;
}

// The length of a word for "%.*s" in messages.
static int shown(struct word word)
{
    return word.length < 40 ? (int)word.length : 40;
}

// Opens the next set from the part of a line before its colon, "one of coat jacket"; *at is behind
// "one of".
static int open_set(struct place place, const char *at, const char *end, struct class_map *map,
                    swatch_error *error)
{
    struct word word;
    uint64_t set = 0;
    while ((word = next_word(&at, end)).length > 0) {
        size_t i = 0;
        while (i < map->classes.count && !word_is(word, map->classes.names[i]))
            i++;
        if (i == map->classes.count)
            return error_set(error, SWATCH_BAD_FILE, "%s:%zu: no class above is called \"%.*s\"",
                             place.name, place.line, shown(word), word.text);
        set |= (uint64_t)1 << i;
    }
    if ((set & (set - 1)) == 0)
        return error_set(error, SWATCH_BAD_FILE,
                         "%s:%zu: a set reads \"one of CLASS CLASS ...: tag tag ...\"", place.name,
                         place.line);
    if (map->set_count == CLASSES_MAX)
        return error_set(error, SWATCH_BAD_FILE, "%s:%zu: more than %d sets", place.name,
                         place.line, CLASSES_MAX);
    map->sets[map->set_count++] = set;
    return SWATCH_OK;
}

// Opens the next class from the part of a line before its colon, "skin #ff0000".
static int open_class(struct place place, const char *at, const char *end, struct class_map *map,
                      swatch_error *error)
{
    struct classes *classes = &map->classes;
    struct word name = next_word(&at, end), color = next_word(&at, end);
    if (word_is(name, "one") && word_is(color, "of"))
        return open_set(place, at, end, map, error);
    if (map->set_count > 0)
        return error_set(error, SWATCH_BAD_FILE, "%s:%zu: classes come before sets", place.name,
                         place.line);
    if (name.length == 0 || color.length == 0 || next_word(&at, end).length > 0)
        return error_set(error, SWATCH_BAD_FILE,
                         "%s:%zu: a class reads \"name #rrggbb: tag tag ...\"", place.name,
                         place.line);
    if (classes->count == CLASSES_MAX)
        return error_set(error, SWATCH_BAD_FILE, "%s:%zu: more than %d classes", place.name,
                         place.line, CLASSES_MAX);
    if (name.length >= CLASS_NAME_MAX)
        return error_set(error, SWATCH_BAD_FILE, "%s:%zu: the class name \"%.*s\" is too long",
                         place.name, place.line, shown(name), name.text);
    char *own = classes->names[classes->count];
    memcpy(own, name.text, name.length);
    own[name.length] = 0;
    for (size_t i = 0; i < name.length; i++)
        if ((unsigned char)name.text[i] < 0x20 || (unsigned char)name.text[i] > 0x7e)
            return error_set(error, SWATCH_BAD_FILE, "%s:%zu: a class name must be plain ASCII",
                             place.name, place.line);
    if (!class_name_is_usable(own))
        return error_set(error, SWATCH_BAD_FILE,
                         "%s:%zu: the class name \"%s\" holds a slash, a backslash or a quote",
                         place.name, place.line, own);
    for (size_t i = 0; i < classes->count; i++)
        if (word_is(name, classes->names[i]))
            return error_set(error, SWATCH_BAD_FILE, "%s:%zu: there are two classes \"%.*s\"",
                             place.name, place.line, shown(name), name.text);
    uint8_t *rgb = classes->colors[classes->count];
    if (number_read_hex(color.text, color.length, rgb) != 0)
        return error_set(error, SWATCH_BAD_FILE, "%s:%zu: the color \"%.*s\" is not #rrggbb",
                         place.name, place.line, shown(color), color.text);
    for (size_t i = 0; i < classes->count; i++)
        if (memcmp(rgb, classes->colors[i], 3) == 0)
            return error_set(error, SWATCH_BAD_FILE,
                             "%s:%zu: classes \"%s\" and \"%.*s\" share a color", place.name,
                             place.line, classes->names[i], shown(name), name.text);
    classes->count++;
    return SWATCH_OK;
}

// The tags that a class file may name.
struct tags {
    const char *const *known; // NULL: any word is a tag; `own` keeps it
    char *own[TAGS_MAX];
    size_t count;
};

static const char *tag_name(const struct tags *tags, size_t tag)
{
    return tags->known ? tags->known[tag] : tags->own[tag];
}

static void tags_free(struct tags *tags)
{
    for (size_t i = 0; i < TAGS_MAX; i++)
        free(tags->own[i]);
}

static int find_tag(struct place place, struct word word, struct tags *tags, size_t *tag,
                    swatch_error *error)
{
    for (*tag = 0; *tag < tags->count; ++*tag)
        if (word_is(word, tag_name(tags, *tag)))
            return SWATCH_OK;
    if (tags->known)
        return error_set(error, SWATCH_BAD_FILE, "%s:%zu: the data set has no tag \"%.*s\"",
                         place.name, place.line, shown(word), word.text);
    if (tags->count == TAGS_MAX)
        return error_set(error, SWATCH_BAD_FILE, "%s:%zu: more than %d tags", place.name,
                         place.line, TAGS_MAX);
    tags->own[tags->count] = strndup(word.text, word.length);
    return tags->own[tags->count++] ? SWATCH_OK : error_memory(error);
}

// The name of what a tag is in, for messages.
static const char *holder_name(const struct class_map *map, size_t index)
{
    return index < map->classes.count ? map->classes.names[index] : "one of ...";
}

// Puts the tags between `at` and `end` into the newest class or set.
static int add_tags(struct place place, const char *at, const char *end, struct tags *tags,
                    struct class_map *map, swatch_error *error)
{
    struct word word;
    size_t tag;
    while ((word = next_word(&at, end)).length > 0) {
        const int status = find_tag(place, word, tags, &tag, error);
        if (status)
            return status;
        if (map->of_tag[tag] != NO_CLASS)
            return error_set(error, SWATCH_BAD_FILE,
                             "%s:%zu: the tag \"%s\" is in class \"%s\" already", place.name,
                             place.line, tag_name(tags, tag), holder_name(map, map->of_tag[tag]));
        map->of_tag[tag] = (uint8_t)(map->classes.count + map->set_count - 1);
    }
    return SWATCH_OK;
}

static int check_whole(const char *name, const struct tags *tags, const struct class_map *map,
                       swatch_error *error)
{
    int used[2 * CLASSES_MAX] = {0};
    if (map->classes.count == 0)
        return error_set(error, SWATCH_BAD_FILE, "%s: no classes in it", name);
    for (size_t tag = 0; tag < map->tags; tag++) {
        if (map->of_tag[tag] == NO_CLASS)
            return error_set(error, SWATCH_BAD_FILE, "%s: the tag \"%s\" is in no class", name,
                             tag_name(tags, tag));
        used[map->of_tag[tag]] = 1;
    }
    for (size_t i = 0; i < map->classes.count + map->set_count; i++)
        if (!used[i])
            return error_set(error, SWATCH_BAD_FILE, "%s: %s\"%s\" has no tags", name,
                             i < map->classes.count ? "the class " : "the set ",
                             holder_name(map, i));
    return 0;
}

static int parse(const char *name, const char *text, size_t size, struct tags *tags,
                 struct class_map *map, swatch_error *error)
{
    struct place place = {name, 0};
    memset(map, 0, sizeof *map);
    memset(map->of_tag, NO_CLASS, sizeof map->of_tag);
    for (const char *line = text, *end = text + size; line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        const char *next = stop ? stop + 1 : end, *at = line;
        stop = stop ? stop : end;
        place.line++;
        struct word first = next_word(&at, stop);
        if (first.length > 0 && first.text[0] != '#') {
            const char *tags_at = line;
            int status = SWATCH_OK;
            if (!is_blank(*line)) {
                const char *colon = memchr(line, ':', (size_t)(stop - line));
                status = open_class(place, line, colon ? colon : line, map, error);
                tags_at = colon + 1;
            } else if (map->classes.count == 0) {
                status = error_set(error, SWATCH_BAD_FILE, "%s:%zu: tags before the first class",
                                   name, place.line);
            }
            if (status || (status = add_tags(place, tags_at, stop, tags, map, error)))
                return status;
        }
        line = next;
    }
    map->tags = tags->count;
    return check_whole(name, tags, map, error);
}

int class_map_parse(const char *name, const char *text, size_t size, const char *const *tag_names,
                    size_t tags, struct class_map *map, swatch_error *error)
{
    struct tags known = {.known = tag_names, .count = tags};
    if (tags == 0 || tags > TAGS_MAX)
        return error_set(error, SWATCH_USAGE, "%s: a class map is for 1 to %d tags, not %zu", name,
                         TAGS_MAX, tags);
    return parse(name, text, size, &known, map, error);
}

int class_map_load(const char *path, const char *const *tag_names, size_t tags,
                   struct class_map *map, swatch_error *error)
{
    char *text = NULL;
    size_t size = 0;
    int status = file_read_text(path, CLASS_FILE_LIMIT, &text, &size, error);
    if (status == 0)
        status = class_map_parse(path, text, size, tag_names, tags, map, error);
    free(text);
    return status;
}

// Returns the value of a label of `length` characters, or -1 if it is none.
static int label_value(const char *text, size_t length)
{
    int value = 0;
    if (length == 0 || length > 3 || (text[0] == '0' && length > 1))
        return -1;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = 10 * value + text[i] - '0';
    }
    return value < NO_CLASS ? value : -1;
}

// Puts a label, "3", or a range of labels, "3-58", into a class.
static int add_labels(const char *name, const char *text, uint8_t class_index,
                      struct class_map *map, swatch_error *error)
{
    const size_t first = strcspn(text, "-");
    const char *last = text[first] ? text + first + 1 : text;
    const int low = label_value(text, first), high = label_value(last, strlen(last));
    if (low < 0 || high < low)
        return error_set(error, SWATCH_BAD_FILE,
                         "%s: \"%.40s\" is no label: labels are numbers, 0-%d, or stretches of "
                         "them like 3-58",
                         name, text, NO_CLASS - 1);
    for (int value = low; value <= high; value++) {
        if (map->of_tag[value] != NO_CLASS)
            return error_set(error, SWATCH_BAD_FILE, "%s: the label %d is named twice", name,
                             value);
        map->of_tag[value] = class_index;
    }
    return SWATCH_OK;
}

int class_map_parse_numbers(const char *name, const char *text, size_t size, struct class_map *map,
                            swatch_error *error)
{
    struct class_map words;
    struct tags tags = {0};
    int status = parse(name, text, size, &tags, &words, error);
    *map = words;
    map->tags = NO_CLASS;
    memset(map->of_tag, NO_CLASS, sizeof map->of_tag);
    for (size_t i = 0; status == 0 && i < words.tags; i++)
        status = add_labels(name, tags.own[i], words.of_tag[i], map, error);
    tags_free(&tags);
    return status;
}

int class_map_load_numbers(const char *path, struct class_map *map, swatch_error *error)
{
    char *text = NULL;
    size_t size = 0;
    int status = file_read_text(path, CLASS_FILE_LIMIT, &text, &size, error);
    if (status == 0)
        status = class_map_parse_numbers(path, text, size, map, error);
    free(text);
    return status;
}

int classes_fold(const char *name, const char *text, size_t size, const struct classes *finer,
                 struct classes *coarser, uint8_t of_class[CLASSES_MAX], swatch_error *error)
{
    struct class_map map;
    struct tags tags = {0};
    int used[CLASSES_MAX] = {0};
    int status = parse(name, text, size, &tags, &map, error);
    for (size_t i = 0; status == 0 && i < finer->count; i++) {
        size_t tag = 0;
        while (tag < map.tags && strcmp(tags.own[tag], finer->names[i]) != 0)
            tag++;
        int found = tag < map.tags ? map.of_tag[tag] : classes_find(&map.classes, finer->names[i]);
        if (found >= (int)map.classes.count) // a set, in which nothing can be answered
            found = -1;
        if (found < 0) {
            status = error_set(error, SWATCH_USAGE, "%s: says nothing of the model's class \"%s\"",
                               name, finer->names[i]);
        } else {
            of_class[i] = (uint8_t)found;
            used[found] = 1;
        }
    }
    for (size_t i = 0; status == 0 && i < map.classes.count; i++)
        if (!used[i])
            status =
                error_set(error, SWATCH_USAGE, "%s: the model knows nothing of the class \"%s\"",
                          name, map.classes.names[i]);
    tags_free(&tags);
    *coarser = map.classes;
    return status;
}

int classes_fold_load(const char *path, const struct classes *finer, struct classes *coarser,
                      uint8_t of_class[CLASSES_MAX], swatch_error *error)
{
    char *text = NULL;
    size_t size = 0;
    int status = file_read_text(path, CLASS_FILE_LIMIT, &text, &size, error);
    if (status == 0)
        status = classes_fold(path, text, size, finer, coarser, of_class, error);
    free(text);
    return status;
}

int class_name_is_usable(const char *name)
{
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c < 32 || *c == 127 || strchr("/\\\"", *c))
            return 0;
    return *name && strlen(name) < CLASS_NAME_MAX;
}

int classes_find(const struct classes *classes, const char *name)
{
    for (size_t i = 0; i < classes->count; i++)
        if (strcmp(classes->names[i], name) == 0)
            return (int)i;
    return -1;
}
