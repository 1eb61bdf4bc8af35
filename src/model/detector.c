// Running Mask R-CNN: photo to canvas, the three parts of the graph with the choice of boxes in
// between, and masks brought back to the photo's own pixels.

#include "model/detector.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "image/mask_edges.h"
#include "image/tap.h"
#include "model/boxes.h"
#include "model/looks.h"
#include "model/metadata.h"

#define SESSION_GRAPHS 2 // of two looks
#define MASKS_AT_ONCE 4 // regions of the mask head's part of the graph, which is run again for more

struct detector {
    struct maskrcnn network;
    char names[MASKRCNN_CLASSES_MAX][CLASS_NAME_MAX];
    char *history;
    enum dtype dtype;
    struct params params;
};

// The canvas a photo is scaled to: its own part (width, height) at the left top corner of a whole
// (canvas_width, canvas_height).
struct canvas {
    size_t width, height, canvas_width, canvas_height;
};

struct session_graph {
    struct graph *graph;
    struct maskrcnn_graph parts;
    struct chooser *chooser;
    uint64_t last_use;
};

struct detector_session {
    const struct detector *detector;
    struct session_graph graphs[SESSION_GRAPHS];
    uint64_t uses;
    float *canvas; // (H, W, 3)
    size_t canvas_room;
    float *box_rois, *scores, *deltas; // of all proposals
    float *mask_rois, *masks;          // of MASKS_AT_ONCE
};

static int read_classes(struct detector *d, const json_t *names, const char *path,
                        swatch_error *error)
{
    if (json_array_size(names) != d->network.classes)
        return error_set(error, SWATCH_FAILED, "%s: %zu class names for %zu classes", path,
                         json_array_size(names), d->network.classes);
    for (size_t i = 0; i < d->network.classes; i++) {
        const char *name = json_string_value(json_array_get(names, i));
        if (!name || !*name || strlen(name) >= CLASS_NAME_MAX || metadata_has_control(name))
            return error_set(error, SWATCH_FAILED, "%s: class %zu has no usable name", path, i);
        strcpy(d->names[i], name);
    }
    return SWATCH_OK;
}

static struct graph *build(const struct detector *d, size_t height, size_t width,
                           struct maskrcnn_graph *parts)
{
    struct graph *g = graph_new(d->params.backend, d->dtype, GRAPH_INFER, 0);
    if (!g)
        return NULL;
    // A closed set of parameters is only looked up in, so building leaves the model as it is.
    graph_params(g, (struct params *)&d->params, 1);
    maskrcnn_trunk(g, &d->network, graph_input(g, 1, height, width, 3), parts);
    maskrcnn_box_head(g, &d->network, d->network.proposals, parts);
    maskrcnn_mask_head(g, &d->network, MASKS_AT_ONCE, parts);
    return g;
}

int detector_is(const char *path)
{
    struct safetensors *file = NULL;
    if (safetensors_open(path, &file, NULL))
        return 0;
    const char *text = safetensors_metadata(file, "swatch.architecture");
    json_t *architecture = text ? json_loads(text, 0, NULL) : NULL;
    const char *name = json_string_value(json_object_get(architecture, "name"));
    const int is = name && strcmp(name, "mask-rcnn") == 0;
    json_decref(architecture);
    safetensors_close(file);
    return is;
}

