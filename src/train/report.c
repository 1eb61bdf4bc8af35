// The run's page is written into memory, then to the disk in one go. It holds no script and names
// no other host, so that it opens from a disk and years later.

#include "train/report.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "train/report_chart.h"
#include "train/report_log.h"

#define LOG_LIMIT ((size_t)1 << 30)
#define CURVES_MAX 128
#define LABEL_MAX 64

// A chart's series are those of its name; or with a prefix, which legends leave out; or, without
// either, those that no other chart has: the figures.
static const struct {
    const char *title, *name, *prefix;
    int logarithmic, noisy;
} charts[] = {
    {"Losses", NULL, "loss_", 1, 1},
    {"Validation", NULL, NULL, 0, 0},
    {"IoU of each class", NULL, "iou_", 0, 0},
    {"Learning rate", "rate", NULL, 0, 0},
    {"Photos per second", "photos_per_second", NULL, 0, 1},
    {"Share of the time spent waiting for photos", "wait_share", NULL, 0, 1},
};
#define CHARTS (sizeof charts / sizeof *charts)

static const char style[] =
    "body{font:15px/1.5 system-ui,sans-serif;color:#222;background:#fff;max-width:60em;"
    "margin:2em auto;padding:0 1em}"
    "h1{font-size:1.5em;margin:0}h2{font-size:1.15em;margin:2em 0 .5em}"
    "figure{margin:1.5em 0}figcaption span{white-space:nowrap;margin-left:1em}"
    "figcaption i{display:inline-block;width:.8em;height:.8em;border-radius:2px;margin-right:.35em}"
    "small{color:#666}svg{width:100%;height:auto;display:block;margin-top:.3em}"
    "svg text{font:11px system-ui,sans-serif;fill:#555}.grid{stroke:#e6e6e6}"
    ".frame{fill:none;stroke:#999}"
    ".options{columns:3 14em;margin:0;padding:0;list-style:none}"
    ".options b{font-weight:400;color:#666}"
    "img{max-width:100%;display:block}summary{cursor:pointer}"
    ".sheet{width:fit-content}.heads{display:flex;text-align:center;color:#666}.heads span{flex:1}";

