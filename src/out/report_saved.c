// A report's photos read back from the colors.json that results left in their folders, so that a
// report covers what earlier calls did. Of a color its value and share are read; all else follows
// from the value.

#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/number.h"
#include "color/fill.h"
#include "color/hair.h"
#include "color/shop.h"
#include "extract/garments.h"
#include "out/palette_groups.h"
#include "out/report.h"

#define GARMENTS_MOST 255            // of a photo
#define JSON_MOST ((size_t)16 << 20) // bytes

// Keeps a text for as long as the photo; NULL for what is no string. *failed: without memory.
static const char *keep(struct report_photo *photo, const json_t *json, int *failed)
{
    const char *text = json_string_value(json);
    if (!text)
        return NULL;
    char **larger = reallocarray(photo->texts, photo->text_count + 1, sizeof *larger);
    if (larger)
        photo->texts = larger;
    char *copy = larger ? strdup(text) : NULL;
    if (copy)
        photo->texts[photo->text_count++] = copy;
    *failed |= !copy;
    return copy;
}

static size_t whole(const json_t *json)
{
    const json_int_t value = json_integer_value(json);
    return value > 0 ? (size_t)value : 0;
}

static int read_hex(const json_t *color, struct rgb *to)
{
    uint8_t rgb[3];
    const char *hex = json_string_value(json_object_get(color, "hex"));
    if (!hex || number_read_hex(hex, strlen(hex), rgb))
        return -1;
    *to = (struct rgb){rgb[0], rgb[1], rgb[2]};
    return 0;
}

// What a color of a group is called: SWATCH_REGIONS and more are garments.
static const char *read_word(struct report_photo *photo, const json_t *color, struct rgb rgb,
                             size_t group, const char *apparent, int *failed)
{
    const char *own = keep(photo, json_object_get(json_object_get(color, "name"), "name"), failed);
    return group == SWATCH_SKIN   ? ""
           : group == SWATCH_HAIR ? hair_word(rgb, apparent)
           : own                  ? own
                                  : shop_name(rgb);
}

// Reads the colors of the next group and their words. Returns how many, or -1 if they are not as we
// write them.
static int read_colors(struct report_photo *photo, const json_t *of, int *failed)
{
    const size_t group = photo->group_count;
    const char *apparent =
        json_string_value(json_object_get(json_object_get(of, "apparent_color"), "class"));
    swatch_color *colors = photo->colors + group * SWATCH_MAX_COLORS;
    const json_t *array = json_object_get(of, "colors"), *color;
    size_t i;
    if (!json_is_array(array) || json_array_size(array) > SWATCH_MAX_COLORS)
        return -1;
    json_array_foreach(array, i, color)
    {
        struct rgb rgb;
        const double share = json_number_value(json_object_get(color, "share"));
        if (read_hex(color, &rgb) || !(share >= 0 && share <= 1))
            return -1;
        colors[i] = group == SWATCH_SKIN ? color_fill_skin(rgb, share) : color_fill(rgb, share);
        photo->words[group * SWATCH_MAX_COLORS + i] =
            read_word(photo, color, rgb, group, apparent, failed);
    }
    return (int)json_array_size(array);
}

// Null, or none as garments have, says that it is not known.
static int read_confidence(const json_t *of, double *to)
{
    const json_t *json = json_object_get(of, "confidence");
    *to = json_is_number(json) ? json_number_value(json) : NAN;
    return isnan(*to) || (*to >= 0 && *to <= 1) ? 0 : -1;
}

// Fills in the next group, whose name is set, from a region or a garment.
static int read_group(struct report_photo *photo, const json_t *json, int *failed)
{
    struct report_group *g = &photo->groups[photo->group_count];
    swatch_color *colors = photo->colors + photo->group_count * SWATCH_MAX_COLORS;
    const int count = read_colors(photo, json, failed);
    if (count < 0 || read_confidence(json, &g->confidence))
        return -1;
    g->group = (swatch_group){g->name, colors, (size_t)count};
    g->reason = keep(photo, json_object_get(json, "reason"), failed);
    if (photo->group_count == SWATCH_CLOTHES || photo->group_count >= SWATCH_REGIONS) {
        g->shop = shop_name_of(colors, (size_t)count);
        g->pattern =
            keep(photo, json_object_get(json_object_get(json, "pattern"), "class"), failed);
    }
    if (photo->group_count >= SWATCH_REGIONS) {
        g->class = keep(photo, json_object_get(json, "class"), failed);
        g->file = keep(photo, json_object_get(json, "file"), failed);
        if (g->file && (!garments_is_file(g->file) || strchr(g->file, '/')))
            g->file = NULL;
    }
    photo->group_count++;
    return 0;
}

