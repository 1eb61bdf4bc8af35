// Mask R-CNN against torchvision's own, stage by stage: a tiny network with seeded random weights
// that tools/golden/maskrcnn.py saved with torch.save, imported as any other. With a folder as its
// argument the test compares what that script made there instead, in full size.
#include <math.h>

#include <swatch_train.h>

#include "base/file.h"
#include "folder.h"
#include "model/boxes.h"
#include "model/people.h"
#include "test.h"

static const char *golden_folder = "tests/model/golden/maskrcnn";
static struct safetensors *expected;

static const char *golden_path(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", golden_folder, name);
    return path;
}

// An expected tensor as floats, freed by the caller, and the numbers in it. NULL: not there.
static float *golden(const char *name, size_t *count)
{
    const struct safetensors_entry *e = safetensors_find(expected, name);
    float *values = e ? malloc((e->elements + 1) * sizeof *values) : NULL;
    *count = e ? e->elements : 0;
    if (e && safetensors_to_f32(e, values, NULL))
        CHECK(!"numbers that can be read");
    return values;
}

// Largest difference, in relation to the largest number or 1.
static double difference(const float *got, const float *want, size_t count)
{
    double most = 0, largest = 1;
    for (size_t i = 0; i < count; i++) {
        most = test_worse(most, (double)got[i], (double)want[i]);
        largest = fmax(largest, fabs((double)want[i]));
    }
    return most / largest;
}

// Compares a tensor (N, H, W, C) of ours with one (C, H, W) or (N, C) of theirs, if it is there.
static void check_tensor(const struct tensor *t, const char *name)
{
    size_t count;
    float *want = golden(name, &count);
    const size_t whole = t->n * t->h * t->w * t->c;
    float *got = malloc(whole * sizeof *got), *turned = malloc(whole * sizeof *turned);
    if (want && got && turned) {
        const size_t cells = t->h * t->w;
        graph_get(t, got);
        for (size_t i = 0; i < cells; i++)
            for (size_t c = 0; cells > 1 && c < t->c; c++)
                turned[c * cells + i] = got[i * t->c + c];
        const double off = difference(cells > 1 ? turned : got, want, count);
        printf("%-12s %8zu numbers, off by at most %.1e\n", name, count, off);
        CHECK(count <= whole && off < 1e-3);
    }
    free(want);
    free(got);
    free(turned);
}

static void check_trunk(const struct maskrcnn_graph *parts)
{
    char name[32];
    for (size_t level = 0; level < MASKRCNN_LEVELS; level++) {
        snprintf(name, sizeof name, "p%zu", level + 2);
        if (parts->features[level]->kept)
            check_tensor(parts->features[level], name);
        snprintf(name, sizeof name, "object%zu", level + 2);
        check_tensor(parts->objectness[level], name);
        snprintf(name, sizeof name, "deltas%zu", level + 2);
        check_tensor(parts->deltas[level], name);
    }
}

static int is_near(const float *a, const float *b)
{
    return fabsf(a[0] - b[0]) < 0.05f && fabsf(a[1] - b[1]) < 0.05f && fabsf(a[2] - b[2]) < 0.05f &&
           fabsf(a[3] - b[3]) < 0.05f;
}

// The same proposals in about the same order: two of nearly one score may change places.
static void check_proposals(struct chooser *chooser, size_t width, size_t height)
{
    size_t count, theirs, same = 0;
    float *want = golden("proposals", &theirs);
    choose_fetch(chooser);
    const struct box *ours = choose_proposals(chooser, 0, width, height, &count);
    theirs /= 4;
    for (size_t i = 0; i < theirs; i++)
        for (size_t k = i > 5 ? i - 5 : 0; k < count && k <= i + 5; k++)
            if (is_near(&ours[k].x1, want + 4 * i)) {
                same++;
                break;
            }
    printf("proposals    %zu of %zu the same, ours %zu\n", same, theirs, count);
    CHECK(count + theirs / 200 >= theirs && theirs + theirs / 200 >= count);
    CHECK(same + theirs / 200 >= theirs);
    free(want);
}

