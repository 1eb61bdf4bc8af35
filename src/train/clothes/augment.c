// Augmentation in one resampling pass: flip, scale, rotation and place are one affine map from the
// canvas back to the photo, color is one 3x3 matrix and a gamma curve. The photo is read from the
// pyramid level whose pixels are at most half as fine as the canvas', bilinearly, four times a
// pixel where the level is still more than 1.25 times too fine; the classes are read from the
// photo's own pixels, the nearest one.
#include "train/clothes/augment.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "base/vector.h"

#define CURVE_STEPS 1024
#define FOCUS_TRIES 32
#define PERSON_SHARE 0.85f // of the crops that are placed about a point of the person
#define CLOSE_TRIES 6      // points of the person, the topmost of which a close-up is about
#define GREY_SHARE 0.05f   // of the samples, at color strength 1
#define PART_MARGIN 0.15   // of the longer side, around the person; drawn from 0 to twice that
#define KEPT_SHARE 0.25f   // of the persons shown alone: nothing is painted
#define REACH 0.03f        // of what is painted, as SWATCH_PERSON_REACH; drawn from 0 to twice that
#define AROUND 12          // cells of a mask's grid beyond its box, for what it reaches there

typedef uint8_t bytes4 __attribute__((vector_size(4)));

// A point of the photo: of the person if one is hit in some tries and `person` asks for it.
static void draw_point(const struct source *source, int person, struct rng *rng, size_t *column,
                       size_t *line)
{
    for (int i = 0; i < FOCUS_TRIES; i++) {
        *column = rng_below(rng, (uint32_t)source->width);
        *line = rng_below(rng, (uint32_t)source->height);
        if (!person || source_shows(source, *line * source->width + *column))
            break;
    }
}

// What to show: a point of the person mostly, else any; close up, one high on the person.
static void draw_focus(const struct source *source, int close, struct rng *rng, double *x,
                       double *y)
{
    int person = close || rng_uniform(rng) < PERSON_SHARE;
    size_t column, line;
    draw_point(source, person, rng, &column, &line);
    for (int i = 1; close && i < CLOSE_TRIES; i++) {
        size_t other_column, other_line;
        draw_point(source, 1, rng, &other_column, &other_line);
        if (other_line < line) {
            column = other_column;
            line = other_line;
        }
    }
    *x = (double)column + 0.5;
    *y = (double)line + 0.5;
}

// Where the photo begins on one axis of the canvas: anywhere that it is wholly seen if it is the
// smaller, else so that it covers the axis and the focus lies on it.
static double draw_place(double photo, double canvas, double focus, struct rng *rng)
{
    double draw = rng_uniform(rng);
    if (photo <= canvas)
        return draw * (canvas - photo);
    double place = draw * canvas - focus;
    return place > 0 ? 0 : place < canvas - photo ? canvas - photo : place;
}

// HSV's ideas as matrices: contrast about middle grey, saturation towards the luma of Rec. 601, hue
// as a rotation about the grey axis (Rodrigues).
static void draw_color(float strength, struct rng *rng, struct view *view)
{
    struct view_color *all = &view->colors[VIEW_REST];
    float brightness = 1 + strength * rng_range(rng, -0.25f, 0.25f);
    float contrast = 1 + strength * rng_range(rng, -0.3f, 0.3f);
    float saturation = 1 + strength * rng_range(rng, -0.5f, 0.5f);
    float hue = strength * rng_range(rng, -0.4f, 0.4f); // radians
    float gamma = strength * rng_range(rng, -0.5f, 0.5f);
    if (rng_uniform(rng) < GREY_SHARE * strength)
        saturation = 0;
    float c = cosf(hue), s = sinf(hue) / sqrtf(3), third = (1 - c) / 3;
    const float turn[3][3] = {{c + third, third - s, third + s},
                              {third + s, c + third, third - s},
                              {third - s, third + s, c + third}};
    const float luma[3] = {0.299f, 0.587f, 0.114f};
    for (size_t j = 0; j < 3; j++) {
        float grey = luma[0] * turn[0][j] + luma[1] * turn[1][j] + luma[2] * turn[2][j];
        for (size_t i = 0; i < 3; i++)
            all->matrix[i][j] =
                brightness * contrast * (saturation * turn[i][j] + (1 - saturation) * grey);
    }
    all->offset[0] = all->offset[1] = all->offset[2] = 0.5f * (1 - contrast);
    view->gamma = exp2f(gamma);
}

