// Joins the pieces of a clothing class into garments. An open front, a strap, an arm or hair often
// cuts a garment in pieces. Two pieces of a class are one garment when they are near each other and
// have similar median colors. A splinter goes to the nearest piece, whatever its color. Classes of
// pairs, like shoes, are one garment, however many pieces they have. docs/decisions.md ("Parts of
// one garment").

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/least.h"
#include "color/color.h"
#include "color/measure.h"
#include "extract/body.h"
#include "extract/garments.h"
#include "extract/runs.h"

#define SPLINTER 0.05 // of the pixels of the largest piece of the class
// Two pieces are one garment up to this gap between their boxes, in heights of the person, and up
// to this CIEDE2000 between their colors.
#define NEAR 0.1
#define ALIKE 10

// Classes whose left and right belong together, among them those of CCP.
static const char *const paired[] = {
    "shoes",   "boots",    "clogs",    "flats",    "heels", "loafers",    "pumps",
    "sandals", "sneakers", "wedges",   "footwear", "socks", "stockings",  "tights",
    "legwear", "gloves",   "earrings", "glasses",  "shoe",  "sunglasses", "leggings"};

struct piece {
    size_t root; // its first run
    size_t pixels;
    size_t left, top, right, bottom; // inclusive
    size_t garment;                  // index among the garments of its class, then of all
    struct lab median;               // CIELAB, channel by channel; of large pieces only
    uint8_t label;
};

// Returns 1 for a class of one kind of clothing, 0 for background, skin, hair and "clothes".
static int is_clothing(const swatch_result *r, size_t class_index)
{
    return class_index < r->classes.count && r->region_of[class_index] == SWATCH_CLOTHES &&
           strcmp(r->classes.names[class_index], "clothes") != 0;
}

static int is_paired(const char *name)
{
    for (size_t i = 0; i < sizeof paired / sizeof *paired; i++)
        if (strcmp(name, paired[i]) == 0)
            return 1;
    return 0;
}

// Sorts by class, then the largest first, then in reading order.
static int by_class(const void *x, const void *y)
{
    const struct piece *a = x, *b = y;
    if (a->label != b->label)
        return a->label < b->label ? -1 : 1;
    if (a->pixels != b->pixels)
        return a->pixels > b->pixels ? -1 : 1;
    return a->root < b->root ? -1 : a->root > b->root;
}

static int by_size(const void *x, const void *y)
{
    const swatch_garment *a = x, *b = y;
    if (a->pixels != b->pixels)
        return a->pixels > b->pixels ? -1 : 1;
    if (a->class_index != b->class_index)
        return a->class_index < b->class_index ? -1 : 1;
    return a->piece < b->piece ? -1 : a->piece > b->piece;
}

// Finds the pieces of clothing classes. The caller frees *pieces.
static int find_pieces(const swatch_result *r, struct runs *runs, struct piece **pieces,
                       size_t *count, swatch_error *error)
{
    size_t *number = malloc(runs->count * sizeof *number); // of each root
    size_t n = 0;
    *pieces = NULL;
    if (!number)
        return error_memory(error);
    for (size_t i = 0; i < runs->count; i++)
        if (runs_root(runs, i) == i && is_clothing(r, runs->runs[i].label))
            number[i] = n++;
    struct piece *p = calloc(n + 1, sizeof *p);
    if (!p) {
        free(number);
        return error_memory(error);
    }
    for (size_t y = 0; y < runs->height; y++)
        for (size_t i = runs->row[y]; i < runs->row[y + 1]; i++) {
            const struct run *run = &runs->runs[i];
            const size_t root = runs_root(runs, i);
            if (!is_clothing(r, run->label))
                continue;
            struct piece *to = &p[number[root]];
            if (root == i)
                *to = (struct piece){.root = root,
                                     .left = run->first,
                                     .top = y,
                                     .right = run->last,
                                     .label = run->label};
            to->pixels += run->last - run->first + 1;
            to->left = size_least(to->left, run->first);
            to->right = size_most(to->right, run->last);
            to->bottom = y;
        }
    free(number);
    *pieces = p;
    *count = n;
    return SWATCH_OK;
}

