// The verbs of the command. Each is one file, gets its own arguments (argv[0] is the verb) and
// returns the exit status: a swatch_status.
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include <swatch.h>

int command_extract(int argc, char **argv);
int command_train(int argc, char **argv);
int command_eval(int argc, char **argv);
int command_info(int argc, char **argv);

// What several verbs share (common.c).

// Set by SIGINT and SIGTERM once catch_signals was called.
extern volatile int interrupted;
void catch_signals(void);
// Prints "swatch: message" on standard error.
void complain(const char *message);
// Prints "swatch VERB: format; see swatch VERB --help", and returns SWATCH_USAGE.
int usage(const char *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));
// Numbers from the command line; 0 if the whole text is one in low .. high.
int parse_number(const char *text, double low, double high, double *value);
int parse_count(const char *text, unsigned long long low, unsigned long long high,
                unsigned long long *value);
int parse_precision(const char *text, swatch_precision *precision);
int parse_masks(const char *text, swatch_masks *masks);
int parse_background(const char *text, swatch_background *background);
// A file that comes with swatch: the first of <executable's folder>/../share/swatch/<kind>/<file>
// (installed), <executable's folder>/../../<kind>/<file> (built in the source tree) and
// <kind>/<file> that can be read. Fills in path (PATH_MAX bytes) and returns 0, or complains.
int find_shared(const char *kind, const char *file, char *path);
// The model named by an option, else by $SWATCH_MODEL, else the one that comes with swatch.
int open_model(const char *option, swatch_precision precision, swatch_model **model);
// A progress bar on standard error, only if that is a terminal: "label [####    ] tail".
void progress_bar(const char *label, double share, const char *tail);
// Wipes the bar, before other output.
void progress_end(void);

#endif
