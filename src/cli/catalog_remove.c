// Photos out of a catalogue, by their paths. Their files need not be there any more.

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog.h"
#include "catalog/store.h"
#include "say.h"

// The path by which the catalogue knows a photo, to be freed with g_free. Of one that is gone it is
// the folder that is still there, as the system knows it, and the rest as it is written.
static char *known_path(const char *path)
{
    if (strstr(path, "://")) // of an object store, from a cluster's rows
        return g_strdup(path);
    gchar *full = g_canonicalize_filename(path, NULL), *known = NULL;
    char *there = realpath(path, NULL);
    for (char *end = full + strlen(full); !there; *end = '/') {
        while (*--end != '/')
            ;
        *end = 0;
        there = realpath(*full ? full : "/", NULL);
        if (there)
            known = g_build_filename(there, end + 1, NULL);
    }
    known = known ? known : g_strdup(there);
    free(there);
    g_free(full);
    return known;
}

static int take_missing(void *user, const json_t *record)
{
    const char *path = json_string_value(json_object_get(record, "path"));
    if (path && *path == '/' && access(path, F_OK) && (errno == ENOENT || errno == ENOTDIR))
        g_ptr_array_add(user, g_strdup(path));
    return 0;
}

// Says what became of the photos that the user named.
static int tell_removed(const size_t *removed, size_t count, char **names)
{
    size_t all = 0;
    int status = SWATCH_OK;
    for (size_t i = 0; i < count; i++) {
        all += removed[i];
        if (names && !removed[i]) {
            say("swatch: %s: is not in the catalogue", names[i]);
            status = SWATCH_NOT_FOUND;
        }
    }
    say("%zu removed", all);
    return status;
}

int catalog_remove(struct catalog_settings *s, struct catalog *catalog,
                   const struct arguments *photos)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    swatch_error error;
    int status = SWATCH_OK;
    if (s->missing)
        status = catalog_each(catalog, NULL, take_missing, paths, &error);
    for (int i = 0; i < photos->count; i++)
        g_ptr_array_add(paths, known_path(photos->words[i]));
    size_t *removed = g_new0(size_t, paths->len + 1);
    if (!status)
        status = catalog_delete(catalog, (char *const *)paths->pdata, paths->len, removed, &error);
    if (status)
        say("swatch: %s", error.message);
    else
        status = tell_removed(removed, paths->len, s->missing ? NULL : photos->words);
    g_free(removed);
    g_ptr_array_free(paths, TRUE);
    return status;
}
