// What both of torch.save's formats share: a pickle that describes tensors, each a view into a
// storage that lies elsewhere in the file.
#ifndef IMPORT_TORCH_H
#define IMPORT_TORCH_H

#include "import/pickle.h"
#include "import/tensors.h"

// The names that mean something in a file of tensors.
extern const struct pickle_global torch_globals[];

struct torch_storage {
    const unsigned char *data;
    size_t size; // bytes
};

// What a pickle calls a storage.
struct torch_id {
    const char *key;
    size_t key_length;
    enum import_type type;
    size_t bytes; // that its numbers take
};
// 0 if the persistent value is one.
int torch_id_of(const struct pickle_value *persistent, struct torch_id *id);

// How the format finds a storage; lent until the reading ends.
struct torch_source {
    int (*storage)(void *format, const struct torch_id *id, struct torch_storage *storage,
                   swatch_error *error);
    void *format;
    int big_endian;
};

// Adds every tensor of a state dict, or of one under "state_dict", "model" and the like, in the
// pickle whose value `root` is. What else is in there is passed over.
int torch_tensors(const struct pickle *pickle, const struct pickle_value *root,
                  const struct torch_source *source, struct import_tensors *tensors,
                  swatch_error *error);

#endif