// A part's own color comes first, then what changes the whole picture:
// color' = all(tint * (contrast * luma + lift) + keep * (color - luma)).
static void compose(const struct view_color *all, const float tint[3], float contrast, float lift,
                    float keep, struct view_color *part)
{
    static const float luma[3] = {0.299f, 0.587f, 0.114f};
    for (size_t i = 0; i < 3; i++) {
        part->offset[i] = all->offset[i];
        for (size_t k = 0; k < 3; k++)
            part->offset[i] += all->matrix[i][k] * tint[k] * lift;
        for (size_t j = 0; j < 3; j++) {
            part->matrix[i][j] = 0;
            for (size_t k = 0; k < 3; k++) {
                const float own = luma[j] * (tint[k] * contrast - keep) + (j == k ? keep : 0);
                part->matrix[i][j] += all->matrix[i][k] * own;
            }
        }
    }
}

// Hair: black, brown or red, blond, grey, or of any color, since few people in the photos have
// colored hair. Skin: darker or lighter.
static void draw_parts(const struct augmentation *augmentation, struct rng *rng, struct view *view)
{
    static const struct {
        float tint[3], contrast[2], lift[2], keep;
    } kinds[] = {{{1, 1, 1}, {0.3f, 0.7f}, {0, 0.03f}, 0.4f},
                 {{1.35f, 0.85f, 0.6f}, {0.7f, 1.3f}, {0, 0.1f}, 0.4f},
                 {{1.12f, 0.95f, 0.65f}, {1, 1.5f}, {0.1f, 0.35f}, 0.3f},
                 {{1, 1, 1}, {1, 1.6f}, {0.1f, 0.45f}, 0.1f},
                 {{0, 0, 0}, {0.8f, 1.5f}, {0, 0.25f}, 0.2f}};
    const size_t kind = rng_below(rng, sizeof kinds / sizeof *kinds);
    float tint[3], skin[3];
    view->skin = view->hair = SOURCE_OUTSIDE;
    if (augmentation->recolor == 0 || rng_uniform(rng) >= augmentation->recolor)
        return;
    view->skin = augmentation->skin;
    view->hair = augmentation->hair;
    const int any = kinds[kind].tint[0] == 0;
    for (size_t c = 0; c < 3; c++)
        tint[c] =
            any ? rng_range(rng, 0.3f, 1.7f) : kinds[kind].tint[c] * rng_range(rng, 0.92f, 1.08f);
    const float contrast = rng_range(rng, kinds[kind].contrast[0], kinds[kind].contrast[1]);
    const float lift = rng_range(rng, kinds[kind].lift[0], kinds[kind].lift[1]);
    compose(&view->colors[VIEW_REST], tint, contrast, lift, kinds[kind].keep,
            &view->colors[VIEW_HAIR]);
    const float light = expf(rng_range(rng, logf(0.3f), logf(1.2f)));
    for (size_t c = 0; c < 3; c++)
        skin[c] = rng_range(rng, 0.94f, 1.06f);
    compose(&view->colors[VIEW_REST], skin, light, 0, light, &view->colors[VIEW_SKIN]);
}

