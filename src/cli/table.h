// Verbs and their options. An option is one line of a table: parsing, --help, the manual pages and
// the completion of shells all read that table. Includes nothing but libc.
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stddef.h>
#include <stdio.h>

#include "server/options.h"

enum option_type {
    OPTION_FLAG,   // takes no argument; sets an int to 1
    OPTION_OFF,    // takes no argument; sets an int to 0
    OPTION_SIZE,   // a whole number into a size_t
    OPTION_COUNT,  // a whole number into a uint64_t
    OPTION_REAL,   // a finite number into a double
    OPTION_FLOAT,  // a finite number into a float
    OPTION_CHOICE, // one of `choices`, its index into an int
    OPTION_LIST,   // some of `choices`, with commas between, or-ed into an unsigned: a bit for each
                   // index
    OPTION_TEXT,   // any text, lent, into a const char *
    OPTION_FILE,   // a file's name, lent, into a const char *; not empty
    OPTION_FOLDER, // a folder's name, the same; not "-", which is standard output
    OPTION_PLACE,  // a folder's name, or "-" for standard output
    OPTION_OTHER,  // `read` takes the argument (NULL where `argument` is NULL)
};

struct option_entry {
    const char *name; // the long name, without dashes; NULL ends the table
    char letter;      // the short name; 0: none
    enum option_type type;
    const char *argument; // what help calls the argument, "N"; NULL: the option takes none
    // One phrase, without a full stop. Help wraps it and adds the choices or the limits and
    // `normal`, so they need not be repeated here.
    const char *help;
    const char *normal; // what help gives as the default; NULL: nothing
    size_t offset;      // of the field in the verb's settings
    double low, high;   // the limits of a number, both allowed; high 0 of a number: no limits
    const char *const *choices; // of OPTION_CHOICE and OPTION_LIST: their names; NULL ends them
    // Of OPTION_OTHER: reads `text` into the field (offset 0: all settings). Returns NULL, or what
    // it must be ("must be LOW,HIGH"), static.
    const char *(*read)(void *field, const char *text);
    // Long names of other options, with spaces between: those that cannot be given together with
    // this one, and those of which one must be given.
    const char *against, *needs;
    int first;  // 1: takes effect before the others, because they change what it sets
    int served; // 1: a request to swatch serve may give it
    // Of OPTION_OTHER that is served: what a value looks like, for /openapi.json (ECMA-262).
    const char *pattern;
    const char *group; // the heading under which help lists it; NULL: that of the one before
};

#define OPTIONS_MOST 96

// What parsing found.
struct arguments {
    char **words; // arguments that belong to no option, in their order; lent
    int count;
    unsigned char given[OPTIONS_MOST]; // for each entry of the table: 1 if it was given
};

// What the first argument of a verb may be.
struct verb_action {
    const char *name;      // NULL ends the table
    const char *usage;     // what follows the name: "DB [OPTION]..."
    const char *summary;   // one phrase, without a full stop
    const char *groups[5]; // headings of the options that it has; NULL ends them
};

struct verb {
    const char *name;
    const char *usage;   // "[OPTION]... PHOTO... -o DIR"
    const char *summary; // one line, for `swatch --help`
    // For `swatch VERB --help`. Paragraphs end in a line break and are wrapped; a line that begins
    // with a space is printed as it is.
    const char *more;
    const struct verb_action *actions; // what the first argument is one of; NULL: anything
    const char *words;                 // what a shell completes arguments with: "file" or NULL
    const struct option_entry *options;
    int many_shapes; // 1: networks for photos of many shapes come and go, so memory is kept low
    size_t settings_size;             // bytes
    void (*defaults)(void *settings); // fills in what is not zero; or NULL
    // The settings as parsed. Returns the exit status of the command, a swatch_status.
    int (*run)(const struct verb *verb, void *settings, const struct arguments *arguments);
};

// Reads the options into `settings`, which holds the defaults. argv[0] is the verb. Options may be
// shortened as long as only one begins so. Returns SWATCH_OK, or SWATCH_USAGE after a message.
// --help (*help 1) stops at once with SWATCH_OK.
int table_parse(const struct verb *verb, int argc, char **argv, void *settings,
                struct arguments *arguments, int *help);

// Reads the options of a request, by their long names, as table_parse does; a flag's value is true,
// false or empty. Returns SWATCH_OK, or SWATCH_USAGE with
// what is wrong in `message` (`size` bytes).
int table_fields(const struct verb *verb, const struct server_field *fields, size_t count,
                 void *settings, struct arguments *arguments, char *message, size_t size);

// Whether the option of this long name was given. It must be in the verb's table.
int table_given(const struct verb *verb, const struct arguments *arguments, const char *name);

// The action of this name, or NULL.
const struct verb_action *table_action(const struct verb *verb, const char *name);
// Whether the verb's option `index` is one of the action's (NULL: of any).
int table_has(const struct verb *verb, const struct verb_action *action, size_t index);

// Prints "swatch VERB: ..." and where help is, and returns SWATCH_USAGE.
int table_wrong(const struct verb *verb, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// The name nearest to `word`, if one is so near that it was probably meant; else NULL. `name` gives
// the index-th name, NULL after the last.
const char *table_nearest(const char *word, const char *(*name)(const void *user, size_t index),
                          const void *user);

#endif