int detector_open(const char *path, enum model_precision precision, const struct backend *backend,
                  struct detector **detector, swatch_error *error)
{
    struct safetensors *file = NULL;
    struct maskrcnn_graph parts;
    struct graph *g = NULL;
    json_t *names = NULL;
    swatch_error inner;
    int status = SWATCH_FAILED;
    struct detector *d = calloc(1, sizeof *d);
    if (!d)
        return error_memory(error);
    params_init(&d->params, 0);
    d->params.backend = backend;
    d->dtype = precision == MODEL_F32                                ? DTYPE_F32
               : precision == MODEL_BF16 || backend->has_fast_bf16() ? DTYPE_BF16
                                                                     : DTYPE_F32;
    if (safetensors_open(path, &file, error))
        goto done;
    const char *format = safetensors_metadata(file, "swatch.format");
    const char *architecture = safetensors_metadata(file, "swatch.architecture");
    const char *history = safetensors_metadata(file, "swatch.history");
    if (!format || strcmp(format, MODEL_FORMAT) != 0 || !architecture || !history) {
        error_set(error, SWATCH_FAILED, "%s: not a swatch model", path);
        goto done;
    }
    if (maskrcnn_parse(architecture, &d->network, &inner)) {
        error_set(error, SWATCH_FAILED, "%s: no model that finds people: %s", path, inner.message);
        goto done;
    }
    if (!(names = metadata_json(file, path, "swatch.classes", JSON_ARRAY, error)) ||
        read_classes(d, names, path, error))
        goto done;
    if (!(d->history = strdup(history))) {
        error_memory(error);
        goto done;
    }
    if (params_from_file(&d->params, file, "", &inner)) {
        error_set(error, SWATCH_FAILED, "%s: %s", path, inner.message);
        goto done;
    }
    for (const struct param *p = d->params.first; p; p = p->next)
        if (!param_finite(p)) {
            error_set(error, SWATCH_FAILED, "%s: tensor %s holds infinities or no numbers", path,
                      p->name);
            goto done;
        }
    // Built once to see that every tensor is there, shaped right and none too many.
    g = build(d, d->network.multiple * 2, d->network.multiple * 2, &parts);
    if (!g) {
        error_memory(error);
        goto done;
    }
    if (graph_check(g, &inner) || params_surplus(&d->params, &inner)) {
        error_set(error, SWATCH_FAILED, "%s: %s", path, inner.message);
        goto done;
    }
    status = SWATCH_OK;
done:
    json_decref(names);
    graph_free(g);
    safetensors_close(file);
    if (status)
        detector_free(d);
    else
        *detector = d;
    return status;
}

void detector_free(struct detector *d)
{
    if (!d)
        return;
    params_free(&d->params);
    free(d->history);
    free(d);
}

const struct maskrcnn *detector_network(const struct detector *d)
{
    return &d->network;
}

const char *detector_class_name(const struct detector *d, size_t label)
{
    return label < d->network.classes ? d->names[label] : NULL;
}

const char *detector_history(const struct detector *d)
{
    return d->history;
}

int detector_session_new(const struct detector *d, struct detector_session **session,
                         swatch_error *error)
{
    const struct maskrcnn *m = &d->network;
    const size_t side = 2 * m->mask_side;
    struct detector_session *s = calloc(1, sizeof *s);
    if (!s)
        return error_memory(error);
    s->detector = d;
    s->box_rois = malloc(m->proposals * ROI_NUMBERS * sizeof *s->box_rois);
    s->scores = malloc(m->proposals * m->classes * sizeof *s->scores);
    s->deltas = malloc(m->proposals * 4 * m->classes * sizeof *s->deltas);
    s->mask_rois = malloc(MASKS_AT_ONCE * ROI_NUMBERS * sizeof *s->mask_rois);
    s->masks = malloc(MASKS_AT_ONCE * side * side * m->classes * sizeof *s->masks);
    if (!s->box_rois || !s->scores || !s->deltas || !s->mask_rois || !s->masks) {
        detector_session_free(s);
        return error_memory(error);
    }
    *session = s;
    return SWATCH_OK;
}

static void slot_free(struct session_graph *slot)
{
    graph_free(slot->graph);
    chooser_free(slot->chooser);
    *slot = (struct session_graph){0};
}

void detector_session_free(struct detector_session *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < SESSION_GRAPHS; i++)
        slot_free(&s->graphs[i]);
    free(s->canvas);
    free(s->box_rois);
    free(s->scores);
    free(s->deltas);
    free(s->mask_rois);
    free(s->masks);
    free(s);
}

