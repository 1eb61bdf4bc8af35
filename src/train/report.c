// The run's page is written into memory, then to the disk in one go. It holds no script and names
// no other host, so that it opens from a disk and years later.

#include "train/report.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <locale.h>
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

static const struct {
    const char *title;
    const char *names[3]; // of series; NULL: all that begin with prefix
    const char *prefix;   // left out in legends
    int logarithmic, noisy;
} charts[] = {
    {"Losses", {NULL}, "loss_", 1, 1},
    {"Validation", {"pixel_accuracy", "mean_iou", "mean_boundary"}, "", 0, 0},
    {"IoU of each class", {NULL}, "iou_", 0, 0},
    {"Learning rate", {"rate"}, "", 0, 0},
    {"Photos per second", {"photos_per_second"}, "", 0, 1},
    {"Share of the time spent waiting for photos", {"wait_share"}, "", 0, 1},
};

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

static void option(FILE *html, const char *group, const char *name, const json_t *value)
{
    fputs("<li><b>", html);
    if (group) {
        report_escaped(html, group);
        fputs(": ", html);
    }
    report_escaped(html, name);
    fputs("</b> ", html);
    if (json_is_string(value))
        report_escaped(html, json_string_value(value));
    else if (json_is_integer(value))
        fprintf(html, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        fprintf(html, "%.6g", json_real_value(value));
    else
        fputs(json_is_true(value) ? "yes" : "no", html);
    fputs("</li>\n", html);
}

static void options(FILE *html, json_t *recipe)
{
    const char *name, *inner;
    json_t *value, *part;
    fputs("<h2>Options</h2>\n<ul class=\"options\">\n", html);
    json_object_foreach(recipe, name, value)
    {
        if (!json_is_object(value))
            option(html, NULL, name, value);
        json_object_foreach(value, inner, part) option(html, name, inner, part);
    }
    fputs("</ul>\n", html);
}

static void figures(FILE *html, const struct report_log *log, const json_t *recipe)
{
    const struct series *loss = report_log_find(log, "loss_pixel");
    const struct series *iou = report_log_find(log, "mean_iou");
    const json_t *steps = json_object_get(recipe, "steps");
    fputs("<p>", html);
    if (loss && loss->count) {
        fprintf(html, "Step %.0f", loss->points[loss->count - 1].step);
        if (json_is_integer(steps))
            fprintf(html, " of %lld", (long long)json_integer_value(steps));
        fputs(". ", html);
    } else {
        fputs("No step has been taken yet. ", html);
    }
    if (iou && iou->count) {
        const struct series_point *best = iou->points;
        for (size_t i = 1; i < iou->count; i++)
            if (iou->points[i].value > best->value)
                best = &iou->points[i];
        fprintf(html, "Best mean IoU on validation photos: <b>%.4f</b> at step %.0f. ", best->value,
                best->step);
    }
    if (log->unreadable)
        fprintf(html, "%zu lines of the log could not be read. ", log->unreadable);
    fputs("</p>\n", html);
}

static void draw_charts(FILE *html, const struct report_log *log)
{
    for (size_t i = 0; i < sizeof charts / sizeof *charts; i++) {
        const struct series *chosen[CURVES_MAX];
        const char *labels[CURVES_MAX];
        const size_t prefix = strlen(charts[i].prefix);
        size_t count = 0;
        for (size_t k = 0; k < log->count && count < CURVES_MAX; k++) {
            const struct series *s = &log->series[k];
            int named = prefix > 0 && strncmp(s->name, charts[i].prefix, prefix) == 0;
            for (size_t n = 0; n < 3 && charts[i].names[n]; n++)
                named |= strcmp(s->name, charts[i].names[n]) == 0;
            if (named) {
                labels[count] = s->name + prefix;
                chosen[count++] = s;
            }
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

static void page(FILE *html, const char *run, json_t *recipe, const struct report_log *log,
                 const char *sample_folder)
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
    figures(html, log, recipe);
    draw_charts(html, log);
    samples(html, sample_folder);
    options(html, recipe);
    fputs("</body></html>\n", html);
}

int report_write(const char *run, const char *recipe, swatch_error *error)
{
    char path[PATH_MAX], folder[PATH_MAX], *text = NULL, *html_text = NULL;
    size_t size = 0, html_size = 0;
    struct report_log log = {0};
    FILE *html = NULL;
    int status = SWATCH_FAILED;
    // Numbers on the page have a decimal point, whatever the caller's language.
    const locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    const locale_t before = plain ? uselocale(plain) : (locale_t)0;
    json_t *options_read = json_loads(recipe, 0, NULL);
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
    page(html, run, options_read, &log, folder);
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
