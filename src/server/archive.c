#include "archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#define DAY 315532800 // 1980-01-01, the first that a zip file knows

// Puts the files into an archive that is written to `source`, which stays the caller's. 0, or -1.
static int fill(zip_source_t *source, const struct pieces *p)
{
    zip_t *zip = zip_open_from_source(source, ZIP_TRUNCATE, NULL);
    if (!zip)
        return -1;
    zip_source_keep(source); // closing releases it
    for (size_t i = 0; i < p->count; i++) {
        const struct piece_file *f = &p->files[i];
        zip_source_t *data = zip_source_buffer(zip, f->data, f->size, 0);
        const zip_int64_t at = data ? zip_file_add(zip, f->name, data, ZIP_FL_ENC_UTF_8) : -1;
        if (at < 0) {
            zip_source_free(data);
            zip_discard(zip);
            return -1;
        }
        // Pictures are compressed already.
        zip_set_file_compression(zip, (zip_uint64_t)at,
                                 strncmp(f->type, "image/", 6) == 0 ? ZIP_CM_STORE : ZIP_CM_DEFLATE,
                                 0);
        zip_file_set_mtime(zip, (zip_uint64_t)at, DAY, 0);
    }
    if (zip_close(zip) == 0)
        return 0;
    zip_discard(zip);
    return -1;
}

static GBytes *read_source(zip_source_t *source)
{
    zip_stat_t info;
    if (zip_source_stat(source, &info) || zip_source_open(source))
        return NULL;
    char *data = malloc(info.size ? info.size : 1);
    const zip_int64_t got = data ? zip_source_read(source, data, info.size) : -1;
    zip_source_close(source);
    if (got >= 0 && (zip_uint64_t)got == info.size)
        return g_bytes_new_with_free_func(data, (gsize)got, free, data);
    free(data);
    return NULL;
}

GBytes *archive_zip(const struct pieces *p)
{
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, NULL);
    if (!source)
        return NULL;
    GBytes *bytes = fill(source, p) == 0 ? read_source(source) : NULL;
    zip_source_free(source);
    return bytes;
}

GBytes *archive_multipart(const struct pieces *p, const char *boundary)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (!to)
        return NULL;
    for (size_t i = 0; i < p->count; i++) {
        const struct piece_file *f = &p->files[i];
        fprintf(to,
                "--%s\r\nContent-Type: %s\r\nContent-Disposition: attachment; filename=\"%s\"\r\n"
                "Content-Length: %zu\r\n\r\n",
                boundary, f->type, f->name, f->size);
        fwrite(f->data, 1, f->size, to);
        fputs("\r\n", to);
    }
    fprintf(to, "--%s--\r\n", boundary);
    const int failed = ferror(to);
    if (fclose(to) || failed) {
        free(text);
        return NULL;
    }
    return g_bytes_new_with_free_func(text, size, free, text);
}
