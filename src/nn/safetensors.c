// Reads and writes safetensors files. Reading trusts nothing in a file. The header must end before
// the file does. jansson parses it (at most 2048 levels deep, no name twice, no NUL in names). The
// offsets of each tensor must match its shape and type. The tensors must fill the data without gaps
// or overlaps, as the format says, so bytes added at the end of a file are found, too.

#include "nn/safetensors.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/file.h"
#include "nn/dtype.h"

// Parsed JSON takes up to 40 times its size in memory. Headers of real files have a few MB at most.
#define HEADER_LIMIT ((size_t)16 << 20)
#define ALIGNMENT 64

struct safetensors {
    char *name;  // for messages
    char *bytes; // the file, owned; NULL: `data` is the caller's memory
    const unsigned char *data;
    size_t size;
    json_t *header;
    struct safetensors_entry *entries;
    size_t count;
};

static const struct {
    const char *name;
    enum safetensors_dtype dtype;
    size_t bytes;
} types[] = {
    {"F32", SAFETENSORS_F32, 4},   {"BF16", SAFETENSORS_BF16, 2}, {"F16", SAFETENSORS_F16, 2},
    {"U8", SAFETENSORS_U8, 1},     {"I64", SAFETENSORS_I64, 8},   {"BOOL", SAFETENSORS_OTHER, 1},
    {"I8", SAFETENSORS_OTHER, 1},  {"I16", SAFETENSORS_OTHER, 2}, {"U16", SAFETENSORS_OTHER, 2},
    {"I32", SAFETENSORS_OTHER, 4}, {"U32", SAFETENSORS_OTHER, 4}, {"U64", SAFETENSORS_OTHER, 8},
    {"F64", SAFETENSORS_F64, 8},
};
#define TYPES (sizeof types / sizeof *types)

// Reads a whole number of at least 0 from JSON; returns 0 if it is one.
static int whole(const json_t *json, size_t *value)
{
    if (!json_is_integer(json) || json_integer_value(json) < 0)
        return 1;
    *value = (size_t)json_integer_value(json);
    return 0;
}

static int read_entry(const struct safetensors *f, const char *name, const json_t *json,
                      const unsigned char *data, size_t bytes, struct safetensors_entry *e,
                      swatch_error *error)
{
    const char *type = json_string_value(json_object_get(json, "dtype"));
    const json_t *shape = json_object_get(json, "shape");
    const json_t *offsets = json_object_get(json, "data_offsets");
    size_t size = 0, begin, end, total;
    *e = (struct safetensors_entry){.name = name, .elements = 1};
    for (size_t i = 0; type && i < TYPES; i++)
        if (strcmp(types[i].name, type) == 0) {
            e->dtype = types[i].dtype;
            size = types[i].bytes;
        }
    if (size == 0)
        return error_set(error, SWATCH_BAD_FILE, "%s: tensor %.80s has an unknown type", f->name,
                         name);
    e->rank = json_array_size(shape);
    if (!json_is_array(shape) || e->rank > SAFETENSORS_MAX_RANK)
        return error_set(error, SWATCH_BAD_FILE, "%s: tensor %.80s has no shape of up to %d sides",
                         f->name, name, SAFETENSORS_MAX_RANK);
    for (size_t i = 0; i < e->rank; i++)
        if (whole(json_array_get(shape, i), &e->shape[i]) ||
            __builtin_mul_overflow(e->elements, e->shape[i], &e->elements))
            return error_set(error, SWATCH_BAD_FILE, "%s: tensor %.80s has an impossible shape",
                             f->name, name);
    if (json_array_size(offsets) != 2 || whole(json_array_get(offsets, 0), &begin) ||
        whole(json_array_get(offsets, 1), &end) || begin > end || end > bytes)
        return error_set(error, SWATCH_BAD_FILE,
                         "%s: tensor %.80s lies outside the file; is it truncated?", f->name, name);
    if (__builtin_mul_overflow(e->elements, size, &total) || total != end - begin)
        return error_set(error, SWATCH_BAD_FILE,
                         "%s: tensor %.80s has %zu bytes, not what its shape needs", f->name, name,
                         end - begin);
    e->data = data + begin;
    e->bytes = total;
    return SWATCH_OK;
}

static int by_place(const void *a, const void *b)
{
    const struct safetensors_entry *x = a, *y = b;
    if (x->data != y->data)
        return x->data < y->data ? -1 : 1;
    return x->bytes < y->bytes ? -1 : x->bytes > y->bytes;
}

