// Foreign weights as models of ours: each network's output against what
// tools/golden/import_files.py computed from the foreign weights, and what is said when they do not
// fit.

#include <zlib.h>

#include <swatch_train.h>

#include "base/file.h"
#include "folder.h"
#include "import/classes.h"
#include "import/names.h"
#include "model/clothes.h"
#include "test.h"

#define GOLDEN "tests/import/golden/"

static const char *folder = GOLDEN; // or another, of a network in its full size
static struct safetensors *expected;

// An expected tensor as floats, freed by the caller.
static float *golden(const char *name, size_t count)
{
    const struct safetensors_entry *e = safetensors_find(expected, name);
    float *values = malloc(count * sizeof *values);
    if (!e || e->elements != count || !values || safetensors_to_f32(e, values, NULL)) {
        fprintf(stderr, "%s: not %zu numbers\n", name, count);
        exit(1);
    }
    return values;
}

// Both must agree to 1e-4 of the largest number, or of 1.
static void check_same(const float *got, const float *want, size_t count)
{
    double most = 0, largest = 1;
    for (size_t i = 0; i < count; i++) {
        most = fmax(most, isfinite(got[i]) ? fabs((double)got[i] - (double)want[i]) : INFINITY);
        largest = fmax(largest, fabs((double)want[i]));
    }
    CHECK_NEAR(most / largest, 0, 1e-4);
}

// Imports a golden file into the test's folder.
static const char *import(const char *file, const swatch_import_options *options, size_t tensors,
                          size_t classes)
{
    char path[256];
    swatch_import_summary summary = SWATCH_IMPORT_SUMMARY_INIT;
    swatch_error error = {0};
    const char *output = test_path("model.safetensors");
    swatch_import_options replacing = SWATCH_IMPORT_OPTIONS_INIT;
    if (options)
        replacing = *options;
    replacing.replace = 1;
    snprintf(path, sizeof path, "%s%s", folder, file);
    if (swatch_import(path, output, &replacing, &summary, &error))
        fprintf(stderr, "%s\n", error.message);
    CHECK(summary.tensors == tensors);
    CHECK(summary.classes == classes);
    return output;
}

// (C, h, w) to (h factor, w factor, C), in squares.
static float *enlarge(const float *small, size_t c, size_t h, size_t w, size_t factor)
{
    float *large = malloc(c * h * w * factor * factor * sizeof *large);
    if (!large)
        exit(1);
    for (size_t y = 0; y < h * factor; y++)
        for (size_t x = 0; x < w * factor; x++)
            for (size_t k = 0; k < c; k++)
                large[(y * w * factor + x) * c + k] = small[(k * h + y / factor) * w + x / factor];
    return large;
}

// A generator whose photo is `side` squares of 16 pixels, its map seen at (5, 3), (5, 19) ...
static void test_generator(const char *file, const char *name, size_t side, size_t tensors,
                           const char *architecture)
{
    char key[64];
    const struct model_options options = {.precision = MODEL_F32};
    struct model *model;
    struct runner *runner;
    const float *output = NULL, *second;
    swatch_error error;
    const size_t size = side * 16;
    const char *path = import(file, NULL, tensors, 4);
    snprintf(key, sizeof key, "%s.photo", name);
    float *small = golden(key, 3 * side * side), *photo = enlarge(small, 3, side, side, 16);
    snprintf(key, sizeof key, "%s.map", name);
    float *map = golden(key, 3 * side * side);
    if (model_open(path, &options, &model, &error)) {
        fprintf(stderr, "%s\n", error.message);
        CHECK(!"the model");
    } else {
        CHECK_STRING(model->architecture, architecture);
        CHECK_STRING(model->classes.names[3], "clothes");
        CHECK(model->classes.colors[3][1] == 255);
        CHECK(runner_new(model, &runner, NULL) == 0);
        CHECK(clothes_run(runner, photo, size, size, &output, &second, NULL) == 0);
        double most = 0;
        for (size_t c = 0; c < 3 && output; c++)
            for (size_t y = 0; y < side; y++)
                for (size_t x = 0; x < side; x++)
                    most =
                        fmax(most, fabs((double)output[((16 * y + 5) * size + 16 * x + 3) * 3 + c] -
                                        (double)map[(c * side + y) * side + x]));
        // f32 through 15 or 17 convolutions: 3e-6 was seen.
        CHECK_NEAR(most, 0, 2e-5);
        runner_free(runner);
        model_free(model);
    }
    free(small);
    free(photo);
    free(map);
}

