// In place of report_xlsx.c in a build without libxlsxwriter (SWATCH_XLSX=OFF): says that it cannot
// write.
#include "base/error.h"
#include "out/report.h"

int report_xlsx_check(const char *folder, swatch_error *error)
{
    return error_set(error, SWATCH_USAGE, "%s: this build of swatch writes no spreadsheets",
                     folder);
}

int report_xlsx(const swatch_report *r, const char *path, char **data, size_t *size,
                swatch_error *error)
{
    (void)r, (void)data, (void)size;
    return report_xlsx_check(path, error);
}