static int check_metadata(const struct safetensors *f, json_t *metadata, swatch_error *error)
{
    const char *key;
    json_t *value;
    if (!json_is_object(metadata))
        return error_set(error, SWATCH_BAD_FILE, "%s: its metadata are no JSON object", f->name);
    json_object_foreach(metadata, key, value)
    {
        if (!json_is_string(value))
            return error_set(error, SWATCH_BAD_FILE, "%s: metadata %.80s is no string", f->name,
                             key);
    }
    return SWATCH_OK;
}

// Sorts the entries by the place of their data and checks that each byte belongs to one entry.
static int check_places(struct safetensors *f, const unsigned char *data, size_t bytes,
                        swatch_error *error)
{
    const unsigned char *end = data;
    qsort(f->entries, f->count, sizeof *f->entries, by_place);
    for (size_t i = 0; i < f->count; i++) {
        if (f->entries[i].data != end)
            return error_set(error, SWATCH_BAD_FILE, "%s: before tensor %.80s there is %s", f->name,
                             f->entries[i].name,
                             f->entries[i].data < end ? "one that overlaps it" : "a gap");
        end += f->entries[i].bytes;
    }
    if (end != data + bytes)
        return error_set(error, SWATCH_BAD_FILE, "%s: has %zu bytes that belong to no tensor",
                         f->name, (size_t)(data + bytes - end));
    return SWATCH_OK;
}

static int read_header(struct safetensors *f, swatch_error *error)
{
    json_error_t where;
    const char *key;
    json_t *value;
    if (f->size < 8)
        return error_set(error, SWATCH_BAD_FILE, "%s: too short for a safetensors file", f->name);
    const uint64_t length = bytes_number(f->data, 8);
    if (length > f->size - 8 || length > HEADER_LIMIT)
        return error_set(error, SWATCH_BAD_FILE,
                         "%s: not a safetensors file (its header is longer than %s)", f->name,
                         length > HEADER_LIMIT ? "16 MB" : "the file; is it truncated?");
    f->header =
        json_loadb((const char *)f->data + 8, (size_t)length, JSON_REJECT_DUPLICATES, &where);
    if (!json_is_object(f->header))
        return error_set(error, SWATCH_BAD_FILE,
                         "%s: not a safetensors file (its header is no JSON)", f->name);
    f->entries = calloc(json_object_size(f->header) + 1, sizeof *f->entries);
    if (!f->entries)
        return error_memory(error);
    const unsigned char *data = f->data + 8 + length;
    const size_t bytes = f->size - 8 - (size_t)length;
    json_object_foreach(f->header, key, value)
    {
        if (strcmp(key, "__metadata__") == 0) {
            if (check_metadata(f, value, error))
                return SWATCH_FAILED;
        } else {
            if (read_entry(f, key, value, data, bytes, &f->entries[f->count], error))
                return SWATCH_FAILED;
            f->count++;
        }
    }
    return check_places(f, data, bytes, error);
}

int safetensors_open_memory(const char *name, const void *data, size_t size,
                            struct safetensors **file, swatch_error *error)
{
    struct safetensors *f = calloc(1, sizeof *f);
    if (!f)
        return error_memory(error);
    f->data = data;
    f->size = size;
    f->name = strdup(name);
    if (!f->name || read_header(f, error)) {
        const int status = f->name ? SWATCH_FAILED : error_memory(error);
        safetensors_close(f);
        return status;
    }
    *file = f;
    return SWATCH_OK;
}

int safetensors_open(const char *path, struct safetensors **file, swatch_error *error)
{
    char *bytes;
    size_t size;
    int status = file_load(path, &bytes, &size, error);
    if (status)
        return status;
    status = safetensors_open_memory(path, bytes, size, file, error);
    if (status)
        free(bytes);
    else
        (*file)->bytes = bytes;
    return status;
}

void safetensors_close(struct safetensors *f)
{
    if (!f)
        return;
    json_decref(f->header);
    free(f->bytes);
    free(f->entries);
    free(f->name);
    free(f);
}

size_t safetensors_count(const struct safetensors *f)
{
    return f->count;
}

const struct safetensors_entry *safetensors_at(const struct safetensors *f, size_t index)
{
    return index < f->count ? &f->entries[index] : NULL;
}

const struct safetensors_entry *safetensors_find(const struct safetensors *f, const char *name)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->entries[i].name, name) == 0)
            return &f->entries[i];
    return NULL;
}

