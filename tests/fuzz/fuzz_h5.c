// Reads HDF5 files of any content. They are read or refused with a message, and take at most a few
// times their size in memory.
#include "import/tensors.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct import_tensors tensors;
    swatch_error error;
    size_t bytes = 0;
    double sum = 0; // touches every value
    import_tensors_init(&tensors, "fuzz", size);
    if (import_hdf5(data, size, &tensors, &error) && strncmp(error.message, "fuzz: ", 6) != 0)
        abort();
    for (size_t i = 0; i < tensors.count; i++) {
        bytes += tensors.items[i].count * sizeof(float);
        for (size_t k = 0; k < tensors.items[i].count; k++)
            sum += (double)tensors.items[i].data[k];
    }
    if (bytes > 4 * size + 65536 || sum == 0.1)
        abort();
    import_tensors_free(&tensors);
    return 0;
}
