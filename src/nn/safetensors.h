// Reads and writes safetensors files (Hugging Face). A file is the length of the header, 8 bytes,
// little-endian; a JSON header {"name": {"dtype", "shape", "data_offsets"}, ..., "__metadata__":
// {string: string}}; and the data, without gaps. Reading checks every length and offset.
#ifndef NN_SAFETENSORS_H
#define NN_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

#define SAFETENSORS_MAX_RANK 8

enum safetensors_dtype {
    SAFETENSORS_F32,
    SAFETENSORS_F64,
    SAFETENSORS_BF16,
    SAFETENSORS_F16,
    SAFETENSORS_U8,
    SAFETENSORS_I64,
    SAFETENSORS_OTHER
};

struct safetensors_entry {
    const char *name;
    enum safetensors_dtype dtype;
    size_t rank, shape[SAFETENSORS_MAX_RANK];
    size_t elements;           // product of the shape
    const unsigned char *data; // (bytes), in the open file, maybe unaligned
    size_t bytes;
};

struct safetensors; // an open file

// Reads the whole file into memory. Free it with safetensors_close. A damaged file is
// SWATCH_BAD_FILE, and the message begins with the path.
int safetensors_open(const char *path, struct safetensors **file, swatch_error *error);
// The same for a file in memory, which must outlive the handle. Messages call it `name`.
int safetensors_open_memory(const char *name, const void *data, size_t size,
                            struct safetensors **file, swatch_error *error);
void safetensors_close(struct safetensors *file); // NULL is fine
// The number of tensors, and each of them in the order of their data; NULL beyond the last. The
// file owns them.
size_t safetensors_count(const struct safetensors *file);
const struct safetensors_entry *safetensors_at(const struct safetensors *file, size_t index);
// Returns NULL if there is none of that name.
const struct safetensors_entry *safetensors_find(const struct safetensors *file, const char *name);
// A value of the metadata, or NULL. The file owns it.
const char *safetensors_metadata(const struct safetensors *file, const char *key);
// Converts an entry of type F32, F64, BF16 or F16 to floats; out (entry->elements). Other types are
// SWATCH_BAD_FILE.
int safetensors_to_f32(const struct safetensors_entry *entry, float *out, swatch_error *error);

// A tensor to write.
struct safetensors_tensor {
    const char *name;
    enum safetensors_dtype dtype; // in the file
    size_t rank, shape[SAFETENSORS_MAX_RANK];
    const void *data; // of type dtype, but floats for BF16, which are rounded to nearest even
};
struct safetensors_pair {
    const char *key, *value;
};
// Writes a file, whole or not at all (file_write, which says what `replace`
// does). Tensors keep their order; the first starts at a
// multiple of 64 bytes. Two tensors of one name and names that are not UTF-8 are errors.
int safetensors_save(const char *path, const struct safetensors_tensor *tensors, size_t count,
                     const struct safetensors_pair *metadata, size_t pairs, int replace,
                     swatch_error *error);

#endif
