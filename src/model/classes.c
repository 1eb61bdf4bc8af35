// Class maps: the text files of classes/, read strictly, since a tag silently put into the wrong
// class would spoil a training of hours. Words are handled as (pointer, length) pairs in the text
// itself: nothing is copied before it has been checked, and no line is too long.
#include "model/classes.h"

#include "base/error.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>

#define CLASS_FILE_LIMIT ((size_t)1 << 20)
#define NO_CLASS 255

struct word {
    const char *text;
    size_t length;
};

// Where the parser is, for its messages.
struct place {
    const char *name;
    size_t line;
};

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

// The next word of [*at, end), or one of length 0; moves *at behind it.
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

// For "%.*s": no message needs more of a word than this.
static int shown(struct word word)
{
    return word.length < 40 ? (int)word.length : 40;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static int parse_color(struct word word, uint8_t color[3])
{
    if (word.length != 7 || word.text[0] != '#')
        return -1;
    for (size_t i = 0; i < 3; i++) {
        int high = hex_digit(word.text[1 + 2 * i]), low = hex_digit(word.text[2 + 2 * i]);
        if (high < 0 || low < 0)
            return -1;
        color[i] = (uint8_t)(high * 16 + low);
    }
    return 0;
}

// "skin #ff0000" of the part of a line before its colon: opens the next class.
static int open_class(struct place place, const char *at, const char *end, struct class_map *map,
                      swatch_error *error)
{
    struct classes *classes = &map->classes;
    struct word name = next_word(&at, end), color = next_word(&at, end);
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
    if (parse_color(color, rgb) != 0)
        return error_set(error, SWATCH_BAD_FILE, "%s:%zu: the color \"%.*s\" is not #rrggbb",
                         place.name, place.line, shown(color), color.text);
    for (size_t i = 0; i < classes->count; i++)
        if (memcmp(rgb, classes->colors[i], 3) == 0)
            return error_set(error, SWATCH_BAD_FILE,
                             "%s:%zu: classes \"%s\" and \"%.*s\" share a color", place.name,
                             place.line, classes->names[i], shown(name), name.text);
    classes->count++;
    return 0;
}

// Puts the tags of [at, end) into the newest class.
static int add_tags(struct place place, const char *at, const char *end,
                    const char *const *tag_names, struct class_map *map, swatch_error *error)
{
    struct word word;
    while ((word = next_word(&at, end)).length > 0) {
        size_t tag = 0;
        while (tag < map->tags && !word_is(word, tag_names[tag]))
            tag++;
        if (tag == map->tags)
            return error_set(error, SWATCH_BAD_FILE, "%s:%zu: the data set has no tag \"%.*s\"",
                             place.name, place.line, shown(word), word.text);
        if (map->of_tag[tag] != NO_CLASS)
            return error_set(error, SWATCH_BAD_FILE,
                             "%s:%zu: the tag \"%s\" is in class \"%s\" already", place.name,
                             place.line, tag_names[tag], map->classes.names[map->of_tag[tag]]);
        map->of_tag[tag] = (uint8_t)(map->classes.count - 1);
    }
    return 0;
}

static int check_whole(const char *name, const char *const *tag_names, const struct class_map *map,
                       swatch_error *error)
{
    int used[CLASSES_MAX] = {0};
    if (map->classes.count == 0)
        return error_set(error, SWATCH_BAD_FILE, "%s: no classes in it", name);
    for (size_t tag = 0; tag < map->tags; tag++) {
        if (map->of_tag[tag] == NO_CLASS)
            return error_set(error, SWATCH_BAD_FILE, "%s: the tag \"%s\" is in no class", name,
                             tag_names[tag]);
        used[map->of_tag[tag]] = 1;
    }
    for (size_t i = 0; i < map->classes.count; i++)
        if (!used[i])
            return error_set(error, SWATCH_BAD_FILE, "%s: the class \"%s\" has no tags", name,
                             map->classes.names[i]);
    return 0;
}

int class_map_parse(const char *name, const char *text, size_t size, const char *const *tag_names,
                    size_t tags, struct class_map *map, swatch_error *error)
{
    struct place place = {name, 0};
    memset(map, 0, sizeof *map);
    memset(map->of_tag, NO_CLASS, sizeof map->of_tag);
    if (tags == 0 || tags > sizeof map->of_tag)
        return error_set(error, SWATCH_USAGE, "%s: a class map is for 1 to %zu tags, not %zu", name,
                         sizeof map->of_tag, tags);
    map->tags = tags;
    for (const char *line = text, *end = text + size; line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        const char *next = stop ? stop + 1 : end, *at = line;
        stop = stop ? stop : end;
        place.line++;
        struct word first = next_word(&at, stop);
        if (first.length > 0 && first.text[0] != '#') {
            const char *tags_at = line;
            if (!is_blank(*line)) {
                const char *colon = memchr(line, ':', (size_t)(stop - line));
                if (open_class(place, line, colon ? colon : line, map, error) != 0)
                    return SWATCH_FAILED;
                tags_at = colon + 1;
            } else if (map->classes.count == 0) {
                return error_set(error, SWATCH_BAD_FILE, "%s:%zu: tags before the first class",
                                 name, place.line);
            }
            if (add_tags(place, tags_at, stop, tag_names, map, error) != 0)
                return SWATCH_FAILED;
        }
        line = next;
    }
    return check_whole(name, tag_names, map, error);
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

// All words that stand where tags stand, each once; at most `room` of them are kept.
static size_t collect_tags(const char *text, size_t size, struct word *tags, size_t room)
{
    size_t count = 0;
    for (const char *line = text, *end = text + size; line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line)), *at = line;
        stop = stop ? stop : end;
        const int blank = is_blank(*line);
        struct word word = next_word(&at, stop);
        if (word.length > 0 && word.text[0] != '#') {
            const char *colon = memchr(line, ':', (size_t)(stop - line));
            at = blank ? line : colon ? colon + 1 : stop;
            while ((word = next_word(&at, stop)).length > 0) {
                size_t i = 0;
                while (i < count && (tags[i].length != word.length ||
                                     memcmp(tags[i].text, word.text, word.length) != 0))
                    i++;
                if (i == count && count < room)
                    tags[count++] = word;
            }
        }
        line = stop < end ? stop + 1 : end;
    }
    return count;
}

