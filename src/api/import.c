// swatch_import: checks what the caller asks for and imports a file.
#include "import/import.h"

#include "api/api.h"

int swatch_import(const char *path, const char *output, const swatch_import_options *options,
                  swatch_import_summary *summary, swatch_error *error)
{
    swatch_import_options o;
    swatch_import_summary found = {0};
    swatch_error own = {.status = SWATCH_OK};
    int status = summary ? api_fill(summary, &found, sizeof found, "summary", &own) : SWATCH_OK;
    if (status)
        return api_end(status, &own, error);
    API_NEEDS(path, error);
    API_NEEDS(output, error);
    status = API_OPTIONS(o, options, &own);
    status = status ? status : import_file(path, output, &o, &found, &own);
    if (!status && summary)
        status = api_fill(summary, &found, sizeof found, "summary", &own);
    return api_end(status, &own, error);
}
