// Reads Python's pickles, as far as files of tensors need it. A pickle is a program for a stack
// machine; running it gives a tree of values. No Python code is run and nothing is imported.
// Globals of a given list, and calls of them, become values that name them. Everything else, such
// as objects of other classes, sets and bytes, becomes PICKLE_OTHER without content, since training
// scripts save all sorts of things beside the tensors. Instructions of protocols 0 and 1 are
// errors.
#ifndef IMPORT_PICKLE_H
#define IMPORT_PICKLE_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

enum pickle_kind {
    PICKLE_NONE,
    PICKLE_BOOL,       // integer: 0 or 1
    PICKLE_INT,        // integer
    PICKLE_LONG,       // an integer of more than 64 bits: its bytes in text, the lowest first
    PICKLE_FLOAT,      // real
    PICKLE_STRING,     // text, UTF-8 that is not checked
    PICKLE_GLOBAL,     // integer: index in the given list
    PICKLE_OTHER,      // anything else
    PICKLE_TUPLE,      // items
    PICKLE_LIST,       // items
    PICKLE_DICT,       // items: key, value, key, value ...
    PICKLE_CALL,       // integer: index of the global; items[0]: the tuple of arguments
    PICKLE_PERSISTENT, // items[0]: names something outside of the pickle
};

struct pickle_value {
    enum pickle_kind kind;
    union {
        int64_t integer;
        double real;
        size_t length; // of text
        size_t room;   // for items
    };
    union {
        const char *text; // in the input, without a NUL at its end
        struct {
            struct pickle_value **items;
            size_t count;
        };
    };
    struct pickle_value *next; // links all values of the pickle
};

struct pickle_global {
    const char *module, *name; // the last of a list has a module of NULL
    int makes_dict;            // 1: a call gives an empty dictionary, whatever its arguments
};

struct pickle; // owns the values

// Reads the pickle at data[*at] and moves *at behind it. Messages call the file `name`. The values
// point into `data`; they may form cycles, and one value may occur in several places. Free *pickle
// with pickle_free; it is NULL after an error.
int pickle_read(const char *name, const unsigned char *data, size_t size, size_t *at,
                const struct pickle_global *globals, struct pickle **pickle,
                const struct pickle_value **root, swatch_error *error);
void pickle_free(struct pickle *pickle); // NULL is fine
// "module.name" of the first global that was not in the list, for messages. NULL: there was none.
const char *pickle_foreign(const struct pickle *pickle);
// The first of all values; `next` leads to the others, in no particular order.
const struct pickle_value *pickle_values(const struct pickle *pickle);

// The value of a key, or NULL. NULL, too, if `dict` is no dictionary.
const struct pickle_value *pickle_get(const struct pickle_value *dict, const char *key);
// 1 if the value is this string.
int pickle_is(const struct pickle_value *string, const char *text);

#endif
