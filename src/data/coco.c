// Reads COCO's JSON with jansson and checks everything on the way. Whoever uses the result must
// only check that the pictures have the sizes the file says.

#include "data/coco.h"

#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "image/rle.h"

#define FILE_LIMIT ((size_t)1 << 34) // bytes; instances_train2017.json has 448 MB
#define SIDE_MAX 100000
#define PIXELS_MAX 178956970

static void annotation_free(struct coco_annotation *a)
{
    free(a->points);
    free(a->lengths);
    free(a->text);
    free(a->runs);
}

void coco_close(struct coco *coco)
{
    for (size_t i = 0; i < coco->count; i++) {
        for (size_t k = 0; k < coco->images[i].count; k++)
            annotation_free(&coco->images[i].annotations[k]);
        free(coco->images[i].annotations);
        free(coco->images[i].file);
    }
    free(coco->images);
    free(coco->path);
    free(coco->photos);
    *coco = (struct coco){0};
}

static int read_images(struct coco *coco, const json_t *images, swatch_error *error)
{
    const size_t count = json_array_size(images);
    coco->images = calloc(count + 1, sizeof *coco->images);
    if (!coco->images)
        return error_memory(error);
    for (size_t i = 0; i < count; i++) {
        const json_t *json = json_array_get(images, i);
        struct coco_image *image = &coco->images[i];
        const char *file = json_string_value(json_object_get(json, "file_name"));
        const json_int_t width = json_integer_value(json_object_get(json, "width"));
        const json_int_t height = json_integer_value(json_object_get(json, "height"));
        if (!json_is_integer(json_object_get(json, "id")) || !file || !*file || width < 1 ||
            height < 1 || width > SIDE_MAX || height > SIDE_MAX || width * height > PIXELS_MAX)
            return error_set(error, SWATCH_FAILED,
                             "%s: image %zu lacks a valid id, file_name, width or height",
                             coco->path, i);
        image->id = json_integer_value(json_object_get(json, "id"));
        image->width = (size_t)width;
        image->height = (size_t)height;
        image->file = strdup(file);
        coco->count = i + 1;
        if (!image->file)
            return error_memory(error);
    }
    return SWATCH_OK;
}

static int by_id(const void *a, const void *b)
{
    const struct coco_image *const *x = a, *const *y = b;
    return ((*x)->id > (*y)->id) - ((*x)->id < (*y)->id);
}

static int read_polygons(struct coco_annotation *a, const json_t *polygons, int *valid)
{
    size_t total = 0, at = 0;
    const size_t count = json_array_size(polygons);
    for (size_t p = 0; p < count; p++) {
        const json_t *polygon = json_array_get(polygons, p);
        *valid &= json_is_array(polygon) && json_array_size(polygon) % 2 == 0;
        total += json_array_size(polygon);
    }
    a->points = calloc(total + 1, sizeof *a->points);
    a->lengths = calloc(count + 1, sizeof *a->lengths);
    if (!a->points || !a->lengths)
        return SWATCH_FAILED;
    a->polygons = count;
    for (size_t p = 0; *valid && p < count; p++) {
        const json_t *polygon = json_array_get(polygons, p);
        a->lengths[p] = json_array_size(polygon) / 2;
        for (size_t i = 0; i < json_array_size(polygon); i++) {
            const json_t *number = json_array_get(polygon, i);
            a->points[at++] = json_number_value(number);
            *valid &= json_is_number(number) && isfinite(a->points[at - 1]);
        }
    }
    return SWATCH_OK;
}

static int read_runs(struct coco_annotation *a, const json_t *json, const struct coco_image *image,
                     int *valid)
{
    const json_t *size = json_object_get(json, "size"), *counts = json_object_get(json, "counts");
    *valid &= json_array_size(size) == 2 &&
              json_integer_value(json_array_get(size, 0)) == (json_int_t)image->height &&
              json_integer_value(json_array_get(size, 1)) == (json_int_t)image->width;
    if (json_is_string(counts)) {
        a->text = strdup(json_string_value(counts));
        return a->text ? SWATCH_OK : SWATCH_FAILED;
    }
    *valid &= json_is_array(counts);
    a->runs = calloc(json_array_size(counts) + 1, sizeof *a->runs);
    if (!a->runs)
        return SWATCH_FAILED;
    for (size_t i = 0; i < json_array_size(counts); i++) {
        const json_int_t run = json_integer_value(json_array_get(counts, i));
        *valid &= json_is_integer(json_array_get(counts, i)) && run >= 0 && run <= PIXELS_MAX;
        a->runs[a->run_count++] = *valid ? (uint32_t)run : 0;
    }
    return SWATCH_OK;
}

