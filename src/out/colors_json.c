#include "out/colors_json.h"

#include "base/error.h"
#include "out/color_json.h"

int colors_json(const swatch_photo *photo, const swatch_colors *c, const swatch_telling *telling,
                char **text, swatch_error *error)
{
    const struct color_kind kind = {.telling = telling};
    json_t *json =
        json_pack("{ss, so, sI, sI, sI, sb, so}", "swatch", SWATCH_VERSION, "photo",
                  json_text(photo->name), "width", (json_int_t)photo->image.width, "height",
                  (json_int_t)photo->image.height, "pixels", (json_int_t)c->pixels, "greyscale",
                  c->greyscale, "colors", color_json_array(c->colors, c->count, kind));
    int failed = 0;
    if (c->reason)
        failed |= json_object_set_new(json, "reason", json_string(c->reason));
    if (*photo->notice)
        failed |= json_object_set_new(json, "notice", json_text(photo->notice));
    json = json_unless(failed, json);
    *text = json_line(json);
    json_decref(json);
    return *text ? SWATCH_OK : error_memory(error);
}