int augmentation_check(const struct augmentation *augmentation, swatch_error *error)
{
    if (!(augmentation->scale_low > 0 && augmentation->scale_low <= augmentation->scale_high &&
          augmentation->scale_high <= 100))
        return error_set(error, SWATCH_USAGE, "the augmentation's scale %s to %s is no range",
                         SHORT(augmentation->scale_low, 6), SHORT(augmentation->scale_high, 6));
    if (!(augmentation->close_ups >= 0 && augmentation->close_ups <= 1) ||
        (augmentation->close_ups > 0 && !(augmentation->close_scale >= augmentation->scale_high &&
                                          augmentation->close_scale <= 100)))
        return error_set(error, SWATCH_USAGE,
                         "a share of %s close-ups of scale %s is not 0 to 1 and from %s on",
                         SHORT(augmentation->close_ups, 6), SHORT(augmentation->close_scale, 6),
                         SHORT(augmentation->scale_high, 6));
    if (!(augmentation->rotation >= 0 && augmentation->rotation <= 180 &&
          augmentation->color >= 0 && augmentation->color <= 1))
        return error_set(error, SWATCH_USAGE,
                         "the augmentation's rotation must be 0 to 180 and its color 0 to 1");
    const struct {
        const char *name;
        float share;
    } shares[] = {{"persons", augmentation->persons},
                  {"recolored samples", augmentation->recolor},
                  {"pasted samples", augmentation->paste},
                  {"poor cameras", augmentation->camera}};
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
        if (!(shares[i].share >= 0 && shares[i].share <= 1))
            return error_set(error, SWATCH_USAGE, "a share of %s %s is not 0 to 1",
                             SHORT(shares[i].share, 6), shares[i].name);
    return SWATCH_OK;
}

// The photo turns about (photo_x, photo_y), which lies at (x, y) on the canvas.
static void place(struct view *view, double photo_x, double photo_y, double x, double y,
                  double scale, double angle, double flip)
{
    double cosine = cos(angle) / scale, sine = sin(angle) / scale;
    view->x[0] = flip * cosine;
    view->x[1] = flip * sine;
    view->x[2] = photo_x - view->x[0] * x - view->x[1] * y;
    view->y[0] = -sine;
    view->y[1] = cosine;
    view->y[2] = photo_y - view->y[0] * x - view->y[1] * y;
    view->scale = scale;
}

// The person's part of the photo, fitted into the canvas as extraction does it, give or take.
static void draw_person(const struct source *source, double canvas_width, double canvas_height,
                        double angle, double flip, struct rng *rng, struct view *view)
{
    static const float paints[] = {0, 0, 0, -1, 1};
    double sides[2] = {(double)(source->box[2] - source->box[0]),
                       (double)(source->box[3] - source->box[1])};
    double ends[2] = {(double)source->width, (double)source->height};
    double longer = fmax(sides[0], sides[1]);
    for (size_t i = 0; i < 4; i++) {
        double margin = 2 * PART_MARGIN * (double)rng_uniform(rng) * longer;
        double side = (double)source->box[i] + (i < 2 ? -margin : margin);
        view->part[i] = fmin(fmax(side, 0), ends[i % 2]);
    }
    double width = view->part[2] - view->part[0], height = view->part[3] - view->part[1];
    double scale = fmin(canvas_width / width, canvas_height / height);
    scale *= exp(0.1 * (double)rng_range(rng, -1, 1));
    double x = canvas_width / 2 + 0.02 * canvas_width * (double)rng_range(rng, -1, 1);
    double y = canvas_height / 2 + 0.02 * canvas_height * (double)rng_range(rng, -1, 1);
    place(view, view->part[0] + width / 2, view->part[1] + height / 2, x, y, scale, angle / 2,
          flip);
    view->painted = rng_uniform(rng) >= KEPT_SHARE;
    view->paint = paints[rng_below(rng, sizeof paints / sizeof *paints)];
    for (size_t i = 0; i < 4; i++)
        view->mask_shift[i] = rng_range(rng, -1, 1);
    view->mask_least = rng_range(rng, 0.05f, 0.5f);
    view->mask_reach = rng_range(rng, 0, 2 * REACH);
}

