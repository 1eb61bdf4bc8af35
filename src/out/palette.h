// Palettes as files that designers' tools read, with a writer for each format. palette.c hands the
// writers clean text and no empty groups.
#ifndef OUT_PALETTE_H
#define OUT_PALETTE_H

#include <stddef.h>
#include <stdio.h>
#include <swatch.h>

// What colors are called beside their own names.
struct palette_words {
    const swatch_telling *telling; // NULL: nothing more is told
    const swatch_color *hair;      // the group of these colors is hair; NULL: none
    const char *apparent;          // the class of that hair, or NULL
};

struct palette {
    char *title;          // text_line
    swatch_group *groups; // names are text_line; none is empty
    size_t count;
    size_t colors; // of all groups
    struct palette_words words;
    swatch_color *turned; // of the groups of harmonies
};

// The word for a color. Hair: the word of hair.h. Skin: "". All else: the name in the user's list
// or, without a list, the XKCD name. Lent.
const char *palette_word(const struct palette *palette, size_t group, size_t index);
// Names a color as tools show it: "clothes 1 royal blue". Names are unique if those of the groups
// are. A longer name is cut off between characters.
#define PALETTE_NAME 256
void palette_color_name(const struct palette *palette, size_t group, size_t index,
                        char name[PALETTE_NAME]);

// Writers return 0, or -1 without memory; other faults of the stream are told by ferror(to).
// palette_text.c: GIMP's palette (docs.gimp.org, "GPL file format"; version 1).
int palette_gpl(FILE *to, const struct palette *palette);
// CSS custom properties (CSS Custom Properties 1): --clothes-1 and so on, on :root.
int palette_css(FILE *to, const struct palette *palette);
// A strip for each group, as wide as the colors' shares (SVG 1.1).
int palette_svg(FILE *to, const struct palette *palette);
// palette_adobe.c: Adobe Swatch Exchange, version 1.0: groups of RGB colors, named.
int palette_ase(FILE *to, const struct palette *palette);
// Adobe's color file (Photoshop File Formats): version 1, then version 2 with the names.
int palette_aco(FILE *to, const struct palette *palette);
// palette_json.c: colors as in colors.json.
int palette_json(FILE *to, const struct palette *palette);

// See swatch_palette_extension and those after it.
const char *palette_extension(swatch_palette_format format);
int palette_encode(swatch_palette_format format, const char *title, const swatch_group *groups,
                   size_t count, struct palette_words words, void **data, size_t *size,
                   swatch_error *error);
int palette_save(swatch_palette_format format, const char *title, const swatch_group *groups,
                 size_t count, struct palette_words words, const char *path, unsigned how,
                 swatch_error *error);

#endif
