// A pixel whose truth is 255 does not count. The prediction is set to 255 there, too. Such a pixel,
// like the edge of the picture, makes no boundary of the pixels beside it.
//
// To find boundaries within `tolerance` of one another, one is dilated with a disc and compared
// with the other. A byte holds the boundaries of eight classes as bits, so one dilation serves
// eight classes. The dilation widens a row step by step and ORs each width into the rows above and
// below that the disc reaches at that width: 4 tolerance + 1 operations on whole rows for each row.

#include "eval/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"

#define IGNORED 255
#define GROUP 8 // classes in a byte

static int differs(uint8_t class, uint8_t neighbour)
{
    return neighbour != class && neighbour != IGNORED;
}

// Sets edge (height, width) to the class of each boundary pixel, and to IGNORED elsewhere.
static void find_edge(const uint8_t *labels, size_t height, size_t width, uint8_t *edge)
{
    for (size_t y = 0; y < height; y++) {
        const uint8_t *row = labels + y * width;
        const uint8_t *above = y > 0 ? row - width : row,
                      *below = y + 1 < height ? row + width : row;
        uint8_t *to = edge + y * width;
        for (size_t x = 0; x < width; x++)
            to[x] = differs(row[x], above[x]) | differs(row[x], below[x]) ? row[x] : IGNORED;
        for (size_t x = 1; x < width; x++) {
            to[x] = differs(row[x], row[x - 1]) ? row[x] : to[x];
            to[x - 1] = differs(row[x - 1], row[x]) ? row[x - 1] : to[x - 1];
        }
        for (size_t x = 0; x < width; x++)
            to[x] = row[x] == IGNORED ? IGNORED : to[x];
    }
}

// Sets bits: bit i of a pixel is 1 if it is a boundary pixel of class first + i.
static void edge_bits(const uint8_t *edge, size_t pixels, size_t first, uint8_t *bits)
{
    uint8_t of[256] = {0};
    for (size_t i = 0; i < GROUP && first + i < CLASSES_MAX; i++)
        of[first + i] = (uint8_t)(1u << i);
    for (size_t i = 0; i < pixels; i++)
        bits[i] = of[edge[i]];
}

static int row_is_empty(const uint8_t *row, size_t width)
{
    uint8_t any = 0;
    for (size_t x = 0; x < width; x++)
        any |= row[x];
    return any == 0;
}

static void or_row(uint8_t *restrict to, const uint8_t *restrict from, size_t width)
{
    for (size_t x = 0; x < width; x++)
        to[x] |= from[x];
}

// Dilates bits with a disc. reach[dy] (dy = 0 .. radius) is the disc's half width dy rows from its
// middle; line is work space for one row.
static void dilate(const uint8_t *bits, size_t height, size_t width, const size_t *reach,
                   size_t radius, uint8_t *line, uint8_t *dilated)
{
    memset(dilated, 0, height * width);
    for (size_t y = 0; y < height; y++) {
        const uint8_t *row = bits + y * width;
        if (row_is_empty(row, width))
            continue;
        memcpy(line, row, width);
        // Goes from the disc's narrow top to its wide middle.
        size_t wide = 0;
        for (size_t dy = radius + 1; dy-- > 0;) {
            for (; wide < reach[dy] && wide + 1 < width; wide++) {
                const size_t shift = wide + 1;
                or_row(line, row + shift, width - shift);
                or_row(line + shift, row, width - shift);
            }
            if (dy <= y)
                or_row(dilated + (y - dy) * width, line, width);
            if (dy > 0 && dy < height - y)
                or_row(dilated + (y + dy) * width, line, width);
        }
    }
}

// Counts the boundary pixels of each class of the group, and how many of them lie in `near`.
static void count_edge(const uint8_t *bits, const uint8_t *near, size_t pixels,
                       uint64_t total[GROUP], uint64_t hit[GROUP])
{
    for (size_t i = 0; i < pixels; i++) {
        if (bits[i] == 0)
            continue;
        const int c = __builtin_ctz(bits[i]); // only one bit is set
        total[c]++;
        hit[c] += (bits[i] & near[i]) != 0;
    }
}

