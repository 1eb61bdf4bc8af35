#include "out/arrange.h"

#include <math.h>
#include <string.h>

// Beyond these a cell would be too narrow for its neighbors, so the picture gets space around it.
#define ASPECT_LEAST 0.4
#define ASPECT_MOST 2.5

double arrange_scale(struct shape s, struct rect cell, const struct arrangement *how)
{
    const double width = fmax(1, (double)cell.width - (double)how->across);
    const double height = fmax(1, (double)cell.height - (double)how->down);
    return fmin(how->most, fmin(width / s.width, height / s.height));
}

static double aspect(struct shape s)
{
    return fmin(ASPECT_MOST, fmax(ASPECT_LEAST, s.width / s.height));
}

void arrange_share(const double *weights, size_t count, size_t length, size_t gap, size_t *from)
{
    double all = 0, done = 0;
    const double room = (double)(length - (count - 1) * gap);
    for (size_t i = 0; i < count; i++)
        all += weights[i];
    for (size_t i = 0; i <= count; i++) {
        from[i] = (size_t)lround(room * done / all) + i * gap;
        done += i < count ? weights[i] : 0;
    }
}

// In rows: bit i of `breaks` ends a row behind picture i. A row is as high as its pictures need,
// were they as wide as the room together.
static void rows(const struct shape *shapes, size_t count, unsigned breaks, struct rect room,
                 size_t gap, struct rect *cells)
{
    double aspects[ARRANGE_MOST], heights[ARRANGE_MOST];
    size_t first[ARRANGE_MOST + 1] = {0}, top[ARRANGE_MOST + 1], left[ARRANGE_MOST + 1], row = 0;
    double wide = 0;
    for (size_t i = 0; i < count; i++) {
        wide += aspects[i] = aspect(shapes[i]);
        if (i + 1 == count || breaks >> i & 1) {
            heights[row++] = 1 / wide;
            first[row] = i + 1;
            wide = 0;
        }
    }
    arrange_share(heights, row, room.height, gap, top);
    for (size_t k = 0; k < row; k++) {
        arrange_share(aspects + first[k], first[k + 1] - first[k], room.width, gap, left);
        for (size_t i = first[k]; i < first[k + 1]; i++) {
            const size_t *x = left + (i - first[k]);
            cells[i] = (struct rect){room.left + x[0], room.top + top[k], x[1] - gap - x[0],
                                     top[k + 1] - gap - top[k]};
        }
    }
}

static struct rect turned(struct rect r)
{
    return (struct rect){r.top, r.left, r.height, r.width};
}

double arrange(const struct shape *shapes, size_t count, struct rect room,
               const struct arrangement *how, struct rect *cells)
{
    struct shape across[ARRANGE_MOST];
    double best = -INFINITY;
    for (size_t i = 0; i < count; i++)
        across[i] = (struct shape){shapes[i].height, shapes[i].width};
    for (unsigned breaks = 0; breaks < 1u << (count - 1); breaks++)
        for (int columns = 0; columns < 2; columns++) {
            struct rect tried[ARRANGE_MOST];
            double score = 0;
            rows(columns ? across : shapes, count, breaks, columns ? turned(room) : room, how->gap,
                 tried);
            for (size_t i = 0; i < count; i++) {
                tried[i] = columns ? turned(tried[i]) : tried[i];
                score += log(arrange_scale(shapes[i], tried[i], how));
            }
            if (score > best) {
                best = score;
                memcpy(cells, tried, count * sizeof *cells);
            }
        }
    return best;
}
