// The JSON that model files carry as metadata.
#ifndef MODEL_METADATA_H
#define MODEL_METADATA_H

#include <jansson.h>

#include "nn/safetensors.h"

// The value of `key`, of the wanted kind; the caller drops it. NULL with an error that names `path`
// when there is none.
json_t *metadata_json(const struct safetensors *file, const char *path, const char *key,
                      json_type type, swatch_error *error);
// 1 if the text holds characters that have no place in a name.
int metadata_has_control(const char *text);

#endif
