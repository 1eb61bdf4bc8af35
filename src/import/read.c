// Reads foreign weights. The first bytes of a file tell its format.

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "import/tensors.h"
#include "nn/safetensors.h"

static const unsigned char hdf5_start[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

static int starts(const unsigned char *data, size_t size, const void *start, size_t length)
{
    return size >= length && memcmp(data, start, length) == 0;
}

static int read_safetensors(const void *data, size_t size, struct import_tensors *tensors,
                            swatch_error *error)
{
    struct safetensors *file;
    int status = safetensors_open_memory(tensors->file, data, size, &file, error);
    if (status)
        return status;
    for (size_t i = 0; i < safetensors_count(file) && !status; i++) {
        const struct safetensors_entry *e = safetensors_at(file, i);
        struct import_tensor *tensor;
        swatch_error inner;
        if (e->dtype == SAFETENSORS_U8 || e->dtype == SAFETENSORS_I64 ||
            e->dtype == SAFETENSORS_OTHER) // counters and the like, no weights
            continue;
        status = import_tensors_add(tensors, e->name, strlen(e->name), e->rank, e->shape, &tensor,
                                    error);
        if (!status && (status = safetensors_to_f32(e, tensor->data, &inner)))
            error_set(error, inner.status == SWATCH_NO_MEMORY ? SWATCH_NO_MEMORY : SWATCH_BAD_FILE,
                      "%s: %s", tensors->file, inner.message);
    }
    safetensors_close(file);
    return status;
}

int import_read_memory(const char *name, const void *data, size_t size,
                       struct import_tensors *tensors, swatch_error *error)
{
    const unsigned char *bytes = data;
    int status;
    import_tensors_init(tensors, name, size);
    if (starts(bytes, size, "PK\3\4", 4))
        status = import_torch_zip(data, size, tensors, error);
    else if (starts(bytes, size, hdf5_start, sizeof hdf5_start))
        status = import_hdf5(data, size, tensors, error);
    else if (size >= 2 && bytes[0] == 0x80 && bytes[1] >= 2 && bytes[1] <= 5)
        status = import_torch_legacy(data, size, tensors, error);
    else if (size > 8 && bytes[8] == '{')
        status = read_safetensors(data, size, tensors, error);
    else
        status = error_set(error, SWATCH_BAD_FILE,
                           "%s: no weights that can be read: neither PyTorch's .pth nor Keras' .h5 "
                           "nor safetensors",
                           name);
    if (status)
        import_tensors_free(tensors);
    return status;
}

int import_read(const char *path, struct import_tensors *tensors, swatch_error *error)
{
    char *data;
    size_t size;
    *tensors = (struct import_tensors){.file = path};
    if (file_load(path, &data, &size, error))
        return SWATCH_FAILED;
    const int status = import_read_memory(path, data, size, tensors, error);
    free(data);
    return status;
}