// The file read as the map of whatever tags it names, so that all of it is checked.
static int parse_alone(const char *name, const char *text, size_t size, struct class_map *map,
                       char **copies, swatch_error *error)
{
    struct word words[sizeof map->of_tag];
    const char *tags[sizeof map->of_tag];
    const size_t count = collect_tags(text, size, words, sizeof map->of_tag);
    for (size_t i = 0; i < count; i++) {
        tags[i] = copies[i] = strndup(words[i].text, words[i].length);
        if (!copies[i])
            return error_memory(error);
    }
    if (count == 0)
        return error_set(error, SWATCH_BAD_FILE, "%s: no classes in it", name);
    return class_map_parse(name, text, size, tags, count, map, error);
}

// The value of a label of `length` characters, or -1.
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

// Puts a label, "3", or a stretch of them, "3-58", into a class.
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
    struct class_map words = {0};
    char *tags[sizeof words.of_tag] = {0};
    int status = parse_alone(name, text, size, &words, tags, error);
    *map = words;
    map->tags = NO_CLASS;
    memset(map->of_tag, NO_CLASS, sizeof map->of_tag);
    for (size_t i = 0; status == 0 && i < words.tags; i++)
        status = add_labels(name, tags[i], words.of_tag[i], map, error);
    for (size_t i = 0; i < sizeof words.of_tag; i++)
        free(tags[i]);
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
    struct class_map map = {0};
    char *tags[sizeof map.of_tag] = {0};
    int used[CLASSES_MAX] = {0};
    int status = parse_alone(name, text, size, &map, tags, error);
    for (size_t i = 0; status == 0 && i < finer->count; i++) {
        size_t tag = 0;
        while (tag < map.tags && strcmp(tags[tag], finer->names[i]) != 0)
            tag++;
        const int found =
            tag < map.tags ? map.of_tag[tag] : classes_find(&map.classes, finer->names[i]);
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
    for (size_t i = 0; i < sizeof map.of_tag; i++)
        free(tags[i]);
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
