// Reads torch.save's format before PyTorch 1.6. The file has five pickles: a magic number, the
// protocol, the machine, the object, and the keys of its storages. Then follows each storage, in
// the order of the keys: the count of its numbers in 8 bytes, and the numbers. Only the object says
// of which type they are.

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "import/torch.h"

static const unsigned char magic[10] = {0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};
#define PROTOCOL 1001

struct place {
    struct torch_id id; // as the object says; bytes is SIZE_MAX if the object does not name it
    size_t order;       // the storage's number in the file
    struct torch_storage storage;
};

struct legacy {
    const char *name;
    const unsigned char *data;
    size_t size, at;
    struct place *places; // sorted by key
    size_t count;
};

static int by_key(const void *a, const void *b)
{
    const struct torch_id *x = &((const struct place *)a)->id, *y = &((const struct place *)b)->id;
    if (x->key_length != y->key_length)
        return x->key_length < y->key_length ? -1 : 1;
    return memcmp(x->key, y->key, x->key_length);
}

static int by_order(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    return x->order < y->order ? -1 : x->order > y->order;
}

static struct place *find(const struct legacy *f, const struct torch_id *id)
{
    const struct place wanted = {.id = *id};
    return f->count ? bsearch(&wanted, f->places, f->count, sizeof wanted, by_key) : NULL;
}

static int read_keys(struct legacy *f, const struct pickle_value *keys, swatch_error *error)
{
    if (keys->kind != PICKLE_LIST || keys->count > IMPORT_MAX_TENSORS)
        return error_set(error, SWATCH_BAD_FILE, "%s: it has no list of its storages", f->name);
    f->places = calloc(keys->count + 1, sizeof *f->places);
    if (!f->places)
        return error_memory(error);
    for (size_t i = 0; i < keys->count; i++) {
        if (keys->items[i]->kind != PICKLE_STRING)
            return error_set(error, SWATCH_BAD_FILE, "%s: a storage's key is no string", f->name);
        f->places[i].id = (struct torch_id){
            .key = keys->items[i]->text, .key_length = keys->items[i]->length, .bytes = SIZE_MAX};
        f->places[i].order = i;
    }
    f->count = keys->count;
    qsort(f->places, f->count, sizeof *f->places, by_key);
    for (size_t i = 1; i < f->count; i++)
        if (by_key(&f->places[i - 1], &f->places[i]) == 0)
            return error_set(error, SWATCH_BAD_FILE, "%s: two storages have one key", f->name);
    return SWATCH_OK;
}

// Takes each storage's type and size from the object.
static void note_types(struct legacy *f, const struct pickle *object)
{
    for (const struct pickle_value *v = pickle_values(object); v; v = v->next) {
        struct torch_id id;
        struct place *place =
            v->kind == PICKLE_PERSISTENT && torch_id_of(v, &id) == 0 ? find(f, &id) : NULL;
        if (place)
            place->id = id;
    }
}

// Finds the numbers of each storage.
static int find_numbers(struct legacy *f, swatch_error *error)
{
    qsort(f->places, f->count, sizeof *f->places, by_order);
    for (size_t i = 0; i < f->count; i++) {
        struct place *p = &f->places[i];
        if (p->id.bytes == SIZE_MAX)
            return error_set(error, SWATCH_BAD_FILE, "%s: storage %zu belongs to no tensor",
                             f->name, i);
        if (f->size - f->at < 8 || p->id.bytes > f->size - f->at - 8)
            return error_set(error, SWATCH_BAD_FILE, "%s: it ends early, in storage %zu of %zu",
                             f->name, i + 1, f->count);
        if (bytes_number(f->data + f->at, 8) != p->id.bytes / import_type_bytes(p->id.type))
            return error_set(error, SWATCH_BAD_FILE,
                             "%s: storage %zu is not as long as its tensors say", f->name, i + 1);
        p->storage = (struct torch_storage){f->data + f->at + 8, p->id.bytes};
        f->at += 8 + p->id.bytes;
    }
    qsort(f->places, f->count, sizeof *f->places, by_key);
    return SWATCH_OK;
}

static int legacy_storage(void *format, const struct torch_id *id, struct torch_storage *storage,
                          swatch_error *error)
{
    const struct legacy *f = format;
    const struct place *place = find(f, id);
    if (!place || place->id.type != id->type)
        return error_set(error, SWATCH_BAD_FILE, "%s: storage %.*s is not in it", f->name,
                         (int)(id->key_length < 40 ? id->key_length : 40), id->key);
    *storage = place->storage;
    return SWATCH_OK;
}

static int check_head(const struct legacy *f, const struct pickle_value *number,
                      const struct pickle_value *protocol, const struct pickle_value *machine,
                      swatch_error *error)
{
    if (number->kind != PICKLE_LONG || number->length != sizeof magic ||
        memcmp(number->text, magic, sizeof magic) != 0)
        return error_set(error, SWATCH_BAD_FILE, "%s: a pickle, but none that torch.save wrote",
                         f->name);
    if (protocol->kind != PICKLE_INT || protocol->integer != PROTOCOL)
        return error_set(error, SWATCH_BAD_FILE, "%s: another version of torch.save's format",
                         f->name);
    const struct pickle_value *little = pickle_get(machine, "little_endian");
    if (!little || little->kind != PICKLE_BOOL || !little->integer)
        return error_set(error, SWATCH_BAD_FILE, "%s: written on a big-endian machine", f->name);
    return SWATCH_OK;
}

int import_torch_legacy(const void *data, size_t size, struct import_tensors *tensors,
                        swatch_error *error)
{
    enum { NUMBER, VERSION, MACHINE, OBJECT, KEYS, PICKLES };
    struct legacy f = {.name = tensors->file, .data = data, .size = size};
    struct pickle *pickles[PICKLES] = {NULL};
    const struct pickle_value *roots[PICKLES];
    const struct torch_source source = {.storage = legacy_storage, .format = &f};
    int status = SWATCH_FAILED;
    for (size_t i = 0; i < PICKLES; i++) {
        if (pickle_read(f.name, data, size, &f.at, torch_globals, &pickles[i], &roots[i], error))
            goto done;
        if (i == MACHINE && check_head(&f, roots[NUMBER], roots[VERSION], roots[MACHINE], error))
            goto done;
    }
    if (read_keys(&f, roots[KEYS], error))
        goto done;
    note_types(&f, pickles[OBJECT]);
    if (find_numbers(&f, error) ||
        torch_tensors(pickles[OBJECT], roots[OBJECT], &source, tensors, error))
        goto done;
    status = SWATCH_OK;
done:
    for (size_t i = 0; i < PICKLES; i++)
        pickle_free(pickles[i]);
    free(f.places);
    return status;
}