static int read_annotation(const struct coco *coco, size_t index, const json_t *json,
                           struct coco_image *image, swatch_error *error)
{
    const json_t *box = json_object_get(json, "bbox"), *crowd = json_object_get(json, "iscrowd");
    const json_t *shape = json_object_get(json, "segmentation");
    const json_t *area = json_object_get(json, "area");
    const int has_area = area && !json_is_null(area);
    struct coco_annotation a = {.crowd = json_integer_value(crowd) != 0,
                                .area = has_area ? json_number_value(area) : -1};
    int valid = json_array_size(box) == 4 && isfinite(a.area) && (a.area >= 0 || !has_area);
    for (size_t i = 0; valid && i < 4; i++) {
        a.box[i] = json_number_value(json_array_get(box, i));
        valid = json_is_number(json_array_get(box, i)) && fabs(a.box[i]) <= SIDE_MAX &&
                (i < 2 || a.box[i] >= 0);
    }
    if ((json_is_array(shape) && read_polygons(&a, shape, &valid)) ||
        (json_is_object(shape) && read_runs(&a, shape, image, &valid))) {
        annotation_free(&a);
        return error_memory(error);
    }
    if (!valid) {
        annotation_free(&a);
        return error_set(error, SWATCH_FAILED,
                         "%s: annotation %zu (of image %lld) has no valid bbox, area or "
                         "segmentation",
                         coco->path, index, image->id);
    }
    struct coco_annotation *larger =
        realloc(image->annotations, (image->count + 1) * sizeof *larger);
    if (!larger) {
        annotation_free(&a);
        return error_memory(error);
    }
    image->annotations = larger;
    image->annotations[image->count++] = a;
    return SWATCH_OK;
}

static int read_annotations(struct coco *coco, const json_t *annotations, long long category,
                            swatch_error *error)
{
    struct coco_image **sorted = malloc((coco->count + 1) * sizeof *sorted);
    int status = SWATCH_OK;
    if (!sorted)
        return error_memory(error);
    for (size_t i = 0; i < coco->count; i++)
        sorted[i] = &coco->images[i];
    qsort(sorted, coco->count, sizeof *sorted, by_id);
    for (size_t i = 1; i < coco->count && !status; i++)
        if (sorted[i - 1]->id == sorted[i]->id)
            status = error_set(error, SWATCH_FAILED, "%s: two images have the id %lld", coco->path,
                               sorted[i]->id);
    for (size_t i = 0; i < json_array_size(annotations) && !status; i++) {
        const json_t *json = json_array_get(annotations, i);
        const json_t *id = json_object_get(json, "image_id");
        const struct coco_image key = {.id = json_integer_value(id)}, *wanted = &key;
        if (json_integer_value(json_object_get(json, "category_id")) != category)
            continue;
        struct coco_image **found =
            coco->count ? bsearch(&wanted, sorted, coco->count, sizeof *sorted, by_id) : NULL;
        status = json_is_integer(id) && found
                     ? read_annotation(coco, i, json, *found, error)
                     : error_set(error, SWATCH_FAILED, "%s: annotation %zu is of no image",
                                 coco->path, i);
    }
    free(sorted);
    return status;
}