void view_draw(const struct augmentation *augmentation, const struct source *source, size_t width,
               size_t height, struct rng *rng, struct view *view)
{
    double photo_width = (double)source->width, photo_height = (double)source->height;
    double canvas_width = (double)width, canvas_height = (double)height;
    double fit = fmin(canvas_width / photo_width, canvas_height / photo_height);
    int close = rng_uniform(rng) < augmentation->close_ups;
    double low = log((double)(close ? augmentation->scale_high : augmentation->scale_low));
    double high = log((double)(close ? augmentation->close_scale : augmentation->scale_high));
    double scale = fit * exp(low + (high - low) * rng_uniform(rng));
    double angle = (2 * (double)rng_uniform(rng) - 1) * augmentation->rotation * acos(-1) / 180;
    double flip = rng_uniform(rng) < 0.5f && augmentation->flip ? -1 : 1;
    double focus_x = 0, focus_y = 0;
    *view = (struct view){.part = {0, 0, photo_width, photo_height}};
    if (augmentation->persons > 0 && rng_uniform(rng) < augmentation->persons) {
        draw_person(source, canvas_width, canvas_height, angle, flip, rng, view);
        draw_color(augmentation->color, rng, view);
        draw_parts(augmentation, rng, view);
        return;
    }
    draw_focus(source, close, rng, &focus_x, &focus_y);
    if (flip < 0)
        focus_x = photo_width - focus_x;
    double left = draw_place(photo_width * scale, canvas_width, focus_x * scale, rng);
    double top = draw_place(photo_height * scale, canvas_height, focus_y * scale, rng);
    place(view, photo_width / 2, photo_height / 2, left + photo_width * scale / 2,
          top + photo_height * scale / 2, scale, angle, flip);
    draw_color(augmentation->color, rng, view);
    draw_parts(augmentation, rng, view);
}

static inline vec4 pixel_at(const uint8_t *pixels, size_t index)
{
    bytes4 bytes; // the fourth is of the next pixel and is never used
    memcpy(&bytes, pixels + index * 3, sizeof bytes);
    return __builtin_convertvector(bytes, vec4);
}

// Adds `count` bilinear samples to row, the first at (x, y) with pixel centers at whole numbers,
// each next one (dx, dy) further; beyond the edge the edge goes on.
static void add_samples(const uint8_t *pixels, size_t width, size_t height, float x, float y,
                        float dx, float dy, vec4 *row, size_t count)
{
    float right = (float)(width - 1), bottom = (float)(height - 1);
    for (size_t i = 0; i < count; i++) {
        float px = x + dx * (float)i, py = y + dy * (float)i;
        px = px < 0 ? 0 : px > right ? right : px;
        py = py < 0 ? 0 : py > bottom ? bottom : py;
        size_t x0 = (size_t)(int)px, y0 = (size_t)(int)py;
        size_t x1 = x0 + (x0 + 1 < width), y1 = y0 + (y0 + 1 < height);
        vec4 fx = {0}, fy = {0};
        fx = fx + (px - (float)x0);
        fy = fy + (py - (float)y0);
        vec4 a = pixel_at(pixels, y0 * width + x0), b = pixel_at(pixels, y0 * width + x1);
        vec4 c = pixel_at(pixels, y1 * width + x0), d = pixel_at(pixels, y1 * width + x1);
        vec4 upper = a + (b - a) * fx, lower = c + (d - c) * fx;
        row[i] += upper + (lower - upper) * fy;
    }
}

static inline float curve_at(const float *curve, float value)
{
    float at = value < 0 ? 0 : value > 1 ? CURVE_STEPS : value * CURVE_STEPS;
    int step = (int)at;
    return curve[step] + (curve[step + 1] - curve[step]) * (at - (float)step);
}