// Returns the squared distance between the boxes of two pieces; 0 when they overlap.
static size_t gap2(const struct piece *a, const struct piece *b)
{
    const size_t left = size_most(a->left, b->left), right = size_least(a->right, b->right);
    const size_t top = size_most(a->top, b->top), bottom = size_least(a->bottom, b->bottom);
    const size_t x = left > right ? left - right : 0, y = top > bottom ? top - bottom : 0;
    return x * x + y * y;
}

static struct lab piece_median(const swatch_result *r, struct runs *runs, const struct piece *p)
{
    size_t counts[3][256] = {{0}};
    uint8_t median[3] = {0};
    for (size_t y = p->top; y <= p->bottom; y++)
        for (size_t i = runs->row[y]; i < runs->row[y + 1]; i++) {
            const struct run *run = &runs->runs[i];
            if (run->label != p->label || runs_root(runs, i) != p->root)
                continue;
            const uint8_t *pixel = r->photo.pixels + 3 * (y * r->photo.width + run->first);
            for (size_t x = run->first; x <= run->last; x++, pixel += 3)
                for (size_t c = 0; c < 3; c++)
                    counts[c][pixel[c]]++;
        }
    for (size_t c = 0; c < 3; c++)
        for (size_t below = counts[c][0]; 2 * below < p->pixels; below += counts[c][median[c]])
            median[c]++;
    return color_cielab((struct rgb){median[0], median[1], median[2]});
}

static int belong_together(const struct piece *a, const struct piece *b, double reach)
{
    return (double)gap2(a, b) <= reach * reach && color_ciede2000(a->median, b->median) <= ALIKE;
}

// Numbers the garments of the large pieces (n) and returns how many there are. A piece that belongs
// to pieces of several garments makes them one.
static size_t join_parts(struct piece *pieces, size_t n, double reach)
{
    size_t garments = 0;
    for (size_t i = 0; i < n; i++) {
        pieces[i].garment = i;
        for (size_t k = 0; k < i; k++) {
            const size_t from = pieces[i].garment, to = pieces[k].garment;
            if (from == to || !belong_together(&pieces[i], &pieces[k], reach))
                continue;
            for (size_t m = 0; m <= i; m++) // the lower number stays
                if (pieces[m].garment == size_most(from, to))
                    pieces[m].garment = size_least(from, to);
        }
    }
    for (size_t i = 0; i < n;
         i++) { // numbers without gaps: a garment's number is its first piece's
        const size_t first = pieces[i].garment;
        pieces[i].garment = first == i ? garments++ : pieces[first].garment;
    }
    return garments;
}

// Sets, for the pieces (n) of one class, the largest first, which garment of the class each belongs
// to. Returns the number of garments.
static size_t group(const swatch_result *r, struct runs *runs, struct piece *pieces, size_t n,
                    double reach)
{
    const double enough = SPLINTER * (double)pieces[0].pixels;
    size_t large = 1;
    if (is_paired(r->classes.names[pieces[0].label])) {
        for (size_t i = 0; i < n; i++)
            pieces[i].garment = 0;
        return 1;
    }
    while (large < n && pieces[large].pixels >= MEASURE_FEWEST &&
           (double)pieces[large].pixels >= enough)
        large++;
    for (size_t i = 0; i < large; i++)
        pieces[i].median = piece_median(r, runs, &pieces[i]);
    const size_t garments = join_parts(pieces, large, reach);
    for (size_t i = large; i < n; i++) {
        size_t nearest = 0;
        for (size_t k = 1; k < large; k++)
            nearest =
                gap2(&pieces[i], &pieces[k]) < gap2(&pieces[i], &pieces[nearest]) ? k : nearest;
        pieces[i].garment = pieces[nearest].garment;
    }
    return garments;
}

static void add_piece(swatch_garment *g, const struct piece *p)
{
    const size_t right = g->pixels ? size_most(g->left + g->width - 1, p->right) : p->right;
    const size_t bottom = g->pixels ? size_most(g->top + g->height - 1, p->bottom) : p->bottom;
    g->left = g->pixels ? size_least(g->left, p->left) : p->left;
    g->top = g->pixels ? size_least(g->top, p->top) : p->top;
    g->width = right - g->left + 1;
    g->height = bottom - g->top + 1;
    g->pixels += p->pixels;
}

