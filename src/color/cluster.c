// Finds the main colors of pixels: k-means over a histogram cuts them into fine pieces, then pieces
// are joined.
//
// k-means alone would cut a garment with folds and shade into several colors, and report the mixed
// pixels between two stripes as a third. Two pieces are joined in one of three cases:
// - They are closer than CIEDE2000 8, or closer than the histogram can tell apart, as dark colors
//   may be.
// - No valley of density lies between them and one is the other in shade. Less light multiplies
//   linear RGB by one factor, and OKLab, which is linear in the cube roots, by another. So both are
//   compared in the same light: their means and their densest colors must be closer than CIEDE2000
//   10. Comparing both keeps a chain of joins from leading from one garment to the next.
// - No valley lies between them, and the smaller one is thin and has few pixels. It is the tail of
//   a peak, such as the blend at the edge of a stripe. A garment of many shades is thin, too, but
//   has many pixels.
// Pixels in doubt lie on edges and would fill the valleys, so they count towards the shares only.
// The reported color occurs in the picture; it is the nearest to the median of the cluster's dense
// part.
#include "color/cluster.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "color/histogram.h"

#define SEEDS 24
#define SEED_DISTANCE 400 // 0.04 of OKLab, two bins
#define ITERATIONS 16
#define SHADE_DIFFERENCE 10.0
#define SHADE_NOISE 0.025
#define SHARE_LEAST 0.03
#define SURE_LEAST 0.02 // of the pixels not in doubt

// A piece is told from its neighbour when the density between falls below this part of its peak.
static const double valley = 0.45;
// A tail has less than this part of the other's peak.
static const double tail = 0.2;
// and less than this part of its pixels.
static const double few = 0.12;
// The dense part of a cluster has at least this part of its peak.
static const double dense = 0.12;

struct group {
    struct fixed center; // the mean
    struct lab lab;      // the same in CIELAB
    struct fixed top;    // the densest bin's color
    uint64_t count;      // of pixels
    uint64_t sure;       // of these, those not in doubt
    uint64_t peak;       // the greatest density of its bins
};

struct work {
    struct histogram h;
    uint8_t *owner;   // of each bin: its group
    int32_t *nearest; // of each bin: squared distance to the nearest seed
    struct group groups[SEEDS];
    size_t group_count;
    uint64_t saddle[SEEDS][SEEDS]; // the greatest density on the border of two groups, else 0
};

// Chooses the seeds: the densest bin first, then repeatedly the bin with the greatest density x
// squared distance to the seeds so far. The density keeps outliers from becoming seeds early.
static void seed(struct work *w)
{
    const struct histogram *h = &w->h;
    for (size_t i = 0; i < h->bin_count; i++)
        w->nearest[i] = INT32_MAX;
    for (w->group_count = 0; w->group_count < SEEDS; w->group_count++) {
        double best = 0;
        size_t chosen = 0;
        for (size_t i = 0; i < h->bin_count; i++) {
            if (w->nearest[i] < SEED_DISTANCE * SEED_DISTANCE)
                continue;
            double score = (double)h->bins[i].density * w->nearest[i];
            if (score > best) {
                best = score;
                chosen = i;
            }
        }
        if (best == 0)
            return;
        struct fixed center = h->bins[chosen].color;
        w->groups[w->group_count].center = center;
        for (size_t i = 0; i < h->bin_count; i++) {
            int32_t d = fixed_distance2(h->bins[i].color, center);
            if (d < w->nearest[i])
                w->nearest[i] = d;
        }
    }
}

// Gives every bin to the nearest center; returns whether any changed hands.
static int assign(struct work *w)
{
    int changed = 0;
    for (size_t i = 0; i < w->h.bin_count; i++) {
        int32_t best = INT32_MAX;
        uint8_t owner = 0;
        for (size_t k = 0; k < w->group_count; k++) {
            int32_t d = fixed_distance2(w->h.bins[i].color, w->groups[k].center);
            if (d < best) {
                best = d;
                owner = (uint8_t)k;
            }
        }
        changed |= w->owner[i] != owner;
        w->owner[i] = owner;
    }
    return changed;
}

static struct rgb rgb_of(struct fixed c, double scale)
{
    scale /= HISTOGRAM_UNIT;
    return color_from_oklab((struct lab){c.l * scale, c.a * scale, c.b * scale});
}

