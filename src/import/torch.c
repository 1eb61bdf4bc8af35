// Reads the tensors of torch.save's pickles. A tensor is a call of _rebuild_tensor_v2 with a
// storage, an offset, sizes and strides, which must stay within the storage.

#include "import/torch.h"

#include <string.h>

#include "base/error.h"

#define WRAPPERS_MOST 3

enum {
    GLOBAL_DICT,
    GLOBAL_DEFAULTDICT,
    GLOBAL_TENSOR,
    GLOBAL_PARAMETER,
    GLOBAL_STORAGES, // the first of them
};

static const enum import_type storage_types[] = {
    IMPORT_F32,     IMPORT_F64,     IMPORT_F16,     IMPORT_BF16,    IMPORT_I64,     IMPORT_OTHER_1,
    IMPORT_OTHER_1, IMPORT_OTHER_1, IMPORT_OTHER_2, IMPORT_OTHER_4, IMPORT_OTHER_8, IMPORT_OTHER_16,
};

const struct pickle_global torch_globals[] = {
    [GLOBAL_DICT] = {"collections", "OrderedDict", 1},
    [GLOBAL_DEFAULTDICT] = {"collections", "defaultdict", 1},
    [GLOBAL_TENSOR] = {"torch._utils", "_rebuild_tensor_v2", 0},
    [GLOBAL_PARAMETER] = {"torch._utils", "_rebuild_parameter", 0},
    [GLOBAL_STORAGES] = {"torch", "FloatStorage", 0}, // in the order of storage_types
    {"torch", "DoubleStorage", 0},
    {"torch", "HalfStorage", 0},
    {"torch", "BFloat16Storage", 0},
    {"torch", "LongStorage", 0},
    {"torch", "ByteStorage", 0},
    {"torch", "CharStorage", 0},
    {"torch", "BoolStorage", 0},
    {"torch", "ShortStorage", 0},
    {"torch", "IntStorage", 0},
    {"torch", "ComplexFloatStorage", 0},
    {"torch", "ComplexDoubleStorage", 0},
    {0},
};

struct reader {
    const struct torch_source *source;
    struct import_tensors *tensors;
    swatch_error *error;
};

static int damaged(struct reader *r, const struct pickle_value *name, const char *what)
{
    return error_set(r->error, SWATCH_BAD_FILE, "%s: tensor %.*s %s", r->tensors->file,
                     (int)(name->length < 80 ? name->length : 80), name->text, what);
}

// The arguments of a call of this global; NULL: it is none.
static const struct pickle_value *call_of(const struct pickle_value *v, int64_t global)
{
    return v->kind == PICKLE_CALL && v->integer == global ? v->items[0] : NULL;
}

// The arguments of the call that makes a tensor, also of one within a parameter. NULL: it is none.
static const struct pickle_value *tensor_call(const struct pickle_value *v)
{
    const struct pickle_value *parameter = call_of(v, GLOBAL_PARAMETER);
    if (parameter)
        v = parameter->count > 0 ? parameter->items[0] : parameter;
    return call_of(v, GLOBAL_TENSOR);
}

// Reads a tuple of whole numbers of at least 0; returns 0 if it is one.
static int sizes(const struct pickle_value *tuple, size_t *values, size_t *count)
{
    if (tuple->kind != PICKLE_TUPLE || tuple->count > IMPORT_MAX_RANK)
        return SWATCH_FAILED;
    for (size_t i = 0; i < tuple->count; i++) {
        const struct pickle_value *v = tuple->items[i];
        if (v->kind != PICKLE_INT || v->integer < 0)
            return SWATCH_FAILED;
        values[i] = (size_t)v->integer;
    }
    *count = tuple->count;
    return SWATCH_OK;
}

// A name is ('storage', class, key, device, length[, None]). In place of None old files may have a
// view of another storage; nobody made such files.
int torch_id_of(const struct pickle_value *persistent, struct torch_id *id)
{
    const struct pickle_value *t = persistent->items[0];
    if (t->kind != PICKLE_TUPLE || t->count < 5 || t->count > 6 ||
        !pickle_is(t->items[0], "storage") || t->items[1]->kind != PICKLE_GLOBAL ||
        t->items[1]->integer < GLOBAL_STORAGES || t->items[2]->kind != PICKLE_STRING ||
        t->items[4]->kind != PICKLE_INT || t->items[4]->integer < 0 ||
        (t->count == 6 && t->items[5]->kind != PICKLE_NONE))
        return SWATCH_FAILED;
    id->key = t->items[2]->text;
    id->key_length = t->items[2]->length;
    id->type = storage_types[t->items[1]->integer - GLOBAL_STORAGES];
    return __builtin_mul_overflow((size_t)t->items[4]->integer, import_type_bytes(id->type),
                                  &id->bytes)
               ? SWATCH_FAILED
               : SWATCH_OK;
}

