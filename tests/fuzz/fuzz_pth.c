// Reads files of torch.save of any content, zip archives and the older format. They are read or
// refused with a message, and take at most a few times their size in memory. An input that begins
// with 'P' and is no archive is used as the pickle inside one, so that zip's checksums do not keep
// the fuzzer from the pickle.
#include "import/tensors.h"

#include <stdlib.h>
#include <string.h>
#include <zip.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void import(const void *data, size_t size)
{
    struct import_tensors tensors;
    swatch_error error;
    if (import_read_memory("fuzz", data, size, &tensors, &error)) {
        if (tensors.items || strncmp(error.message, "fuzz: ", 6) != 0)
            abort();
        return;
    }
    size_t bytes = 0;
    double sum = 0; // touches every value
    for (size_t i = 0; i < tensors.count; i++) {
        bytes += tensors.items[i].count * sizeof(float);
        for (size_t k = 0; k < tensors.items[i].count; k++)
            sum += (double)tensors.items[i].data[k];
    }
    if (bytes > 4 * size + 65536 || sum == 0.1)
        abort();
    import_tensors_free(&tensors);
}

// Wraps a pickle into an archive with one storage "0" of 64 bytes.
static void import_pickle(const uint8_t *data, size_t size)
{
    static unsigned char storage[64];
    zip_error_t fault;
    zip_stat_t info;
    zip_error_init(&fault);
    zip_source_t *archive = zip_source_buffer_create(NULL, 0, 0, &fault);
    zip_t *zip = zip_open_from_source(archive, ZIP_TRUNCATE, &fault);
    zip_source_keep(archive);
    const char *const names[] = {"a/data.pkl", "a/data/0"};
    for (int i = 0; i < 2; i++) {
        zip_source_t *s = zip_source_buffer(zip, i ? storage : data, i ? sizeof storage : size, 0);
        zip_set_file_compression(zip, (zip_uint64_t)zip_file_add(zip, names[i], s, 0), ZIP_CM_STORE,
                                 0);
    }
    if (zip_close(zip) == 0 && zip_source_stat(archive, &info) == 0) {
        unsigned char *bytes = malloc(info.size);
        zip_source_open(archive);
        zip_source_read(archive, bytes, info.size);
        zip_source_close(archive);
        import(bytes, info.size);
        free(bytes);
    }
    zip_source_free(archive);
    zip_error_fini(&fault);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 2 && data[0] == 'P' && data[1] != 'K')
        import_pickle(data + 1, size - 1);
    else
        import(data, size);
    return 0;
}
