// Python's pickle, as far as files of tensors need it: a stream of instructions for a stack machine
// becomes a tree of values. Nothing is ever executed or looked up. A global of a given list becomes
// a node that says so, and so does a call of it. Whatever else is in the stream (objects of other
// classes, sets, bytes) becomes PICKLE_OTHER, of which nothing is kept: training scripts put all
// sorts of things beside the tensors. Instructions that only older protocols have are errors.
#ifndef IMPORT_PICKLE_H
#define IMPORT_PICKLE_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

enum pickle_kind {
    PICKLE_NONE,
    PICKLE_BOOL,       // integer: 0 or 1
    PICKLE_INT,        // integer
    PICKLE_LONG,       // an integer of more than 64 bits: text, its bytes, lowest first
    PICKLE_FLOAT,      // real
    PICKLE_STRING,     // text: UTF-8, not checked
    PICKLE_GLOBAL,     // integer: its index in the given list
    PICKLE_OTHER,      // something else
    PICKLE_TUPLE,      // items
    PICKLE_LIST,       // items
    PICKLE_DICT,       // items: key, value, key, value ...
    PICKLE_CALL,       // integer: index of the global; items[0]: the tuple of arguments
    PICKLE_PERSISTENT, // items[0]: what names the thing outside
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
        const char *text; // into the input
        struct {
            struct pickle_value **items;
            size_t count;
        };
    };
    struct pickle_value *next; // of all that were made
};

struct pickle_global {
    const char *module, *name; // a NULL module ends the list
    int makes_dict;            // calling it makes an empty dictionary, whatever its arguments
};

struct pickle; // owns the values

// Reads one pickle at data[*at] and moves *at behind it. `name` is the file's, for messages. The
// values may be cyclic, and one may occur in many places. They point into `data`.
int pickle_read(const char *name, const unsigned char *data, size_t size, size_t *at,
                const struct pickle_global *globals, struct pickle **pickle,
                const struct pickle_value **root, swatch_error *error);
void pickle_free(struct pickle *pickle);
// "module.name" of the first global that is not in the list, for messages; NULL: there was none.
const char *pickle_foreign(const struct pickle *pickle);
// The first of all values that occur, the others follow by `next`; in no order.
const struct pickle_value *pickle_values(const struct pickle *pickle);

// The value of a dictionary's key, or NULL: also for what is no dictionary.
const struct pickle_value *pickle_get(const struct pickle_value *dict, const char *key);
int pickle_is(const struct pickle_value *string, const char *text);

#endif
