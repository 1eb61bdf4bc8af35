// Runs Mask R-CNN: scales the photo to a canvas, runs the three parts of the graph with the choice
// of boxes between them, and scales the masks to the photo's pixels.

#include "model/people.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/mask_edges.h"
#include "image/tap.h"
#include "model/looks.h"
#include "nn/lend.h"

// The network's input, canvas_width x canvas_height. The scaled photo, width x height, is in its
// upper left corner.
struct canvas {
    size_t width, height, canvas_width, canvas_height;
};

// The canvas for a photo whose shorter side becomes `shorter`, or its longer side `longer` if that
// makes it smaller.
static struct canvas fit(const struct maskrcnn *m, size_t width, size_t height, size_t shorter,
                         size_t longer)
{
    const double least = (double)(width < height ? width : height);
    const double most = (double)(width < height ? height : width);
    const double scale = fmin((double)shorter / least, (double)longer / most);
    struct canvas c;
    c.width = (size_t)fmax(floor((double)width * scale + 0.5), 1);
    c.height = (size_t)fmax(floor((double)height * scale + 0.5), 1);
    c.canvas_width = (c.width + m->multiple - 1) / m->multiple * m->multiple;
    c.canvas_height = (c.height + m->multiple - 1) / m->multiple * m->multiple;
    return c;
}

static int fill_canvas(struct runner *r, const struct image *photo, const struct canvas *c,
                       swatch_error *error)
{
    const struct maskrcnn *m = &r->model->network;
    const size_t count = c->canvas_height * c->canvas_width * 3;
    struct image scaled = {0};
    if (memory_grow(&r->input, &r->input_room, count, error) ||
        image_resize(photo, c->width, c->height, &scaled, error))
        return SWATCH_FAILED;
    memset(r->input, 0, count * sizeof *r->input);
    float values[256][3];
    for (size_t i = 0; i < 256; i++)
        for (size_t k = 0; k < 3; k++)
            values[i][k] = ((float)i / 255 - m->mean[k]) / m->deviation[k];
    for (size_t y = 0; y < c->height; y++) {
        float *to = r->input + y * c->canvas_width * 3;
        const uint8_t *from = scaled.pixels + y * c->width * 3;
        for (size_t x = 0; x < c->width; x++, to += 3, from += 3)
            for (size_t k = 0; k < 3; k++)
                to[k] = values[from[k]][k];
    }
    image_free(&scaled);
    return SWATCH_OK;
}

// Returns 0 for NaN, so that a network whose numbers overflow finds nothing.
static float sigmoid(float x)
{
    const float p = 1 / (1 + expf(-x));
    return p >= 0 ? p : 0;
}

// Scales the side x side cells, which fill the box, to the pixels of the box, bilinearly. Beyond
// the centers of the outermost cells they fade to 0 within half a cell.
static int paste(struct detection *d, size_t side, size_t width, size_t height, swatch_error *error)
{
    const float w = d->box[2] - d->box[0], h = d->box[3] - d->box[1];
    const size_t left = (size_t)fmaxf(floorf(d->box[0]), 0);
    const size_t top = (size_t)fmaxf(floorf(d->box[1]), 0);
    size_t right = (size_t)fmaxf(ceilf(d->box[2]), 0), bottom = (size_t)fmaxf(ceilf(d->box[3]), 0);
    right = right < width ? right : width;
    bottom = bottom < height ? bottom : height;
    d->x = left < width ? left : width - 1;
    d->y = top < height ? top : height - 1;
    d->width = right > d->x ? right - d->x : 1;
    d->height = bottom > d->y ? bottom - d->y : 1;
    d->mask = malloc(d->width * d->height);
    float *padded = calloc((side + 2) * (side + 2), sizeof *padded);
    struct tap *columns = malloc(d->width * sizeof *columns);
    if (!d->mask || !padded || !columns) {
        free(columns);
        free(padded);
        return error_memory(error);
    }
    for (size_t y = 0; y < side; y++)
        memcpy(padded + (y + 1) * (side + 2) + 1, d->cells + y * side, side * sizeof *padded);
    const float across = (float)side / fmaxf(w, 1e-3f), down = (float)side / fmaxf(h, 1e-3f);
    const float last = (float)side + 0.999f;
    for (size_t x = 0; x < d->width; x++) {
        const float at = ((float)(d->x + x) + 0.5f - d->box[0]) * across + 0.5f;
        const float u = fminf(fmaxf(at, 0), last);
        columns[x].low = (size_t)u;
        columns[x].high = columns[x].low + 1;
        columns[x].weight = u - (float)columns[x].low;
    }
#pragma omp parallel for schedule(static)
    for (long y = 0; y < (long)d->height; y++) {
        const float at = ((float)(d->y + (size_t)y) + 0.5f - d->box[1]) * down + 0.5f;
        const float v = fminf(fmaxf(at, 0), last);
        const size_t row = (size_t)v;
        const float fv = v - (float)row, *p = padded + row * (side + 2), *q = p + side + 2;
        uint8_t *to = d->mask + (size_t)y * d->width;
        for (size_t x = 0; x < d->width; x++) {
            const size_t i = columns[x].low, j = columns[x].high;
            const float a = p[i] + fv * (q[i] - p[i]), b = p[j] + fv * (q[j] - p[j]);
            to[x] = (uint8_t)(255 * (a + columns[x].weight * (b - a)) + 0.5f);
        }
    }
    free(columns);
    free(padded);
    return SWATCH_OK;
}