// Copies the numbers in the order of the shape. Strides and offset count numbers.
static void gather(const struct import_tensor *t, const unsigned char *data, enum import_type type,
                   size_t offset, const size_t *strides, int big)
{
    const size_t bytes = import_type_bytes(type);
    size_t index[IMPORT_MAX_RANK] = {0}, at = offset;
    for (size_t i = 0; i < t->count; i++) {
        t->data[i] = import_number(type, data + at * bytes, big);
        for (size_t k = t->rank; k-- > 0;) {
            at += strides[k];
            if (++index[k] < t->shape[k])
                break;
            at -= strides[k] * t->shape[k];
            index[k] = 0;
        }
    }
}

// 1 if a number of the tensor is at or beyond `length`, or the arithmetic overflows.
static int out_of_bounds(size_t rank, const size_t *shape, const size_t *strides, size_t offset,
                         size_t length)
{
    size_t last = offset, step;
    for (size_t k = 0; k < rank; k++)
        if (shape[k] == 0)
            return 0;
    for (size_t k = 0; k < rank; k++)
        if (__builtin_mul_overflow(shape[k] - 1, strides[k], &step) ||
            __builtin_add_overflow(last, step, &last))
            return 1;
    return last >= length;
}

// The arguments are (storage, offset, size, strides, requires_grad, backward_hooks[, metadata]).
static int read_tensor(struct reader *r, const struct pickle_value *name,
                       const struct pickle_value *a)
{
    size_t shape[IMPORT_MAX_RANK], strides[IMPORT_MAX_RANK], rank = 0, ranks = 0;
    struct torch_storage storage;
    struct import_tensor *tensor;
    struct torch_id id;
    if (a->count < 6 || a->items[0]->kind != PICKLE_PERSISTENT || a->items[1]->kind != PICKLE_INT ||
        a->items[1]->integer < 0 || sizes(a->items[2], shape, &rank) ||
        sizes(a->items[3], strides, &ranks) || rank != ranks)
        return damaged(r, name, "has no valid offset, size and strides");
    const size_t offset = (size_t)a->items[1]->integer;
    if (torch_id_of(a->items[0], &id))
        return damaged(r, name, "has no storage of a known kind");
    if (id.type >= IMPORT_OTHER_1)
        return SWATCH_OK;
    if (r->source->storage(r->source->format, &id, &storage, r->error))
        return SWATCH_FAILED;
    if (out_of_bounds(rank, shape, strides, offset, storage.size / import_type_bytes(id.type)))
        return damaged(r, name, "reaches beyond its storage");
    if (import_tensors_add(r->tensors, name->text, name->length, rank, shape, &tensor, r->error))
        return SWATCH_FAILED;
    gather(tensor, storage.data, id.type, offset, strides, r->source->big_endian);
    return SWATCH_OK;
}

static int has_tensors(const struct pickle_value *dict)
{
    if (dict->kind != PICKLE_DICT)
        return 0;
    for (size_t i = 1; i < dict->count; i += 2)
        if (tensor_call(dict->items[i]))
            return 1;
    return 0;
}

// Finds the dictionary with the tensors: `dict` itself, or one in it, where training scripts put it
// under one of these keys. NULL: there is none.
static const struct pickle_value *state_dict(const struct pickle_value *dict, size_t depth)
{
    static const char *const keys[] = {"state_dict", "model_state_dict", "model", "netG",
                                       "net",        "generator",        "G",     "params_ema",
                                       "params"};
    for (size_t i = 0; depth < WRAPPERS_MOST && i < sizeof keys / sizeof *keys; i++) {
        const struct pickle_value *inner = pickle_get(dict, keys[i]);
        const struct pickle_value *found = inner ? state_dict(inner, depth + 1) : NULL;
        if (found)
            return found;
    }
    return has_tensors(dict) ? dict : NULL;
}

int torch_tensors(const struct pickle *pickle, const struct pickle_value *root,
                  const struct torch_source *source, struct import_tensors *tensors,
                  swatch_error *error)
{
    struct reader r = {source, tensors, error};
    const struct pickle_value *dict = state_dict(root, 0);
    const char *foreign = pickle_foreign(pickle);
    if (!dict && foreign)
        return error_set(
            error, SWATCH_BAD_FILE,
            "%s: no state dict is in it, only such things as %s (whole modules are not "
            "read: save their state_dict())",
            tensors->file, foreign);
    if (!dict)
        return error_set(error, SWATCH_BAD_FILE, "%s: no state dict is in it, or an empty one",
                         tensors->file);
    for (size_t i = 0; i + 1 < dict->count; i += 2) {
        const struct pickle_value *name = dict->items[i];
        const struct pickle_value *arguments = tensor_call(dict->items[i + 1]);
        if (!arguments) // a version number or the like
            continue;
        if (name->kind != PICKLE_STRING)
            return error_set(error, SWATCH_BAD_FILE, "%s: a tensor has no name", tensors->file);
        if (read_tensor(&r, name, arguments))
            return SWATCH_FAILED;
    }
    return SWATCH_OK;
}
