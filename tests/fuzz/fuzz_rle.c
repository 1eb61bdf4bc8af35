// Masks as COCO's text and polygons of any numbers. The first two bytes are the picture's size.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "image/rle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// A mask that is read comes out the same when it is drawn, encoded and written again.
static void check_round(const struct rle *rle, uint8_t *mask)
{
    struct rle again, read;
    size_t area = 0;
    rle_decode(rle, mask);
    for (size_t i = 0; i < rle->width * rle->height; i++)
        area += mask[i] == 255;
    if (area != rle_area(rle) || rle_intersection(rle, rle) != area)
        abort();
    if (rle_encode(mask, rle->width, rle->height, &again, NULL))
        return;
    char *text = rle_to_string(&again);
    if (!text || rle_from_string("fuzz", text, rle->width, rle->height, &read, NULL))
        abort();
    if (read.count != again.count ||
        memcmp(read.runs, again.runs, read.count * sizeof *read.runs) != 0 ||
        rle_intersection(rle, &read) != area)
        abort();
    free(text);
    rle_free(&again);
    rle_free(&read);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const size_t width = data[0], height = data[1], bytes = size - 2;
    if (width == 0 || height == 0)
        return 0;
    uint8_t *mask = calloc(width, height);
    char *text = malloc(bytes + 1);
    double *points = malloc(bytes + sizeof *points);
    uint32_t *runs = malloc(bytes + sizeof *runs);
    struct rle rle;
    if (mask && text && points && runs) {
        memcpy(text, data + 2, bytes);
        memcpy(points, data + 2, bytes);
        memcpy(runs, data + 2, bytes);
        text[bytes] = 0;
        if (rle_from_string("fuzz", text, width, height, &rle, NULL) == 0) {
            check_round(&rle, mask);
            rle_free(&rle);
        }
        if (rle_from_runs("fuzz", runs, bytes / sizeof *runs, width, height, &rle, NULL) == 0) {
            check_round(&rle, mask);
            rle_free(&rle);
        }
        memset(mask, 0, width * height);
        for (size_t i = 0; i < bytes / sizeof *points; i++)
            points[i] = isfinite(points[i]) ? points[i] : 0;
        polygon_fill(points, bytes / sizeof *points / 2, width, height, mask, NULL);
    }
    free(mask);
    free(text);
    free(points);
    free(runs);
    return 0;
}