// Box head and choice of detections, at their proposals.
static void check_boxes(const struct maskrcnn *m, struct graph *g, struct maskrcnn_graph *parts,
                        struct chooser *chooser, size_t width, size_t height)
{
    size_t count, numbers;
    float *boxes = golden("proposals", &count), *found = golden("found", &numbers);
    float *want = golden("boxes", &numbers);
    float *rois = malloc(m->proposals * ROI_NUMBERS * sizeof *rois);
    float *scores = malloc(m->proposals * m->classes * sizeof *scores);
    float *deltas = malloc(m->proposals * 4 * m->classes * sizeof *deltas);
    count /= 4;
    for (size_t i = 0; i < m->proposals; i++)
        if (i < count)
            box_region(m, *(struct box *)(boxes + 4 * i), 0, m->box_canonical,
                       rois + i * ROI_NUMBERS);
        else
            rois[i * ROI_NUMBERS] = -1;
    graph_set(parts->box_rois, rois);
    graph_forward_part(g, parts->trunk_end, parts->box_end);
    check_tensor(parts->scores, "scores");
    check_tensor(parts->box_deltas, "box_deltas");
    graph_get(parts->scores, scores);
    graph_get(parts->box_deltas, deltas);
    size_t ours;
    const struct choice *choices = choose_detections(chooser, (struct box *)boxes, count, scores,
                                                     deltas, width, height, 0.05f, &ours);
    double off = 0, pixels = 0;
    CHECK(ours == numbers / 4);
    for (size_t i = 0; i < ours && i < numbers / 4; i++) {
        const float *box = &choices[i].box.x1;
        for (size_t k = 0; k < 4; k++)
            pixels = test_worse(pixels, (double)box[k], (double)want[4 * i + k]);
        off = test_worse(off, (double)choices[i].score, (double)found[2 * i]);
        CHECK(choices[i].label == (size_t)found[2 * i + 1]);
    }
    printf("detections   %zu, scores off by at most %.1e, boxes by %.1e pixels\n", ours, off,
           pixels);
    CHECK(off < 1e-3 && pixels < 0.05);
    free(boxes);
    free(found);
    free(want);
    free(rois);
    free(scores);
    free(deltas);
}

// Mask head, at their detections; as probabilities.
static void check_masks(const struct maskrcnn *m, struct graph *g, struct maskrcnn_graph *parts)
{
    size_t numbers, masks;
    const size_t side = 2 * m->mask_side, n = parts->masks->n;
    float *boxes = golden("boxes", &numbers), *found = golden("found", &numbers);
    float *want = golden("masks", &masks);
    float *rois = malloc(n * ROI_NUMBERS * sizeof *rois);
    float *got = malloc(n * side * side * m->classes * sizeof *got);
    double most = 0;
    CHECK(masks == n * side * side);
    for (size_t i = 0; i < n; i++)
        box_region(m, *(struct box *)(boxes + 4 * i), 0, m->mask_canonical, rois + i * ROI_NUMBERS);
    graph_set(parts->mask_rois, rois);
    graph_forward_part(g, parts->box_end, NULL);
    graph_get(parts->masks, got);
    for (size_t i = 0; i < masks; i++) {
        const float logit = got[i * m->classes + (size_t)found[2 * (i / (side * side)) + 1]];
        const double ours = 1 / (1 + exp(-(double)logit)), theirs = 1 / (1 + exp(-(double)want[i]));
        most = test_worse(most, ours, theirs);
    }
    printf("masks        off by at most %.1e\n", most);
    CHECK(most < 1e-3);
    free(boxes);
    free(found);
    free(want);
    free(rois);
    free(got);
}

