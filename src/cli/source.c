#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"

#define JSON_MOST ((size_t)16 << 20) // bytes of a file of results

// Hashes a regular file. 0, or -1.
static int hash_file(const char *path, GChecksum *sum, size_t *bytes)
{
    guchar block[1 << 16];
    struct stat info;
    ssize_t got = -1;
    const int from = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    *bytes = 0;
    if (from >= 0 && fstat(from, &info) == 0 && S_ISREG(info.st_mode))
        while ((got = read(from, block, sizeof block)) > 0 || (got < 0 && errno == EINTR))
            if (got > 0) {
                g_checksum_update(sum, block, got);
                *bytes += (size_t)got;
            }
    if (from >= 0)
        close(from);
    return got < 0 ? -1 : 0;
}

static json_t *hash_and_size(const char *path, size_t *bytes)
{
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    json_t *hex = hash_file(path, sum, bytes) ? NULL : json_string(g_checksum_get_string(sum));
    g_checksum_free(sum);
    return hex;
}

json_t *source_hash(const char *path)
{
    size_t bytes;
    return hash_and_size(path, &bytes);
}

json_t *source_of(const char *path, const json_t *made)
{
    size_t bytes;
    json_t *hex = hash_and_size(path, &bytes);
    return hex ? json_pack("{so, sI, sO*}", "sha256", hex, "bytes", (json_int_t)bytes, "made", made)
               : NULL;
}

enum saved source_look(const char *folder, const char *file, const char *photo,
                       const json_t *source, char **text)
{
    struct stat info;
    gsize length;
    *text = NULL;
    if (lstat(folder, &info))
        return SAVED_NOTHING;
    char *path = output_begins(folder, file, OUTPUT_JSON) ? output_path(folder, file, NULL) : NULL;
    if (!path || stat(path, &info) || (size_t)info.st_size > JSON_MOST ||
        !g_file_get_contents(path, text, &length, NULL))
        *text = NULL;
    free(path);
    json_t *saved = *text ? json_loads(*text, 0, NULL) : NULL;
    const json_t *was = json_object_get(saved, "source");
    const char *name = json_string_value(json_object_get(saved, "photo"));
    enum saved answer = SAVED_OTHER;
    if (source && was && json_equal(was, source))
        answer = SAVED_SAME;
    else if (source && was &&
             (json_equal(json_object_get(was, "sha256"), json_object_get(source, "sha256")) ||
              (name && strcmp(name, photo) == 0)))
        answer = SAVED_BEFORE;
    json_decref(saved);
    if (answer != SAVED_SAME) {
        g_free(*text);
        *text = NULL;
    }
    return answer;
}
