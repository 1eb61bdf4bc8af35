// Reads MATLAB files with libmatio, which only gets files that passed ccp_mat_check. libmatio
// prints nothing, since it has no log function (Mat_LogInit). It stores matrices column by column.
#include "data/ccp_mat.h"

#include "base/error.h"
#include "base/number.h"
#include "data/ccp_mat_check.h"

#include <matio.h>
#include <stdlib.h>
#include <string.h>

// Opens the file and reads the header of `variable`, without its data.
static int open_variable(const char *path, const char *variable, mat_t **mat, matvar_t **info,
                         swatch_error *error)
{
    int status = ccp_mat_check(path, error);
    if (status != 0)
        return status;
    *mat = Mat_Open(path, MAT_ACC_RDONLY);
    if (!*mat)
        return error_set(error, SWATCH_FAILED, "%s: not a MATLAB file that can be read", path);
    *info = Mat_VarReadInfo(*mat, variable);
    if (!*info)
        return error_set(error, SWATCH_FAILED, "%s: no variable \"%s\" in it", path, variable);
    if ((*info)->rank != 2 || !(*info)->dims || (*info)->dims[0] == 0 || (*info)->dims[1] == 0)
        return error_set(error, SWATCH_FAILED, "%s: \"%s\" is not a matrix", path, variable);
    return 0;
}

// Bytes of one value of a class of numbers; 0 for another class.
static size_t class_bytes(enum matio_classes class)
{
    switch ((int)class) {
    case MAT_C_INT8:
    case MAT_C_UINT8:
        return 1;
    case MAT_C_INT16:
    case MAT_C_UINT16:
        return 2;
    case MAT_C_INT32:
    case MAT_C_UINT32:
    case MAT_C_SINGLE:
        return 4;
    case MAT_C_INT64:
    case MAT_C_UINT64:
    case MAT_C_DOUBLE:
        return 8;
    default:
        return 0;
    }
}

// What a matrix holds at a place. Values of 64 bits that no double holds are far from 0-255.
static double value_at(const matvar_t *matrix, size_t i)
{
    switch ((int)matrix->class_type) {
    case MAT_C_INT8:
        return ((const int8_t *)matrix->data)[i];
    case MAT_C_UINT8:
        return ((const uint8_t *)matrix->data)[i];
    case MAT_C_INT16:
        return ((const int16_t *)matrix->data)[i];
    case MAT_C_UINT16:
        return ((const uint16_t *)matrix->data)[i];
    case MAT_C_INT32:
        return ((const int32_t *)matrix->data)[i];
    case MAT_C_UINT32:
        return ((const uint32_t *)matrix->data)[i];
    case MAT_C_INT64:
        return (double)((const int64_t *)matrix->data)[i];
    case MAT_C_UINT64:
        return (double)((const uint64_t *)matrix->data)[i];
    case MAT_C_SINGLE:
        return (double)((const float *)matrix->data)[i];
    default:
        return ((const double *)matrix->data)[i];
    }
}

int ccp_mat_bytes(const char *path, const char *variable, struct image *matrix, swatch_error *error)
{
    mat_t *mat = NULL;
    matvar_t *info = NULL;
    memset(matrix, 0, sizeof *matrix);
    int status = open_variable(path, variable, &mat, &info, error);
    if (status != 0)
        goto done;
    const size_t size = class_bytes(info->class_type);
    if (size == 0 || info->isComplex) {
        status = error_set(error, SWATCH_FAILED, "%s: \"%s\" holds no numbers", path, variable);
        goto done;
    }
    size_t height = info->dims[0], width = info->dims[1];
    if (height > IMAGE_DEFAULT_LIMIT / width) {
        status = error_set(error, SWATCH_FAILED, "%s: \"%s\" is too large, %zu x %zu", path,
                           variable, height, width);
        goto done;
    }
    if (Mat_VarReadDataAll(mat, info) != 0 || !info->data || info->data_size != (int)size ||
        info->nbytes != width * height * size) {
        status = error_set(error, SWATCH_FAILED, "%s: \"%s\" is damaged", path, variable);
        goto done;
    }
    status = image_new(matrix, width, height, 1, error);
    for (size_t x = 0; status == 0 && x < width; x++)
        for (size_t y = 0; status == 0 && y < height; y++) {
            const double value = value_at(info, x * height + y);
            if (!(value >= 0 && value <= 255 && value == (double)(uint8_t)value))
                status = error_set(error, SWATCH_FAILED, "%s: \"%s\" holds %s", path, variable,
                                   SHORT(value, 6));
            else
                matrix->pixels[y * width + x] = (uint8_t)value;
        }
done:
    if (status != 0)
        image_free(matrix);
    Mat_VarFree(info);
    if (mat)
        Mat_Close(mat);
    return status;
}

// Copies a char array of one row into a C string. Returns -1 when it is no such array, or holds
// anything but printable ASCII.
static int cell_name(const matvar_t *cell, char name[CLASS_NAME_MAX])
{
    if (!cell || cell->class_type != MAT_C_CHAR || cell->rank != 2 || !cell->dims ||
        cell->dims[0] != 1 || !cell->data || cell->isComplex)
        return -1;
    size_t length = cell->dims[1], wide = (size_t)cell->data_size;
    if (length == 0 || length >= CLASS_NAME_MAX || (wide != 1 && wide != 2) ||
        cell->nbytes < length * wide)
        return -1;
    for (size_t i = 0; i < length; i++) {
        unsigned code = 0;
        if (wide == 1) {
            code = ((const uint8_t *)cell->data)[i];
        } else {
            uint16_t unit;
            memcpy(&unit, (const uint8_t *)cell->data + 2 * i, 2);
            code = unit;
        }
        if (code <= 0x20 || code > 0x7e)
            return -1;
        name[i] = (char)code;
    }
    name[length] = '\0';
    return 0;
}

int ccp_mat_names(const char *path, const char *variable, size_t count,
                  char (*names)[CLASS_NAME_MAX], swatch_error *error)
{
    mat_t *mat = NULL;
    matvar_t *info = NULL;
    int status = open_variable(path, variable, &mat, &info, error);
    if (status != 0)
        goto done;
    if (info->class_type != MAT_C_CELL) {
        status = error_set(error, SWATCH_FAILED, "%s: \"%s\" is not a cell array", path, variable);
        goto done;
    }
    if (info->dims[0] > count || info->dims[1] > count || info->dims[0] * info->dims[1] != count) {
        status = error_set(error, SWATCH_FAILED, "%s: \"%s\" has %zu x %zu names in place of %zu",
                           path, variable, info->dims[0], info->dims[1], count);
        goto done;
    }
    if (Mat_VarReadDataAll(mat, info) != 0 || !info->data ||
        info->nbytes != count * sizeof(matvar_t *)) {
        status = error_set(error, SWATCH_FAILED, "%s: \"%s\" is damaged", path, variable);
        goto done;
    }
    for (size_t i = 0; i < count; i++)
        if (cell_name(((matvar_t *const *)info->data)[i], names[i]) != 0) {
            status = error_set(error, SWATCH_FAILED,
                               "%s: \"%s\" %zu is not a name of 1 to %d plain characters", path,
                               variable, i + 1, CLASS_NAME_MAX - 1);
            goto done;
        }
done:
    Mat_VarFree(info);
    if (mat)
        Mat_Close(mat);
    return status;
}
