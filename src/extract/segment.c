// Gives each pixel of a photo a label.
//
// 1. The photo is fitted onto one of three canvases: the model's own, the same turned to
//    landscape, or a square.
// 2. The network looks at the canvas and at its mirror image; the mean of its class probabilities
//    counts, since no network sees both alike.
// 3. The probabilities are drawn to the photo's edges (image/guided.h) and interpolated to the
//    photo's size, row by row: there is never a full-size buffer of them. The highest wins.
//
// When classes are merged, their probabilities are summed before the highest is taken.
//
// A network of color-coded maps looks once. Its colors are interpolated, and each becomes a class.

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/least.h"
#include "base/memory.h"
#include "base/vector.h"
#include "extract/hsv.h"
#include "extract/kinds.h"
#include "extract/segment.h"
#include "image/guided.h"
#include "image/letterbox.h"
#include "image/tap.h"
#include "model/clothes.h"

// Below this mean probability of what was found, a second look is taken at half the scale, and the
// mean of both counts: docs/decisions.md ("A second look").
#define SURE 0.9
// The window in which edges are drawn to the photo's, as a share of the canvas' side:
// docs/decisions.md ("Edges of clothes").
#define RADIUS 0.011
#define STRETCH 64 // canvas rows that are refined at once

struct canvas {
    size_t height, width;
    struct letterbox box;
};

static size_t nearest_multiple(double side, size_t multiple)
{
    const size_t n = (size_t)(side / (double)multiple + 0.5);
    return (n ? n : 1) * multiple;
}

// The canvas of which the photo covers the most.
static struct canvas choose_canvas(const struct model *model, size_t height, size_t width)
{
    const size_t side = nearest_multiple(sqrt((double)model->height * (double)model->width),
                                         model->generator->multiple);
    const size_t sizes[3][2] = {
        {model->height, model->width}, {model->width, model->height}, {side, side}};
    struct canvas best = {0};
    double best_share = 0;
    for (size_t i = 0; i < 3; i++) {
        struct canvas c = {.height = sizes[i][0], .width = sizes[i][1]};
        letterbox_fit(width, height, c.width, c.height, &c.box);
        const double share = (double)(c.box.width * c.box.height) / (double)(c.width * c.height);
        if (share > best_share + 1e-9) {
            best = c;
            best_share = share;
        }
    }
    return best;
}

int segment_prepare(swatch_session *s, size_t width, size_t height, swatch_error *error)
{
    const struct canvas c = choose_canvas(s->model->file, height, width);
    struct runner_graph *slot;
    return runner_graph(s->runner, c.height, c.width, &slot, error);
}

// Scales the photo onto the canvas, -1..1, and fills the rest with grey (0).
static int fill_canvas(swatch_session *s, const struct image *photo, const struct canvas *c,
                       swatch_error *error)
{
    struct image scaled = {0};
    if (memory_grow(&s->canvas, &s->canvas_room, c->height * c->width * 3, error) ||
        image_resize(photo, c->box.width, c->box.height, &scaled, error))
        return SWATCH_FAILED;
    memset(s->canvas, 0, c->height * c->width * 3 * sizeof *s->canvas);
    for (size_t y = 0; y < scaled.height; y++) {
        float *to = s->canvas + ((c->box.top + y) * c->width + c->box.left) * 3;
        const uint8_t *from = scaled.pixels + y * scaled.width * 3;
        for (size_t i = 0; i < 3 * scaled.width; i++)
            to[i] = (float)from[i] / 127.5f - 1;
    }
    image_free(&scaled);
    return SWATCH_OK;
}

// The scores of one head, and the classes that they become.
struct head {
    const float *scores; // (height, width, channels)
    size_t height, width, channels, outputs;
    const uint8_t *fold; // channel -> class; NULL: they are the same
};

