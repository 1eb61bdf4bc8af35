// Reading metadata.

#include "model/metadata.h"

#include "base/error.h"

json_t *metadata_json(const struct safetensors *file, const char *path, const char *key,
                      json_type type, swatch_error *error)
{
    const char *text = safetensors_metadata(file, key);
    json_error_t where;
    json_t *json = text ? json_loads(text, JSON_REJECT_DUPLICATES, &where) : NULL;
    if (json && json_typeof(json) == type)
        return json;
    json_decref(json);
    error_set(error, SWATCH_FAILED, "%s: its metadata lack a valid %s, so it is not a swatch model",
              path, key);
    return NULL;
}

int metadata_has_control(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 32 || *text == 127)
            return 1;
    return 0;
}