static void read_looks(struct report_photo *photo, const json_t *regions, int *failed)
{
    const json_t *skin = json_object_get(json_object_get(regions, "skin"), "apparent_tone");
    const json_t *hair = json_object_get(json_object_get(regions, "hair"), "apparent_color");
    struct rgb tone = {0, 0, 0};
    photo->skin = (swatch_skin){
        .reason = keep(photo, json_object_get(skin, "reason"), failed),
        .monk = (int)whole(json_object_get(json_object_get(skin, "monk"), "tone")),
    };
    if (!photo->skin.reason &&
        (!photo->skin.monk || read_hex(json_object_get(skin, "color"), &tone)))
        photo->skin.reason = "not told";
    photo->skin.color = color_fill_skin(tone, 0);
    photo->hair = (swatch_hair){
        .reason = keep(photo, json_object_get(hair, "reason"), failed),
        .name = keep(photo, json_object_get(hair, "class"), failed),
        .confidence = json_number_value(json_object_get(hair, "confidence")),
    };
    if (!photo->hair.reason && !photo->hair.name)
        photo->hair.reason = "not told";
}

static int read_doubts(struct report_photo *photo, const json_t *json, int *failed)
{
    const json_t *doubts = json_object_get(json, "doubts"), *doubt;
    size_t i;
    if (json_array_size(doubts) > SWATCH_REGIONS)
        return -1;
    json_array_foreach(doubts, i, doubt)
    {
        if (!json_is_string(doubt))
            return -1;
        photo->doubts[photo->doubt_count++] = keep(photo, doubt, failed);
    }
    return 0;
}

// Reads the groups. 0, or -1 if the JSON is not as we write it.
static int read_groups(struct report_photo *photo, const json_t *json, int *failed)
{
    const json_t *regions = json_object_get(json, "regions"), *garment;
    const json_t *garments = json_object_get(json, "garments");
    const size_t most = SWATCH_REGIONS + json_array_size(garments);
    size_t i;
    if (most > SWATCH_REGIONS + GARMENTS_MOST)
        return -1;
    photo->groups = calloc(most, sizeof *photo->groups);
    photo->colors = calloc(most * SWATCH_MAX_COLORS, sizeof *photo->colors);
    photo->words = calloc(most * SWATCH_MAX_COLORS, sizeof *photo->words);
    *failed |= !photo->groups || !photo->colors || !photo->words;
    if (*failed)
        return 0;
    for (i = 0; i < SWATCH_REGIONS; i++) {
        snprintf(photo->groups[i].name, sizeof photo->groups[i].name, "%s", region_names[i]);
        if (read_group(photo, json_object_get(regions, region_names[i]), failed))
            return -1;
    }
    json_array_foreach(garments, i, garment)
    {
        const char *class = json_string_value(json_object_get(garment, "class"));
        if (!class)
            return -1;
        palette_garment_name(class, whole(json_object_get(garment, "piece")),
                             whole(json_object_get(garment, "pieces")),
                             photo->groups[SWATCH_REGIONS + i].name);
        if (read_group(photo, garment, failed))
            return -1;
    }
    read_looks(photo, regions, failed);
    return 0;
}

// Adds what one object tells. `path` is that of the file.
static int add(swatch_report *r, const json_t *json, const char *name, const char *folder,
               const char *path, swatch_error *error)
{
    const char *said = json_string_value(json_object_get(json, "photo"));
    int failed = 0;
    name = name ? name : said;
    struct report_photo photo = {.path = name ? strdup(name) : NULL,
                                 .folder = folder ? strdup(folder) : NULL,
                                 .width = whole(json_object_get(json, "width")),
                                 .height = whole(json_object_get(json, "height"))};
    if (!name || !photo.width || !photo.height || read_groups(&photo, json, &failed) ||
        read_doubts(&photo, json, &failed)) {
        report_photo_clear(&photo);
        return error_set(error, SWATCH_FAILED, "%s: is not as swatch extract writes it", path);
    }
    if (failed || !photo.path || (folder && !photo.folder)) {
        report_photo_clear(&photo);
        return error_memory(error);
    }
    return report_add(r, &photo, error);
}

static int add_people(swatch_report *r, const json_t *people, const char *name, const char *folder,
                      const char *path, swatch_error *error)
{
    const json_t *person;
    size_t i;
    int status = SWATCH_OK;
    json_array_foreach(people, i, person)
    {
        char own[PATH_MAX];
        snprintf(own, sizeof own, "%s/person-%zu", folder ? folder : "", i + 1);
        if (!status)
            status = add(r, person, name, folder ? own : NULL, path, error);
    }
    return status;
}

int folder_report_add_text(swatch_report *r, const char *text, const char *name, const char *folder,
                           const char *path, swatch_error *error)
{
    json_error_t fault;
    json_t *json = json_loads(text, 0, &fault);
    if (!json && json_error_code(&fault) == json_error_out_of_memory)
        return error_memory(error);
    const json_t *people = json_object_get(json, "people");
    const int status = json_is_array(people) ? add_people(r, people, name, folder, path, error)
                                             : add(r, json, name, folder, path, error);
    json_decref(json);
    return status;
}

int folder_report_add_saved(swatch_report *r, const char *folder, swatch_error *error)
{
    char path[PATH_MAX], *text = NULL;
    size_t size;
    if (snprintf(path, sizeof path, "%s/%s/colors.json", r->root, folder) >= (int)sizeof path)
        return error_set(error, SWATCH_FAILED, "%.80s...: the path is too long", folder);
    if (file_read(path, JSON_MOST, &text, &size, error))
        return SWATCH_FAILED;
    const int status = folder_report_add_text(r, text, NULL, folder, path, error);
    free(text);
    r->saved = r->count;
    return status;
}