// Adds the scores of a row of pixels as probabilities, times `share`, to an answer (width,
// outputs), backwards where the row is that of the mirrored photo. What is interpolated later must
// be comparable from pixel to pixel.
KERNEL static void add_row(const struct head *h, const float *scores, int mirrored, float share,
                           float *answer)
{
    const size_t channels = h->channels;
    for (size_t x = 0; x < h->width; x++) {
        const float *from = scores + x * channels;
        float *to = answer + (mirrored ? h->width - 1 - x : x) * h->outputs;
        float e[CLASSES_MAX], top = from[0], sum = 0;
        for (size_t k = 1; k < channels; k++)
            top = from[k] > top ? from[k] : top;
        for (size_t k = 0; k < channels; k++)
            e[k] = exp_negative(from[k] - top);
        for (size_t k = 0; k < channels; k++)
            sum += e[k];
        const float each = share / sum;
        for (size_t k = 0; k < channels; k++)
            to[h->fold ? h->fold[k] : k] += e[k] * each;
    }
}

// The same for all rows.
static void add_scores(const struct head *h, int mirrored, float share, float *answer)
{
#pragma omp parallel for schedule(static)
    for (long long y = 0; y < (long long)h->height; y++)
        add_row(h, h->scores + (size_t)y * h->width * h->channels, mirrored, share,
                answer + (size_t)y * h->width * h->outputs);
}

static void mirror_canvas(float *canvas, const struct canvas *c)
{
    for (size_t y = 0; y < c->height; y++)
        for (size_t x = 0; x < c->width / 2; x++)
            for (size_t k = 0; k < 3; k++) {
                float *left = canvas + (y * c->width + x) * 3 + k;
                float *right = canvas + (y * c->width + c->width - 1 - x) * 3 + k;
                const float value = *left;
                *left = *right;
                *right = value;
            }
}

// What the network found on a canvas.
struct look {
    struct canvas canvas;
    const float *answer; // (H, W, outputs): probabilities, or colors in -1..1
    float *kinds;        // (H/2, W/2, classes): of the second head, or NULL
    double sure;         // mean probability of the pixels other than background; 1 if none
    int replaced;        // the session's canvas is another look's
};

static void judge(struct look *look, size_t classes)
{
    const struct canvas *c = &look->canvas;
    double sum = 0;
    size_t count = 0;
    for (size_t y = c->box.top; y < c->box.top + c->box.height; y++)
        for (size_t x = c->box.left; x < c->box.left + c->box.width; x++) {
            const float *p = look->answer + (y * c->width + x) * classes;
            size_t best = 0;
            for (size_t k = 1; k < classes; k++)
                best = p[k] > p[best] ? k : best;
            sum += best ? (double)p[best] : 0;
            count += best != 0;
        }
    look->sure = count ? sum / (double)count : 1;
}

// The classes that the labels are decided in, before garments are told apart.
static const struct classes *answer_classes(const struct model *model)
{
    return model->tells_garments ? &model->own : &model->classes;
}

// Numbers a pixel in an answer.
static size_t answer_size(const struct model *model)
{
    return model->shape.rgb ? 3 : answer_classes(model)->count;
}

// Takes the memory of one session for `count` numbers, which are 0.
static int clear_room(float **buffer, size_t *has, size_t count, swatch_error *error)
{
    if (memory_grow(buffer, has, count, error))
        return SWATCH_FAILED;
    memset(*buffer, 0, count * sizeof **buffer);
    return SWATCH_OK;
}