// Counts, peaks and means from the bins; groups that have lost all their sure pixels go, and their
// bins to the first group, until the next assign.
static void measure(struct work *w)
{
    struct {
        int64_t l, a, b;
        uint64_t count, sure, peak;
        struct fixed top;
    } sums[SEEDS] = {0};
    for (size_t i = 0; i < w->h.bin_count; i++) {
        const struct histogram_bin *bin = &w->h.bins[i];
        uint8_t k = w->owner[i];
        sums[k].l += (int64_t)bin->sure * bin->color.l;
        sums[k].a += (int64_t)bin->sure * bin->color.a;
        sums[k].b += (int64_t)bin->sure * bin->color.b;
        sums[k].count += bin->count;
        sums[k].sure += bin->sure;
        if (bin->sure && bin->density > sums[k].peak) {
            sums[k].peak = bin->density;
            sums[k].top = bin->color;
        }
    }
    uint8_t renamed[SEEDS] = {0};
    size_t kept = 0;
    for (size_t k = 0; k < w->group_count; k++) {
        const int64_t count = (int64_t)sums[k].sure;
        if (count == 0)
            continue;
        struct fixed c = {(int32_t)(sums[k].l / count), (int32_t)(sums[k].a / count),
                          (int32_t)(sums[k].b / count)};
        w->groups[kept] = (struct group){
            c, color_cielab(rgb_of(c, 1)), sums[k].top, sums[k].count, sums[k].sure, sums[k].peak};
        renamed[k] = (uint8_t)kept++;
    }
    w->group_count = kept;
    for (size_t i = 0; i < w->h.bin_count; i++)
        w->owner[i] = renamed[w->owner[i]];
}

static void find_saddles(struct work *w)
{
    const struct histogram *h = &w->h;
    memset(w->saddle, 0, sizeof w->saddle);
    for (size_t i = 0; i < h->bin_count; i++) {
        for (int k = 0; k < 13; k++) { // the other 13 neighbours meet i from their side
            uint32_t j = h->grid[histogram_neighbour(h->bins[i].place, k)];
            if (j == HISTOGRAM_NONE || w->owner[i] == w->owner[j])
                continue;
            uint64_t x = h->bins[i].density, y = h->bins[j].density;
            uint64_t low = x < y ? x : y;
            uint64_t *saddle = &w->saddle[w->owner[i]][w->owner[j]];
            if (low > *saddle)
                *saddle = w->saddle[w->owner[j]][w->owner[i]] = low;
        }
    }
}

// Whether one color can be the other with less light on it: under the same light they would be
// alike. Compared at the darker's lightness, where both lie in the gamut; there nearly black colors
// differ by their noise, which CIEDE2000 makes much of.
static int is_shade(struct fixed x, struct fixed y)
{
    const struct fixed light = x.l > y.l ? x : y, dark = x.l > y.l ? y : x;
    const double haze = 0.1 * HISTOGRAM_UNIT; // of the lens: no black is quite black
    if ((dark.l + haze) / (light.l + haze) < 0.5)
        return 0;
    const double scale = dark.l / fmax(light.l, 1);
    const double a = light.a * scale - dark.a, b = light.b * scale - dark.b;
    return hypot(a, b) < SHADE_NOISE * HISTOGRAM_UNIT ||
           color_ciede2000(color_cielab(rgb_of(light, scale)), color_cielab(rgb_of(dark, 1))) <
               SHADE_DIFFERENCE;
}

static int belong_together(const struct work *w, size_t i, size_t j, double difference)
{
    const struct group *x = &w->groups[i], *y = &w->groups[j];
    if (difference < CLUSTER_DIFFERENCE ||
        fixed_distance2(x->center, y->center) < SEED_DISTANCE * SEED_DISTANCE)
        return 1;
    const struct group *low = x->peak < y->peak ? x : y, *high = x->peak < y->peak ? y : x;
    if ((double)w->saddle[i][j] < valley * (double)low->peak)
        return 0;
    return (is_shade(x->center, y->center) && is_shade(x->top, y->top)) ||
           ((double)low->peak < tail * (double)high->peak &&
            (double)low->count < few * (double)high->count);
}

