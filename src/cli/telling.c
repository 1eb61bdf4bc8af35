#include "telling.h"

#include "say.h"
#include "source.h"

static int open_list(const char *path, swatch_names **list)
{
    swatch_error error;
    const int status = path ? swatch_names_open(path, list, &error) : SWATCH_OK;
    if (status)
        say("swatch: %s", error.message);
    return status;
}

int telling_open(struct telling *t)
{
    int status = open_list(t->names_file, &t->names);
    if (!status)
        status = open_list(t->match_file, &t->match);
    t->told = (swatch_telling)SWATCH_TELLING_INIT;
    t->told.names = t->names;
    t->told.match = t->match;
    t->told.harmonies = t->harmonies;
    return status;
}

void telling_close(struct telling *t)
{
    swatch_names_free(t->names);
    swatch_names_free(t->match);
}

int telling_made(const struct telling *t, json_t *options)
{
    int failed = 0;
    if (t->names_file)
        failed |= json_object_set_new(options, "names", source_checksum(t->names_file));
    if (t->match_file)
        failed |= json_object_set_new(options, "match", source_checksum(t->match_file));
    if (t->harmonies)
        failed |= json_object_set_new(options, "harmonies", json_true());
    return failed;
}