// The square of the mean of the cells that are inside the mask.
static float mask_score(const float *cells, size_t count)
{
    float sum = 0, inside = 0;
    for (size_t i = 0; i < count; i++)
        if (cells[i] >= 0.5f) {
            sum += cells[i];
            inside++;
        }
    return inside > 0 ? sum / inside * sum / inside : 0;
}

// Runs the mask head on the detections' boxes, MODEL_MASKS_AT_ONCE at a time. The runner's output
// has room for as many regions and their masks.
static int find_masks(struct runner *r, const struct model_graph *g, const struct choice *choices,
                      struct detection *detections, size_t count, swatch_error *error)
{
    const struct maskrcnn *m = &r->model->network;
    const size_t cells = 4 * m->mask_side * m->mask_side;
    float *regions = r->output, *masks = regions + MODEL_MASKS_AT_ONCE * ROI_NUMBERS;
    for (size_t first = 0; first < count; first += MODEL_MASKS_AT_ONCE) {
        const size_t left = count - first;
        const size_t n = left < MODEL_MASKS_AT_ONCE ? left : MODEL_MASKS_AT_ONCE;
        for (size_t i = 0; i < MODEL_MASKS_AT_ONCE; i++)
            if (i < n)
                box_region(m, choices[first + i].box, 0, m->mask_canonical,
                           regions + i * ROI_NUMBERS);
            else
                regions[i * ROI_NUMBERS] = -1;
        graph_set(g->parts.mask_rois, regions);
        graph_forward_part(g->graph, g->parts.box_end, NULL);
        graph_get(g->parts.masks, masks);
        for (size_t i = 0; i < n; i++) {
            struct detection *d = &detections[first + i];
            const float *mask = masks + i * cells * m->classes + d->label;
            if (!(d->cells = malloc(cells * sizeof *d->cells)))
                return error_memory(error);
            for (size_t k = 0; k < cells; k++)
                d->cells[k] = sigmoid(mask[k * m->classes]);
            if (m->mask_scores)
                d->score *= mask_score(d->cells, cells);
        }
    }
    return SWATCH_OK;
}

static int by_score(const void *a, const void *b)
{
    const struct detection *p = a, *q = b;
    return (p->score < q->score) - (p->score > q->score);
}

// Sorts detections whose scores have changed and drops those below least_score.
static size_t choose_again(struct detection *detections, size_t count, float least_score)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (detections[i].score >= least_score)
            detections[kept++] = detections[i];
        else
            detection_free(&detections[i]);
    qsort(detections, kept, sizeof *detections, by_score);
    return kept;
}

// The most numbers that a head of the network takes and returns.
static size_t output_room(const struct maskrcnn *m)
{
    const size_t boxes = m->proposals * (ROI_NUMBERS + 5 * m->classes);
    const size_t cells = 4 * m->mask_side * m->mask_side;
    const size_t masks = MODEL_MASKS_AT_ONCE * (ROI_NUMBERS + cells * m->classes);
    return boxes > masks ? boxes : masks;
}

// Runs the trunk and the box head on the canvas in r->input and chooses the detections, best first.
// slot->chooser owns them.
static const struct choice *find_boxes(struct runner *r, const struct runner_graph *slot,
                                       const struct canvas *canvas, float least_score,
                                       size_t *count)
{
    const struct maskrcnn *m = &r->model->network;
    const struct maskrcnn_graph *parts = &slot->built.parts;
    struct graph *g = slot->built.graph;
    float *regions = r->output, *scores = regions + m->proposals * ROI_NUMBERS;
    float *deltas = scores + m->proposals * m->classes;
    size_t proposed;
    graph_set(slot->built.photo, r->input);
    graph_forward_part(g, NULL, parts->trunk_end);
    choose_fetch(slot->chooser);
    const struct box *proposals =
        choose_proposals(slot->chooser, 0, canvas->width, canvas->height, &proposed);
    for (size_t i = 0; i < m->proposals; i++)
        if (i < proposed)
            box_region(m, proposals[i], 0, m->box_canonical, regions + i * ROI_NUMBERS);
        else
            regions[i * ROI_NUMBERS] = -1;
    graph_set(parts->box_rois, regions);
    graph_forward_part(g, parts->trunk_end, parts->box_end);
    graph_get(parts->scores, scores);
    graph_get(parts->box_deltas, deltas);
    return choose_detections(slot->chooser, proposals, proposed, scores, deltas, canvas->width,
                             canvas->height, least_score, count);
}