static void check_stages(const char *path, const struct image *photo)
{
    struct safetensors *file = NULL;
    struct params params;
    struct maskrcnn m;
    struct maskrcnn_graph parts;
    struct chooser *chooser = NULL;
    swatch_error error = {0};
    size_t masks;
    free(golden("masks", &masks));
    params_init(&params, 0);
    if (safetensors_open(path, &file, &error) ||
        maskrcnn_parse(safetensors_metadata(file, "swatch.architecture"), &m, &error) ||
        params_from_file(&params, file, "", &error))
        CHECK_STRING(error.message, "");
    struct graph *g = graph_new(backend_cpu(), DTYPE_F32, GRAPH_INFER, 0);
    graph_params(g, &params, 1);
    maskrcnn_trunk(g, &m, graph_input(g, 1, photo->height, photo->width, 3), &parts);
    maskrcnn_box_head(g, &m, m.proposals, &parts);
    maskrcnn_mask_head(g, &m, masks / (4 * m.mask_side * m.mask_side), &parts);
    if (graph_finish(g, &error) || chooser_new(&m, &parts, &chooser, &error)) {
        CHECK_STRING(error.message, "");
        return;
    }
    float *x = malloc(photo->width * photo->height * 3 * sizeof *x);
    for (size_t i = 0; i < photo->width * photo->height * 3; i++)
        x[i] = ((float)photo->pixels[i] / 255 - m.mean[i % 3]) / m.deviation[i % 3];
    graph_set(parts.photo, x);
    graph_forward_part(g, NULL, parts.trunk_end);
    check_trunk(&parts);
    check_proposals(chooser, photo->width, photo->height);
    check_boxes(&m, g, &parts, chooser, photo->width, photo->height);
    check_masks(&m, g, &parts);
    free(x);
    chooser_free(chooser);
    graph_free(g);
    params_free(&params);
    safetensors_close(file);
}

// Writes `to` over `from`, which is as long, in a model file.
static void change(const char *path, const char *from, const char *to)
{
    char *data = NULL, *at;
    size_t size;
    CHECK(file_read(path, 1 << 28, &data, &size, NULL) == 0);
    if ((at = memmem(data, size, from, strlen(from))))
        memcpy(at, to, strlen(to));
    CHECK(at != NULL && strlen(from) == strlen(to));
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(data, 1, size, file) == size && fclose(file) == 0);
    free(data);
}

// Makes the tiny model take its photo as it is. The new numbers take as many characters.
static void take_as_it_is(const char *path)
{
    change(path, "\\\"shorter\\\":800", "\\\"shorter\\\":128");
    change(path, "\\\"longer\\\":1333", "\\\"longer\\\": 160");
}

// What the model file finds in the photo.
static struct detection *detect(const char *path, const struct image *photo, float least_score,
                                size_t *count)
{
    const struct model_options options = {.precision = MODEL_F32};
    struct model *model = NULL;
    struct runner *runner = NULL;
    struct detection *found = NULL;
    swatch_error error = {0};
    *count = 0;
    if (model_open(path, &options, &model, &error) || runner_new(model, &runner, &error) ||
        people_run(runner, photo, least_score, &found, count, &error))
        CHECK_STRING(error.message, "");
    runner_free(runner);
    model_free(model);
    return found;
}

// The one of ours that is theirs number n, among its neighbours in order; or NULL.
static const struct detection *find(const struct detection *ours, size_t count, size_t n,
                                    const float *box, const float found[2])
{
    for (size_t k = n > 3 ? n - 3 : 0; k < count && k <= n + 3; k++)
        if (is_near(ours[k].box, box) && ours[k].label == (size_t)found[1] &&
            fabsf(ours[k].score - found[0]) < 1e-3f)
            return &ours[k];
    return NULL;
}