static void join(struct work *w, size_t i, size_t j)
{
    for (size_t k = 0; k < w->h.bin_count; k++)
        if (w->owner[k] == j)
            w->owner[k] = (uint8_t)i;
    measure(w);
    find_saddles(w);
}

// Joins the closest pair that belongs together until none does.
static void join_all(struct work *w)
{
    find_saddles(w);
    for (;;) {
        double best = DBL_MAX;
        size_t first = 0, second = 0;
        for (size_t i = 0; i < w->group_count; i++) {
            for (size_t j = i + 1; j < w->group_count; j++) {
                double d = color_ciede2000(w->groups[i].lab, w->groups[j].lab);
                if (d < best && belong_together(w, i, j, d)) {
                    best = d;
                    first = i;
                    second = j;
                }
            }
        }
        if (best == DBL_MAX)
            return;
        join(w, first, second);
    }
}

// The value below which half of the counts lie. `counts` has `size` entries and is left at 0.
static int32_t median(uint64_t *counts, size_t size, uint64_t total)
{
    uint64_t below = 0;
    int32_t found = -1;
    for (size_t i = 0; i < size; i++) {
        below += counts[i];
        counts[i] = 0;
        if (found < 0 && 2 * below >= total)
            found = (int32_t)i;
    }
    return found;
}

// The place of the cell nearest to the median of the dense part of group k; of several equally near
// the one with most pixels. `counts` has 3 x (HISTOGRAM_UNIT + 1) entries, all 0.
static uint32_t median_cell(const struct work *w, size_t k, uint64_t *counts)
{
    const struct histogram *h = &w->h;
    const size_t size = HISTOGRAM_UNIT + 1;
    const int32_t offset = HISTOGRAM_UNIT / 2; // a and b lie well within -0.5 and 0.5
    uint64_t total = 0, least = (uint64_t)(dense * (double)w->groups[k].peak);
    for (size_t i = 0; i < h->cell_count; i++) {
        const struct histogram_cell *cell = &h->cells[i];
        if (w->owner[cell->bin] != k || h->bins[cell->bin].density < least)
            continue;
        counts[cell->color.l] += cell->sure;
        counts[size + (size_t)(cell->color.a + offset)] += cell->sure;
        counts[2 * size + (size_t)(cell->color.b + offset)] += cell->sure;
        total += cell->sure;
    }
    struct fixed middle = {median(counts, size, total), median(counts + size, size, total) - offset,
                           median(counts + 2 * size, size, total) - offset};
    const struct histogram_cell *best = h->cells;
    int32_t nearest = INT32_MAX;
    for (size_t i = 0; i < h->cell_count; i++) {
        const struct histogram_cell *cell = &h->cells[i];
        if (w->owner[cell->bin] != k || h->bins[cell->bin].density < least || !cell->sure)
            continue;
        int32_t d = fixed_distance2(cell->color, middle);
        if (d < nearest || (d == nearest && cell->sure > best->sure)) {
            best = cell;
            nearest = d;
        }
    }
    return best->place;
}

// The most frequent color of each group's median cell; of several the first in the order r, g, b.
static int find_colors(const struct work *w, const uint8_t *rgb, const uint8_t *mask,
                       const uint8_t *doubt, size_t n, struct rgb colors[SEEDS],
                       swatch_error *error)
{
    int status = 0;
    uint32_t places[SEEDS], seen[SEEDS][64] = {0};
    uint64_t *counts = calloc(3 * (HISTOGRAM_UNIT + 1), sizeof *counts);
    uint8_t *slots = calloc(HISTOGRAM_CELLS, 1);
    if (!counts || !slots) {
        status = error_memory(error);
        goto done;
    }
    for (size_t k = 0; k < w->group_count; k++) {
        places[k] = median_cell(w, k, counts);
        slots[places[k]] = (uint8_t)(k + 1);
    }
    for (size_t i = 0; i < n; i++) {
        if (!mask[i] || (doubt && doubt[i]))
            continue;
        uint8_t r = rgb[3 * i], g = rgb[3 * i + 1], b = rgb[3 * i + 2];
        uint8_t slot = slots[histogram_place(r, g, b)]; // 0 is no group's
        if (slot)
            seen[slot - 1][(r & 3) << 4 | (g & 3) << 2 | (b & 3)]++;
    }
    for (size_t k = 0; k < w->group_count; k++) {
        uint32_t best = 0, place = places[k];
        for (uint32_t i = 1; i < 64; i++)
            if (seen[k][i] > seen[k][best])
                best = i;
        colors[k] = (struct rgb){(uint8_t)(place >> 12 << 2 | best >> 4),
                                 (uint8_t)((place >> 6 & 63) << 2 | (best >> 2 & 3)),
                                 (uint8_t)((place & 63) << 2 | (best & 3))};
    }
done:
    free(counts);
    free(slots);
    return status;
}