// The graph for a canvas: one there is, or a new one in place of the one unused for longest.
static int session_graph(struct detector_session *s, const struct canvas *canvas,
                         struct session_graph **found, swatch_error *error)
{
    struct session_graph *oldest = &s->graphs[0];
    for (size_t i = 0; i < SESSION_GRAPHS; i++) {
        struct session_graph *slot = &s->graphs[i];
        if (slot->graph && slot->parts.height == canvas->canvas_height &&
            slot->parts.width == canvas->canvas_width) {
            *found = slot;
            return SWATCH_OK;
        }
        if (slot->last_use < oldest->last_use)
            oldest = slot;
    }
    slot_free(oldest);
    oldest->graph = build(s->detector, canvas->canvas_height, canvas->canvas_width, &oldest->parts);
    if (graph_finish(oldest->graph, error) ||
        chooser_new(&s->detector->network, &oldest->parts, &oldest->chooser, error)) {
        slot_free(oldest);
        return SWATCH_FAILED;
    }
    *found = oldest;
    return SWATCH_OK;
}

// A canvas for a photo whose sides are made to fit `shorter` and `longer`.
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

static int fill_canvas(struct detector_session *s, const struct image *photo,
                       const struct canvas *c, swatch_error *error)
{
    const struct maskrcnn *m = &s->detector->network;
    const size_t count = c->canvas_height * c->canvas_width * 3;
    struct image scaled = {0};
    if (s->canvas_room < count) {
        float *larger = realloc(s->canvas, count * sizeof *larger);
        if (!larger)
            return error_memory(error);
        s->canvas = larger;
        s->canvas_room = count;
    }
    if (image_resize(photo, c->width, c->height, &scaled, error))
        return SWATCH_FAILED;
    memset(s->canvas, 0, count * sizeof *s->canvas);
    float values[256][3];
    for (size_t i = 0; i < 256; i++)
        for (size_t k = 0; k < 3; k++)
            values[i][k] = ((float)i / 255 - m->mean[k]) / m->deviation[k];
    for (size_t y = 0; y < c->height; y++) {
        float *to = s->canvas + y * c->canvas_width * 3;
        const uint8_t *from = scaled.pixels + y * c->width * 3;
        for (size_t x = 0; x < c->width; x++, to += 3, from += 3)
            for (size_t k = 0; k < 3; k++)
                to[k] = values[from[k]][k];
    }
    image_free(&scaled);
    return SWATCH_OK;
}

static float sigmoid(float x)
{
    return 1 / (1 + expf(-x));
}

// Brings the side x side cells, which fill the box, to the pixels they cover, bilinearly; beyond
// the outermost centers they fade to 0 over half a cell.
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

// The mean of what lies inside the mask, squared.
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