const char *safetensors_metadata(const struct safetensors *f, const char *key)
{
    return json_string_value(json_object_get(json_object_get(f->header, "__metadata__"), key));
}

int safetensors_to_f32(const struct safetensors_entry *e, float *out, swatch_error *error)
{
    if (e->dtype == SAFETENSORS_F32) {
        memcpy(out, e->data, e->bytes);
        return SWATCH_OK;
    }
    if (e->dtype == SAFETENSORS_F64) {
        for (size_t i = 0; i < e->elements; i++) {
            double number;
            memcpy(&number, e->data + 8 * i, sizeof number);
            out[i] = (float)number;
        }
        return SWATCH_OK;
    }
    if (e->dtype != SAFETENSORS_BF16 && e->dtype != SAFETENSORS_F16)
        return error_set(error, SWATCH_BAD_FILE, "tensor %.80s is not of a floating point type",
                         e->name);
    for (size_t i = 0; i < e->elements; i++) {
        uint16_t bits;
        memcpy(&bits, e->data + 2 * i, 2);
        out[i] = e->dtype == SAFETENSORS_BF16 ? bf16_to_f32(bits) : f16_to_f32(bits);
    }
    return SWATCH_OK;
}

static size_t type_bytes(enum safetensors_dtype dtype, const char **name)
{
    for (size_t i = 0; i < TYPES; i++)
        if (types[i].dtype == dtype) {
            *name = types[i].name;
            return types[i].bytes;
        }
    return 0;
}

// Makes the header's JSON, which the caller frees; *bytes gets the size of the data. NULL: a fault.
static char *header_text(const struct safetensors_tensor *tensors, size_t count,
                         const struct safetensors_pair *metadata, size_t pairs, size_t *bytes)
{
    json_t *header = json_object(), *values = json_object();
    int failed = 0;
    for (size_t i = 0; i < pairs; i++)
        failed |= json_object_set_new(values, metadata[i].key, json_string(metadata[i].value));
    failed |= json_object_set_new(header, "__metadata__", values);
    *bytes = 0;
    for (size_t i = 0; i < count; i++) {
        const struct safetensors_tensor *t = &tensors[i];
        const char *type = NULL;
        size_t size = type_bytes(t->dtype, &type);
        json_t *shape = json_array();
        failed |= json_object_get(header, t->name) != NULL; // two of one name
        for (size_t k = 0; k < t->rank; k++) {
            size *= t->shape[k];
            failed |= json_array_append_new(shape, json_integer((json_int_t)t->shape[k]));
        }
        failed |= json_object_set_new(header, t->name,
                                      json_pack("{ss, so, s[II]}", "dtype", type, "shape", shape,
                                                "data_offsets", (json_int_t)*bytes,
                                                (json_int_t)(*bytes + size)));
        *bytes += size;
    }
    char *text = failed ? NULL : json_dumps(header, JSON_COMPACT);
    json_decref(header);
    return text;
}

int safetensors_save(const char *path, const struct safetensors_tensor *tensors, size_t count,
                     const struct safetensors_pair *metadata, size_t pairs, int replace,
                     swatch_error *error)
{
    size_t bytes;
    char *text = header_text(tensors, count, metadata, pairs, &bytes);
    if (!text)
        return error_set(error, SWATCH_FAILED, "%s: the header cannot be written as JSON", path);
    // Blanks fill up the header so that the data start at a multiple of ALIGNMENT.
    const size_t length = strlen(text);
    const size_t start = (8 + length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    unsigned char *file = malloc(start + bytes);
    if (!file) {
        free(text);
        return error_memory(error);
    }
    memset(file, ' ', start);
    memcpy(file + 8, text, length);
    free(text);
    for (size_t i = 0; i < 8; i++)
        file[i] = (unsigned char)((uint64_t)(start - 8) >> (8 * i));
    unsigned char *to = file + start;
    for (size_t i = 0; i < count; i++) {
        const struct safetensors_tensor *t = &tensors[i];
        const char *type;
        size_t elements = 1;
        for (size_t k = 0; k < t->rank; k++)
            elements *= t->shape[k];
        const size_t size = elements * type_bytes(t->dtype, &type);
        if (t->dtype == SAFETENSORS_BF16)
            for (size_t k = 0; k < elements; k++) {
                const uint16_t rounded = bf16_from_f32(((const float *)t->data)[k]);
                memcpy(to + 2 * k, &rounded, 2);
            }
        else
            memcpy(to, t->data, size);
        to += size;
    }
    const int status = file_write(path, file, start + bytes, replace, error);
    free(file);
    return status;
}