// Everything at once, to the pasted masks. Theirs are brought to whole pixels first, ours are not,
// so along the edges they may differ; a random network may also draw a mask that is all edge.
static void check_whole(const char *path, const struct image *photo)
{
    struct image masks = {0};
    swatch_error error = {0};
    size_t count, numbers;
    float *boxes = golden("boxes", &numbers), *found = golden("found", &numbers);
    struct detection *ours = detect(path, photo, 0.05f, &count);
    if (image_load_mask(golden_path("masks.png"), 0, &masks, &error))
        CHECK_STRING(error.message, "");
    const size_t theirs = numbers / 2, height = photo->height;
    size_t same = 0, masks_seen = 0, masks_same = 0;
    CHECK(count == theirs);
    for (size_t i = 0; i < theirs; i++)
        same += find(ours, count, i, boxes + 4 * i, found + 2 * i) != NULL;
    printf("whole        %zu of %zu detections the same\n", same, theirs);
    CHECK(same + theirs / 50 >= theirs);
    for (size_t n = 0; n < masks.height / height && n < theirs; n++) {
        const struct detection *d = find(ours, count, n, boxes + 4 * n, found + 2 * n);
        size_t both = 0, either = 0;
        if (!d)
            continue;
        for (size_t y = 0; y < height; y++)
            for (size_t x = 0; x < photo->width; x++) {
                const int a = x >= d->x && x < d->x + d->width && y >= d->y &&
                              y < d->y + d->height &&
                              d->mask[(y - d->y) * d->width + x - d->x] > 127;
                const int b = masks.pixels[(n * height + y) * masks.width + x] > 127;
                both += a && b;
                either += a || b;
            }
        printf("mask %zu       overlaps by %.3f of %zu pixels\n", n,
               either ? (double)both / (double)either : 1, either);
        masks_seen++;
        masks_same += (double)both >= 0.9 * (double)either;
    }
    // In full size random masks are chessboards, finer than pixels.
    CHECK(photo->width > 500 || (masks_seen > 0 && 8 * masks_same >= 7 * masks_seen));
    free(boxes);
    free(found);
    image_free(&masks);
    detections_free(ours, count);
}

// With "mask_scores" the same are found, each with its score times a share that is no more than 1
// and, as what is inside a mask is at least half sure, no less than a quarter; in the new order,
// and none below the score asked for.
static void check_mask_scores(const char *path, const struct image *photo)
{
    size_t plain_count, count, fewer_count, same = 0, lower = 0, moved = 0;
    struct detection *plain = detect(path, photo, 0.05f, &plain_count);
    change(path, "\\\"mask_scores\\\":false", "\\\"mask_scores\\\":true ");
    struct detection *found = detect(path, photo, 0.05f / 4, &count);
    for (size_t i = 0; i < count; i++) {
        CHECK(i == 0 || found[i].score <= found[i - 1].score);
        for (size_t k = 0; k < plain_count; k++) {
            const float share = found[i].score / plain[k].score;
            if (memcmp(found[i].box, plain[k].box, sizeof plain[k].box) != 0 ||
                found[i].label != plain[k].label)
                continue;
            CHECK(share <= 1 && (share >= 0.25f || share == 0));
            same++;
            lower += share < 1;
            moved += i != k;
        }
    }
    CHECK(same > 10 && lower == same && moved > 0);
    struct detection *fewer = detect(path, photo, found[count / 2].score, &fewer_count);
    CHECK(fewer_count > 0 && fewer_count < count);
    for (size_t i = 0; i < fewer_count; i++)
        CHECK(fewer[i].score >= found[count / 2].score);
    detections_free(plain, plain_count);
    detections_free(found, count);
    detections_free(fewer, fewer_count);
}

// Which level regions of so many pixels are cut out of: torchvision takes floor(2 + log2(side /
// 224)) from P2 on, matterport rounds.
static void check_levels(void)
{
    static const struct {
        float side, torchvision, matterport;
    } cases[] = {{20, 0, 0},  {100, 0, 1}, {150, 1, 1}, {170, 1, 2},
                 {224, 2, 2}, {310, 2, 2}, {330, 2, 3}, {900, 3, 3}};
    struct maskrcnn m;
    float region[ROI_NUMBERS];
    maskrcnn_torchvision(&m, 2);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct box b = {10, 20, 10 + cases[i].side * 2, 20 + cases[i].side / 2};
        m.matterport = 0;
        box_region(&m, b, 3, 224, region);
        CHECK(region[0] == 3 && region[1] == cases[i].torchvision && region[5] == b.y2);
        m.matterport = 1;
        box_region(&m, b, 3, 224, region);
        CHECK(region[1] == cases[i].matterport);
    }
}