// Returns the F-score. A class that fills the picture has no boundary; if it does in both, they
// agree.
static double f_score(uint64_t truth, uint64_t found, uint64_t predicted, uint64_t right)
{
    if (truth == 0 && predicted == 0)
        return 1;
    if (found == 0 || right == 0)
        return 0;
    const double recall = (double)found / (double)truth;
    const double precision = (double)right / (double)predicted;
    return 2 * precision * recall / (precision + recall);
}

// Sets scores[c] for every class, also for classes that are nowhere.
static int score_boundaries(const uint8_t *truth, const uint8_t *predicted, size_t height,
                            size_t width, size_t classes, double tolerance, double *scores,
                            swatch_error *error)
{
    const size_t pixels = height * width, longest = height > width ? height : width;
    const size_t radius = tolerance < (double)longest ? (size_t)tolerance : longest;
    int status = SWATCH_FAILED;
    uint8_t *edges[2] = {malloc(pixels), malloc(pixels)};
    uint8_t *bits[2] = {malloc(pixels), malloc(pixels)};
    uint8_t *dilated = malloc(pixels), *line = malloc(width);
    size_t *reach = malloc((radius + 1) * sizeof *reach);
    if (!edges[0] || !edges[1] || !bits[0] || !bits[1] || !dilated || !line || !reach) {
        error_memory(error);
        goto done;
    }
    // The small addend makes up for rounding: a tolerance of sqrt(13) must reach (2, 3).
    for (size_t dy = 0; dy <= radius; dy++) {
        const double half = sqrt(tolerance * tolerance - (double)(dy * dy) + 1e-9);
        reach[dy] = half < (double)longest ? (size_t)half : longest;
    }
    find_edge(truth, height, width, edges[0]);
    find_edge(predicted, height, width, edges[1]);
    for (size_t first = 0; first < classes; first += GROUP) {
        uint64_t total[2][GROUP] = {0}, hit[2][GROUP] = {0};
        for (size_t k = 0; k < 2; k++)
            edge_bits(edges[k], pixels, first, bits[k]);
        for (size_t k = 0; k < 2; k++) {
            dilate(bits[!k], height, width, reach, radius, line, dilated);
            count_edge(bits[k], dilated, pixels, total[k], hit[k]);
        }
        for (size_t c = 0; c < GROUP && first + c < classes; c++)
            scores[first + c] = f_score(total[0][c], hit[0][c], total[1][c], hit[1][c]);
    }
    status = SWATCH_OK;
done:
    for (size_t k = 0; k < 2; k++) {
        free(edges[k]);
        free(bits[k]);
    }
    free(dilated);
    free(line);
    free(reach);
    return status;
}