// Numbers the garments of all pieces (n), which are sorted by class. Returns how many there are.
static size_t group_all(const swatch_result *r, struct runs *runs, struct piece *pieces, size_t n)
{
    const double reach = NEAR * (double)person_height(&r->labels);
    size_t count = 0;
    for (size_t first = 0, end; first < n; first = end) {
        for (end = first; end < n && pieces[end].label == pieces[first].label;)
            end++;
        const size_t of_class = group(r, runs, pieces + first, end - first, reach);
        for (size_t i = first; i < end; i++)
            pieces[i].garment += count;
        count += of_class;
    }
    return count;
}

// Makes the garments (count) from the pieces (n) and sorts them, the largest first. place (count)
// gets where each garment went.
static void make_garments(const struct piece *pieces, size_t n, swatch_garment *garments,
                          size_t count, size_t *place)
{
    size_t of_class[CLASSES_MAX] = {0};
    for (size_t i = 0; i < n; i++) {
        swatch_garment *g = &garments[pieces[i].garment];
        g->class_index = pieces[i].label;
        g->piece = pieces[i].garment;
        g->probability = (double)NAN;
        g->or_class_index = g->class_index;
        add_piece(g, &pieces[i]);
    }
    qsort(garments, count, sizeof *garments, by_size);
    for (size_t i = 0; i < count; i++) {
        place[garments[i].piece] = i;
        garments[i].piece = ++of_class[garments[i].class_index];
    }
    for (size_t i = 0; i < count; i++)
        garments[i].pieces = of_class[garments[i].class_index];
}

// Sets garment_of to 1 + the place of the garment that each run belongs to.
static int paint(swatch_result *r, struct runs *runs, const struct piece *pieces, size_t n,
                 const size_t *place, swatch_error *error)
{
    uint8_t *of_run = calloc(runs->count, 1);
    if (!of_run)
        return error_memory(error);
    for (size_t i = 0; i < n; i++)
        if (place[pieces[i].garment] < GARMENTS_MAX)
            of_run[pieces[i].root] = (uint8_t)(place[pieces[i].garment] + 1);
    for (size_t y = 0; y < runs->height; y++)
        for (size_t i = runs->row[y]; i < runs->row[y + 1]; i++)
            memset(r->garment_of.pixels + y * r->labels.width + runs->runs[i].first,
                   of_run[runs_root(runs, i)], runs->runs[i].last - runs->runs[i].first + 1);
    free(of_run);
    return SWATCH_OK;
}

int garments_find(swatch_result *r, swatch_error *error)
{
    struct runs runs = {0};
    struct piece *pieces = NULL;
    size_t *place = NULL, n = 0;
    int any = 0, status = SWATCH_FAILED;
    for (size_t i = 0; i < r->classes.count; i++)
        any |= is_clothing(r, i);
    if (!any)
        return SWATCH_OK;
    if (image_new(&r->garment_of, r->labels.width, r->labels.height, 1, error) ||
        runs_find(&r->labels, &runs, error) || find_pieces(r, &runs, &pieces, &n, error))
        goto done;
    qsort(pieces, n, sizeof *pieces, by_class);
    const size_t count = group_all(r, &runs, pieces, n);
    place = malloc((count + 1) * sizeof *place);
    r->garments = calloc(count + 1, sizeof *r->garments);
    r->patterns = calloc(count + 1, sizeof *r->patterns);
    if (!place || !r->garments || !r->patterns) {
        error_memory(error);
        goto done;
    }
    make_garments(pieces, n, r->garments, count, place);
    if (paint(r, &runs, pieces, n, place, error))
        goto done;
    r->garment_count = size_least(count, GARMENTS_MAX);
    status = SWATCH_OK;
done:
    runs_free(&runs);
    free(pieces);
    free(place);
    return status;
}

void garments_file(const swatch_result *r, size_t index, const char *ending, char name[64])
{
    snprintf(name, 64, "garment-%zu-%s.%s", index + 1,
             r->classes.names[r->garments[index].class_index], ending);
    for (char *c = name; *c; c++) // a model may call its classes anything
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.", *c))
            *c = '_';
}

int garments_is_file(const char *name)
{
    const char *rest = name + strlen("garment-");
    return strncmp(name, "garment-", strlen("garment-")) == 0 && *rest >= '1' && *rest <= '9';
}
