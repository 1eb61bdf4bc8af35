// Reads weights that Keras wrote into an HDF5 file. The root, or in a whole model its group
// "model_weights", lists the layers in the attribute "layer_names". The group of a layer lists its
// tensors in "weight_names". A tensor gets the name LAYER/WEIGHT and keeps Keras' layout.

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "import/hdf5_file.h"

#define PARTS_MOST 100

struct reader {
    struct hdf5 file;
    struct import_tensors *tensors;
    swatch_error *error;
};

struct word {
    const char *text;
    size_t length;
};

// Called for each name of a list, with the object that has the list.
typedef int (*each_name)(struct reader *r, struct hdf5_object of, struct word layer,
                         struct word name);

static int names_in(struct reader *r, struct hdf5_object of, const char *attribute,
                    struct word layer, each_name each, size_t *count)
{
    struct hdf5_strings names;
    if (hdf5_read_strings(&r->file, of, attribute, &names, r->error))
        return SWATCH_FAILED;
    for (size_t i = 0; i < names.count; i++) {
        struct word name;
        if (hdf5_string(&r->file, &names, i, &name.text, &name.length, r->error) ||
            each(r, of, layer, name))
            return SWATCH_FAILED;
    }
    *count = names.count;
    return SWATCH_OK;
}

// Calls `each` for all names of a list. A list of more than 64 KB is in parts, "...0", "...1" and
// so on.
static int all_names(struct reader *r, struct hdf5_object of, const char *attribute,
                     struct word layer, each_name each)
{
    char part[32];
    size_t count;
    if (names_in(r, of, attribute, layer, each, &count))
        return SWATCH_FAILED;
    for (size_t i = 0; i < PARTS_MOST && (i == 0 ? count == 0 : count > 0); i++) {
        snprintf(part, sizeof part, "%s%zu", attribute, i);
        if (names_in(r, of, part, layer, each, &count))
            return SWATCH_FAILED;
    }
    return SWATCH_OK;
}

static int read_weight(struct reader *r, struct hdf5_object group, struct word layer,
                       struct word weight)
{
    char name[2 * IMPORT_NAME_MAX];
    struct hdf5_object object;
    struct hdf5_dataset d;
    struct import_tensor *tensor;
    if (layer.length >= IMPORT_NAME_MAX || weight.length >= IMPORT_NAME_MAX)
        return error_set(r->error, SWATCH_BAD_FILE, "%s: a tensor's name has more than %d bytes",
                         r->file.name, IMPORT_NAME_MAX - 1);
    const int length = snprintf(name, sizeof name, "%.*s/%.*s", (int)layer.length, layer.text,
                                (int)weight.length, weight.text);
    if (hdf5_find(&r->file, group, weight.text, weight.length, &object, r->error))
        return SWATCH_FAILED;
    if (!object.header)
        return error_set(r->error, SWATCH_BAD_FILE, "%s: it lists %.120s, but has no such tensor",
                         r->file.name, name);
    if (hdf5_read_dataset(&r->file, object, &d, r->error) ||
        import_tensors_add(r->tensors, name, (size_t)length, d.rank, d.shape, &tensor, r->error))
        return SWATCH_FAILED;
    const size_t bytes = import_type_bytes(d.type);
    for (size_t i = 0; i < tensor->count; i++)
        tensor->data[i] = import_number(d.type, d.data + i * bytes, d.big_endian);
    return SWATCH_OK;
}

static int read_layer(struct reader *r, struct hdf5_object root, struct word unused,
                      struct word layer)
{
    struct hdf5_object group;
    (void)unused;
    if (hdf5_find(&r->file, root, layer.text, layer.length, &group, r->error))
        return SWATCH_FAILED;
    if (!group.header)
        return error_set(r->error, SWATCH_BAD_FILE, "%s: it lists a layer %.*s, but has none",
                         r->file.name, (int)(layer.length < 80 ? layer.length : 80), layer.text);
    return all_names(r, group, "weight_names", layer, read_weight);
}

int import_hdf5(const void *data, size_t size, struct import_tensors *tensors, swatch_error *error)
{
    static const char whole_model[] = "model_weights";
    struct reader r = {.tensors = tensors, .error = error};
    struct hdf5_object root, inner;
    if (hdf5_open(&r.file, tensors->file, data, size, &root, error) ||
        hdf5_find(&r.file, root, whole_model, strlen(whole_model), &inner, error) ||
        all_names(&r, inner.header ? inner : root, "layer_names", (struct word){NULL, 0},
                  read_layer))
        return SWATCH_FAILED;
    return tensors->count > 0
               ? SWATCH_OK
               : error_set(error, SWATCH_BAD_FILE,
                           "%s: an HDF5 file, but none of weights from Keras", tensors->file);
}
