// Which model and class files a verb uses.
#ifndef CLI_MODEL_FILE_H
#define CLI_MODEL_FILE_H

#include <limits.h>

#define MODEL_DEFAULT "ccp-4"
#define PERSON_MODEL_DEFAULT "person"
#define ARTICLE_MODEL_DEFAULT "pix2pix-4"

// The model that finds clothes: `given` (-m) if not NULL, else $SWATCH_MODEL, else the shipped
// model for `classes` (--classes, or NULL): ccp-N for a number, ccp-59, which can answer in coarser
// classes, for a file, MODEL_DEFAULT for NULL. What is given may be a shipped model's name. Returns
// `path`, or NULL after a message.
const char *model_file(const char *given, const char *classes, char path[PATH_MAX]);

// The model for --article: `given` (-m) if not NULL, else the shipped one of that name. Returns
// `path`, or NULL after a message.
const char *article_model_file(const char *given, char path[PATH_MAX]);

// What --classes takes: a file, or a number that swatch has a class file for.
#define CLASS_SETS "4, 18, 29, 59 or a class file"
// The class set that --garments chooses.
#define GARMENT_CLASSES "29"
// Whether --classes can be `given`.
int class_file_known(const char *given);

// The class file: `given` or, for a number, the shipped one. NULL after a message.
const char *class_file(const char *given, char path[PATH_MAX]);

// The model that finds people: `given` if not NULL, else $SWATCH_PERSON_MODEL, else the shipped
// one. An empty path means no model: "none" was given, or nothing was given and none is shipped.
// Returns 0, or -1 after a message. needed: to have no model is an error.
int person_model_file(const char *given, int needed, char path[PATH_MAX]);

#endif
