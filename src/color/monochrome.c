// Looks at means of square blocks, in which noise and JPEG's coarse colors vanish. In a
// black-and-white photo the color of a block follows from how light it is: greys have no color, and
// toning gives each grey one color. In a color photo skin has a color of its own, that other things
// as light as it do not have. docs/decisions.md, "Black-and-white photos", has the figures.
#include "color/monochrome.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "color/color.h"

#define BLOCKS 4096  // about so many in a photo,
#define SIDE_LEAST 2 // their sides within these bounds, pixels
#define SIDE_MOST 32
#define TONES 128 // steps of lightness, of TONE levels of r + g + b each
#define TONE 6
#define EVIDENCE 8          // blocks or tones, from which on something is believed
#define TOLERANCE_LEAST 2.5 // of a block's a*, b* from those of its tone, for faint tones,
#define TOLERANCE_PART 0.25 // and as a part of the tone's chroma,
#define TOLERANCE_MOST 5.0  // at most; of greys
#define GREY_SHARE 0.99

// Of the blocks of each part that must have the color of their tone. Burnt-out clothes do not.
static const double toned_share[] = {[PART_OUTSIDE] = 0.9, [PART_PERSON] = 0.8, [PART_SKIN] = 0.9};

struct block {
    uint8_t rgb[3]; // the mean
    uint8_t part;   // the least of its pixels'
};

struct tones {
    uint32_t counts[TONES][3][256]; // of the levels of blocks of other things than skin
    struct lab lab[TONES];          // of the median of these
    size_t total[TONES];
};

static struct block block_at(const uint8_t *rgb, const uint8_t *parts, size_t width, size_t side)
{
    uint32_t sums[3] = {0};
    const uint32_t n = (uint32_t)(side * side);
    struct block block = {.part = PART_SKIN};
    for (size_t y = 0; y < side; y++)
        for (size_t x = 0; x < side; x++) {
            const size_t i = y * width + x;
            sums[0] += rgb[3 * i];
            sums[1] += rgb[3 * i + 1];
            sums[2] += rgb[3 * i + 2];
            block.part = parts[i] < block.part ? parts[i] : block.part;
        }
    for (int c = 0; c < 3; c++)
        block.rgb[c] = (uint8_t)((sums[c] + n / 2) / n);
    return block;
}

static size_t tone_of(const struct block *b)
{
    return (size_t)(b->rgb[0] + b->rgb[1] + b->rgb[2]) / TONE;
}

static struct lab lab_of(const struct block *b)
{
    return color_cielab((struct rgb){b->rgb[0], b->rgb[1], b->rgb[2]});
}

static uint8_t median(const uint32_t counts[256], size_t total)
{
    uint8_t level = 0;
    for (size_t below = counts[0]; 2 * below < total; below += counts[level])
        level++;
    return level;
}

// The color of each tone among blocks of other things than skin.
static void find_tones(const struct block *blocks, size_t count, struct tones *t)
{
    for (size_t i = 0; i < count; i++)
        if (blocks[i].part != PART_SKIN) {
            const size_t tone = tone_of(&blocks[i]);
            t->total[tone]++;
            for (int c = 0; c < 3; c++)
                t->counts[tone][c][blocks[i].rgb[c]]++;
        }
    for (size_t i = 0; i < TONES; i++)
        t->lab[i] = color_cielab((struct rgb){median(t->counts[i][0], t->total[i]),
                                              median(t->counts[i][1], t->total[i]),
                                              median(t->counts[i][2], t->total[i])});
}

// Whether the blocks of a part and all parts above it have the color of their tone, as far as that
// is known, which it must be of `least` of them. Few tones tell nothing: in a drawing in flat
// colors each has a color.
static int fits(const struct block *blocks, size_t count, const struct tones *t, uint8_t part,
                size_t least)
{
    size_t known = 0, right = 0, tones = 0;
    uint8_t seen[TONES] = {0};
    for (size_t i = 0; i < count; i++) {
        const size_t tone = tone_of(&blocks[i]);
        if (blocks[i].part < part || t->total[tone] < EVIDENCE)
            continue;
        const struct lab lab = lab_of(&blocks[i]), want = t->lab[tone];
        const double relative = TOLERANCE_PART * hypot(want.a, want.b);
        const double tolerance = fmin(fmax(relative, TOLERANCE_LEAST), TOLERANCE_MOST);
        known++;
        right += hypot(lab.a - want.a, lab.b - want.b) <= tolerance;
        tones += !seen[tone];
        seen[tone] = 1;
    }
    return known >= least && tones >= EVIDENCE &&
           (double)right >= toned_share[part] * (double)known;
}

static enum monochrome judge(const struct block *blocks, size_t count, struct tones *t)
{
    size_t person = 0, skin = 0, grey = 0;
    for (size_t i = 0; i < count; i++) {
        if (blocks[i].part == PART_OUTSIDE)
            continue;
        const struct lab lab = lab_of(&blocks[i]);
        person++;
        skin += blocks[i].part == PART_SKIN;
        grey += hypot(lab.a, lab.b) <= TOLERANCE_MOST;
    }
    if (skin < EVIDENCE)
        return MONOCHROME_NOT;
    if ((double)grey >= GREY_SHARE * (double)person)
        return MONOCHROME_GREY;
    find_tones(blocks, count, t);
    return fits(blocks, count, t, PART_SKIN, (skin + 1) / 2) &&
                   fits(blocks, count, t, PART_PERSON, 0) && fits(blocks, count, t, PART_OUTSIDE, 0)
               ? MONOCHROME_TONED
               : MONOCHROME_NOT;
}

int monochrome_find(const uint8_t *rgb, const uint8_t *parts, size_t height, size_t width,
                    enum monochrome *found, swatch_error *error)
{
    const double wanted = sqrt((double)height * (double)width / BLOCKS);
    const size_t side = (size_t)fmin(fmax(wanted, SIDE_LEAST), SIDE_MOST);
    const size_t rows = height / side, columns = width / side, count = rows * columns;
    *found = MONOCHROME_NOT;
    if (count == 0)
        return SWATCH_OK;
    struct block *blocks = malloc(count * sizeof *blocks);
    struct tones *tones = calloc(1, sizeof *tones);
    const int status = blocks && tones ? SWATCH_OK : error_memory(error);
    if (!status) {
#pragma omp parallel for schedule(static)
        for (size_t y = 0; y < rows; y++)
            for (size_t x = 0; x < columns; x++) {
                const size_t i = y * side * width + x * side;
                blocks[y * columns + x] = block_at(rgb + 3 * i, parts + i, width, side);
            }
        *found = judge(blocks, count, tones);
    }
    free(blocks);
    free(tones);
    return status;
}
