// Looks over a MATLAB file before libmatio sees it.
#ifndef DATA_CCP_MAT_CHECK_H
#define DATA_CCP_MAT_CHECK_H

#include <swatch.h>

// 0 if the file is a MATLAB file of level 5 that is whole and holds nothing but 2-D matrices of
// numbers or characters and cell arrays of such. Otherwise a message that names the file.
int ccp_mat_check(const char *path, swatch_error *error);

#endif
