#include "request.h"

#include <string.h>
#include <swatch.h>

#include "extract.h"
#include "palette.h"
#include "verbs.h"

struct extract_request {
    struct extract_settings extract; // first: the verb's options have their places in it
    unsigned pieces;                 // bits 1 << swatch_piece
    int garments, format;
};

#define GARMENTS ((size_t)SWATCH_PIECE_CARD + 1) // their place behind the pieces of one file

// A list of pieces, with commas between.
static const char *read_only(void *settings, const char *text)
{
    static const char *const names[] = {
        [SWATCH_PIECE_LABELS] = "labels",   [SWATCH_PIECE_SEGMENTATION] = "segmentation",
        [SWATCH_PIECE_CLOTHES] = "clothes", [SWATCH_PIECE_SKIN] = "skin",
        [SWATCH_PIECE_HAIR] = "hair",       [SWATCH_PIECE_PERSON] = "person",
        [SWATCH_PIECE_CARD] = "card",       "garments"};
    struct extract_request *r = settings;
    for (;; text++) {
        const size_t length = strcspn(text, ",");
        size_t i = 0;
        while (i <= GARMENTS && (strncmp(names[i], text, length) != 0 || names[i][length]))
            i++;
        if (i > GARMENTS)
            return "must be labels, segmentation, clothes, skin, hair, person, card or garments, "
                   "or "
                   "several with commas between";
        if (i == GARMENTS)
            r->garments = 1;
        else
            r->pieces |= 1u << i;
        text += length;
        if (!*text)
            return NULL;
    }
}

static const char *const picture_formats[] = {"png", "webp", NULL};

// What requests may say besides.
static const struct option_entry extract_more[] = {
    {"only", 0, OPTION_OTHER, "PIECES",
     "answer with these files, too: labels, segmentation, clothes, skin, hair, person, card, "
     "garments, or several, with commas between",
     .read = read_only},
    {"format", 0, OPTION_CHOICE, "FORMAT", "of these pictures", "png",
     .offset = offsetof(struct extract_request, format), .choices = picture_formats},
    {0},
};

static struct option_entry entries[SERVER_TASKS][OPTIONS_MOST + 1];
static struct verb verbs[SERVER_TASKS];

void request_options_make(void)
{
    static const struct verb *const origins[SERVER_TASKS] = {
        [SERVER_EXTRACT] = &verb_extract, [SERVER_PALETTE] = &verb_palette};
    for (size_t task = 0; task < SERVER_TASKS; task++) {
        size_t n = 0;
        for (const struct option_entry *o = origins[task]->options; o->name; o++)
            if (o->served) {
                entries[task][n] = *o;
                entries[task][n++].needs = NULL; // a folder to write into
            }
        for (const struct option_entry *o = extract_more; task == SERVER_EXTRACT && o->name; o++)
            entries[task][n++] = *o;
        verbs[task] = *origins[task];
        verbs[task].options = entries[task];
    }
}

const struct option_entry *request_options(enum server_task task)
{
    return entries[task];
}

static void wish_extract(const struct extract_request *r, struct server_wish *wish)
{
    const struct extract_settings *s = &r->extract;
    wish->extract = s->extract;
    wish->extract.size = sizeof wish->extract;
    wish->people = s->people;
    wish->whole = s->all_whole;
    wish->pieces = r->pieces;
    wish->palettes = s->palettes * SWATCH_SAVE_PALETTE(0);
    wish->garments = r->garments;
    wish->format = r->format ? SWATCH_WEBP : SWATCH_PNG;
}

static void wish_palette(const struct palette_settings *s, int has_format, struct server_wish *wish)
{
    wish->colors = s->options;
    wish->colors.size = sizeof wish->colors;
    wish->palette = has_format ? s->format : -1;
}

int request_read(enum server_task task, const struct server_field *fields, size_t count,
                 struct server_wish *wish, char *message, size_t size)
{
    const struct verb *verb = &verbs[task];
    struct arguments arguments;
    union {
        struct extract_request extract;
        struct palette_settings palette;
    } settings = {0};
    if (table_fields(verb, fields, count, &settings, &arguments, message, size))
        return -1;
    if (task == SERVER_EXTRACT)
        wish_extract(&settings.extract, wish);
    else
        wish_palette(&settings.palette, table_given(verb, &arguments, "format"), wish);
    return 0;
}
