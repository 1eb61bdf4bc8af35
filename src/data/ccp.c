// Reads the CCP folder: file names, splits, and checks that photo and labels belong together.
// ccp_mat.c reads the MATLAB files. A name from a split file becomes part of a path, so it must not
// lead out of the folder.
#include "data/ccp.h"

#include "base/error.h"
#include "base/file.h"
#include "data/ccp_mat.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SPLIT_FILE_LIMIT ((size_t)16 << 20)
#define NAME_LENGTH_MAX ((size_t)200)

// FOLDER/<below><name><suffix>
static int make_path(const struct ccp *ccp, const char *below, const char *name, const char *suffix,
                     char path[PATH_MAX], swatch_error *error)
{
    int length = snprintf(path, PATH_MAX, "%s/%s%s%s", ccp->folder, below, name, suffix);
    if (length < 0 || length >= PATH_MAX)
        return error_set(error, SWATCH_FAILED, "%.200s...: the path is too long", ccp->folder);
    return 0;
}

static int name_is_sound(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (name[i] == '/' || (unsigned char)name[i] < 32)
            return 0;
    return length > 0 && length <= NAME_LENGTH_MAX && name[0] != '.';
}

static int check_name(const char *name, swatch_error *error)
{
    if (!name_is_sound(name, strnlen(name, NAME_LENGTH_MAX + 1)))
        return error_set(error, SWATCH_USAGE, "\"%.64s\" is not the name of a photo", name);
    return 0;
}

int ccp_open(const char *folder, struct ccp *ccp, swatch_error *error)
{
    char path[PATH_MAX];
    memset(ccp, 0, sizeof *ccp);
    ccp->folder = strdup(folder);
    if (!ccp->folder)
        return error_memory(error);
    int status = make_path(ccp, "", "label_list", ".mat", path, error);
    if (status == 0)
        status = ccp_mat_names(path, "label_list", CCP_TAGS, ccp->tag_names, error);
    // Class files and figures rely on value 0 being the background.
    if (status == 0 && strcmp(ccp->tag_names[0], "null") != 0)
        status = error_set(error, SWATCH_FAILED, "%s: label 0 is \"%s\" in place of \"null\"", path,
                           ccp->tag_names[0]);
    for (size_t i = 0; status == 0 && i < CCP_TAGS; i++)
        for (size_t j = 0; status == 0 && j < i; j++)
            if (strcmp(ccp->tag_names[i], ccp->tag_names[j]) == 0)
                status = error_set(error, SWATCH_FAILED, "%s: there are two labels \"%s\"", path,
                                   ccp->tag_names[i]);
    if (status != 0)
        ccp_close(ccp);
    return status;
}

void ccp_close(struct ccp *ccp)
{
    free(ccp->folder);
    memset(ccp, 0, sizeof *ccp);
}

struct split_line {
    const char *name;
    size_t line;
};

static int compare_names(const void *a, const void *b)
{
    const struct split_line *left = a, *right = b;
    int order = strcmp(left->name, right->name);
    return order ? order : (left->line > right->line) - (left->line < right->line);
}

static int check_duplicates(const char *path, struct split_line *lines, size_t count,
                            swatch_error *error)
{
    qsort(lines, count, sizeof *lines, compare_names);
    for (size_t i = 1; i < count; i++)
        if (strcmp(lines[i - 1].name, lines[i].name) == 0)
            return error_set(error, SWATCH_FAILED, "%s:%zu: \"%s\" stands in line %zu already",
                             path, lines[i].line, lines[i].name, lines[i - 1].line);
    return 0;
}

static char *trim(char *line)
{
    size_t length = strlen(line);
    while (length > 0 && strchr(" \t\r", line[length - 1]))
        line[--length] = '\0';
    return line + strspn(line, " \t");
}

int ccp_split_parse(const char *name, char *text, size_t size, char ***names, size_t *count,
                    swatch_error *error)
{
    char **list = NULL;
    struct split_line *lines = NULL;
    size_t found = 0, most = 1, line_number = 0;
    int status = SWATCH_OK;
    if (memchr(text, '\0', size))
        return error_set(error, SWATCH_FAILED, "%s: not a text file", name);
    for (size_t i = 0; i < size; i++)
        most += text[i] == '\n';
    list = calloc(most, sizeof *list);
    lines = calloc(most, sizeof *lines);
    if (!list || !lines)
        status = error_memory(error);
    for (char *at = text; !status && at;) {
        char *line = trim(strsep(&at, "\n"));
        line_number++;
        if (*line == '\0' || *line == '#')
            continue;
        if (!name_is_sound(line, strlen(line))) {
            status = error_set(error, SWATCH_FAILED, "%s:%zu: \"%.64s\" is not the name of a photo",
                               name, line_number, line);
        } else if (!(list[found] = strdup(line))) {
            status = error_memory(error);
        } else {
            lines[found] = (struct split_line){list[found], line_number};
            found++;
        }
    }
    if (!status && found == 0)
        status = error_set(error, SWATCH_FAILED, "%s: no names in it", name);
    status = status ? status : check_duplicates(name, lines, found, error);
    free(lines);
    if (status) {
        ccp_split_free(list, found);
        return status;
    }
    *names = list;
    *count = found;
    return SWATCH_OK;
}

