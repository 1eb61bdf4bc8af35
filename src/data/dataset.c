// Reads both layouts of data sets; ccp.c reads CCP's. In a folder, a photo's name is its file name
// without the ending. Two photos that differ in the ending alone are an error, because their labels
// could belong to either.
#include "data/dataset.h"

#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Length of a file name without its ending.
static size_t stem_length(const char *file)
{
    const char *dot = strrchr(file, '.');
    return dot && dot != file ? (size_t)(dot - file) : strlen(file);
}

static int by_stem(const void *a, const void *b)
{
    const char *left = *(const char *const *)a, *right = *(const char *const *)b;
    const size_t l = stem_length(left), r = stem_length(right);
    const int order = memcmp(left, right, l < r ? l : r);
    return order ? order : (l > r) - (l < r);
}

// Of files that share a name but for their endings, forgets those that are no pictures: beside
// IMG.jpg may lie what programs noted of it (IMG.xmp, IMG.json).
static void leave_side_files(struct dataset *data)
{
    size_t kept = 0;
    for (size_t i = 0, next; i < data->photo_count; i = next) {
        char path[PATH_MAX];
        for (next = i + 1;
             next < data->photo_count && by_stem(&data->photos[i], &data->photos[next]) == 0;)
            next++;
        for (size_t k = i; k < next; k++) {
            const int length =
                snprintf(path, sizeof path, "%s/photos/%s", data->folder, data->photos[k]);
            if (next - i > 1 && length < (int)sizeof path && !image_is_picture(path, NULL))
                free(data->photos[k]);
            else
                data->photos[kept++] = data->photos[k];
        }
    }
    data->photo_count = kept;
}