// row holds sums of samples in 0..255; `unit` brings them to 0..1.
static void put_colors(const struct view *view, const float *curve, const vec4 *row, float unit,
                       const uint8_t *labels, size_t count, float *photo)
{
    vec4 columns[VIEW_PARTS][3], offsets[VIEW_PARTS];
    for (size_t part = 0; part < VIEW_PARTS; part++) {
        const struct view_color *own = &view->colors[part];
        offsets[part] = (vec4){own->offset[0], own->offset[1], own->offset[2], 0};
        for (size_t j = 0; j < 3; j++)
            columns[part][j] = (vec4){own->matrix[0][j] * unit, own->matrix[1][j] * unit,
                                      own->matrix[2][j] * unit, 0};
    }
    for (size_t i = 0; i < count; i++, photo += 3) {
        const size_t part = labels[i] == view->hair   ? VIEW_HAIR
                            : labels[i] == view->skin ? VIEW_SKIN
                                                      : VIEW_REST;
        const vec4 *column = columns[part];
        vec4 color = column[0] * row[i][0] + column[1] * row[i][1] + column[2] * row[i][2];
        color += offsets[part];
        int outside = labels[i] == SOURCE_OUTSIDE;
        for (size_t c = 0; c < 3; c++)
            photo[c] = outside ? 0 : curve_at(curve, color[c]);
    }
}

static void put_labels(const struct view *view, const struct source *source, double x, double y,
                       size_t count, uint8_t *labels)
{
    for (size_t i = 0; i < count; i++) {
        double px = x + view->x[0] * (double)i, py = y + view->y[0] * (double)i;
        int inside =
            px >= view->part[0] && px < view->part[2] && py >= view->part[1] && py < view->part[3];
        labels[i] =
            inside ? source->classes[(size_t)py * source->width + (size_t)px] : SOURCE_OUTSIDE;
    }
}

static int is_person(uint8_t label)
{
    return label != 0 && label != SOURCE_OUTSIDE && label != DATASET_UNKNOWN;
}

// The mask's grid: VIEW_MASK_CELLS along each side of the person's box, and AROUND it.
enum { CELLS = VIEW_MASK_CELLS + 2 * AROUND };

// The most of the cells that a cell lies within reach of.
static void spread(float from[CELLS][CELLS], long across, long down, float to[CELLS][CELLS])
{
    for (long j = 0; j < CELLS; j++)
        for (long i = 0; i < CELLS; i++) {
            float most = 0;
            for (long v = j - down; v <= j + down; v++)
                for (long u = i - across; u <= i + across; u++)
                    if (u >= 0 && v >= 0 && u < CELLS && v < CELLS)
                        most = fmaxf(most, from[v][u]);
            to[j][i] = most;
        }
}

// Where a place on the canvas lies on the grid, cells' centers at whole numbers.
static float on_grid(size_t place, float start, float cell)
{
    const float at = ((float)place + 0.5f - start) / cell + AROUND - 0.5f;
    return fminf(fmaxf(at, 0), CELLS - 1.001f);
}

