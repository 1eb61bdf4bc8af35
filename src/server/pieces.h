// The files of an answer in memory: the pieces and palettes that were asked for.
#ifndef SERVER_PIECES_H
#define SERVER_PIECES_H

#include <stddef.h>
#include <swatch.h>

#include "options.h"

struct piece_file {
    char name[80];    // "person-2/clothes.png"
    const char *type; // static
    void *data;       // swatch_free frees it
    size_t size;
};

struct pieces {
    struct piece_file *files;
    size_t count;
};

// Adds the colors.json of several people, lent.
int pieces_add_json(struct pieces *pieces, const char *json, swatch_error *error);
// Adds what is wished of a result. person: of several, the number before the names, and no
// colors.json; 0: the only one. go_on says between files whether to stop, as swatch_progress.
int pieces_add(struct pieces *pieces, const swatch_result *result, const struct server_wish *wish,
               size_t person, swatch_progress go_on, void *user, swatch_error *error);
// The type of a palette's content, static.
const char *pieces_palette_type(swatch_palette_format format);
void pieces_free(struct pieces *pieces);

#endif
