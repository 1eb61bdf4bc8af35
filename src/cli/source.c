#include "source.h"

#include <fcntl.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"

#define JSON_MOST ((size_t)16 << 20) // bytes of a file of results

// A checksum of a file as it is read block by block.
struct checksum {
    GChecksum *sha256; // or NULL
    uint64_t quick;
    size_t bytes;
};

// Eight bytes at a step: a model of some megabytes takes milliseconds, where SHA-256 takes a tenth
// of what a photo takes. It tells one model from another, not a model from a forgery.
static void add_quick(struct checksum *sum, const guchar *block, size_t size)
{
    for (size_t i = 0; i < size; i += 8) {
        uint64_t word = 0;
        memcpy(&word, block + i, size - i < 8 ? size - i : 8);
        sum->quick = (sum->quick ^ word) * 0x9e3779b97f4a7c15u;
        sum->quick ^= sum->quick >> 32;
    }
}

// Reads a regular file to its end. 0, or -1.
static int read_file(const char *path, struct checksum *sum)
{
    guchar block[1 << 16];
    struct stat info;
    size_t got = 0;
    int status = -1;
    FILE *from = NULL;
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 || fstat(file, &info) || !S_ISREG(info.st_mode) || !(from = fdopen(file, "rb")))
        goto done;
    setvbuf(from, NULL, _IONBF, 0);
    while ((got = fread(block, 1, sizeof block, from)) > 0) {
        if (sum->sha256)
            g_checksum_update(sum->sha256, block, (gssize)got);
        else
            add_quick(sum, block, got);
        sum->bytes += got;
    }
    status = ferror(from) ? -1 : 0;
done:
    if (from)
        fclose(from);
    else if (file >= 0)
        close(file);
    return status;
}

json_t *source_checksum(const char *path)
{
    struct checksum sum = {.quick = 0};
    char text[40];
    if (read_file(path, &sum))
        return NULL;
    snprintf(text, sizeof text, "%zx-%016" PRIx64, sum.bytes, sum.quick);
    return json_string(text);
}

// The SHA-256 of the absolute path, so that results of the photo as it was are known without
// telling anyone its folders; NULL where it has none.
static json_t *path_hash(const char *path)
{
    char *whole = realpath(path, NULL);
    gchar *text = whole ? g_compute_checksum_for_string(G_CHECKSUM_SHA256, whole, -1) : NULL;
    json_t *hash = text ? json_string(text) : NULL;
    g_free(text);
    free(whole);
    return hash;
}

json_t *source_of(const char *path, const json_t *made)
{
    struct checksum sum = {.sha256 = g_checksum_new(G_CHECKSUM_SHA256)};
    json_t *source = NULL;
    if (read_file(path, &sum) == 0)
        source = json_pack("{ss, sI, so*, sO*}", "sha256", g_checksum_get_string(sum.sha256),
                           "bytes", (json_int_t)sum.bytes, "path", path_hash(path), "made", made);
    g_checksum_free(sum.sha256);
    return source;
}

static int same(const json_t *was, const json_t *source, const char *key)
{
    const json_t *value = json_object_get(source, key);
    return value && json_equal(json_object_get(was, key), value);
}

int source_same(const json_t *was, const json_t *source)
{
    return was && source && same(was, source, "sha256") && same(was, source, "made");
}

enum saved source_look(const char *folder, const char *file, const json_t *source, char **text)
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
    enum saved answer = SAVED_OTHER;
    if (source_same(was, source))
        answer = SAVED_SAME;
    else if (source && was && (same(was, source, "sha256") || same(was, source, "path")))
        answer = SAVED_BEFORE;
    json_decref(saved);
    if (answer != SAVED_SAME) {
        g_free(*text);
        *text = NULL;
    }
    return answer;
}
