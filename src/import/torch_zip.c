// Reads torch.save's format since PyTorch 1.6, by libzip: a zip archive with NAME/data.pkl, a file
// NAME/data/KEY for each storage, and in newer ones NAME/byteorder. torch does not compress, so
// this refuses compressed files. That keeps a small archive from growing large.

#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "base/error.h"
#include "import/torch.h"

#define PICKLE_SUFFIX "/data.pkl"
#define FOLDER_MAX 200

struct loaded {
    const char *key;
    size_t key_length;
    unsigned char *data;
    size_t size;
};

struct archive {
    const char *name;
    zip_t *zip;
    char folder[FOLDER_MAX]; // "NAME/"
    size_t bytes_left;       // that may still be read: each byte of the file once
    struct loaded *storages;
    size_t count, room;
};

static int archive_open(struct archive *a, const void *data, size_t size, swatch_error *error)
{
    zip_error_t fault;
    zip_error_init(&fault);
    zip_source_t *source = zip_source_buffer_create(data, size, 0, &fault);
    a->zip = source ? zip_open_from_source(source, ZIP_RDONLY, &fault) : NULL;
    if (!a->zip) {
        error_set(error, SWATCH_BAD_FILE, "%s: a damaged zip archive: %s", a->name,
                  zip_error_strerror(&fault));
        zip_source_free(source);
    }
    zip_error_fini(&fault);
    return a->zip ? SWATCH_OK : SWATCH_FAILED;
}

// Reads a file of the archive; the caller frees *data. If it is missing, returns SWATCH_OK and sets
// *data to NULL.
static int member_read(struct archive *a, const char *member, unsigned char **data, size_t *size,
                       swatch_error *error)
{
    char path[2 * FOLDER_MAX];
    zip_stat_t info;
    *data = NULL;
    if (snprintf(path, sizeof path, "%s%s", a->folder, member) >= (int)sizeof path ||
        zip_stat(a->zip, path, ZIP_FL_ENC_RAW, &info))
        return SWATCH_OK;
    const zip_uint64_t needs = ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    if ((info.valid & needs) != needs || info.comp_method != ZIP_CM_STORE ||
        info.encryption_method != ZIP_EM_NONE)
        return error_set(error, SWATCH_BAD_FILE,
                         "%s: %s in it is compressed or encrypted, which torch.save does not do",
                         a->name, path);
    if (info.size > a->bytes_left)
        return error_set(error, SWATCH_BAD_FILE, "%s: %s in it is larger than the file", a->name,
                         path);
    zip_file_t *file = zip_fopen_index(a->zip, info.index, 0);
    unsigned char *bytes = file ? malloc((size_t)info.size + 1) : NULL;
    if (file && !bytes) {
        zip_fclose(file);
        return error_memory(error);
    }
    // libzip checks the checksum when it is asked for bytes beyond the end.
    const int whole = file && zip_fread(file, bytes, info.size) == (zip_int64_t)info.size &&
                      zip_fread(file, bytes + info.size, 1) == 0;
    if (file)
        zip_fclose(file);
    if (!whole) {
        free(bytes);
        return error_set(error, SWATCH_BAD_FILE, "%s: %s in it is damaged", a->name, path);
    }
    a->bytes_left -= (size_t)info.size;
    *data = bytes;
    *size = (size_t)info.size;
    return SWATCH_OK;
}

// Finds the folder with data.pkl.
static int find_folder(struct archive *a, swatch_error *error)
{
    const size_t suffix = strlen(PICKLE_SUFFIX);
    for (zip_int64_t i = 0, n = zip_get_num_entries(a->zip, 0); i < n; i++) {
        const char *path = zip_get_name(a->zip, (zip_uint64_t)i, ZIP_FL_ENC_RAW);
        const size_t length = path ? strlen(path) : 0;
        if (length < suffix || strcmp(path + length - suffix, PICKLE_SUFFIX) != 0)
            continue;
        if (length - suffix + 2 > sizeof a->folder)
            break;
        memcpy(a->folder, path, length - suffix + 1); // with the slash
        return SWATCH_OK;
    }
    return error_set(error, SWATCH_BAD_FILE, "%s: a zip archive, but none that torch.save wrote",
                     a->name);
}

// torch_source.storage. Reads each storage once.
static int archive_storage(void *format, const struct torch_id *id, struct torch_storage *storage,
                           swatch_error *error)
{
    struct archive *a = format;
    char member[FOLDER_MAX];
    for (size_t i = 0; i < a->count; i++)
        if (a->storages[i].key_length == id->key_length &&
            memcmp(a->storages[i].key, id->key, id->key_length) == 0) {
            *storage = (struct torch_storage){a->storages[i].data, a->storages[i].size};
            return SWATCH_OK;
        }
    if (a->count == a->room) {
        const size_t room = a->room ? 2 * a->room : 64;
        struct loaded *more = realloc(a->storages, room * sizeof *more);
        if (!more)
            return error_memory(error);
        a->storages = more;
        a->room = room;
    }
    struct loaded new = {.key_length = id->key_length};
    if (id->key_length < FOLDER_MAX / 2 && !memchr(id->key, 0, id->key_length)) {
        snprintf(member, sizeof member, "data/%.*s", (int)id->key_length, id->key);
        if (member_read(a, member, &new.data, &new.size, error))
            return SWATCH_FAILED;
    }
    if (!new.data)
        return error_set(error, SWATCH_BAD_FILE, "%s: storage %.*s is not in it", a->name,
                         (int)(id->key_length < 40 ? id->key_length : 40), id->key);
    new.key = id->key;
    a->storages[a->count++] = new;
    *storage = (struct torch_storage){new.data, new.size};
    return SWATCH_OK;
}

int import_torch_zip(const void *data, size_t size, struct import_tensors *tensors,
                     swatch_error *error)
{
    struct archive a = {.name = tensors->file, .bytes_left = size};
    struct torch_source source = {.storage = archive_storage, .format = &a};
    unsigned char *order = NULL, *text = NULL;
    const struct pickle_value *root;
    struct pickle *pickle = NULL;
    size_t order_size = 0, text_size = 0, at = 0;
    int status = SWATCH_FAILED;
    if (archive_open(&a, data, size, error) || find_folder(&a, error) ||
        member_read(&a, "byteorder", &order, &order_size, error) ||
        member_read(&a, "data.pkl", &text, &text_size, error))
        goto done;
    if (!text) {
        error_set(error, SWATCH_BAD_FILE, "%s: a zip archive whose names are no UTF-8", a.name);
        goto done;
    }
    source.big_endian = order && order_size == 3 && memcmp(order, "big", 3) == 0;
    if (pickle_read(a.name, text, text_size, &at, torch_globals, &pickle, &root, error) ||
        torch_tensors(pickle, root, &source, tensors, error))
        goto done;
    status = SWATCH_OK;
done:
    pickle_free(pickle);
    free(text);
    free(order);
    for (size_t i = 0; i < a.count; i++)
        free(a.storages[i].data);
    free(a.storages);
    if (a.zip)
        zip_discard(a.zip);
    return status;
}
