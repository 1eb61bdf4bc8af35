// colors.json, as a report of many photos reads it back, and the page and the table made of that.

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "out/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    swatch_report *report = NULL;
    char *text = malloc(size + 1), *written;
    size_t length;
    if (!text || folder_report_new("/nowhere", 0, &report, NULL))
        abort();
    memcpy(text, data, size);
    text[size] = 0;
    if (folder_report_add_text(report, text, NULL, "photo", "colors.json", NULL) == 0) {
        if (file_compose(report_csv, report, &written, &length, NULL) == 0)
            free(written);
        if (file_compose(report_html, report, &written, &length, NULL) == 0)
            free(written);
    }
    folder_report_free(report);
    free(text);
    return 0;
}
