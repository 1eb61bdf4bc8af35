// What both formats of torch.save share: a pickle that describes tensors. A tensor is a view of a
// storage, which is elsewhere in the file.
#ifndef IMPORT_TORCH_H
#define IMPORT_TORCH_H

#include "import/pickle.h"
#include "import/tensors.h"

// The globals that describe tensors.
extern const struct pickle_global torch_globals[];

struct torch_storage {
    const unsigned char *data;
    size_t size; // in bytes
};

// How a pickle names a storage.
struct torch_id {
    const char *key;
    size_t key_length;
    enum import_type type;
    size_t bytes; // of its numbers
};
// Returns 0 if a value of kind PICKLE_PERSISTENT names a storage.
int torch_id_of(const struct pickle_value *persistent, struct torch_id *id);

// The file format: `storage` finds a storage, which stays until all tensors are read. `format` is
// its first argument. big_endian: 1 if numbers have the highest byte first.
struct torch_source {
    int (*storage)(void *format, const struct torch_id *id, struct torch_storage *storage,
                   swatch_error *error);
    void *format;
    int big_endian;
};

// Adds all tensors of the state dict that is `root`, or that is in it under "state_dict", "model"
// or a similar key. Skips everything else.
int torch_tensors(const struct pickle *pickle, const struct pickle_value *root,
                  const struct torch_source *source, struct import_tensors *tensors,
                  swatch_error *error);

#endif
