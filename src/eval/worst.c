// Keeps the photos with the lowest mean IoU over the classes of their labels. Their pictures stay
// in memory, made smaller, until all photos have been seen.

#include "eval/worst.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/html.h"
#include "base/number.h"
#include "data/dataset.h"

#define SHEET_HEIGHT 640 // at most; larger photos lose rows and columns
#define PANELS 4
#define MISTAKES 3

// Writes the largest mistakes and their shares of the photo: "coat taken for jacket 4.1 %, ...".
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
        used += (size_t)snprintf(text + used, size - used, "%s%s taken for %s %s %%", i ? ", " : "",
                                 classes->names[from], classes->names[to],
                                 FIXED(100 * (double)own->confusion[from][to] / (double)all, 1));
    }
}

// Draws photo, truth, answer, and the photo again, darkened where the answer is right.
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

static const char style[] =
    "body{font:15px/1.5 system-ui,sans-serif;color:#222;max-width:70em;margin:2em auto;"
    "padding:0 1em}img{max-width:100%;display:block}figure{margin:2em 0}"
    ".heads{display:flex;text-align:center;color:#666}.heads span{flex:1}";

struct page {
    const struct worst *worst;
    const struct metrics *all;
};

static int page(FILE *html, const void *what)
{
    const struct page *p = what;
    html_begin(html, "The worst photos", NULL, style);
    fprintf(html,
            "<h1>The worst %zu of %zu photos</h1>\n"
            "<p>By the mean IoU over the classes a photo's labels have. All together: pixel "
            "accuracy %s, mean IoU %s.</p>\n",
            p->worst->count, p->all->photos, FIXED(metrics_pixel_accuracy(p->all), 4),
            FIXED(metrics_mean_iou(p->all), 4));
    for (size_t i = 0; i < p->worst->count; i++) {
        const struct worst_photo *photo = &p->worst->photos[i];
        fputs("<figure><figcaption><b>", html);
        html_text(html, photo->name);
        fprintf(html, "</b>: mean IoU %s, pixel accuracy %s; ", FIXED(photo->mean_iou, 3),
                FIXED(photo->pixel_accuracy, 3));
        html_text(html, photo->mistakes);
        fprintf(html,
                "</figcaption><div class=\"heads\"><span>photo</span><span>truth</span>"
                "<span>answer</span><span>mistakes</span></div>"
                "<img loading=\"lazy\" alt=\"\" src=\"%02zu.png\"></figure>\n",
                i + 1);
    }
    html_end(html);
    return 0;
}

int worst_write(const struct worst *w, const struct metrics *all, const char *folder,
                swatch_error *error)
{
    char path[PATH_MAX], name[32];
    struct folder made;
    swatch_error wrong;
    int status = folder_begin(&made, folder, NULL, 0, error);
    if (status)
        return status;
    for (size_t i = 0; !status && i < w->count; i++) {
        snprintf(name, sizeof name, "%02zu.png", i + 1);
        status = file_join(path, made.draft.path, name, &wrong);
        if (!status)
            status = image_save_png(&w->photos[i].sheet, path, 6, &wrong);
    }
    if (!status)
        status = file_join(path, made.draft.path, "index.html", &wrong);
    if (!status)
        status = file_write_composed(path, page, &(struct page){w, all}, &wrong);
    return folder_end(&made, status, &wrong, error);
}

void worst_free(struct worst *w)
{
    for (size_t i = 0; i < w->count; i++)
        image_free(&w->photos[i].sheet);
    w->count = 0;
}
