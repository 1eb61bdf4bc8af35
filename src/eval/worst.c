// Kept are the photos with the lowest mean IoU over the classes that their labels have. Their
// pictures wait in memory, made smaller, until it is known who stays: the photos of a data set may
// be many, the worst are few.

#include "eval/worst.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "data/dataset.h"
#include "train/report_chart.h"

#define SHEET_HEIGHT 640 // at most, by leaving out rows and columns
#define PANELS 4
#define MISTAKES 3

// "coat taken for jacket 4.1 %, ...": the largest mistakes and their share of the photo.
static void tell_mistakes(const struct metrics *own, const struct classes *classes, char *text,
                          size_t size)
{
    uint8_t told[CLASSES_MAX][CLASSES_MAX] = {0};
    uint64_t all = 0;
    size_t used = 0;
    text[0] = 0;
    for (size_t t = 0; t < own->classes; t++)
        for (size_t c = 0; c < own->classes; c++)
            all += own->confusion[t][c];
    for (int i = 0; i < MISTAKES; i++) {
        size_t from = 0, to = 0;
        for (size_t t = 0; t < own->classes; t++)
            for (size_t c = 0; c < own->classes; c++)
                if (t != c && !told[t][c] &&
                    own->confusion[t][c] > (from == to ? 0 : own->confusion[from][to])) {
                    from = t;
                    to = c;
                }
        if (from == to || used >= size)
            return;
        told[from][to] = 1;
        used += (size_t)snprintf(text + used, size - used, "%s%s taken for %s %.1f %%",
                                 i ? ", " : "", classes->names[from], classes->names[to],
                                 100 * (double)own->confusion[from][to] / (double)all);
    }
}

// Photo, truth, answer, and the photo darkened but for what is wrong.
static int draw(const struct image *photo, const uint8_t *truth, const uint8_t *answer,
                const struct classes *classes, struct image *sheet, swatch_error *error)
{
    const size_t step = (photo->height + SHEET_HEIGHT - 1) / SHEET_HEIGHT;
    const size_t width = (photo->width + step - 1) / step;
    const size_t height = (photo->height + step - 1) / step;
    if (image_new(sheet, PANELS * width, height, 3, error))
        return SWATCH_FAILED;
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) {
            const size_t i = y * step * photo->width + x * step;
            const uint8_t *rgb = photo->pixels + 3 * i, t = truth[i], a = answer[i];
            uint8_t *to = sheet->pixels + 3 * (y * sheet->width + x);
            for (size_t c = 0; c < 3; c++) {
                to[c] = rgb[c];
                to[3 * width + c] = t == DATASET_UNKNOWN ? 128 : classes->colors[t][c];
                to[6 * width + c] = classes->colors[a][c];
                to[9 * width + c] = t == DATASET_UNKNOWN || t == a ? rgb[c] / 4 : rgb[c];
            }
        }
    return SWATCH_OK;
}

int worst_add(struct worst *w, const char *name, const struct image *photo, const uint8_t *truth,
              const uint8_t *answer, const struct metrics *own, const struct classes *classes,
              swatch_error *error)
{
    struct worst_photo p = {.mean_iou = metrics_mean_iou(own),
                            .pixel_accuracy = metrics_pixel_accuracy(own)};
    size_t at = w->count;
    while (at > 0 && p.mean_iou < w->photos[at - 1].mean_iou)
        at--;
    if (at == WORST_PHOTOS)
        return SWATCH_OK;
    if (draw(photo, truth, answer, classes, &p.sheet, error))
        return SWATCH_FAILED;
    snprintf(p.name, sizeof p.name, "%s", name);
    tell_mistakes(own, classes, p.mistakes, sizeof p.mistakes);
    if (w->count == WORST_PHOTOS)
        image_free(&w->photos[--w->count].sheet);
    memmove(&w->photos[at + 1], &w->photos[at], (w->count - at) * sizeof p);
    w->photos[at] = p;
    w->count++;
    return SWATCH_OK;
}

static void page(FILE *html, const struct worst *w, const struct metrics *all)
{
    fprintf(html,
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width\">\n"
            "<title>The worst photos</title>\n"
            "<style>body{font:15px/1.5 system-ui,sans-serif;color:#222;max-width:70em;margin:2em "
            "auto;padding:0 1em}img{max-width:100%%;display:block}figure{margin:2em 0}"
            ".heads{display:flex;text-align:center;color:#666}.heads span{flex:1}"
            "</style></head>\n<body><h1>The worst %zu of %zu photos</h1>\n"
            "<p>By the mean IoU over the classes a photo's labels have. All together: pixel "
            "accuracy %.4f, mean IoU %.4f.</p>\n",
            w->count, all->photos, metrics_pixel_accuracy(all), metrics_mean_iou(all));
    for (size_t i = 0; i < w->count; i++) {
        const struct worst_photo *p = &w->photos[i];
        fputs("<figure><figcaption><b>", html);
        report_escaped(html, p->name);
        fprintf(html, "</b>: mean IoU %.3f, pixel accuracy %.3f; ", p->mean_iou, p->pixel_accuracy);
        report_escaped(html, p->mistakes);
        fprintf(html,
                "</figcaption><div class=\"heads\"><span>photo</span><span>truth</span>"
                "<span>answer</span><span>mistakes</span></div>"
                "<img loading=\"lazy\" alt=\"\" src=\"%02zu.png\"></figure>\n",
                i + 1);
    }
    fputs("</body></html>\n", html);
}

int worst_write(const struct worst *w, const struct metrics *all, const char *folder,
                swatch_error *error)
{
    char path[PATH_MAX + 32], *text = NULL;
    size_t size = 0;
    struct folder made;
    swatch_error wrong;
    if (folder_begin(&made, folder, NULL, 0, error))
        return SWATCH_FAILED;
    const char *temporary = made.draft.path;
    int status = SWATCH_OK;
    for (size_t i = 0; !status && i < w->count; i++) {
        snprintf(path, sizeof path, "%s/%02zu.png", temporary, i + 1);
        status = image_save_png(&w->photos[i].sheet, path, 6, &wrong);
    }
    FILE *html = status ? NULL : open_memstream(&text, &size);
    if (html) {
        page(html, w, all);
        const int failed = ferror(html);
        status = fclose(html) || failed ? error_memory(&wrong) : SWATCH_OK;
    } else if (!status) {
        status = error_memory(&wrong);
    }
    snprintf(path, sizeof path, "%s/index.html", temporary);
    status = status ? status : file_write_quick(path, text, size, &wrong);
    free(text);
    return folder_end(&made, status, &wrong, error);
}

void worst_free(struct worst *w)
{
    for (size_t i = 0; i < w->count; i++)
        image_free(&w->photos[i].sheet);
    w->count = 0;
}
