// In place of ccp_mat.c in a build without libmatio (SWATCH_MATIO=OFF): says that it cannot read.
#include "data/ccp_mat.h"

#include "base/error.h"

static int refuse(const char *path, swatch_error *error)
{
    return error_set(error, SWATCH_FAILED, "%s: this build of swatch reads no MATLAB files", path);
}

int ccp_mat_bytes(const char *path, const char *variable, struct image *matrix, swatch_error *error)
{
    (void)variable;
    *matrix = (struct image){0};
    return refuse(path, error);
}

int ccp_mat_names(const char *path, const char *variable, size_t count,
                  char (*names)[CLASS_NAME_MAX], swatch_error *error)
{
    (void)variable, (void)count, (void)names;
    return refuse(path, error);
}