// Each tensor's numbers follow from its name, which is ours, too.
static void test_torchvision(const char *file)
{
    const char *path = import(file, NULL, 127, 3);
    struct safetensors *made = NULL;
    struct maskrcnn m;
    if (safetensors_open(path, &made, NULL)) {
        CHECK(!"the model");
        return;
    }
    for (size_t i = 0; i < safetensors_count(made); i++) {
        const struct safetensors_entry *e = safetensors_at(made, i);
        const float start =
            (float)(crc32(0, (const unsigned char *)e->name, (unsigned)strlen(e->name)) % 1000);
        float *values = malloc((e->elements + 1) * sizeof *values);
        size_t wrong = !values || safetensors_to_f32(e, values, NULL);
        for (size_t k = 0; k < e->elements && !wrong; k++)
            wrong = values[k] != start + (float)k / 64;
        if (wrong)
            fprintf(stderr, "%s: other numbers\n", e->name);
        CHECK(!wrong);
        free(values);
    }
    CHECK(maskrcnn_parse(safetensors_metadata(made, "swatch.architecture"), &m, NULL) == 0);
    CHECK(m.classes == 3 && m.width == 2 && m.blocks[2] == 1 && m.pyramid == 8 && m.box_side == 7 &&
          m.box_units == 16 && m.mask_convs == 4 && m.mask_channels == 8 && m.rpn_channels == 8 &&
          !m.matterport && m.norm_epsilon == 1e-5f);
    CHECK_STRING(safetensors_metadata(made, "swatch.classes"),
                 "[\"background\",\"class 1\",\"class 2\"]");
    safetensors_close(made);
}

// The tensors and settings of an imported Mask R-CNN.
static int open_maskrcnn(const char *path, struct params *params, struct maskrcnn *m)
{
    struct safetensors *file = NULL;
    swatch_error error;
    params_init(params, 0);
    const int status =
        safetensors_open(path, &file, &error) ||
        maskrcnn_parse(safetensors_metadata(file, "swatch.architecture"), m, &error) ||
        params_from_file(params, file, "", &error);
    if (status)
        fprintf(stderr, "%s\n", error.message);
    safetensors_close(file);
    return status;
}

static struct graph *new_graph(struct params *params)
{
    struct graph *g = graph_new(backend_cpu(), DTYPE_F32, GRAPH_INFER, 0);
    graph_params(g, params, 1);
    return g;
}

static float *output_of(const struct tensor *t)
{
    float *values = malloc(t->n * t->h * t->w * t->c * sizeof *values);
    graph_get(t, values);
    return values;
}

// The same numbers: ours (h, w, c), golden's (c, h, w).
static void check_features(const struct tensor *t, const char *name)
{
    float *got = output_of(t), *want = golden(name, t->h * t->w * t->c);
    float *turned = enlarge(want, t->c, t->h, t->w, 1);
    check_same(got, turned, t->h * t->w * t->c);
    free(got);
    free(want);
    free(turned);
}

static void test_matterport_trunk(struct params *params, const struct maskrcnn *m)
{
    struct maskrcnn_graph parts;
    swatch_error error;
    struct graph *g = new_graph(params);
    maskrcnn_trunk(g, m, graph_input(g, 1, 64, 64, 3), &parts);
    if (graph_finish(g, &error)) {
        fprintf(stderr, "%s\n", error.message);
        CHECK(!"the graph");
        graph_free(g);
        return;
    }
    float *chw = golden("matterport.photo", 3 * 64 * 64), *photo = enlarge(chw, 3, 64, 64, 1);
    graph_set(parts.photo, photo);
    graph_forward(g);
    check_features(parts.features[1], "matterport.p3");
    check_features(parts.features[3], "matterport.p5");
    // Proposals at P3: 8 x 8 cells, 3 anchors.
    float *object = golden("matterport.object", 8 * 8 * 3),
          *boxes = golden("matterport.boxes", 768);
    float *logits = output_of(parts.objectness[1]), *deltas = output_of(parts.deltas[1]);
    float turned[768];
    for (size_t i = 0; i < 192; i++) {
        logits[i] = 1 / (1 + expf(-logits[i]));
        for (size_t k = 0; k < 4; k++) // y, x, h, w there
            turned[4 * i + (k ^ 1)] = deltas[4 * i + k];
    }
    check_same(logits, object, 192);
    check_same(turned, boxes, 768);
    free(chw);
    free(photo);
    free(object);
    free(boxes);
    free(logits);
    free(deltas);
    graph_free(g);
}