static int list_photos(struct dataset *data, swatch_error *error)
{
    char path[PATH_MAX];
    size_t room = 0;
    if (snprintf(path, sizeof path, "%s/photos", data->folder) >= (int)sizeof path)
        return error_set(error, SWATCH_FAILED, "%.200s...: the path is too long", data->folder);
    DIR *dir = opendir(path);
    if (!dir)
        return error_set(error, SWATCH_FAILED, "%s: cannot be opened: %s", path, strerror(errno));
    int status = SWATCH_OK;
    for (const struct dirent *entry; !status && (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        if (data->photo_count == room) {
            char **larger = realloc(data->photos, (room = 2 * room + 64) * sizeof *larger);
            if (!larger) {
                status = error_memory(error);
                break;
            }
            data->photos = larger;
        }
        if (!(data->photos[data->photo_count] = strdup(entry->d_name)))
            status = error_memory(error);
        else
            data->photo_count++;
    }
    closedir(dir);
    if (!status && data->photo_count == 0)
        status = error_set(error, SWATCH_FAILED, "%s: no photos in it", path);
    if (status)
        return status;
    qsort(data->photos, data->photo_count, sizeof *data->photos, by_stem);
    leave_side_files(data);
    for (size_t i = 1; i < data->photo_count; i++)
        if (by_stem(&data->photos[i - 1], &data->photos[i]) == 0)
            return error_set(error, SWATCH_FAILED, "%s: \"%s\" and \"%s\" would share their labels",
                             path, data->photos[i - 1], data->photos[i]);
    return SWATCH_OK;
}

int dataset_open(const char *where, const char *classes, struct dataset *data, swatch_error *error)
{
    const char *folder = strchr(where, ':');
    const int is_ccp = strncmp(where, "ccp:", 4) == 0;
    int status;
    *data = (struct dataset){0};
    if ((!is_ccp && strncmp(where, "folder:", 7) != 0) || !folder[1])
        return error_set(error, SWATCH_USAGE, "%s: a data set is given as ccp:DIR or folder:DIR",
                         where);
    if (is_ccp) {
        const char *tags[CCP_TAGS];
        status = ccp_open(folder + 1, &data->ccp, error);
        for (size_t i = 0; i < CCP_TAGS; i++)
            tags[i] = data->ccp.tag_names[i];
        status = status ? status : class_map_load(classes, tags, CCP_TAGS, &data->map, error);
    } else {
        data->folder = strdup(folder + 1);
        status =
            data->folder ? class_map_load_numbers(classes, &data->map, error) : error_memory(error);
        status = status ? status : list_photos(data, error);
    }
    if (status)
        dataset_close(data);
    return status;
}

void dataset_close(struct dataset *data)
{
    for (size_t i = 0; i < data->photo_count; i++)
        free(data->photos[i]);
    free(data->photos);
    free(data->folder);
    ccp_close(&data->ccp);
    *data = (struct dataset){0};
}

// DIR/labels/NAME.png, of a name of `length` bytes
static int labels_path(const struct dataset *data, const char *name, size_t length,
                       char path[PATH_MAX], swatch_error *error)
{
    if (snprintf(path, PATH_MAX, "%s/labels/%.*s.png", data->folder, (int)length, name) >= PATH_MAX)
        return error_set(error, SWATCH_FAILED, "%.200s...: the path is too long", data->folder);
    return SWATCH_OK;
}

int dataset_names(const struct dataset *data, const char *split, char ***names, size_t *count,
                  swatch_error *error)
{
    char path[PATH_MAX];
    size_t found = 0;
    if (split)
        return ccp_split_load(split, names, count, error);
    if (!data->folder)
        return error_set(error, SWATCH_USAGE, "CCP is used with a split: a file of photos' names");
    char **list = calloc(data->photo_count, sizeof *list);
    if (!list)
        return error_memory(error);
    int status = SWATCH_OK;
    for (size_t i = 0; !status && i < data->photo_count; i++) {
        const size_t length = stem_length(data->photos[i]);
        status = labels_path(data, data->photos[i], length, path, error);
        if (status || access(path, F_OK) != 0)
            continue;
        if (!(list[found] = strndup(data->photos[i], length)))
            status = error_memory(error);
        else
            found++;
    }
    if (!status && found == 0)
        status = error_set(error, SWATCH_FAILED,
                           "%s: no photo in photos/ has labels (labels/NAME.png)", data->folder);
    if (status) {
        ccp_split_free(list, found);
        return status;
    }
    *names = list;
    *count = found;
    return SWATCH_OK;
}

// Turns labels into classes.
static int to_classes(const struct dataset *data, const char *path, struct image *labels,
                      swatch_error *error)
{
    for (size_t i = 0; i < labels->width * labels->height; i++) {
        const uint8_t label = labels->pixels[i];
        labels->pixels[i] = data->map.of_tag[label];
        if (labels->pixels[i] == DATASET_UNKNOWN && label != DATASET_UNKNOWN)
            return error_set(error, SWATCH_FAILED, "%s: the label %d is in no class", path, label);
        if (labels->pixels[i] >= data->map.classes.count && !data->sets)
            labels->pixels[i] = DATASET_UNKNOWN;
    }
    return SWATCH_OK;
}

static int load_labels(const struct dataset *data, const char *name, char path[PATH_MAX],
                       struct image *classes, swatch_error *error)
{
    int status = labels_path(data, name, strlen(name), path, error);
    status = status ? status : image_load_index(path, 0, classes, error);
    return status ? status : to_classes(data, path, classes, error);
}

static int load_from_folder(const struct dataset *data, const char *name, struct image *photo,
                            struct image *classes, swatch_error *error)
{
    char path[PATH_MAX], photo_path[PATH_MAX];
    size_t low = 0, high = data->photo_count;
    while (low < high) { // the first photo whose stem is not before the name
        const size_t middle = low + (high - low) / 2;
        const char *file = data->photos[middle];
        const size_t length = stem_length(file), wants = strlen(name);
        const int order = memcmp(file, name, length < wants ? length : wants);
        if (order < 0 || (order == 0 && length < wants))
            low = middle + 1;
        else
            high = middle;
    }
    if (low == data->photo_count || stem_length(data->photos[low]) != strlen(name) ||
        memcmp(data->photos[low], name, strlen(name)) != 0)
        return error_set(error, SWATCH_FAILED, "%s/photos: there is no photo \"%.64s\"",
                         data->folder, name);
    if (snprintf(photo_path, sizeof photo_path, "%s/photos/%s", data->folder, data->photos[low]) >=
        (int)sizeof photo_path)
        return error_set(error, SWATCH_FAILED, "%.200s...: the path is too long", data->folder);
    int status = load_labels(data, name, path, classes, error);
    status = status ? status : image_load(photo_path, 0, photo, error);
    if (!status && (photo->width != classes->width || photo->height != classes->height))
        status = error_set(error, SWATCH_FAILED,
                           "%s: %zu x %zu labels do not fit the upright photo, which is %zu x %zu",
                           path, classes->width, classes->height, photo->width, photo->height);
    return status;
}

int dataset_load(const struct dataset *data, const char *name, struct image *photo,
                 struct image *classes, swatch_error *error)
{
    int status;
    *photo = *classes = (struct image){0};
    if (data->folder) {
        status = load_from_folder(data, name, photo, classes, error);
    } else {
        status = ccp_load(&data->ccp, name, photo, classes, error);
        status = status ? status : to_classes(data, name, classes, error);
    }
    if (status) {
        image_free(photo);
        image_free(classes);
    }
    return status;
}

int dataset_count(const struct dataset *data, const char *name, uint64_t pixels[CLASSES_MAX],
                  swatch_error *error)
{
    char path[PATH_MAX];
    struct image classes = {0};
    uint64_t tags[CCP_TAGS];
    int status = data->folder ? load_labels(data, name, path, &classes, error)
                              : ccp_count_tags(&data->ccp, name, tags, error);
    for (size_t i = 0; !status && i < classes.width * classes.height; i++)
        if (classes.pixels[i] < data->map.classes.count)
            pixels[classes.pixels[i]]++;
    for (size_t tag = 0; !status && !data->folder && tag < CCP_TAGS; tag++)
        if (data->map.of_tag[tag] < data->map.classes.count)
            pixels[data->map.of_tag[tag]] += tags[tag];
    image_free(&classes);
    return status;
}