// Runs the mask head on the detections' boxes, some at a time.
static int find_masks(struct detector_session *s, struct session_graph *slot,
                      const struct choice *choices, struct detection *detections, size_t count,
                      swatch_error *error)
{
    const struct maskrcnn *m = &s->detector->network;
    const size_t cells = 4 * m->mask_side * m->mask_side;
    for (size_t first = 0; first < count; first += MASKS_AT_ONCE) {
        const size_t n = count - first < MASKS_AT_ONCE ? count - first : MASKS_AT_ONCE;
        for (size_t i = 0; i < MASKS_AT_ONCE; i++)
            if (i < n)
                box_region(m, choices[first + i].box, 0, m->mask_canonical,
                           s->mask_rois + i * ROI_NUMBERS);
            else
                s->mask_rois[i * ROI_NUMBERS] = -1;
        graph_set(slot->parts.mask_rois, s->mask_rois);
        graph_forward_part(slot->graph, slot->parts.box_end, NULL);
        graph_get(slot->parts.masks, s->masks);
        for (size_t i = 0; i < n; i++) {
            struct detection *d = &detections[first + i];
            const float *mask = s->masks + i * cells * m->classes + d->label;
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

static void detection_free(struct detection *d)
{
    free(d->mask);
    free(d->cells);
}

// Brings detections whose scores have changed into order again, without those below least_score.
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

// What has at least `least_score` on the canvas, best first, with cells in place of masks.
static int look(struct detector_session *s, const struct image *photo, const struct canvas *canvas,
                float least_score, struct detection **detections, size_t *count,
                swatch_error *error)
{
    const struct maskrcnn *m = &s->detector->network;
    struct session_graph *slot;
    size_t proposed;
    if (session_graph(s, canvas, &slot, error) || fill_canvas(s, photo, canvas, error))
        return SWATCH_FAILED;
    slot->last_use = ++s->uses;
    graph_set(slot->parts.photo, s->canvas);
    graph_forward_part(slot->graph, NULL, slot->parts.trunk_end);
    const struct box *proposals =
        choose_proposals(slot->chooser, 0, canvas->width, canvas->height, &proposed);
    for (size_t i = 0; i < m->proposals; i++)
        if (i < proposed)
            box_region(m, proposals[i], 0, m->box_canonical, s->box_rois + i * ROI_NUMBERS);
        else
            s->box_rois[i * ROI_NUMBERS] = -1;
    graph_set(slot->parts.box_rois, s->box_rois);
    graph_forward_part(slot->graph, slot->parts.trunk_end, slot->parts.box_end);
    graph_get(slot->parts.scores, s->scores);
    graph_get(slot->parts.box_deltas, s->deltas);
    size_t found_count;
    const struct choice *choices =
        choose_detections(slot->chooser, proposals, proposed, s->scores, s->deltas, canvas->width,
                          canvas->height, least_score, &found_count);
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
    if (find_masks(s, slot, choices, found, found_count, error)) {
        detections_free(found, found_count);
        return SWATCH_FAILED;
    }
    *count = m->mask_scores ? choose_again(found, found_count, least_score) : found_count;
    *detections = found;
    return SWATCH_OK;
}

// Looks again, closer, and makes one list of what both looks found, best first.
static int look_closer(struct detector_session *s, const struct image *photo, float least_score,
                       struct detection **detections, size_t *count, swatch_error *error)
{
    const struct maskrcnn *m = &s->detector->network;
    const struct canvas canvas =
        fit(m, photo->width, photo->height, m->closer_shorter, m->closer_longer);
    struct detection *closer;
    size_t closer_count;
    if (look(s, photo, &canvas, least_score, &closer, &closer_count, error))
        return SWATCH_FAILED;
    *detections = looks_merge(*detections, *count, closer, closer_count, m->overlap, count);
    if (!*detections)
        return error_memory(error);
    *count = choose_again(*detections, *count, 0);
    for (; *count > m->detections; --*count)
        detection_free(&(*detections)[*count - 1]);
    return SWATCH_OK;
}

// Brings the cells to the photo's pixels.
static int draw(const struct maskrcnn *m, struct detection *d, const struct image *photo,
                swatch_error *error)
{
    if (paste(d, 2 * m->mask_side, photo->width, photo->height, error) ||
        (m->mask_edges && mask_edges(d, photo, error)))
        return SWATCH_FAILED;
    free(d->cells);
    d->cells = NULL;
    return SWATCH_OK;
}

int detector_run(struct detector_session *s, const struct image *photo, float least_score,
                 struct detection **detections, size_t *count, swatch_error *error)
{
    const struct maskrcnn *m = &s->detector->network;
    const struct canvas canvas = fit(m, photo->width, photo->height, m->shorter, m->longer);
    // Of a mean of two looks one may be lower; and whether to look twice is asked of the same
    // people whatever the score.
    const float least =
        m->closer_shorter
            ? fminf(fmaxf(2 * least_score - 1, fminf(least_score, m->score)), LOOKS_LARGE_SCORE)
            : least_score;
    struct detection *found = NULL;
    size_t found_count = 0;
    *detections = NULL;
    *count = 0;
    if (look(s, photo, &canvas, least, &found, &found_count, error))
        return SWATCH_FAILED;
    int status = SWATCH_OK;
    if (m->closer_shorter && looks_want_closer(found, found_count, photo->width, photo->height))
        status = look_closer(s, photo, least, &found, &found_count, error);
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

void detections_free(struct detection *detections, size_t count)
{
    for (size_t i = 0; detections && i < count; i++)
        detection_free(&detections[i]);
    free(detections);
}