// The heads without RoIAlign: a region of features in.
static void test_matterport_heads(struct params *params, const struct maskrcnn *m)
{
    swatch_error error;
    struct graph *g = new_graph(params);
    struct tensor *region = graph_input(g, 1, m->box_side, m->box_side, m->pyramid), *x = region;
    x = activation(g, linear(g, x, "roi_heads.box_head.fc6", m->box_units), ACTIVATION_RELU);
    x = activation(g, linear(g, x, "roi_heads.box_head.fc7", m->box_units), ACTIVATION_RELU);
    struct tensor *scores =
        graph_output(g, linear(g, x, "roi_heads.box_predictor.cls_score", m->classes));
    struct tensor *deltas =
        graph_output(g, linear(g, x, "roi_heads.box_predictor.bbox_pred", 4 * m->classes));
    x = region;
    for (size_t i = 0; i < 4; i++) {
        char name[64];
        snprintf(name, sizeof name, "roi_heads.mask_head.%zu.0", i);
        x = conv2d(g, x, name,
                   (struct conv2d){.channels = m->pyramid, .kernel = 3, .pad = 1, .bias = 1});
        x = activation(g, x, ACTIVATION_RELU);
    }
    x = conv_transpose2d(
        g, x, "roi_heads.mask_predictor.conv5_mask",
        (struct conv2d){.channels = m->pyramid, .kernel = 2, .stride = 2, .bias = 1});
    x = activation(g, x, ACTIVATION_RELU);
    struct tensor *masks =
        graph_output(g, conv2d(g, x, "roi_heads.mask_predictor.mask_fcn_logits",
                               (struct conv2d){.channels = m->classes, .kernel = 1, .bias = 1}));
    if (graph_finish(g, &error)) {
        fprintf(stderr, "%s\n", error.message);
        CHECK(!"the graph");
        graph_free(g);
        return;
    }
    const size_t side = m->box_side, count = 4 * m->classes;
    float *chw = golden("matterport.region", side * side * m->pyramid);
    float *hwc = enlarge(chw, m->pyramid, side, side, 1);
    float *want = golden("matterport.deltas", count), *got = malloc(2 * count * sizeof *got);
    graph_set(region, hwc);
    graph_forward(g);
    check_features(scores, "matterport.scores");
    check_features(masks, "matterport.masks");
    graph_get(deltas, got);
    for (size_t i = 0; i < count; i++)
        got[count + (i ^ 1)] = got[i];
    check_same(got + count, want, count);
    free(chw);
    free(hwc);
    free(want);
    free(got);
    graph_free(g);
}

// The network in its full size, see tools/golden/import_files.py.
static void test_matterport_full(void)
{
    const char *path = import("matterport.h5", NULL, 562, 81);
    struct params params;
    struct maskrcnn m;
    if (open_maskrcnn(path, &params, &m) == 0) {
        test_matterport_trunk(&params, &m);
        test_matterport_heads(&params, &m);
    } else {
        CHECK(!"the model");
    }
    params_free(&params);
}

