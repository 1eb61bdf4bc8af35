// Makes a small CCP folder below /tmp for tests of the reader and the loader. libmatio and the
// picture writer write its files.
#ifndef TESTS_DATA_CCP_FOLDER_H
#define TESTS_DATA_CCP_FOLDER_H

#include "image/image.h"

#include <matio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LABELS 59

// Returns the name of label i in a folder made here.
static inline const char *folder_label(size_t i, char name[32])
{
    snprintf(name, 32, "tag%zu", i);
    return i == 0 ? "null" : name;
}

static inline char *folder_path(const char *folder, const char *below, char path[256])
{
    snprintf(path, 256, "%s/%s", folder, below);
    return path;
}

static inline int folder_write_bytes(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    size_t written = file ? fwrite(data, 1, size, file) : 0;
    return file && fclose(file) == 0 && written == size ? 0 : -1;
}

// Writes a matrix as a file with one variable. Values are column by column, in the class's type.
static inline int folder_write_matrix(const char *path, const char *variable,
                                      enum matio_classes class_type, enum matio_types type,
                                      size_t height, size_t width, void *values, int compress)
{
    size_t dims[2] = {height, width};
    mat_t *mat = Mat_CreateVer(path, NULL, MAT_FT_MAT5);
    matvar_t *matrix = Mat_VarCreate(variable, class_type, type, 2, dims, values, 0);
    int status =
        mat && matrix
            ? Mat_VarWrite(mat, matrix, compress ? MAT_COMPRESSION_ZLIB : MAT_COMPRESSION_NONE)
            : -1;
    Mat_VarFree(matrix);
    if (mat)
        Mat_Close(mat);
    return status;
}

// Writes a cell array of `count` names. Name number `other`, if below count, is `text`.
static inline int folder_write_names(const char *path, const char *variable, size_t count,
                                     size_t other, const char *text)
{
    size_t dims[2] = {1, count};
    mat_t *mat = Mat_CreateVer(path, NULL, MAT_FT_MAT5);
    matvar_t *cell = Mat_VarCreate(variable, MAT_C_CELL, MAT_T_CELL, 2, dims, NULL, 0);
    int status = mat && cell ? 0 : -1;
    for (size_t i = 0; status == 0 && i < count; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s", i == other ? text : folder_label(i, (char[32]){0}));
        size_t length[2] = {1, strlen(name)};
        Mat_VarSetCell(cell, (int)i,
                       Mat_VarCreate(NULL, MAT_C_CHAR, MAT_T_UINT8, 2, length, name, 0));
    }
    if (status == 0)
        status = Mat_VarWrite(mat, cell, MAT_COMPRESSION_NONE);
    Mat_VarFree(cell);
    if (mat)
        Mat_Close(mat);
    return status;
}

// Writes labels (height, width), given row by row.
static inline int folder_write_labels(const char *path, const uint8_t *labels, size_t width,
                                      size_t height)
{
    uint8_t *columns = malloc(width * height);
    if (!columns)
        return -1;
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++)
            columns[x * height + y] = labels[y * width + x];
    int status = folder_write_matrix(path, "groundtruth", MAT_C_UINT8, MAT_T_UINT8, height, width,
                                     columns, 1);
    free(columns);
    return status;
}

// Writes a photo rgb (height, width, 3) and its labels (height, width).
static inline int folder_add_photo(const char *folder, const char *name, const uint8_t *rgb,
                                   const uint8_t *labels, size_t width, size_t height)
{
    const struct image photo = {width, height, 3, (uint8_t *)rgb};
    char below[64], path[256];
    snprintf(below, sizeof below, "photos/%s.jpg", name);
    if (image_save_png(&photo, folder_path(folder, below, path), 1, NULL))
        return -1;
    snprintf(below, sizeof below, "annotations/pixel-level/%s.mat", name);
    return folder_write_labels(folder_path(folder, below, path), labels, width, height);
}

// Writes a photo and its labels. Red grows to the right and green downwards, from 0 to 255 in 32
// steps (halving a smooth ramp would round it up each time). The label is 1 + 2 * (lower half) +
// (right half), and 0 in a frame an eighth wide.
static inline int folder_add(const char *folder, const char *name, size_t width, size_t height)
{
    uint8_t *rgb = malloc(width * height * 3), *labels = malloc(width * height);
    int status = rgb && labels ? 0 : -1;
    for (size_t y = 0; status == 0 && y < height; y++)
        for (size_t x = 0; x < width; x++) {
            uint8_t *color = rgb + (y * width + x) * 3;
            color[0] = (uint8_t)(((2 * (32 * (2 * x + 1) / (2 * width)) + 1) * 255 + 32) / 64);
            color[1] = (uint8_t)(((2 * (32 * (2 * y + 1) / (2 * height)) + 1) * 255 + 32) / 64);
            color[2] = 128;
            int frame = x < width / 8 || x >= width - width / 8 || y < height / 8 ||
                        y >= height - height / 8;
            labels[y * width + x] =
                frame ? 0 : (uint8_t)(1 + 2 * (2 * y >= height) + (2 * x >= width));
        }
    if (status == 0)
        status = folder_add_photo(folder, name, rgb, labels, width, height);
    free(rgb);
    free(labels);
    return status;
}

// Makes an empty data set: folders and label_list.mat. `folder` gets its path.
static inline int folder_make_ccp(char folder[64])
{
    char path[256];
    snprintf(folder, 64, "/tmp/swatch-test-ccp-XXXXXX");
    if (!mkdtemp(folder) || mkdir(folder_path(folder, "photos", path), 0755) != 0 ||
        mkdir(folder_path(folder, "annotations", path), 0755) != 0 ||
        mkdir(folder_path(folder, "annotations/pixel-level", path), 0755) != 0 ||
        mkdir(folder_path(folder, "annotations/image-level", path), 0755) != 0)
        return -1;
    return folder_write_names(folder_path(folder, "label_list.mat", path), "label_list", LABELS,
                              LABELS, "");
}

#endif
