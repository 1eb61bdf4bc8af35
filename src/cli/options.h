// The verbs of the command, and their options: one table is what getopt_long parses and what --help
// prints. Uses nothing but swatch.h and libc.
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stddef.h>
#include <swatch.h>

#define OPTION_LONG 256 // keys from here on have no letter

struct option_entry {
    int key;              // the letter, or OPTION_LONG + n; 0 ends the table
    const char *name;     // the long name, without dashes
    const char *argument; // what the help calls its argument; NULL: it takes none
    const char *help;     // a line break begins a new line of help
};

struct verb {
    const char *name;
    const char *arguments; // "[OPTION]... PHOTO..."
    const char *summary;   // one line for `swatch --help`
    const char *more;      // for `swatch VERB --help`, below the summary; or NULL
    const struct option_entry *options;
    int many_shapes; // networks for photos of other shapes come and go: memory is kept low
    // argv[0] is the verb. Returns the command's exit status, a swatch_status.
    int (*run)(const struct verb *verb, int argc, char **argv);
};

// The next option's key, its argument in optarg; or one of these. --help needs no entry: it is
// printed here and ends in OPTION_HELPED. What is wrong has been said when OPTION_WRONG comes.
#define OPTION_END (-1)
#define OPTION_WRONG (-2)
#define OPTION_HELPED (-3)
int options_next(const struct verb *verb, int argc, char **argv);

// For the two that end a verb early: the exit status.
int options_status(int key);

// Arguments of options, 0 if fine; otherwise what is wrong has been said. A size is a whole number
// in low..high; a real any finite number in low..high; a choice the index of `text` in names, which
// NULL ends.
int options_size(const struct verb *verb, const char *option, const char *text, size_t low,
                 size_t high, size_t *value);
int options_real(const struct verb *verb, const char *option, const char *text, double low,
                 double high, double *value);
int options_choice(const struct verb *verb, const char *option, const char *text,
                   const char *const *names, int *value);

// Says "swatch VERB: ..." and where help is, and returns SWATCH_USAGE.
int options_wrong(const struct verb *verb, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