// Paints what a coarse mask of the person, and what is near it, leaves out. The mask is one of
// cells in a box that does not quite fit, interpolated between.
static void paint_around(const struct view *view, size_t width, size_t height,
                         const uint8_t *labels, float *photo)
{
    float cells[CELLS][CELLS] = {{0}}, counts[CELLS][CELLS] = {{0}}, near[CELLS][CELLS];
    size_t left = width, right = 0, top = height, bottom = 0;
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++)
            if (is_person(labels[y * width + x])) {
                left = x < left ? x : left;
                right = x + 1 > right ? x + 1 : right;
                top = y < top ? y : top;
                bottom = y + 1;
            }
    if (right == 0)
        return;
    const float sides[2] = {(float)(right - left), (float)(bottom - top)};
    const float one[2] = {sides[0] / VIEW_MASK_CELLS, sides[1] / VIEW_MASK_CELLS};
    const float start_x = (float)left + view->mask_shift[0] * one[0];
    const float start_y = (float)top + view->mask_shift[1] * one[1];
    const float end_x = (float)right + view->mask_shift[2] * one[0];
    const float end_y = (float)bottom + view->mask_shift[3] * one[1];
    const float cell_w = fmaxf(end_x - start_x, 1) / VIEW_MASK_CELLS;
    const float cell_h = fmaxf(end_y - start_y, 1) / VIEW_MASK_CELLS;
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) {
            const float u = ((float)x + 0.5f - start_x) / cell_w;
            const float v = ((float)y + 0.5f - start_y) / cell_h;
            if (!(u >= 0 && u < VIEW_MASK_CELLS && v >= 0 && v < VIEW_MASK_CELLS))
                continue;
            counts[(size_t)v + AROUND][(size_t)u + AROUND]++;
            cells[(size_t)v + AROUND][(size_t)u + AROUND] +=
                (float)is_person(labels[y * width + x]);
        }
    for (size_t j = 0; j < CELLS; j++)
        for (size_t i = 0; i < CELLS; i++)
            cells[j][i] /= fmaxf(counts[j][i], 1);
    const float reach = view->mask_reach * fmaxf(sides[0], sides[1]);
    spread(cells, (long)fminf(reach / cell_w + 0.5f, AROUND - 1),
           (long)fminf(reach / cell_h + 0.5f, AROUND - 1), near);
    for (size_t y = 0; y < height; y++) {
        const float v = on_grid(y, start_y, cell_h), fv = v - floorf(v);
        const size_t j = (size_t)v;
        for (size_t x = 0; x < width; x++) {
            const float u = on_grid(x, start_x, cell_w), fu = u - floorf(u);
            const size_t i = (size_t)u;
            const float inside = (1 - fv) * ((1 - fu) * near[j][i] + fu * near[j][i + 1]) +
                                 fv * ((1 - fu) * near[j + 1][i] + fu * near[j + 1][i + 1]);
            float *p = photo + 3 * (y * width + x);
            if (inside < view->mask_least && labels[y * width + x] != SOURCE_OUTSIDE)
                p[0] = p[1] = p[2] = view->paint;
        }
    }
}

void view_sample(const struct view *view, const struct source *source, size_t width, size_t height,
                 float *row, float *photo, uint8_t *labels)
{
    float curve[CURVE_STEPS + 2];
    for (int i = 0; i <= CURVE_STEPS; i++)
        curve[i] = 2 * powf((float)i / CURVE_STEPS, view->gamma) - 1;
    curve[CURVE_STEPS + 1] = curve[CURVE_STEPS];

    size_t level = 0;
    double step = 1 / view->scale; // pixels of the level to a canvas pixel
    for (; step >= 2 && level + 1 < source->levels; step /= 2)
        level++;
    double unit = 1.0 / (double)((size_t)1 << level);
    size_t level_width = source_side(source->width, level);
    size_t level_height = source_side(source->height, level);
    size_t side = step > 1.25 ? 2 : 1; // side x side samples a canvas pixel
    vec4 *sums = (vec4 *)(void *)row;

    float *const first = photo;
    const uint8_t *const all = labels;
    for (size_t line = 0; line < height; line++, photo += width * 3, labels += width) {
        memset(sums, 0, width * sizeof *sums);
        for (size_t i = 0; i < side * side; i++) {
            double cx = ((double)(i % side) + 0.5) / (double)side;
            double cy = (double)line + ((double)(i / side) + 0.5) / (double)side;
            double x = (view->x[0] * cx + view->x[1] * cy + view->x[2]) * unit - 0.5;
            double y = (view->y[0] * cx + view->y[1] * cy + view->y[2]) * unit - 0.5;
            add_samples(source->photo[level], level_width, level_height, (float)x, (float)y,
                        (float)(view->x[0] * unit), (float)(view->y[0] * unit), sums, width);
        }
        double cy = (double)line + 0.5;
        put_labels(view, source, view->x[0] * 0.5 + view->x[1] * cy + view->x[2],
                   view->y[0] * 0.5 + view->y[1] * cy + view->y[2], width, labels);
        put_colors(view, curve, sums, 1 / (255.0f * (float)(side * side)), labels, width, photo);
    }
    if (view->painted)
        paint_around(view, width, height, all, first);
}
