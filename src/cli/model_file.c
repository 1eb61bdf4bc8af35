// Finds models and class files, wherever swatch runs from.

#include "model_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "say.h"

static const char *find(const char *kind, const char *file, char path[PATH_MAX])
{
    static const char *const beside[] = {"../share/swatch", "../.."};
    char self[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    self[length > 0 ? length : 0] = 0;
    char *slash = strrchr(self, '/');
    if (slash)
        *slash = 0;
    for (size_t i = 0; slash && i < sizeof beside / sizeof *beside; i++)
        if (snprintf(path, PATH_MAX, "%s/%s/%s/%s", self, beside[i], kind, file) < PATH_MAX &&
            access(path, R_OK) == 0)
            return path;
    if (snprintf(path, PATH_MAX, "%s/%s", kind, file) < PATH_MAX && access(path, R_OK) == 0)
        return path;
    return NULL;
}

const char *shared_file(const char *kind, const char *file, char path[PATH_MAX])
{
    if (find(kind, file, path))
        return path;
    say("swatch: there is no %s/%s beside the command or here; name the file", kind, file);
    return NULL;
}

static int is_number(const char *text)
{
    return *text && strspn(text, "0123456789") == strlen(text) && strlen(text) < 4;
}

int class_file_known(const char *given)
{
    return !is_number(given) || strcmp(given, "4") == 0 || strcmp(given, "29") == 0 ||
           strcmp(given, "59") == 0;
}

const char *class_file(const char *given, char path[PATH_MAX])
{
    char file[32];
    if (!is_number(given))
        return given;
    snprintf(file, sizeof file, "ccp-%.3s.txt", given);
    return shared_file("classes", file, path);
}

const char *model_file(const char *given, const char *classes, char path[PATH_MAX])
{
    char file[32] = MODEL_DEFAULT;
    if (!given)
        given = getenv("SWATCH_MODEL");
    if (!given || !*given) {
        if (classes && is_number(classes))
            snprintf(file, sizeof file, "ccp-%.3s.safetensors", classes);
        if (classes && (!is_number(classes) || !find("models", file, path)) &&
            find("models", MODEL_OF_ALL, path))
            return path;
        return shared_file("models", file, path);
    }
    if (strlen(given) < PATH_MAX)
        return strcpy(path, given);
    say("swatch: %.80s...: the path is too long", given);
    return NULL;
}

int person_model_file(const char *given, int needed, char path[PATH_MAX])
{
    if (!given)
        given = getenv("SWATCH_PERSON_MODEL");
    if (!given || !*given) {
        if (needed ? shared_file("models", PERSON_MODEL_DEFAULT, path)
                   : find("models", PERSON_MODEL_DEFAULT, path))
            return 0;
        *path = 0;
        return needed ? -1 : 0;
    }
    if (strcmp(given, "none") == 0) {
        *path = 0;
        if (needed)
            say("swatch: people cannot be found without a person model");
        return needed ? -1 : 0;
    }
    if (strlen(given) < PATH_MAX) {
        strcpy(path, given);
        return 0;
    }
    say("swatch: %.80s...: the path is too long", given);
    return -1;
}
