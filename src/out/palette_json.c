// {"swatch": VERSION, "palette": title, "groups": [{"name": ..., "colors": [...]}]}, with colors as
// in colors.json.

#include <stdlib.h>

#include "out/color_json.h"
#include "out/palette.h"

int palette_json(FILE *to, const struct palette *p)
{
    json_t *groups = json_array();
    int failed = 0;
    for (size_t i = 0; i < p->count; i++) {
        const swatch_group *g = &p->groups[i];
        const struct color_kind kind = {p->words.telling, g->colors == p->words.hair,
                                        p->words.apparent};
        failed |=
            json_array_append_new(groups, json_pack("{ss, so}", "name", g->name, "colors",
                                                    color_json_array(g->colors, g->count, kind)));
    }
    json_t *json = json_unless(failed, json_pack("{ss, ss, so}", "swatch", SWATCH_VERSION,
                                                 "palette", p->title, "groups", groups));
    char *text = json_line(json);
    failed = !text || fprintf(to, "%s\n", text) < 0;
    free(text);
    json_decref(json);
    return failed ? -1 : 0;
}