int ccp_split_load(const char *path, char ***names, size_t *count, swatch_error *error)
{
    char *text;
    size_t size;
    int status = file_read_text(path, SPLIT_FILE_LIMIT, &text, &size, error);
    if (status)
        return status;
    status = ccp_split_parse(path, text, size, names, count, error);
    free(text);
    return status;
}

void ccp_split_free(char **names, size_t count)
{
    for (size_t i = 0; names && i < count; i++)
        free(names[i]);
    free(names);
}

// Loads the pixel labels of one photo, all below CCP_TAGS.
static int load_labels(const char *path, struct image *labels, swatch_error *error)
{
    int status = ccp_mat_bytes(path, "groundtruth", labels, error);
    if (status != 0)
        return status;
    uint8_t highest = 0;
    for (size_t i = 0; i < labels->width * labels->height; i++)
        highest = labels->pixels[i] > highest ? labels->pixels[i] : highest;
    if (highest >= CCP_TAGS) {
        image_free(labels);
        return error_set(error, SWATCH_FAILED, "%s: the label %d is out of range 0-%d", path,
                         highest, CCP_TAGS - 1);
    }
    return 0;
}

int ccp_load(const struct ccp *ccp, const char *name, struct image *photo, struct image *labels,
             swatch_error *error)
{
    char photo_path[PATH_MAX], labels_path[PATH_MAX];
    memset(photo, 0, sizeof *photo);
    memset(labels, 0, sizeof *labels);
    int status = check_name(name, error);
    if (status == 0)
        status = make_path(ccp, "photos/", name, ".jpg", photo_path, error);
    if (status == 0)
        status = make_path(ccp, "annotations/pixel-level/", name, ".mat", labels_path, error);
    if (status == 0)
        status = load_labels(labels_path, labels, error);
    if (status == 0)
        status = image_load(photo_path, 0, photo, error);
    if (status == 0 && (photo->width != labels->width || photo->height != labels->height))
        status = error_set(error, SWATCH_FAILED,
                           "%s: %zu x %zu labels do not fit the photo, which is %zu x %zu",
                           labels_path, labels->width, labels->height, photo->width, photo->height);
    if (status != 0) {
        image_free(photo);
        image_free(labels);
    }
    return status;
}

int ccp_count_tags(const struct ccp *ccp, const char *name, uint64_t pixels[CCP_TAGS],
                   swatch_error *error)
{
    char path[PATH_MAX];
    struct image labels = {0};
    memset(pixels, 0, CCP_TAGS * sizeof *pixels);
    int status = check_name(name, error);
    if (status == 0)
        status = make_path(ccp, "annotations/pixel-level/", name, ".mat", path, error);
    if (status == 0)
        status = load_labels(path, &labels, error);
    for (size_t i = 0; status == 0 && i < labels.width * labels.height; i++)
        pixels[labels.pixels[i]]++;
    image_free(&labels);
    return status;
}

int ccp_load_tags(const struct ccp *ccp, const char *name, uint8_t present[CCP_TAGS],
                  swatch_error *error)
{
    char path[PATH_MAX];
    struct image values = {0};
    memset(present, 0, CCP_TAGS);
    int status = check_name(name, error);
    if (status == 0)
        status = make_path(ccp, "annotations/pixel-level/", name, ".mat", path, error);
    if (status != 0)
        return status;
    if (access(path, F_OK) == 0) {
        status = load_labels(path, &values, error);
    } else {
        status = make_path(ccp, "annotations/image-level/", name, ".mat", path, error);
        if (status == 0)
            status = ccp_mat_bytes(path, "tags", &values, error);
    }
    for (size_t i = 0; status == 0 && i < values.width * values.height; i++) {
        if (values.pixels[i] >= CCP_TAGS)
            status = error_set(error, SWATCH_FAILED, "%s: the tag %d is out of range 0-%d", path,
                               values.pixels[i], CCP_TAGS - 1);
        else
            present[values.pixels[i]] = 1;
    }
    image_free(&values);
    return status;
}
