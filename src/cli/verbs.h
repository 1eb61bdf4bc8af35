// Every verb of the command. A new one is a file that defines its `struct verb`, a line here and a
// line in main.c's table.
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include "table.h"

extern const struct verb verb_extract;
extern const struct verb verb_person;
extern const struct verb verb_palette;
extern const struct verb verb_catalog;
extern const struct verb verb_train;
extern const struct verb verb_eval;
extern const struct verb verb_import;
extern const struct verb verb_info;
extern const struct verb verb_serve;

// Makes the table of verb_train from the library's options; to be called before any table is read.
void train_options_make(void);

#endif
