// Average precision against pycocotools' figures (tools/golden/coco_ap.py makes them).

#include "eval/coco_ap.h"

#include "test.h"

#define ITEMS_MAX 400

static swatch_error error;
static struct ap_item truths[ITEMS_MAX], detections[ITEMS_MAX];
static struct rle masks[2 * ITEMS_MAX];

// Reads box and mask, the rest of a line. Returns -1 if the file is not of our form.
static int read_shape(FILE *file, struct ap_item *item, struct rle *mask, size_t width,
                      size_t height)
{
    static char text[16384];
    double *b = item->box;
    if (fscanf(file, "%lf %lf %lf %lf %16383s", &b[0], &b[1], &b[2], &b[3], text) != 5)
        return -1;
    *mask = (struct rle){0};
    if (strcmp(text, "-") == 0)
        return 0;
    if (rle_from_string("golden", text, width, height, mask, &error))
        return -1;
    item->mask = mask;
    return 0;
}

// Adds boxes to `boxes` and, if there are masks, masks to `with_masks`.
static int read_image(FILE *file, struct ap *boxes, struct ap *with_masks)
{
    size_t width, height, n, m;
    if (fscanf(file, " image %zu %zu %zu %zu", &width, &height, &m, &n) != 4 || n > ITEMS_MAX ||
        m > ITEMS_MAX)
        return -1;
    memset(truths, 0, sizeof truths);
    memset(detections, 0, sizeof detections);
    for (size_t i = 0; i < m; i++)
        if (fscanf(file, "%d %lf", &truths[i].crowd, &truths[i].area) != 2 ||
            read_shape(file, &truths[i], &masks[i], width, height))
            return -1;
    for (size_t i = 0; i < n; i++)
        if (fscanf(file, "%lf", &detections[i].score) != 1 ||
            read_shape(file, &detections[i], &masks[m + i], width, height))
            return -1;
    CHECK(ap_add(with_masks, detections, n, truths, m, &error) == 0);
    for (size_t i = 0; i < n; i++)
        detections[i].mask = NULL;
    for (size_t i = 0; i < m; i++)
        truths[i].mask = NULL;
    CHECK(ap_add(boxes, detections, n, truths, m, &error) == 0);
    for (size_t i = 0; i < n + m; i++)
        rle_free(&masks[i]);
    return 0;
}

static void check_figures(FILE *file, const char *name, const char *kind, const struct ap *ap)
{
    struct average_precision got = {0};
    CHECK(ap_compute(ap, &got, &error) == 0);
    const double figures[] = {got.ap,     got.ap50,  got.ap75,  got.small,
                              got.medium, got.large, got.recall};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        double wanted = 0;
        CHECK(fscanf(file, "%lf", &wanted) == 1);
        if (wanted < 0 ? !isnan(figures[i]) : !(fabs(figures[i] - wanted) < 1e-9)) {
            fprintf(stderr, "%s, %s, figure %zu: %.12g instead of %.12g\n", name, kind, i,
                    figures[i], wanted);
            CHECK(!"the figure of pycocotools");
        } else {
            CHECK(1);
        }
    }
}

int main(void)
{
    static const char path[] = "tests/eval/golden/coco_ap.txt";
    FILE *file = fopen(path, "r");
    char name[16], kind[8];
    size_t images, cases = 0;
    if (!file) {
        perror(path);
        return 1;
    }
    while (fscanf(file, " case %15s %zu", name, &images) == 2) {
        struct ap *boxes, *with_masks;
        if (ap_new(&boxes, &error) || ap_new(&with_masks, &error))
            return 1;
        for (size_t i = 0; i < images; i++)
            if (read_image(file, boxes, with_masks)) {
                fprintf(stderr, "%s: %s, image %zu: not what it should be\n", path, name, i);
                return 1;
            }
        for (long before = ftell(file); fscanf(file, " %7s", kind) == 1; before = ftell(file)) {
            if (strcmp(kind, "box") != 0 && strcmp(kind, "mask") != 0) {
                fseek(file, before, SEEK_SET);
                break;
            }
            check_figures(file, name, kind, kind[0] == 'b' ? boxes : with_masks);
        }
        ap_free(boxes);
        ap_free(with_masks);
        cases++;
    }
    CHECK(cases == 3);
    fclose(file);
    return test_end();
}