// Runs the network on the session's canvas and adds what it says to a look.
static int run_network(swatch_session *s, int mirrored, float share, struct look *look,
                       float *answer, swatch_error *error)
{
    const struct model *model = s->model->file;
    const struct canvas *c = &look->canvas;
    const float *scores, *kinds;
    if (clothes_run(s->runner, s->canvas, c->height, c->width, &scores, &kinds, error))
        return SWATCH_FAILED;
    if (model->shape.rgb) {
        memcpy(answer, scores, 3 * c->height * c->width * sizeof *scores);
        return SWATCH_OK;
    }
    const struct head whole = {.scores = scores,
                               .height = c->height,
                               .width = c->width,
                               .channels = model->own.count,
                               .outputs = answer_size(model),
                               .fold = model->tells_garments ? NULL : model->fold};
    const struct head second = {.scores = kinds,
                                .height = c->height / 2,
                                .width = c->width / 2,
                                .channels = model->garments.count,
                                .outputs = model->classes.count,
                                .fold = model->fold};
    add_scores(&whole, mirrored, share, answer);
    if (kinds)
        add_scores(&second, mirrored, share, look->kinds);
    return SWATCH_OK;
}

// Looks at the photo. The session's scores and kinds number `slot` keep the answer until the next
// photo.
static int take_look(swatch_session *s, const struct image *photo, int flip, int slot,
                     struct look *look, swatch_error *error)
{
    const struct model *model = s->model->file;
    const struct canvas *c = &look->canvas;
    const size_t outputs = answer_size(model), pixels = c->height * c->width;
    struct runner_graph *graph; // first: it may be too large, before anything else is done
    if (runner_graph(s->runner, c->height, c->width, &graph, error) ||
        fill_canvas(s, photo, c, error) ||
        clear_room(&s->scores[slot], &s->scores_room[slot], pixels * outputs, error) ||
        (model->tells_garments && clear_room(&s->kinds[slot], &s->kinds_room[slot],
                                             pixels / 4 * model->classes.count, error)))
        return SWATCH_FAILED;
    flip = flip && !model->shape.rgb;
    look->answer = s->scores[slot];
    look->kinds = model->tells_garments ? s->kinds[slot] : NULL;
    look->sure = 1;
    if (run_network(s, 0, flip ? 0.5f : 1, look, s->scores[slot], error))
        return SWATCH_FAILED;
    if (flip) {
        mirror_canvas(s->canvas, c);
        if (run_network(s, 1, 0.5f, look, s->scores[slot], error))
            return SWATCH_FAILED;
        mirror_canvas(s->canvas, c);
    }
    if (!model->shape.rgb)
        judge(look, outputs);
    return SWATCH_OK;
}

// Numbers that are interpolated: `each` of them for each pixel of the canvas.
struct values {
    const float *rows; // of the first canvas row that is there
    size_t first, stride, each;
};

static void mix(const struct values *v, struct tap row, struct tap column, float *mixed)
{
    const float *above = v->rows + (row.low - v->first) * v->stride;
    const float *below = v->rows + (row.high - v->first) * v->stride;
    const float *a = above + column.low * v->each, *b = above + column.high * v->each;
    const float *c = below + column.low * v->each, *d = below + column.high * v->each;
    for (size_t k = 0; k < v->each; k++) {
        const float top = a[k] + column.weight * (b[k] - a[k]);
        const float bottom = c[k] + column.weight * (d[k] - c[k]);
        mixed[k] = top + row.weight * (bottom - top);
    }
}

// Mixes the answer of a look at another scale (from) into an answer (to), half and half.
static void mix_answer(const float *other, const struct canvas *from, size_t outputs,
                       const struct canvas *to, float *answer)
{
    const struct letterbox *box = &from->box;
    const struct values values = {.rows = other + (box->top * from->width + box->left) * outputs,
                                  .stride = from->width * outputs,
                                  .each = outputs};
#pragma omp parallel for schedule(static)
    for (long long y = 0; y < (long long)to->box.height; y++) {
        const struct tap row = tap_at((size_t)y, to->box.height, box->height);
        float *at = answer + ((to->box.top + (size_t)y) * to->width + to->box.left) * outputs;
        for (size_t x = 0; x < to->box.width; x++, at += outputs) {
            float mixed[CLASSES_MAX];
            mix(&values, row, tap_at(x, to->box.width, box->width), mixed);
            for (size_t k = 0; k < outputs; k++)
                at[k] = (at[k] + mixed[k]) / 2;
        }
    }
}

