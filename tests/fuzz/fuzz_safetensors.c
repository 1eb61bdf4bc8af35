// Reads safetensors files of any content. A file is refused, or each of its tensors lies within it,
// is found by name, and is converted into exactly the memory it asks for.
#include "nn/safetensors.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct safetensors *file = NULL;
    swatch_error error = {0};
    if (safetensors_open_memory("fuzz", data, size, &file, &error)) {
        if (strncmp(error.message, "fuzz: ", 6) != 0)
            abort();
        return 0;
    }
    const uint8_t *end = NULL;
    for (size_t i = 0; i < safetensors_count(file); i++) {
        const struct safetensors_entry *e = safetensors_at(file, i);
        size_t elements = 1;
        for (size_t k = 0; k < e->rank; k++)
            elements *= e->shape[k];
        if (e->data < data + 8 || e->bytes > size || e->data + e->bytes > data + size ||
            (end && e->data != end) || elements != e->elements || elements > e->bytes ||
            safetensors_find(file, e->name) != e)
            abort();
        end = e->data + e->bytes;
        float *values = malloc(elements * sizeof *values + !elements);
        const int floating = e->dtype == SAFETENSORS_F32 || e->dtype == SAFETENSORS_F64 ||
                             e->dtype == SAFETENSORS_BF16 || e->dtype == SAFETENSORS_F16;
        if (values && (safetensors_to_f32(e, values, &error) == 0) != floating)
            abort();
        free(values);
    }
    if (end && end != data + size)
        abort();
    safetensors_metadata(file, "swatch.format");
    safetensors_close(file);
    return 0;
}