int metrics_add(struct metrics *metrics, const uint8_t *truth, const uint8_t *predicted,
                size_t height, size_t width, double tolerance, swatch_error *error)
{
    const size_t classes = metrics->classes;
    uint64_t confusion[CLASSES_MAX][CLASSES_MAX] = {0};
    double scores[CLASSES_MAX];
    size_t pixels;
    if (classes == 0 || classes > CLASSES_MAX)
        return error_set(error, SWATCH_FAILED, "figures of %zu classes, not 1 to %d", classes,
                         CLASSES_MAX);
    if (height == 0 || width == 0 || __builtin_mul_overflow(height, width, &pixels))
        return error_set(error, SWATCH_FAILED, "no figures of a picture of %zux%zu pixels", width,
                         height);
    if (!(tolerance >= 0))
        return error_set(error, SWATCH_FAILED, "a tolerance of %s pixels", SHORT(tolerance, 6));

    uint8_t *counted = malloc(pixels); // the prediction, IGNORED where the truth is
    if (!counted)
        return error_memory(error);
    int status = SWATCH_OK;
    for (size_t i = 0; i < pixels && status == SWATCH_OK; i++) {
        counted[i] = truth[i] == IGNORED ? IGNORED : predicted[i];
        if (truth[i] == IGNORED)
            continue;
        if (truth[i] >= classes || predicted[i] >= classes)
            status = error_set(error, SWATCH_FAILED, "class %d in a picture of %zu classes",
                               truth[i] >= classes ? truth[i] : predicted[i], classes);
        else
            confusion[truth[i]][predicted[i]]++;
    }
    if (status == SWATCH_OK)
        status = score_boundaries(truth, counted, height, width, classes, tolerance, scores, error);
    free(counted);
    if (status)
        return status;

    metrics->photos++;
    for (size_t t = 0; t < classes; t++) {
        uint64_t in_truth = 0, in_predicted = 0;
        for (size_t c = 0; c < classes; c++) {
            metrics->confusion[t][c] += confusion[t][c];
            in_truth += confusion[t][c];
            in_predicted += confusion[c][t];
        }
        if (in_truth > 0 || in_predicted > 0) {
            metrics->boundary_sum[t] += in_truth > 0 && in_predicted > 0 ? scores[t] : 0;
            metrics->boundary_photos[t]++;
        }
    }
    return SWATCH_OK;
}

void metrics_merge(struct metrics *metrics, const struct metrics *part)
{
    metrics->photos += part->photos;
    for (size_t t = 0; t < metrics->classes; t++) {
        for (size_t c = 0; c < metrics->classes; c++)
            metrics->confusion[t][c] += part->confusion[t][c];
        metrics->boundary_sum[t] += part->boundary_sum[t];
        metrics->boundary_photos[t] += part->boundary_photos[t];
    }
}

double metrics_pixel_accuracy(const struct metrics *metrics)
{
    uint64_t right = 0, all = 0;
    for (size_t t = 0; t < metrics->classes; t++)
        for (size_t c = 0; c < metrics->classes; c++) {
            all += metrics->confusion[t][c];
            right += t == c ? metrics->confusion[t][c] : 0;
        }
    return all > 0 ? (double)right / (double)all : NAN;
}

static void class_pixels(const struct metrics *metrics, size_t class_index, uint64_t *truth,
                         uint64_t *predicted)
{
    *truth = *predicted = 0;
    for (size_t c = 0; c < metrics->classes; c++) {
        *truth += metrics->confusion[class_index][c];
        *predicted += metrics->confusion[c][class_index];
    }
}

double metrics_iou(const struct metrics *metrics, size_t class_index)
{
    uint64_t truth, predicted;
    class_pixels(metrics, class_index, &truth, &predicted);
    const uint64_t both = metrics->confusion[class_index][class_index];
    return truth + predicted > 0 ? (double)both / (double)(truth + predicted - both) : NAN;
}

double metrics_mean_iou(const struct metrics *metrics)
{
    double sum = 0;
    size_t count = 0;
    for (size_t c = 0; c < metrics->classes; c++) {
        uint64_t truth, predicted;
        class_pixels(metrics, c, &truth, &predicted);
        if (truth > 0) {
            sum += metrics_iou(metrics, c);
            count++;
        }
    }
    return count > 0 ? sum / (double)count : NAN;
}

double metrics_boundary(const struct metrics *metrics, size_t class_index)
{
    const uint64_t photos = metrics->boundary_photos[class_index];
    return photos > 0 ? metrics->boundary_sum[class_index] / (double)photos : NAN;
}

double metrics_mean_boundary(const struct metrics *metrics)
{
    double sum = 0;
    size_t count = 0;
    for (size_t c = 0; c < metrics->classes; c++)
        if (metrics->boundary_photos[c] > 0) {
            sum += metrics_boundary(metrics, c);
            count++;
        }
    return count > 0 ? sum / (double)count : NAN;
}