// The canvas of the second head's answer.
static struct canvas half_canvas(const struct canvas *c)
{
    return (struct canvas){.height = c->height / 2,
                           .width = c->width / 2,
                           .box = {.left = c->box.left / 2,
                                   .top = c->box.top / 2,
                                   .width = size_most(c->box.width / 2, 1),
                                   .height = size_most(c->box.height / 2, 1)}};
}

// Looks once, and a second time at half the scale where the network is unsure: a head that is
// larger than those that it knows has a known size there.
static int look_at(swatch_session *s, const struct image *photo, int flip, struct look *look,
                   swatch_error *error)
{
    const struct model *model = s->model->file;
    const size_t multiple = model->generator->multiple;
    *look = (struct look){.canvas = choose_canvas(model, photo->height, photo->width)};
    if (take_look(s, photo, flip, 0, look, error))
        return SWATCH_FAILED;
    if (look->sure >= SURE)
        return SWATCH_OK;
    struct look far = {
        .canvas = {.height = nearest_multiple((double)look->canvas.height / 2, multiple),
                   .width = nearest_multiple((double)look->canvas.width / 2, multiple)}};
    letterbox_fit(photo->width, photo->height, far.canvas.width, far.canvas.height,
                  &far.canvas.box);
    if (take_look(s, photo, flip, 1, &far, error))
        return SWATCH_FAILED;
    look->replaced = 1;
    mix_answer(far.answer, &far.canvas, answer_size(model), &look->canvas, s->scores[0]);
    if (look->kinds) {
        const struct canvas from = half_canvas(&far.canvas), to = half_canvas(&look->canvas);
        mix_answer(far.kinds, &from, model->classes.count, &to, look->kinds);
    }
    return SWATCH_OK;
}

struct decoder {
    const struct classes *classes;
    int rgb; // the answers are colors
    const struct hsv_box *boxes;
    int hsv;
    const struct known *known; // may be NULL
    size_t outputs;            // numbers a pixel of the answer
};

// Returns the likeliest of the classes that may be in the photo.
static uint8_t decide_known(const struct known *known, const float *x, size_t outputs)
{
    size_t best = outputs;
    float sum = 0;
    for (size_t k = 0; k < outputs; k++) {
        if (!known->classes[k])
            continue;
        sum += x[k];
        if (best == outputs || x[k] > x[best])
            best = k;
    }
    return best < outputs && x[best] >= known->sure * sum ? (uint8_t)best : LABEL_UNSURE;
}

// Returns the class of a color of a map.
static uint8_t decide_color(const struct decoder *d, const uint8_t rgb[3])
{
    return (uint8_t)(d->hsv ? hsv_class(d->classes, d->boxes, rgb)
                            : nearest_class(d->classes, rgb));
}

// Returns the class of one interpolated answer. rgb: gets the color, where the answer is one.
static uint8_t decide(const struct decoder *d, const float *x, size_t outputs, uint8_t rgb[3])
{
    if (d->rgb) {
        for (size_t c = 0; c < 3; c++)
            rgb[c] = (uint8_t)fminf(fmaxf(127.5f * (x[c] + 1) + 0.5f, 0), 255);
        return decide_color(d, rgb);
    }
    if (d->known && !d->hsv)
        return decide_known(d->known, x, outputs);
    size_t best = 0;
    for (size_t k = 1; k < outputs; k++)
        best = x[k] > x[best] ? k : best;
    return d->hsv ? decide_color(d, d->classes->colors[best]) : (uint8_t)best;
}

