// A run's log of any content: steps ascend, values are finite, and each curve can be drawn, with
// every number on the drawing a number.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "train/report_chart.h"
#include "train/report_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void draw(const struct report_log *log, size_t first)
{
    const struct series *series[2];
    static const char *const labels[2] = {"a", "b"};
    char *html = NULL;
    size_t length, count = 0;
    FILE *to = open_memstream(&html, &length);
    for (; count < 2 && first + count < log->count; count++)
        series[count] = &log->series[first + count];
    if (!to)
        return;
    report_chart(to, &(struct chart){"t", series, labels, count, first % 2, first % 3 == 0});
    if (fclose(to) == 0 && (strstr(html, "nan") || strstr(html, "inf")))
        abort();
    free(html);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct report_log log;
    if (report_log_parse((const char *)data, size, &log, NULL) == 0)
        for (size_t i = 0; i < log.count; i++) {
            const struct series *s = &log.series[i];
            if (report_log_find(&log, s->name) != s)
                abort();
            for (size_t k = 0; k < s->count; k++)
                if (!isfinite(s->points[k].value) || !(s->points[k].step >= 0) ||
                    (k > 0 && s->points[k].step <= s->points[k - 1].step))
                    abort();
            if (i < 8)
                draw(&log, i);
        }
    report_log_free(&log);
    return 0;
}
