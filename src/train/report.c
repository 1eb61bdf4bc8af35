// Writes the page of a run. It holds no script and names no other host, so it opens from a disk and
// years later.

#include "train/report.h"

#include <dirent.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/html.h"
#include "base/number.h"
#include "base/text.h"
#include "train/report_chart.h"
#include "train/report_log.h"

#define LOG_LIMIT ((size_t)1 << 30)
#define CURVES_MAX 128
#define LABEL_MAX 64

// A chart shows the series called `name`, or those that begin with `prefix`, which legends leave
// out. A chart without either shows the series that no other chart has: the figures.
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
    html_text(html, name);
    fputs("</b> ", html);
    if (json_is_string(value))
        html_text(html, json_string_value(value));
    else if (json_is_integer(value))
        fprintf(html, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        fputs(SHORT(json_real_value(value), 6), html);
    else if (json_is_array(value))
        fprintf(html, "%s to %s", SHORT(json_number_value(json_array_get(value, 0)), 6),
                SHORT(json_number_value(json_array_get(value, 1)), 6));
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

// Writes a series' name in words: "mask_ap" as "mask ap". Cuts it where the room ends.
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
        fprintf(html, "Step %s", FIXED(step, 0));
        if (json_is_integer(steps))
            fprintf(html, " of %lld", (long long)json_integer_value(steps));
        fputs(". ", html);
    } else {
        fputs("No step has been taken yet. ", html);
    }
    if (s && s->count) {
        // The weights that the run started from do not count.
        const struct series_point *best = &s->points[s->count - 1];
        for (size_t i = 0; i < s->count; i++)
            if (s->points[i].step > 0 && s->points[i].value > best->value)
                best = &s->points[i];
        in_words(figure, words);
        fputs("Best ", html);
        html_text(html, words);
        fprintf(html, " on validation photos: <b>%s</b> at step %s. ", FIXED(best->value, 4),
                FIXED(best->step, 0));
        if (s->points[0].step == 0)
            fprintf(html, "It started from %s. ", FIXED(s->points[0].value, 4));
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
            // Names of classes are the user's and stay as they are.
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
        html_text(html, name);
        fputs("\"></div></details>\n", html);
        free(entries[i]);
    }
    free(entries);
}

struct page {
    const char *run, *figure, *samples;
    const struct report_log *log;
    json_t *options;
};

static int page(FILE *html, const void *what)
{
    const struct page *p = what;
    char time_text[64] = "", full[PATH_MAX], title[PATH_MAX + 16];
    const time_t now = time(NULL);
    struct tm parts;
    if (localtime_r(&now, &parts))
        strftime(time_text, sizeof time_text, "%Y-%m-%d %H:%M", &parts);
    if (!realpath(p->run, full))
        snprintf(full, sizeof full, "%s", p->run);
    snprintf(title, sizeof title, "Training run %s", text_file_name(full));
    html_begin(html, title, NULL, style);
    fputs("<h1>", html);
    html_text(html, title);
    fprintf(html, "</h1>\n<small>swatch train, %s</small>\n", time_text);
    figures(html, p->log, p->options, p->figure);
    draw_charts(html, p->log);
    samples(html, p->samples);
    options(html, p->options);
    html_end(html);
    return 0;
}

int report_write(const char *run, const char *chosen, const char *figure, swatch_error *error)
{
    char path[PATH_MAX], folder[PATH_MAX], *text = NULL;
    size_t size = 0;
    struct report_log log = {0};
    json_t *options_read = json_loads(chosen, 0, NULL);
    int status = json_is_object(options_read)
                     ? SWATCH_OK
                     : error_set(error, SWATCH_FAILED, "%s: the options are no JSON object", run);
    status = status ? status : file_join(folder, run, "samples", error);
    status = status ? status : file_join(path, run, "log.jsonl", error);
    if (!status && access(path, F_OK) == 0)
        status = file_read(path, LOG_LIMIT, &text, &size, error);
    status = status ? status : report_log_parse(text, size, &log, error);
    status = status ? status : file_join(path, run, "index.html", error);
    if (!status)
        status = file_write_composed(
            path, page, &(struct page){run, figure, folder, &log, options_read}, error);
    json_decref(options_read);
    report_log_free(&log);
    free(text);
    return status;
}