// Runs the network on the canvas in r->input.
static int look_with(struct runner *r, const struct runner_graph *slot, const struct image *photo,
                     const struct canvas *canvas, float least_score, struct detection **detections,
                     size_t *count, swatch_error *error)
{
    const struct maskrcnn *m = &r->model->network;
    size_t found_count;
    const struct choice *choices = find_boxes(r, slot, canvas, least_score, &found_count);
    struct detection *found = calloc(found_count + 1, sizeof *found);
    if (!found)
        return error_memory(error);
    const float across = (float)photo->width / (float)canvas->width;
    const float down = (float)photo->height / (float)canvas->height;
    for (size_t i = 0; i < found_count; i++) {
        const struct choice *c = &choices[i];
        found[i] = (struct detection){
            .box = {c->box.x1 * across, c->box.y1 * down, c->box.x2 * across, c->box.y2 * down},
            .score = c->score,
            .label = c->label};
    }
    if (find_masks(r, &slot->built, choices, found, found_count, error)) {
        detections_free(found, found_count);
        return SWATCH_FAILED;
    }
    *count = m->mask_scores ? choose_again(found, found_count, least_score) : found_count;
    *detections = found;
    return SWATCH_OK;
}

// Finds what has at least `least_score` on a canvas, best first. Masks are still cells.
static int look(struct runner *r, const struct image *photo, const struct canvas *canvas,
                float least_score, struct detection **detections, size_t *count,
                swatch_error *error)
{
    struct runner_graph *slot;
    if (runner_graph(r, canvas->canvas_height, canvas->canvas_width, &slot, error) ||
        fill_canvas(r, photo, canvas, error) ||
        memory_grow(&r->output, &r->output_room, output_room(&r->model->network), error) ||
        graph_borrow(slot->built.graph, error))
        return SWATCH_FAILED;
    const int status = look_with(r, slot, photo, canvas, least_score, detections, count, error);
    graph_return(slot->built.graph);
    return status;
}

// Looks a second time, closer, and merges what both looks found, best first.
static int look_closer(struct runner *r, const struct image *photo, float least_score,
                       struct detection **detections, size_t *count, swatch_error *error)
{
    const struct maskrcnn *m = &r->model->network;
    const struct canvas canvas =
        fit(m, photo->width, photo->height, m->closer_shorter, m->closer_longer);
    struct detection *closer;
    size_t closer_count;
    if (look(r, photo, &canvas, least_score, &closer, &closer_count, error))
        return SWATCH_FAILED;
    *detections = looks_merge(*detections, *count, closer, closer_count, m->overlap, count);
    if (!*detections)
        return error_memory(error);
    *count = choose_again(*detections, *count, 0);
    for (; *count > m->detections; --*count)
        detection_free(&(*detections)[*count - 1]);
    return SWATCH_OK;
}

// Turns the cells into a mask.
static int draw(const struct maskrcnn *m, struct detection *d, const struct image *photo,
                swatch_error *error)
{
    if (paste(d, 2 * m->mask_side, photo->width, photo->height, error))
        return SWATCH_FAILED;
    free(d->cells);
    d->cells = NULL;
    if (!m->mask_edges)
        return SWATCH_OK;
    struct part_mask mask = {d->x, d->y, d->width, d->height, d->mask};
    const int status = mask_edges(&mask, photo, error);
    d->x = mask.x;
    d->y = mask.y;
    d->width = mask.width;
    d->height = mask.height;
    d->mask = mask.pixels;
    return status;
}

int people_prepare(struct runner *r, size_t width, size_t height, swatch_error *error)
{
    const struct maskrcnn *m = &r->model->network;
    const struct canvas canvas = fit(m, width, height, m->shorter, m->longer);
    struct runner_graph *slot;
    return runner_graph(r, canvas.canvas_height, canvas.canvas_width, &slot, error);
}

int people_run(struct runner *r, const struct image *photo, float least_score,
               struct detection **detections, size_t *count, swatch_error *error)
{
    const struct maskrcnn *m = &r->model->network;
    const struct canvas canvas = fit(m, photo->width, photo->height, m->shorter, m->longer);
    // A score is the mean of two looks, so one of them may be below least_score. And the decision
    // to look twice must not depend on least_score.
    const float least =
        m->closer_shorter
            ? fminf(fmaxf(2 * least_score - 1, fminf(least_score, m->score)), LOOKS_LARGE_SCORE)
            : least_score;
    struct detection *found = NULL;
    size_t found_count = 0;
    *detections = NULL;
    *count = 0;
    if (look(r, photo, &canvas, least, &found, &found_count, error))
        return SWATCH_FAILED;
    int status = SWATCH_OK;
    if (m->closer_shorter && looks_want_closer(found, found_count, photo->width, photo->height))
        status = look_closer(r, photo, least, &found, &found_count, error);
    while (!status && found_count > 0 && found[found_count - 1].score < least_score)
        detection_free(&found[--found_count]);
    for (size_t i = 0; !status && i < found_count; i++)
        status = draw(m, &found[i], photo, error);
    if (status) {
        detections_free(found, found_count);
        return SWATCH_FAILED;
    }
    *detections = found;
    *count = found_count;
    return SWATCH_OK;
}
