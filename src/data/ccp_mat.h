// Reads the two kinds of variable that CCP keeps in MATLAB files (level 5): a matrix of bytes and a
// cell array of names. Only this file's .c uses libmatio.
#ifndef DATA_CCP_MAT_H
#define DATA_CCP_MAT_H

#include "image/image.h"
#include "model/classes.h"

// Reads the matrix `variable` into a 1-band picture (height, width) = (rows, columns). It may have
// IMAGE_DEFAULT_LIMIT values, of any real integer or float type, all whole and 0-255. The caller
// frees `matrix`, which is empty after an error. Errors name the file: no MATLAB file of level 5,
// truncated, damaged, no such variable, another type.
int ccp_mat_bytes(const char *path, const char *variable, struct image *matrix,
                  swatch_error *error);

// Reads the cell array `variable` of exactly `count` names of 1 .. CLASS_NAME_MAX - 1 printable
// ASCII characters.
int ccp_mat_names(const char *path, const char *variable, size_t count,
                  char (*names)[CLASS_NAME_MAX], swatch_error *error);

#endif
