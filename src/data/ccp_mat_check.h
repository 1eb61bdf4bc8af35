// Checks a MATLAB file before libmatio reads it.
#ifndef DATA_CCP_MAT_CHECK_H
#define DATA_CCP_MAT_CHECK_H

#include <swatch.h>

// Returns 0 if the file is a complete MATLAB file of level 5 that holds only 2-D matrices of
// numbers or characters and cell arrays of these. Errors name the file.
int ccp_mat_check(const char *path, swatch_error *error);

#endif
