#include "model_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swatch.h>

#include "say.h"

// Finds a shipped file. Returns `path`; or NULL, after a message unless `quiet`.
static const char *shipped(const char *kind, const char *name, int quiet, char path[PATH_MAX])
{
    swatch_error error;
    char *found = NULL;
    if (swatch_shipped(kind, name, &found, &error)) {
        if (!quiet)
            say("swatch: %s", error.message);
        return NULL;
    }
    snprintf(path, PATH_MAX, "%s", found);
    swatch_free(found);
    return path;
}

// A model's path, or a shipped model's name, as swatch_model_open understands it.
static const char *model_path(const char *given, char path[PATH_MAX])
{
    if (!strpbrk(given, "/."))
        return shipped("models", given, 0, path);
    if (strlen(given) < PATH_MAX)
        return strcpy(path, given);
    say("swatch: %.80s...: the path is too long", given);
    return NULL;
}

static int is_number(const char *text)
{
    return *text && strspn(text, "0123456789") == strlen(text);
}

int class_file_known(const char *given)
{
    return !is_number(given) || strcmp(given, "4") == 0 || strcmp(given, "18") == 0 ||
           strcmp(given, "29") == 0 || strcmp(given, "59") == 0;
}

const char *class_file(const char *given, char path[PATH_MAX])
{
    return is_number(given) ? shipped("classes", given, 0, path) : given;
}

const char *model_file(const char *given, const char *classes, char path[PATH_MAX])
{
    char name[32];
    if (!given)
        given = getenv("SWATCH_MODEL");
    if (given && *given)
        return model_path(given, path);
    if (!classes)
        return shipped("models", MODEL_DEFAULT, 0, path);
    snprintf(name, sizeof name, "ccp-%s", is_number(classes) ? classes : "59");
    return shipped("models", name, 1, path) ? path : shipped("models", "ccp-59", 0, path);
}

const char *article_model_file(const char *given, char path[PATH_MAX])
{
    if (given)
        return model_path(given, path);
    if (shipped("models", ARTICLE_MODEL_DEFAULT, 1, path))
        return path;
    say("swatch: the model " ARTICLE_MODEL_DEFAULT " is not here: name one that paints color-coded "
        "maps with -m FILE");
    return NULL;
}

int person_model_file(const char *given, int needed, char path[PATH_MAX])
{
    *path = 0;
    if (!given)
        given = getenv("SWATCH_PERSON_MODEL");
    if (!given || !*given)
        return shipped("models", PERSON_MODEL_DEFAULT, !needed, path) || !needed ? 0 : -1;
    if (strcmp(given, "none") != 0)
        return model_path(given, path) ? 0 : -1;
    if (needed)
        say("swatch: people cannot be found without a person model");
    return needed ? -1 : 0;
}
