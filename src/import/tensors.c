// The list that all readers fill, with limits on names, counts and sizes for every format; and
// numbers of all types.

#include "import/tensors.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "nn/dtype.h"

#define GROWTH 4                 // f16 becomes f32, and tensors of a file may share numbers
#define SLACK ((size_t)64 << 10) // bytes more, for files of a few numbers

void import_tensors_init(struct import_tensors *t, const char *file, size_t size)
{
    *t = (struct import_tensors){.file = file};
    if (size > (SIZE_MAX - SLACK) / GROWTH)
        size = (SIZE_MAX - SLACK) / GROWTH;
    t->floats_left = (size * GROWTH + SLACK) / sizeof(float);
}

void import_tensors_free(struct import_tensors *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->items[i].data);
    free(t->items);
    *t = (struct import_tensors){.file = t->file};
}

const struct import_tensor *import_tensors_find(const struct import_tensors *t, const char *name)
{
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->items[i].name, name) == 0)
            return &t->items[i];
    return NULL;
}

int import_tensors_add(struct import_tensors *t, const char *name, size_t name_length, size_t rank,
                       const size_t *shape, struct import_tensor **tensor, swatch_error *error)
{
    struct import_tensor new = {.rank = rank, .count = 1};
    if (name_length == 0 || name_length >= IMPORT_NAME_MAX)
        return error_set(error, SWATCH_BAD_FILE,
                         "%s: a tensor's name is %zu bytes long, not 1 to %d", t->file, name_length,
                         IMPORT_NAME_MAX - 1);
    for (size_t i = 0; i < name_length; i++)
        new.name[i] = name[i] < 32 || name[i] > 126 ? '?' : name[i];
    if (import_tensors_find(t, new.name))
        return error_set(error, SWATCH_BAD_FILE, "%s: two tensors are called %s", t->file,
                         new.name);
    if (t->count == IMPORT_MAX_TENSORS)
        return error_set(error, SWATCH_BAD_FILE, "%s: more than %d tensors", t->file,
                         IMPORT_MAX_TENSORS);
    if (rank > IMPORT_MAX_RANK)
        return error_set(error, SWATCH_BAD_FILE, "%s: tensor %s has %zu dimensions, more than %d",
                         t->file, new.name, rank, IMPORT_MAX_RANK);
    for (size_t i = 0; i < rank; i++) {
        new.shape[i] = shape[i];
        if (__builtin_mul_overflow(new.count, shape[i], &new.count))
            new.count = SIZE_MAX;
    }
    if (new.count > t->floats_left)
        return error_set(error, SWATCH_BAD_FILE,
                         "%s: tensor %s is too large for a file of this size", t->file, new.name);
    if (t->count == t->room) {
        const size_t room = t->room ? 2 * t->room : 32;
        struct import_tensor *items = realloc(t->items, room * sizeof *items);
        if (!items)
            return error_memory(error);
        t->items = items;
        t->room = room;
    }
    new.data = malloc(new.count ? new.count * sizeof(float) : 1);
    if (!new.data)
        return error_memory(error);
    t->floats_left -= new.count;
    t->items[t->count] = new;
    *tensor = &t->items[t->count++];
    return SWATCH_OK;
}

size_t import_type_bytes(enum import_type type)
{
    static const size_t bytes[] = {
        [IMPORT_F32] = 4,     [IMPORT_F64] = 8,       [IMPORT_F16] = 2,     [IMPORT_BF16] = 2,
        [IMPORT_I64] = 8,     [IMPORT_OTHER_1] = 1,   [IMPORT_OTHER_2] = 2, [IMPORT_OTHER_4] = 4,
        [IMPORT_OTHER_8] = 8, [IMPORT_OTHER_16] = 16,
    };
    return bytes[type];
}

float import_number(enum import_type type, const unsigned char *at, int big)
{
    const size_t bytes = import_type_bytes(type);
    uint64_t bits = 0;
    for (size_t i = 0; i < bytes; i++)
        bits |= (uint64_t)at[big ? bytes - 1 - i : i] << (8 * i);
    const uint32_t low = (uint32_t)bits;
    float f;
    double d;
    switch (type) {
    case IMPORT_F64:
        memcpy(&d, &bits, sizeof d);
        return (float)d;
    case IMPORT_F16:
        return f16_to_f32((uint16_t)bits);
    case IMPORT_BF16:
        return bf16_to_f32((uint16_t)bits);
    case IMPORT_I64:
        return (float)(int64_t)bits;
    default:
        break;
    }
    memcpy(&f, &low, sizeof f);
    return f;
}