// Labels one row of the photo. The values are the functions of guided.h, or with refine NULL the
// answer itself. map: gets the row of colors, where the answer is colors; else NULL.
static void label_row(const struct decoder *d, const struct values *values,
                      const struct guided *refine, const uint8_t *photo, struct tap row,
                      const struct tap *columns, size_t width, uint8_t *labels, uint8_t *map)
{
    float mixed[4 * CLASSES_MAX], x[CLASSES_MAX] = {0};
    for (size_t i = 0; i < width; i++) {
        mix(values, row, columns[i], mixed);
        const float *answer = mixed;
        if (refine) {
            const size_t n = refine->count;
            const float r = (float)photo[3 * i] / 127.5f - 1;
            const float g = (float)photo[3 * i + 1] / 127.5f - 1;
            const float b = (float)photo[3 * i + 2] / 127.5f - 1;
            for (size_t k = 0; k < n; k++)
                x[refine->channels[k]] =
                    mixed[k] * r + mixed[n + k] * g + mixed[2 * n + k] * b + mixed[3 * n + k];
            answer = x;
        }
        labels[i] = decide(d, answer, d->outputs, map ? map + 3 * i : NULL);
    }
}

// Finds the classes that are the likeliest at some pixel, of those that may be in the photo.
static void find_classes(const struct decoder *d, struct guided *r, uint8_t classes[CLASSES_MAX])
{
    uint8_t seen[CLASSES_MAX] = {0};
    for (size_t y = 0; y < r->height; y++)
        for (size_t x = 0; x < r->width; x++) {
            const float *p = r->map + (y * r->stride + x) * r->each;
            size_t best = r->each;
            for (size_t k = 0; k < r->each; k++)
                if ((!d->known || d->known->classes[k]) && (best == r->each || p[k] > p[best]))
                    best = k;
            if (best < r->each)
                seen[best] = 1;
        }
    r->count = 0;
    for (size_t k = 0; k < r->each; k++)
        if (seen[k])
            classes[r->count++] = (uint8_t)k;
}

// Sets up the filter for edges, whose guide is the look's canvas.
static int prepare_refine(swatch_session *s, const struct image *photo, const struct decoder *d,
                          const struct look *look, uint8_t classes[CLASSES_MAX], struct guided *r,
                          swatch_error *error)
{
    const struct canvas *c = &look->canvas;
    const size_t corner = c->box.top * c->width + c->box.left;
    if (look->replaced && fill_canvas(s, photo, c, error))
        return SWATCH_FAILED;
    *r =
        (struct guided){.guide = s->canvas + 3 * corner,
                        .map = look->answer + d->outputs * corner,
                        .height = c->box.height,
                        .width = c->box.width,
                        .stride = c->width,
                        .each = d->outputs,
                        .channels = classes,
                        .radius = (size_t)ceil(RADIUS * sqrt((double)c->height * (double)c->width)),
                        .epsilon = GUIDED_EPSILON};
    find_classes(d, r, classes);
    return SWATCH_OK;
}

