#include "pieces.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[SWATCH_PIECE_CARD + 1] = {
    [SWATCH_PIECE_LABELS] = "labels",   [SWATCH_PIECE_SEGMENTATION] = "segmentation",
    [SWATCH_PIECE_CLOTHES] = "clothes", [SWATCH_PIECE_SKIN] = "skin",
    [SWATCH_PIECE_HAIR] = "hair",       [SWATCH_PIECE_PERSON] = "person",
    [SWATCH_PIECE_CARD] = "card",
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

static int add_piece(struct pieces *p, const swatch_result *result, swatch_piece piece,
                     swatch_picture_format format, size_t person, swatch_error *error)
{
    void *data;
    size_t size;
    if (piece == SWATCH_PIECE_LABELS)
        format = SWATCH_PNG;
    const int status = swatch_result_encode(result, piece, format, &data, &size, error);
    // A mask of the person is only where somebody was found.
    if (status == SWATCH_USAGE && piece == SWATCH_PIECE_PERSON)
        return SWATCH_OK;
    const int webp = format == SWATCH_WEBP;
    return status ? status
                  : add(p, person, names[piece], webp ? "webp" : "png",
                        webp ? "image/webp" : "image/png", data, size, error);
}

static int add_garment(struct pieces *p, const swatch_result *result, size_t index, size_t person,
                       const char *file, swatch_error *error)
{
    char name[64];
    void *data;
    size_t size;
    snprintf(name, sizeof name, "%.*s", (int)(strlen(file) - strlen(".png")), file);
    const int status = swatch_result_garment_encode(result, index, &data, &size, error);
    return status ? status : add(p, person, name, "png", "image/png", data, size, error);
}

// Each under the name that colors.json gives it.
static int add_garments(struct pieces *p, const swatch_result *result, size_t person,
                        swatch_progress go_on, void *user, swatch_error *error)
{
    json_t *json = json_loads(swatch_result_json(result), 0, NULL), *garment;
    int status = json ? SWATCH_OK : no_memory(error);
    size_t i;
    json_array_foreach(json_object_get(json, "garments"), i, garment)
    {
        if (!status && go_on(user, 1))
            status = error->status = SWATCH_CANCELLED;
        if (!status)
            status = add_garment(p, result, i, person,
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
    int status = SWATCH_OK;
    for (int i = 0; i <= SWATCH_PIECE_CARD && !status; i++)
        if (go_on(user, 1))
            status = error->status = SWATCH_CANCELLED;
        else if (wish->pieces & 1u << i)
            status = add_piece(p, result, (swatch_piece)i, wish->format, person, error);
    if (wish->garments && !status)
        status = add_garments(p, result, person, go_on, user, error);
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
