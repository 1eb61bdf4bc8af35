// What all cards are drawn with: the colors of their ground, and cut-outs.
#ifndef OUT_CARD_PART_H
#define OUT_CARD_PART_H

#include "extract/result.h"
#include "out/paint.h"

#define CARD_ENLARGE 3 // of cut-outs at most; beyond it small ones are mush

// Of a light and of a dark card. tile: under cut-outs; soft: of text that matters less; rim: around
// colors, which may be the ground's.
struct card_look {
    struct paint ground, tile, ink, soft, rim;
};
extern const struct card_look card_looks[2];

// Where something of these sides fits into `room`, centered, at most `most` times as large.
struct rect card_fit(size_t width, size_t height, struct rect room, double most);

// Draws a color with a rim one pixel wide.
void card_color(struct image *card, const uint8_t rgb[3], struct rect where,
                const struct card_look *look);

// Draws colors beside each other, each as wide as its share, with a rim around all.
void card_bar(struct image *card, const swatch_color *colors, size_t count, struct rect where,
              const struct card_look *look);

// Cut-outs of regions that are drawn already, with soft edges: (from.height, from.width, 4) each,
// of a part of the photo. No pixels: not drawn.
struct card_drawn {
    struct image pictures[SWATCH_REGIONS];
    struct rect from[SWATCH_REGIONS];
};

// The part of the photo that the cut-out of a region (which must have pixels) or of a garment
// (SWATCH_REGIONS + its index) takes, without specks that lie apart; and draws it into `room`.
// drawn: where it may be taken from, or NULL.
int card_cutout_box(const swatch_result *result, size_t part, struct rect *box,
                    swatch_error *error);
int card_cutout(struct image *card, const swatch_result *result, size_t part,
                const struct card_drawn *drawn, struct rect room, swatch_error *error);

#endif