int coco_parse(const char *name, const char *text, size_t size, const char *category,
               struct coco *coco, swatch_error *error)
{
    json_error_t where;
    json_t *json = json_loadb(text, size, 0, &where);
    int status = SWATCH_FAILED, known = 0;
    long long id = 0;
    *coco = (struct coco){.path = strdup(name)};
    if (!coco->path) {
        error_memory(error);
        goto done;
    }
    if (!json) {
        error_set(error, SWATCH_FAILED, "%s:%d: %s", name, where.line, where.text);
        goto done;
    }
    const json_t *categories = json_object_get(json, "categories");
    for (size_t i = 0; i < json_array_size(categories); i++) {
        const json_t *one = json_array_get(categories, i);
        const char *called = json_string_value(json_object_get(one, "name"));
        if (called && strcmp(called, category) == 0) {
            id = json_integer_value(json_object_get(one, "id"));
            known = 1;
        }
    }
    if (!known) {
        error_set(error, SWATCH_FAILED, "%s: none of its categories is called %s", name, category);
        goto done;
    }
    if (!json_is_array(json_object_get(json, "images")) ||
        !json_is_array(json_object_get(json, "annotations"))) {
        error_set(error, SWATCH_FAILED, "%s: it has no images and annotations as COCO's files have",
                  name);
        goto done;
    }
    status = read_images(coco, json_object_get(json, "images"), error) ||
             read_annotations(coco, json_object_get(json, "annotations"), id, error);
done:
    json_decref(json);
    if (status)
        coco_close(coco);
    return status ? SWATCH_FAILED : SWATCH_OK;
}

int coco_open(const char *path, const char *category, struct coco *coco, swatch_error *error)
{
    const char *slash = strrchr(path, '/');
    const int length = slash ? (int)(slash - path) : 1;
    const char *folder = slash ? path : ".";
    size_t size;
    char *text;
    if (file_read_text(path, FILE_LIMIT, &text, &size, error))
        return SWATCH_FAILED;
    const int status = coco_parse(path, text, size, category, coco, error);
    free(text);
    if (status)
        return status;
    if (asprintf(&coco->photos, "%.*s/photos", length, folder) < 0)
        coco->photos = NULL;
    if (coco->photos && access(coco->photos, F_OK) != 0) {
        free(coco->photos);
        if (asprintf(&coco->photos, "%.*s", length, folder) < 0)
            coco->photos = NULL;
    }
    if (!coco->photos) {
        coco_close(coco);
        return error_memory(error);
    }
    return SWATCH_OK;
}

int coco_has_outline(const struct coco_annotation *a)
{
    return a->polygons || a->text || a->runs;
}

int coco_photo(const struct coco *coco, const struct coco_image *image, struct image *photo,
               int *stored, swatch_error *error)
{
    char path[PATH_MAX];
    *photo = (struct image){0};
    *stored = 0;
    if (snprintf(path, sizeof path, "%s/%s", coco->photos, image->file) >= (int)sizeof path)
        return error_set(error, SWATCH_FAILED, "%s/%s: the path is too long", coco->photos,
                         image->file);
    if (image_load(path, 0, photo, error))
        return SWATCH_FAILED;
    if (photo->width == image->height && photo->height == image->width &&
        photo->width != photo->height) {
        image_free(photo);
        *stored = 1;
        if (image_load_stored(path, 0, photo, error))
            return SWATCH_FAILED;
    }
    if (photo->width == image->width && photo->height == image->height)
        return SWATCH_OK;
    error_set(error, SWATCH_FAILED, "%s: it is %zux%zu, but %s says %zux%zu", path, photo->width,
              photo->height, coco->path, image->width, image->height);
    image_free(photo);
    return SWATCH_FAILED;
}

int coco_mask(const struct coco *coco, const struct coco_image *image,
              const struct coco_annotation *a, uint8_t *mask, swatch_error *error)
{
    const size_t width = image->width, height = image->height;
    struct rle rle = {0};
    memset(mask, 0, width * height);
    if (a->polygons) {
        const double *points = a->points;
        for (size_t p = 0; p < a->polygons; p++) {
            if (polygon_fill(points, a->lengths[p], width, height, mask, error))
                return SWATCH_FAILED;
            points += 2 * a->lengths[p];
        }
        return SWATCH_OK;
    }
    if (a->text || a->runs) {
        if (a->text ? rle_from_string(coco->path, a->text, width, height, &rle, error)
                    : rle_from_runs(coco->path, a->runs, a->run_count, width, height, &rle, error))
            return SWATCH_FAILED;
        rle_decode(&rle, mask);
        rle_free(&rle);
        return SWATCH_OK;
    }
    const double right = fmin(a->box[0] + a->box[2], (double)width);
    const double bottom = fmin(a->box[1] + a->box[3], (double)height);
    for (size_t y = (size_t)fmax(a->box[1], 0); (double)y < bottom; y++)
        for (size_t x = (size_t)fmax(a->box[0], 0); (double)x < right; x++)
            mask[y * width + x] = 255;
    return SWATCH_OK;
}