// Labels the whole photo, in stretches of canvas rows. With refine NULL edges stay as they are.
static int label_photo(const struct decoder *d, const struct look *look,
                       const struct guided *refine, const struct image *photo, struct image *labels,
                       struct image *map, swatch_error *error)
{
    const struct canvas *c = &look->canvas;
    const size_t height = photo->height, width = photo->width;
    const size_t stretches = (c->box.height + STRETCH - 1) / STRETCH;
    const size_t threads = (size_t)omp_get_max_threads();
    // A stretch needs the first row of the next one, too.
    const size_t functions = refine ? (STRETCH + 1) * refine->width * 4 * refine->count : 0;
    const size_t room = refine ? guided_room(refine, STRETCH + 1) + functions : 0;
    struct tap *columns = malloc(width * sizeof *columns), *rows = malloc(height * sizeof *rows);
    float *rooms = malloc(threads * room * sizeof *rooms + 1);
    if (!columns || !rows || !rooms) {
        free(columns);
        free(rows);
        free(rooms);
        return error_memory(error);
    }
    for (size_t x = 0; x < width; x++)
        columns[x] = tap_at(x, width, c->box.width);
    for (size_t y = 0; y < height; y++)
        rows[y] = tap_at(y, height, c->box.height);
#pragma omp parallel for schedule(dynamic, 1)
    for (long long s = 0; s < (long long)stretches; s++) {
        const size_t first = (size_t)s * STRETCH, last = first + STRETCH;
        struct values values = {.rows = look->answer +
                                        (c->box.top * c->width + c->box.left) * d->outputs,
                                .stride = c->width * d->outputs,
                                .each = d->outputs};
        if (refine) {
            float *own = rooms + (size_t)omp_get_thread_num() * room;
            guided_rows(refine, first, last + 1 < refine->height ? last + 1 : refine->height,
                        own + functions, own);
            values = (struct values){.rows = own,
                                     .first = first,
                                     .stride = refine->width * 4 * refine->count,
                                     .each = 4 * refine->count};
        }
        for (size_t y = 0; y < height; y++)
            if (rows[y].low >= first && rows[y].low < last)
                label_row(d, &values, refine, photo->pixels + 3 * y * width, rows[y], columns,
                          width, labels->pixels + y * width,
                          d->rgb ? map->pixels + 3 * y * width : NULL);
    }
    free(columns);
    free(rows);
    free(rooms);
    return SWATCH_OK;
}

int segment(swatch_session *s, const struct image *photo, const swatch_extract_options *o,
            const struct known *known, struct image *labels, struct image *map,
            swatch_timings *timings, swatch_error *error)
{
    const struct model *model = s->model->file;
    const int rgb = model->shape.rgb;
    struct hsv_box boxes[CLASSES_MAX];
    uint8_t whole[CLASSES_MAX] = {0};
    struct look look;
    const double start = clock_seconds();

    if (look_at(s, photo, !o->no_flip, &look, error))
        return SWATCH_FAILED;
    const double ran = clock_seconds();
    s->answer = rgb ? NULL : look.answer;
    s->answer_width = look.canvas.width;
    s->answer_box = look.canvas.box;
    if (look.kinds) {
        const struct canvas half = half_canvas(&look.canvas);
        kinds_share(model, look.answer, look.canvas.height, look.canvas.width, look.kinds);
        s->answer = look.kinds;
        s->answer_width = half.width;
        s->answer_box = half.box;
    }
    if (image_new(labels, photo->width, photo->height, 1, error))
        return SWATCH_FAILED;
    if (rgb && image_new(map, photo->width, photo->height, 3, error)) {
        image_free(labels);
        return SWATCH_FAILED;
    }
    const struct known known_whole = {.classes = whole, .sure = known ? known->sure : 0};
    for (size_t k = 0; known && look.kinds && k < model->classes.count; k++)
        whole[model->part_of[k]] |= known->classes[k];
    hsv_boxes(answer_classes(model), boxes);
    const struct decoder decoder = {
        .classes = answer_classes(model),
        .outputs = answer_size(model),
        .rgb = rgb,
        .boxes = boxes,
        .known = known && look.kinds ? &known_whole : known,
        .hsv = o->masks == SWATCH_MASKS_HSV || (o->masks == SWATCH_MASKS_AUTO && rgb),
    };
    struct guided refine;
    uint8_t classes[CLASSES_MAX];
    const int refines = !rgb && !o->no_refine;
    if ((refines && prepare_refine(s, photo, &decoder, &look, classes, &refine, error)) ||
        label_photo(&decoder, &look, refines ? &refine : NULL, photo, labels, map, error)) {
        image_free(labels);
        if (rgb)
            image_free(map);
        return SWATCH_FAILED;
    }
    if (look.kinds)
        kinds_label(model, look.kinds, look.canvas.height, look.canvas.width, &look.canvas.box,
                    known, labels);
    timings->network += ran - start;
    timings->masks += clock_seconds() - ran;
    return SWATCH_OK;
}
