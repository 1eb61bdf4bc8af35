#include "pieces.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const picture_types[SWATCH_PICTURE_FORMATS] = {
    [SWATCH_PNG] = "image/png",
    [SWATCH_WEBP] = "image/webp",
    [SWATCH_AVIF] = "image/avif",
    [SWATCH_JPEG] = "image/jpeg",
};

static const char *const palette_types[SWATCH_PALETTE_FORMATS] = {
    [SWATCH_PALETTE_GPL] = "text/plain; charset=utf-8",
    [SWATCH_PALETTE_ASE] = "application/octet-stream",
    [SWATCH_PALETTE_ACO] = "application/octet-stream",
    [SWATCH_PALETTE_CSS] = "text/css; charset=utf-8",
    [SWATCH_PALETTE_JSON] = "application/json",
    [SWATCH_PALETTE_SVG] = "image/svg+xml",
};

const char *pieces_palette_type(swatch_palette_format format)
{
    return palette_types[format];
}

static int no_memory(swatch_error *error)
{
    snprintf(error->message, sizeof error->message, "out of memory");
    return error->status = SWATCH_NO_MEMORY;
}

// Adds a file, which owns `data` even after a failure.
static int add(struct pieces *p, size_t person, const char *name, const char *ending,
               const char *type, void *data, size_t size, swatch_error *error)
{
    struct piece_file *more = reallocarray(p->files, p->count + 1, sizeof *more);
    if (!more) {
        swatch_free(data);
        return no_memory(error);
    }
    p->files = more;
    struct piece_file *f = &p->files[p->count++];
    *f = (struct piece_file){.type = type, .data = data, .size = size};
    if (person)
        snprintf(f->name, sizeof f->name, "person-%zu/%s.%s", person, name, ending);
    else
        snprintf(f->name, sizeof f->name, "%s.%s", name, ending);
    return SWATCH_OK;
}

int pieces_add_json(struct pieces *p, const char *json, swatch_error *error)
{
    char *copy = strdup(json);
    return copy ? add(p, 0, "colors", "json", "application/json", copy, strlen(copy), error)
                : no_memory(error);
}

static int add_picture(struct pieces *p, const char *name, swatch_picture_format format,
                       size_t person, void *data, size_t size, swatch_error *error)
{
    return add(p, person, name, swatch_picture_extension(format), picture_types[format], data, size,
               error);
}

static int add_piece(struct pieces *p, const swatch_result *result, swatch_piece piece,
                     const swatch_save_options *save, size_t person, swatch_error *error)
{
    void *data;
    size_t size;
    const int status = swatch_result_encode_with(result, piece, save, &data, &size, error);
    // A mask of the person is only where somebody was found, a map only where the model paints one.
    if (status == SWATCH_USAGE && (piece == SWATCH_PIECE_PERSON || piece == SWATCH_PIECE_MAP))
        return SWATCH_OK;
    if (status)
        return status;
    if (piece == SWATCH_PIECE_COLORS)
        return add(p, person, "colors", "json", "application/json", data, size, error);
    return add_picture(p, swatch_piece_name(piece),
                       piece == SWATCH_PIECE_LABELS ? SWATCH_PNG : save->format, person, data, size,
                       error);
}

static int add_garment(struct pieces *p, const swatch_result *result, size_t index,
                       const swatch_save_options *save, size_t person, const char *file,
                       swatch_error *error)
{
    char name[64];
    void *data;
    size_t size;
    snprintf(name, sizeof name, "%.*s", (int)(strlen(file) - strlen(".png")), file);
    const int status = swatch_result_garment_encode_with(result, index, save, &data, &size, error);
    return status ? status : add_picture(p, name, save->format, person, data, size, error);
}

// Each under the name that colors.json gives it.
static int add_garments(struct pieces *p, const swatch_result *result,
                        const swatch_save_options *save, size_t person, swatch_progress go_on,
                        void *user, swatch_error *error)
{
    json_t *json = json_loads(swatch_result_json(result), 0, NULL), *garment;
    int status = json ? SWATCH_OK : no_memory(error);
    size_t i;
    json_array_foreach(json_object_get(json, "garments"), i, garment)
    {
        if (!status && go_on(user, 1))
            status = error->status = SWATCH_CANCELLED;
        if (!status)
            status = add_garment(p, result, i, save, person,
                                 json_string_value(json_object_get(garment, "file")), error);
    }
    json_decref(json);
    return status;
}

static int add_palette(struct pieces *p, const swatch_result *result, swatch_palette_format format,
                       size_t person, swatch_error *error)
{
    void *data;
    size_t size;
    const int status = swatch_result_palette(result, format, &data, &size, error);
    return status ? status
                  : add(p, person, "palette", swatch_palette_extension(format),
                        palette_types[format], data, size, error);
}

int pieces_add(struct pieces *p, const swatch_result *result, const struct server_wish *wish,
               size_t person, swatch_progress go_on, void *user, swatch_error *error)
{
    const swatch_save_options *save = &wish->save;
    // What all say together has no person.
    const unsigned wanted =
        person ? save->pieces & ~SWATCH_ONLY(SWATCH_PIECE_COLORS) : save->pieces;
    int status = SWATCH_OK;
    for (int i = 0; i < SWATCH_PIECES && !status; i++)
        if (go_on(user, 1))
            status = error->status = SWATCH_CANCELLED;
        else if (wanted & SWATCH_ONLY(i))
            status = i == SWATCH_PIECE_GARMENTS
                         ? add_garments(p, result, save, person, go_on, user, error)
                         : add_piece(p, result, (swatch_piece)i, save, person, error);
    for (int i = 0; i < SWATCH_PALETTE_FORMATS && !status; i++)
        if (wish->palettes & SWATCH_SAVE_PALETTE(i))
            status = add_palette(p, result, (swatch_palette_format)i, person, error);
    return status;
}

void pieces_free(struct pieces *p)
{
    for (size_t i = 0; i < p->count; i++)
        swatch_free(p->files[i].data);
    free(p->files);
    *p = (struct pieces){0};
}