// Joins the closest two groups when their colors are too alike to be told apart; the means that
// join_all compares may be further apart than those.
static int join_alike(struct work *w, const struct rgb *colors)
{
    double best = CLUSTER_DIFFERENCE;
    size_t first = 0, second = 0;
    for (size_t i = 0; i < w->group_count; i++) {
        for (size_t j = i + 1; j < w->group_count; j++) {
            double d = color_ciede2000(color_cielab(colors[i]), color_cielab(colors[j]));
            if (d < best) {
                best = d;
                first = i;
                second = j;
            }
        }
    }
    if (best == CLUSTER_DIFFERENCE)
        return 0;
    join(w, first, second);
    return 1;
}

static uint32_t packed(struct rgb c)
{
    return (uint32_t)c.r << 16 | (uint32_t)c.g << 8 | c.b;
}

static int by_share(const void *x, const void *y)
{
    const struct cluster *a = x, *b = y;
    if (a->share != b->share)
        return a->share < b->share ? 1 : -1;
    return (packed(a->color) > packed(b->color)) - (packed(a->color) < packed(b->color));
}

// The groups that matter, most frequent first, their shares again summing to 1.
static void report(const struct work *w, const struct rgb *colors, size_t most,
                   struct cluster *clusters, size_t *count)
{
    struct cluster all[SEEDS];
    size_t kept = 0;
    for (size_t k = 0; k < w->group_count; k++) {
        double share = (double)w->groups[k].count / (double)w->h.total;
        double sure = (double)w->groups[k].sure / (double)w->h.sure;
        if (share >= SHARE_LEAST && sure >= SURE_LEAST)
            all[kept++] = (struct cluster){colors[k], share};
    }
    qsort(all, kept, sizeof *all, by_share);
    *count = kept < most ? kept : most;
    double sum = 0;
    for (size_t k = 0; k < *count; k++)
        sum += all[k].share;
    for (size_t k = 0; k < *count; k++)
        clusters[k] = (struct cluster){all[k].color, all[k].share / sum};
}

int cluster_colors(const uint8_t *rgb, const uint8_t *mask, const uint8_t *doubt, size_t n,
                   size_t most, struct cluster *clusters, size_t *count, swatch_error *error)
{
    struct rgb colors[SEEDS];
    struct work *w = NULL;
    int status;
    *count = 0;
    if (most < 1 || most > CLUSTER_MAX)
        return error_set(error, SWATCH_USAGE, "%zu main colors asked for, not 1 to %d", most,
                         CLUSTER_MAX);
    w = calloc(1, sizeof *w);
    if (!w)
        return error_memory(error);
    status = histogram_make(&w->h, rgb, mask, doubt, n, error);
    if (!status && w->h.total > 0 && w->h.sure == 0) {
        histogram_free(&w->h);
        doubt = NULL;
        status = histogram_make(&w->h, rgb, mask, doubt, n, error);
    }
    if (status || w->h.total == 0)
        goto done;
    w->owner = calloc(w->h.bin_count, sizeof *w->owner);
    w->nearest = malloc(w->h.bin_count * sizeof *w->nearest);
    if (!w->owner || !w->nearest) {
        status = error_memory(error);
        goto done;
    }
    seed(w);
    // Measured last, so that what is known of the groups is true of their bins.
    int changed;
    size_t before, i = 0;
    do {
        before = w->group_count;
        changed = assign(w);
        measure(w);
    } while ((changed && ++i < ITERATIONS) || w->group_count != before);
    join_all(w);
    do {
        status = find_colors(w, rgb, mask, doubt, n, colors, error);
        if (status)
            goto done;
    } while (join_alike(w, colors));
    report(w, colors, most, clusters, count);
done:
    histogram_free(&w->h);
    free(w->owner);
    free(w->nearest);
    free(w);
    return status;
}