static void test_matterport(void)
{
    const swatch_import_options options = {.size = sizeof options,
                                           .classes = "nothing,person=#10fF00,dog"};
    const char *path = import("matterport.h5", &options, 127, 3);
    struct safetensors *file = NULL;
    struct params params;
    struct maskrcnn m;
    if (open_maskrcnn(path, &params, &m) == 0) {
        CHECK(m.matterport && m.rpn_channels == 12 && m.box_side == 2 && m.norm_epsilon == 1e-3f &&
              m.ratio[0] == 2);
        test_matterport_trunk(&params, &m);
        test_matterport_heads(&params, &m);
    } else {
        CHECK(!"the model");
    }
    params_free(&params);
    CHECK(safetensors_open(path, &file, NULL) == 0);
    CHECK_STRING(safetensors_metadata(file, "swatch.classes"), "[\"nothing\",\"person\",\"dog\"]");
    CHECK_STRING(safetensors_metadata(file, "swatch.colors"),
                 "[\"#000000\",\"#10ff00\",\"#008000\"]");
    safetensors_close(file);
}

// The import must fail with a message that has all of `says`, and leave no file.
static void check_refused(const char *path, const swatch_import_options *options, int status,
                          const char *const *says)
{
    swatch_error error = {0};
    const char *output = test_path("refused.safetensors");
    const int got = swatch_import(path, output, options, NULL, &error);
    int fine = got == status && access(output, F_OK) != 0;
    for (; *says; says++)
        fine &= strstr(error.message, *says) != NULL;
    if (!fine)
        fprintf(stderr, "%s: %d, %s\n", path, got, error.message);
    CHECK(fine);
}
#define SAYS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void save(const char *path, struct import_tensors *all)
{
    struct safetensors_tensor list[512];
    for (size_t i = 0; i < all->count; i++) {
        list[i] = (struct safetensors_tensor){
            .name = all->items[i].name, .rank = all->items[i].rank, .data = all->items[i].data};
        memcpy(list[i].shape, all->items[i].shape, sizeof list[i].shape);
    }
    if (safetensors_save(path, list, all->count, NULL, 0, 1, NULL))
        exit(1);
}

// The tiny torchvision model by way of safetensors, with one thing after another wrong.
static void test_misfits(void)
{
    struct import_tensors all;
    const char *path = test_path("changed.safetensors");
    if (import_read(GOLDEN "torchvision-old.pth", &all, NULL)) {
        CHECK(!"the file");
        return;
    }
    save(path, &all);
    CHECK(swatch_import(path, test_path("again.safetensors"), NULL, NULL, NULL) == 0);
    CHECK(swatch_import(path, test_path("again.safetensors"), NULL, NULL, NULL) == SWATCH_EXISTS);
    struct import_tensor *t =
        (struct import_tensor *)import_tensors_find(&all, "roi_heads.box_predictor.bbox_pred.bias");
    t->data[3] = NAN;
    save(path, &all);
    check_refused(path, NULL, SWATCH_BAD_FILE,
                  SAYS("1 with infinities", "(roi_heads.box_predictor.bbox_pred.bias)"));
    t->data[3] = 0;
    t->count = t->shape[0] = 11;
    save(path, &all);
    check_refused(
        path, NULL, SWATCH_BAD_FILE,
        SAYS("1 misshapen", "roi_heads.box_predictor.bbox_pred.bias is 11 instead of 12"));
    import_rename(t, "roi_heads.box_predictor.bbox_pred.bios");
    save(path, &all);
    check_refused(
        path, NULL, SWATCH_BAD_FILE,
        SAYS("torchvision's Mask R-CNN, but 1 missing (roi_heads.box_predictor.bbox_pred.bias); "
             "1 surplus (roi_heads.box_predictor.bbox_pred.bios)"));
    for (size_t i = 0; i < all.count; i++)
        if (import_ends(all.items[i].name, ".bias"))
            import_rename(&all.items[i], "x%zu", i);
    save(path, &all);
    check_refused(path, NULL, SWATCH_BAD_FILE,
                  SAYS("missing (backbone.body.bn1.bias, ", ", ...)", "surplus (x2, "));
    import_tensors_free(&all);
}

