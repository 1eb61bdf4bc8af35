// Files that come with swatch: models and class files.
#ifndef CLI_MODEL_FILE_H
#define CLI_MODEL_FILE_H

#include <limits.h>

#define MODEL_DEFAULT "ccp-4.safetensors"
#define MODEL_OF_ALL "ccp-59.safetensors"
#define PERSON_MODEL_DEFAULT "person.safetensors"

// The first that can be read of kind/file ("models", "classes") in ../share/swatch beside the
// command's folder (installed), in ../.. from there (a build folder of the source tree) and here.
// Returns path, or NULL after saying that none is there.
const char *shared_file(const char *kind, const char *file, char path[PATH_MAX]);

// `given` (-m FILE) if not NULL, else the environment's SWATCH_MODEL, else by shared_file: for
// classes (--classes, NULL: not given) "4", "29", ... ccp-<that>.safetensors, for any classes the
// model of all tags, which can answer in coarser ones, and last MODEL_DEFAULT.
const char *model_file(const char *given, const char *classes, char path[PATH_MAX]);

// Whether --classes can be `given`: a file, or a number that swatch has class files for.
int class_file_known(const char *given);

// A class file: `given` or, for a number, ccp-<number>.txt by shared_file.
const char *class_file(const char *given, char path[PATH_MAX]);

// The model that finds people: `given` if not NULL, else SWATCH_PERSON_MODEL, else
// PERSON_MODEL_DEFAULT by shared_file. An empty path is none: asked for as "none", or the default
// is not there. 0, or -1 after saying what is wrong; where one is needed, none is wrong, too.
int person_model_file(const char *given, int needed, char path[PATH_MAX]);

#endif
