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

int ccp_mat_bytes(const char *path, const char *variable, struct image *matrix, swatch_error *error)
{
    mat_t *mat = NULL;
    matvar_t *info = NULL;
    memset(matrix, 0, sizeof *matrix);
    int status = open_variable(path, variable, &mat, &info, error);
    if (status != 0)
        goto done;
    const int doubles = info->class_type == MAT_C_DOUBLE;
    if ((info->class_type != MAT_C_UINT8 && !doubles) || info->isComplex) {
        status = error_set(error, SWATCH_FAILED, "%s: \"%s\" is neither of double nor of uint8",
                           path, variable);
        goto done;
    }
    size_t height = info->dims[0], width = info->dims[1];
    if (height > IMAGE_DEFAULT_LIMIT / width) {
        status = error_set(error, SWATCH_FAILED, "%s: \"%s\" is too large, %zu x %zu", path,
                           variable, height, width);
        goto done;
    }
    const size_t size = doubles ? sizeof(double) : 1;
    if (Mat_VarReadDataAll(mat, info) != 0 || !info->data || info->data_size != (int)size ||
        info->nbytes != width * height * size) {
        status = error_set(error, SWATCH_FAILED, "%s: \"%s\" is damaged", path, variable);
        goto done;
    }
    status = image_new(matrix, width, height, 1, error);
    if (status != 0)
        goto done;
    const uint8_t *columns = info->data; // (W, H)
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++)
            if (!doubles) {
                matrix->pixels[y * width + x] = columns[x * height + y];
            } else {
                const double value = ((const double *)info->data)[x * height + y];
                if (!(value >= 0 && value <= 255 && value == (double)(uint8_t)value)) {
                    status = error_set(error, SWATCH_FAILED, "%s: \"%s\" holds %s", path, variable,
                                       SHORT(value, 6));
                    goto done;
                }
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