// A generator whose first layer has none or too many filters, which is all that tells its width.
static void test_filters(void)
{
    struct import_tensors all;
    const char *path = test_path("filters.safetensors");
    if (import_read(GOLDEN "pix2pix.pth", &all, NULL)) {
        CHECK(!"the file");
        return;
    }
    struct import_tensor *t =
        (struct import_tensor *)import_tensors_find(&all, "model.model.0.weight");
    const size_t each = t->count / t->shape[0];
    static const size_t counts[] = {0, 1025};
    for (size_t i = 0; i < 2; i++) {
        char says[80];
        t->shape[0] = counts[i];
        t->count = counts[i] * each;
        free(t->data);
        t->data = calloc(t->count + 1, sizeof *t->data);
        save(path, &all);
        snprintf(says, sizeof says, "its first layer has %zu filters, not 1 to 1024", counts[i]);
        check_refused(path, NULL, SWATCH_BAD_FILE, SAYS(says));
    }
    import_tensors_free(&all);
}

// A parameter of encoder_lite as the PyPI packages call it.
static void lite_name(const char *ours, char *theirs, size_t room)
{
    static const char *const parts[][2] = {
        {"expand.conv.", "_expand_conv."},       {"expand.norm.", "_bn0."},
        {"depthwise.conv.", "_depthwise_conv."}, {"depthwise.norm.", "_bn1."},
        {"project.conv.", "_project_conv."},     {"project.norm.", "_bn2."},
    };
    unsigned block;
    int end = 0;
    snprintf(theirs, room, "%s", ours);
    if (strcmp(ours, "encoder.stem.conv.weight") == 0)
        snprintf(theirs, room, "_conv_stem.weight");
    else if (import_starts(ours, "encoder.stem.norm."))
        snprintf(theirs, room, "_bn0.%s", ours + strlen("encoder.stem.norm."));
    else if (sscanf(ours, "encoder.block%u.%n", &block, &end) == 1 && end > 0)
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
            if (import_starts(ours + end, parts[i][0]))
                snprintf(theirs, room, "_blocks.%u.%s%s", block, parts[i][1],
                         ours + end + strlen(parts[i][0]));
}

// An encoder under foreign names, all behind a prefix, comes back number by number; a block short
// it is told what it is.
static void test_lite(enum efficientnet_lite size, const char *prefix, const char *title)
{
    struct import_tensors all;
    struct params params;
    struct tensor *features[5];
    const char *path = test_path("lite.safetensors"), *output = test_path("encoder.safetensors");
    swatch_import_summary summary = SWATCH_IMPORT_SUMMARY_INIT;
    swatch_error error = {0};
    params_init(&params, 7);
    struct graph *g = new_graph(&params);
    encoder_lite(g, graph_input(g, 1, 32, 32, 3), size, 0, features);
    import_tensors_init(&all, path, (size_t)64 << 20);
    for (const struct param *p = params.first; p; p = p->next) {
        char name[IMPORT_NAME_MAX];
        struct import_tensor *t;
        snprintf(name, sizeof name, "%s", prefix);
        lite_name(p->name, name + strlen(prefix), sizeof name - strlen(prefix));
        CHECK(import_tensors_add(&all, name, strlen(name), p->rank, p->shape, &t, &error) == 0);
        memcpy(t->data, p->value, p->count * sizeof *t->data);
    }
    save(path, &all);
    swatch_import_options replacing = SWATCH_IMPORT_OPTIONS_INIT;
    replacing.replace = 1;
    if (swatch_import(path, output, &replacing, &summary, &error))
        CHECK_STRING(error.message, "");
    CHECK(summary.tensors == all.count && summary.classes == 0);
    CHECK_STRING(summary.kind, title);
    struct safetensors *file;
    CHECK(safetensors_open(output, &file, &error) == 0);
    for (const struct param *p = params.first; p; p = p->next) {
        const struct safetensors_entry *e = safetensors_find(file, p->name);
        float *got = malloc(p->count * sizeof *got);
        CHECK(e && e->elements == p->count && safetensors_to_f32(e, got, NULL) == 0 &&
              memcmp(got, p->value, p->count * sizeof *got) == 0);
        free(got);
    }
    safetensors_close(file);
    char name[IMPORT_NAME_MAX];
    snprintf(name, sizeof name, "%s_blocks.3._depthwise_conv.weight", prefix);
    import_rename((struct import_tensor *)import_tensors_find(&all, name), "%s_blocks.3.x", prefix);
    save(path, &all);
    check_refused(path, NULL, SWATCH_BAD_FILE,
                  SAYS(title, "1 missing (encoder.block3.depthwise.conv.weight)", "1 surplus"));
    import_tensors_free(&all);
    graph_free(g);
    params_free(&params);
}