static void option(FILE *html, const char *name, const json_t *value)
{
    fputs("<li><b>", html);
    report_escaped(html, name);
    fputs("</b> ", html);
    if (json_is_string(value))
        report_escaped(html, json_string_value(value));
    else if (json_is_integer(value))
        fprintf(html, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        fprintf(html, "%.6g", json_real_value(value));
    else if (json_is_array(value))
        fprintf(html, "%.6g to %.6g", json_number_value(json_array_get(value, 0)),
                json_number_value(json_array_get(value, 1)));
    else
        fputs(json_is_true(value) ? "yes" : "no", html);
    fputs("</li>\n", html);
}

static void options(FILE *html, json_t *chosen)
{
    const char *name;
    json_t *value;
    fputs("<h2>Options</h2>\n<ul class=\"options\">\n", html);
    json_object_foreach(chosen, name, value)
    {
        if (!json_is_null(value))
            option(html, name, value);
    }
    fputs("</ul>\n", html);
}

// A series' name in words, "mask AP50", up to where the room ends.
static void in_words(const char *name, char words[LABEL_MAX])
{
    snprintf(words, LABEL_MAX, "%s", name);
    for (char *c = words; *c; c++)
        *c = *c == '_' ? ' ' : *c;
}

static int chart_has(size_t chart, const char *name)
{
    const char *prefix = charts[chart].prefix;
    if (charts[chart].name)
        return strcmp(name, charts[chart].name) == 0;
    if (prefix)
        return strncmp(name, prefix, strlen(prefix)) == 0;
    for (size_t i = 0; i < CHARTS; i++)
        if ((charts[i].name || charts[i].prefix) && chart_has(i, name))
            return 0;
    return 1;
}

static void figures(FILE *html, const struct report_log *log, const json_t *options,
                    const char *figure)
{
    const struct series *s = figure ? report_log_find(log, figure) : NULL;
    const json_t *steps = json_object_get(options, "steps");
    char words[LABEL_MAX];
    double step = 0;
    for (size_t i = 0; i < log->count; i++)
        if (chart_has(0, log->series[i].name) && log->series[i].count)
            step = fmax(step, log->series[i].points[log->series[i].count - 1].step);
    fputs("<p>", html);
    if (step > 0) {
        fprintf(html, "Step %.0f", step);
        if (json_is_integer(steps))
            fprintf(html, " of %lld", (long long)json_integer_value(steps));
        fputs(". ", html);
    } else {
        fputs("No step has been taken yet. ", html);
    }
    if (s && s->count) {
        // What the run started from is no candidate.
        const struct series_point *best = &s->points[s->count - 1];
        for (size_t i = 0; i < s->count; i++)
            if (s->points[i].step > 0 && s->points[i].value > best->value)
                best = &s->points[i];
        in_words(figure, words);
        fputs("Best ", html);
        report_escaped(html, words);
        fprintf(html, " on validation photos: <b>%.4f</b> at step %.0f. ", best->value, best->step);
        if (s->points[0].step == 0)
            fprintf(html, "It started from %.4f. ", s->points[0].value);
    }
    if (log->unreadable)
        fprintf(html, "%zu lines of the log could not be read. ", log->unreadable);
    fputs("</p>\n", html);
}

static void draw_charts(FILE *html, const struct report_log *log)
{
    for (size_t i = 0; i < CHARTS; i++) {
        const struct series *chosen[CURVES_MAX];
        const char *labels[CURVES_MAX];
        char words[CURVES_MAX][LABEL_MAX];
        size_t count = 0;
        for (size_t k = 0; k < log->count && count < CURVES_MAX; k++) {
            const struct series *s = &log->series[k];
            if (!chart_has(i, s->name))
                continue;
            // Names of classes are the user's own, and stay as they are.
            labels[count] = s->name + (charts[i].prefix ? strlen(charts[i].prefix) : 0);
            if (!charts[i].prefix || charts[i].logarithmic) {
                in_words(labels[count], words[count]);
                labels[count] = words[count];
            }
            chosen[count++] = s;
        }
        report_chart(html, &(struct chart){charts[i].title, chosen, labels, count,
                                           charts[i].logarithmic, charts[i].noisy});
    }
}

static int is_picture(const struct dirent *entry)
{
    const size_t length = strlen(entry->d_name);
    return entry->d_name[0] != '.' && length > 4 && strcmp(entry->d_name + length - 4, ".png") == 0;
}

// Browsers fetch the pictures of closed <details> only when they are opened.
static void samples(FILE *html, const char *folder)
{
    struct dirent **entries = NULL;
    const int count = scandir(folder, &entries, is_picture, alphasort);
    if (count > 0)
        fputs("<h2>Samples</h2>\n", html);
    for (int i = count - 1; i >= 0; i--) {
        const char *name = entries[i]->d_name;
        fprintf(html, "<details%s><summary>Step %llu</summary>\n", i == count - 1 ? " open" : "",
                strtoull(name, NULL, 10));
        fputs("<div class=\"sheet\"><div "
              "class=\"heads\"><span>photo</span><span>truth</span><span>network</span></div>"
              "<img loading=\"lazy\" alt=\"photos, truth and the network's maps\" src=\"samples/",
              html);
        report_escaped(html, name);
        fputs("\"></div></details>\n", html);
        free(entries[i]);
    }
    free(entries);
}

static void page(FILE *html, const char *run, json_t *chosen, const char *figure,
                 const struct report_log *log, const char *sample_folder)
{
    char time_text[64] = "", full[PATH_MAX];
    const time_t now = time(NULL);
    struct tm parts;
    if (localtime_r(&now, &parts))
        strftime(time_text, sizeof time_text, "%Y-%m-%d %H:%M", &parts);
    if (!realpath(run, full))
        snprintf(full, sizeof full, "%s", run);
    const char *slash = strrchr(full, '/');
    fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width\">\n<title>Training run ",
          html);
    report_escaped(html, slash ? slash + 1 : full);
    fprintf(html, "</title>\n<style>%s</style></head>\n<body><h1>Training run ", style);
    report_escaped(html, slash ? slash + 1 : full);
    fprintf(html, "</h1>\n<small>swatch train, %s</small>\n", time_text);
    figures(html, log, chosen, figure);
    draw_charts(html, log);
    samples(html, sample_folder);
    options(html, chosen);
    fputs("</body></html>\n", html);
}

int report_write(const char *run, const char *chosen, const char *figure, swatch_error *error)
{
    char path[PATH_MAX], folder[PATH_MAX], *text = NULL, *html_text = NULL;
    size_t size = 0, html_size = 0;
    struct report_log log = {0};
    FILE *html = NULL;
    int status = SWATCH_FAILED;
    // Numbers on the page have a decimal point, whatever the caller's language.
    const locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    const locale_t before = plain ? uselocale(plain) : (locale_t)0;
    json_t *options_read = json_loads(chosen, 0, NULL);
    if (!plain) {
        error_memory(error);
        goto done;
    }
    if (!json_is_object(options_read)) {
        error_set(error, SWATCH_FAILED, "%s: the options are no JSON object", run);
        goto done;
    }
    if (snprintf(folder, sizeof folder, "%s/samples", run) >= (int)sizeof folder ||
        snprintf(path, sizeof path, "%s/log.jsonl", run) >= (int)sizeof path) {
        error_set(error, SWATCH_FAILED, "%s: the path is too long", run);
        goto done;
    }
    if ((access(path, F_OK) == 0 && file_read(path, LOG_LIMIT, &text, &size, error)) ||
        report_log_parse(text, size, &log, error))
        goto done;
    html = open_memstream(&html_text, &html_size);
    if (!html) {
        error_memory(error);
        goto done;
    }
    page(html, run, options_read, figure, &log, folder);
    const int failed = ferror(html);
    if (fclose(html) || failed) {
        error_memory(error);
        goto done;
    }
    snprintf(path, sizeof path, "%s/index.html", run);
    status = file_write_quick(path, html_text, html_size, error);
done:
    if (plain) {
        uselocale(before);
        freelocale(plain);
    }
    json_decref(options_read);
    report_log_free(&log);
    free(html_text);
    free(text);
    return status;
}
