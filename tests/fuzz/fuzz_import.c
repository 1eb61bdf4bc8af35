// Imports tensors of any names and shapes. They are converted, or refused with a list of what does
// not fit. The input is a safetensors file, because its shapes are easy to change.
#include "import/names.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct import_tensors tensors;
    struct import_model model;
    swatch_error error;
    if (size < 9 || data[8] != '{' || import_read_memory("fuzz", data, size, &tensors, NULL))
        return 0;
    if (import_convert(&tensors, NULL, &model, &error) == 0)
        free(model.architecture);
    else if (strncmp(error.message, "fuzz: ", 6) != 0)
        abort();
    import_tensors_free(&tensors);
    return 0;
}