static void test_wrong_options(void)
{
    const double epsilon = 0, large = 2;
    swatch_import_options options = {.size = sizeof options, .classes = "a,b"};
    const char *path = GOLDEN "torchvision.pth";
    check_refused(path, &options, 2, SAYS("3 classes", "not 2"));
    options.classes = "a,b,a";
    check_refused(path, &options, 2, SAYS("\"a\" occurs twice"));
    options.classes = "a,,c";
    check_refused(path, &options, 2, SAYS("has no name"));
    options.classes = "a,b=red,c";
    check_refused(path, &options, 2, SAYS("#rrggbb"));
    options.classes = "a,b/c,d";
    check_refused(path, &options, 2, SAYS("plain"));
    options.classes = NULL;
    options.norm_epsilon = &large;
    check_refused(path, &options, 2, SAYS("0-1"));
    options.norm_epsilon = &epsilon;
    check_refused(GOLDEN "pix2pix.pth", &options, 2, SAYS("epsilon"));
    check_refused(GOLDEN "types.pth", NULL, SWATCH_BAD_FILE,
                  SAYS("no network that is known", "plain"));
}

static void test_epsilon(void)
{
    const double epsilon = 0;
    const swatch_import_options options = {.size = sizeof options, .norm_epsilon = &epsilon};
    struct params params;
    struct maskrcnn m;
    CHECK(open_maskrcnn(import("torchvision.pth", &options, 127, 3), &params, &m) == 0);
    CHECK(m.norm_epsilon == 0);
    params_free(&params);
}

// Which names a network gets: COCO's where it has as many classes, else numbers.
static void test_class_names(void)
{
    static const struct {
        const struct import_kind *kind;
        size_t classes, index;
        const char *name;
    } rows[] = {
        {&import_torchvision, COCO_CLASSES, 0, "background"},
        {&import_torchvision, COCO_CLASSES, 12, "unused 12"},
        {&import_torchvision, COCO_CLASSES, 13, "stop sign"},
        {&import_torchvision, COCO_CLASSES, 90, "toothbrush"},
        {&import_matterport, COCO_USED, 0, "background"},
        {&import_matterport, COCO_USED, 12, "stop sign"},
        {&import_matterport, COCO_USED, 26, "umbrella"},
        {&import_matterport, COCO_USED, 27, "handbag"},
        {&import_matterport, COCO_USED, 80, "toothbrush"},
        {&import_matterport, COCO_CLASSES, 12, "class 12"},
        {&import_torchvision, 3, 2, "class 2"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct import_model model = {.kind = rows[i].kind, .classes = rows[i].classes};
        static struct import_classes classes;
        CHECK(import_classes_find(&model, "f", NULL, &classes, NULL) == 0);
        CHECK(classes.count == rows[i].classes);
        CHECK_STRING(classes.names[rows[i].index], rows[i].name);
    }
}

int main(void)
{
    char path[512];
    const char *full = getenv("SWATCH_IMPORT_FULL");
    char full_folder[256];
    test_folder_make();
    test_class_names();
    if (full) {
        snprintf(full_folder, sizeof full_folder, "%s/", full);
        folder = full_folder;
    }
    snprintf(path, sizeof path, "%sexpected.safetensors", folder);
    if (safetensors_open(path, &expected, NULL))
        return 1;
    if (full) {
        test_matterport_full();
    } else {
        test_torchvision("torchvision.pth");
        test_torchvision("torchvision-old.pth");
        test_epsilon();
        test_generator("pix2pix.pth", "pix2pix", 16, 71, "pix2pix-256");
        test_generator("keras-gan.h5", "keras_gan", 8, 76, "keras-gan");
        test_matterport();
        test_misfits();
        test_filters();
        test_lite(EFFICIENTNET_LITE0, "", "EfficientNet-Lite0");
        test_lite(EFFICIENTNET_LITE2, "_orig_mod.module.netG.", "EfficientNet-Lite2");
        test_wrong_options();
    }
    safetensors_close(expected);
    test_folder_remove();
    return test_end();
}