// Settings and back; of files from before there was "mask_edges" ours have it, and "lite0" models
// can be read.
static void test_text(void)
{
    struct maskrcnn m, read;
    swatch_error error;
    maskrcnn_lite(&m, 2);
    char *text = maskrcnn_text(&m);
    CHECK(text && maskrcnn_parse(text, &read, &error) == 0 && read.mask_edges);
    CHECK(read.mask_scores);
    CHECK(read.closer_shorter == m.closer_shorter && read.closer_longer == m.closer_longer);
    char *key = text ? strstr(text, "\"mask_edges\":true,") : NULL;
    CHECK(key != NULL);
    if (key) {
        memcpy(key, "\"mask_edges\":7,   ", 18);
        CHECK(maskrcnn_parse(text, &read, &error) && strstr(error.message, "mask_edges"));
        memset(key, ' ', 18);
        CHECK(maskrcnn_parse(text, &read, &error) == 0 && read.mask_edges);
    }
    char *backbone = text ? strstr(text, "\"lite2\"") : NULL;
    CHECK(backbone != NULL && read.backbone == MASKRCNN_LITE2);
    if (backbone) {
        backbone[5] = '0';
        CHECK(maskrcnn_parse(text, &read, &error) == 0 && read.backbone == MASKRCNN_LITE0);
        backbone[5] = '1';
        CHECK(maskrcnn_parse(text, &read, &error) && strstr(error.message, "backbone"));
    }
    free(text);
    m.closer_longer = m.longer;
    text = maskrcnn_text(&m);
    CHECK(text && maskrcnn_parse(text, &read, &error) && strstr(error.message, "closer_longer"));
    free(text);
    maskrcnn_torchvision(&m, 91);
    m.box_side = 64;
    text = maskrcnn_text(&m);
    CHECK(text && maskrcnn_parse(text, &read, &error) && strstr(error.message, "proposals"));
    free(text);
    m.box_side = 7;
    m.mask_side = 128;
    m.mask_channels = 1024;
    text = maskrcnn_text(&m);
    CHECK(text && maskrcnn_parse(text, &read, &error) && strstr(error.message, "mask_side"));
    free(text);
    maskrcnn_torchvision(&m, 91);
    text = maskrcnn_text(&m);
    CHECK(text && maskrcnn_parse(text, &read, &error) == 0 && !read.mask_edges &&
          !read.mask_scores && !read.closer_shorter && !strstr(text, "closer"));
    free(text);
}

int main(int argc, char **argv)
{
    swatch_import_options options = SWATCH_IMPORT_OPTIONS_INIT;
    swatch_import_summary summary = SWATCH_IMPORT_SUMMARY_INIT;
    struct image photo = {0};
    swatch_error error = {0};
    if (argc > 1)
        golden_folder = argv[1];
    else
        options.classes = "background,person,dog";
    check_levels();
    test_text();
    test_folder_make();
    const char *path = test_path("model.safetensors");
    if (safetensors_open(golden_path("expected.safetensors"), &expected, &error) ||
        image_load(golden_path("photo.png"), 0, &photo, &error) ||
        swatch_import(golden_path("torchvision.pth"), path, &options, &summary, &error))
        CHECK_STRING(error.message, "");
    else {
        check_stages(path, &photo);
        if (argc == 1)
            take_as_it_is(path);
        check_whole(path, &photo);
        if (argc == 1)
            check_mask_scores(path, &photo);
    }
    image_free(&photo);
    safetensors_close(expected);
    test_folder_remove();
    return test_end();
}
