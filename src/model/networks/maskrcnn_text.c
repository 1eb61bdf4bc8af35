// The settings of a Mask R-CNN as JSON, and two that are made here.

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/networks/maskrcnn.h"

static const char *const backbones[] = {
    [MASKRCNN_RESNET] = "resnet",
    [MASKRCNN_LITE0] = "lite0",
    [MASKRCNN_LITE2] = "lite2",
};

void maskrcnn_torchvision(struct maskrcnn *m, size_t classes)
{
    *m = (struct maskrcnn){
        .backbone = MASKRCNN_RESNET,
        .blocks = {3, 4, 6, 3},
        .width = 64,
        .norm_epsilon = 1e-5f,
        .pyramid = 256,
        .rpn_channels = 256,
        .sizes = 1,
        .size = {{32}, {64}, {128}, {256}, {512}},
        .ratios = 3,
        .ratio = {0.5f, 1, 2},
        .classes = classes,
        .box_side = 7,
        .box_units = 1024,
        .mask_side = 14,
        .mask_convs = 4,
        .mask_channels = 256,
        .samples = 2,
        .box_canonical = 224,
        .mask_canonical = 224,
        .before_nms = 1000,
        .proposals = 1000,
        .detections = 100,
        .proposal_overlap = 0.7f,
        .overlap = 0.5f,
        .score = 0.05f,
        .shorter = 800,
        .longer = 1333,
        .multiple = 32,
        .mean = {0.485f, 0.456f, 0.406f},
        .deviation = {0.229f, 0.224f, 0.225f},
    };
}

// People are taller than wide, and a photo's one person is large: narrow anchors, no proposals on
// P2, and masks cut out of the finest level at twice the usual sides.
void maskrcnn_lite(struct maskrcnn *m, size_t classes)
{
    *m = (struct maskrcnn){
        .backbone = MASKRCNN_LITE2,
        .norm_epsilon = 1e-3f,
        .frozen = 2,
        .pyramid = 64,
        .rpn_channels = 64,
        .first_level = 1,
        .sizes = 2,
        .size = {{0, 0}, {20, 32}, {48, 80}, {128, 200}, {310, 460}},
        .ratios = 3,
        .ratio = {0.7f, 1.4f, 2.8f},
        .classes = classes,
        .box_side = 7,
        .box_units = 256,
        .mask_side = 28,
        .mask_convs = 3,
        .mask_channels = 64,
        .mask_dilated = 1,
        .mask_edges = 1,
        .samples = 2,
        .half_pixel = 1,
        .box_canonical = 224,
        .mask_canonical = 896,
        .before_nms = 600,
        .proposals = 300,
        .detections = 100,
        .proposal_overlap = 0.7f,
        .overlap = 0.5f,
        .score = 0.05f,
        .mask_scores = 1,
        .shorter = 416,
        .longer = 608,
        .multiple = 32,
        .closer_shorter = 640,
        .closer_longer = 960,
        .mean = {0.5f, 0.5f, 0.5f},
        .deviation = {0.5f, 0.5f, 0.5f},
    };
}

static json_t *floats(const float *values, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_real((double)values[i]));
    return array;
}

const char *maskrcnn_backbone_name(const struct maskrcnn *m)
{
    return backbones[m->backbone];
}

char *maskrcnn_text(const struct maskrcnn *m)
{
    json_t *sizes = json_array(), *blocks = json_array();
    for (size_t level = 0; level < MASKRCNN_LEVELS; level++)
        json_array_append_new(sizes, floats(m->size[level], m->sizes));
    for (size_t i = 0; i < 4; i++)
        json_array_append_new(blocks, json_integer((json_int_t)m->blocks[i]));
    json_t *json = json_pack(
        "{ss, ss, so, sI, sf, sb, sI, sI, sI, so, so, sI, sI, sI, sI, sI, sI, sb, sb, sI, sb, sf, "
        "sf,"
        " sI, sI, sI, sf, sf, sf, sb, sI, sI, sI, so, so}",
        "name", "mask-rcnn", "backbone", maskrcnn_backbone_name(m), "blocks", blocks, "width",
        (json_int_t)m->width, "norm_epsilon", (double)m->norm_epsilon, "matterport", m->matterport,
        "pyramid", (json_int_t)m->pyramid, "rpn_channels", (json_int_t)m->rpn_channels,
        "first_level", (json_int_t)m->first_level, "sizes", sizes, "ratios",
        floats(m->ratio, m->ratios), "classes", (json_int_t)m->classes, "box_side",
        (json_int_t)m->box_side, "box_units", (json_int_t)m->box_units, "mask_side",
        (json_int_t)m->mask_side, "mask_convs", (json_int_t)m->mask_convs, "mask_channels",
        (json_int_t)m->mask_channels, "mask_dilated", m->mask_dilated, "mask_edges", m->mask_edges,
        "samples", (json_int_t)m->samples, "half_pixel", m->half_pixel, "box_canonical",
        (double)m->box_canonical, "mask_canonical", (double)m->mask_canonical, "before_nms",
        (json_int_t)m->before_nms, "proposals", (json_int_t)m->proposals, "detections",
        (json_int_t)m->detections, "proposal_overlap", (double)m->proposal_overlap, "overlap",
        (double)m->overlap, "score", (double)m->score, "mask_scores", m->mask_scores, "shorter",
        (json_int_t)m->shorter, "longer", (json_int_t)m->longer, "multiple",
        (json_int_t)m->multiple, "mean", floats(m->mean, 3), "deviation", floats(m->deviation, 3));
    if (json && m->closer_shorter) {
        json_object_set_new(json, "closer_shorter", json_integer((json_int_t)m->closer_shorter));
        json_object_set_new(json, "closer_longer", json_integer((json_int_t)m->closer_longer));
    }
    char *text = json ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(7)) : NULL;
    json_decref(json);
    return text;
}

// Numbers of an object, with the first fault kept.
struct reader {
    const json_t *json;
    const char *fault;
};

static double number(struct reader *r, const char *key, double low, double high)
{
    const json_t *value = json_object_get(r->json, key);
    const double x = json_number_value(value);
    if (!json_is_number(value) || !(x >= low && x <= high)) {
        r->fault = r->fault ? r->fault : key;
        return low;
    }
    return x;
}

static size_t whole(struct reader *r, const char *key, size_t low, size_t high)
{
    if (!json_is_integer(json_object_get(r->json, key)))
        r->fault = r->fault ? r->fault : key;
    return (size_t)number(r, key, (double)low, (double)high);
}

static int flag(struct reader *r, const char *key)
{
    const json_t *value = json_object_get(r->json, key);
    if (!json_is_boolean(value))
        r->fault = r->fault ? r->fault : key;
    return json_is_true(value);
}

// Of files from before there was such a key.
static int flag_or(struct reader *r, const char *key, int otherwise)
{
    return json_object_get(r->json, key) ? flag(r, key) : otherwise;
}

// Reads 1 .. most numbers of an array and returns how many.
static size_t numbers(struct reader *r, const json_t *array, const char *key, size_t most,
                      double low, double high, float *values)
{
    const size_t count = json_array_size(array);
    if (count == 0 || count > most) {
        r->fault = r->fault ? r->fault : key;
        return 1;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_array_get(array, i);
        const double x = json_number_value(value);
        if (!json_is_number(value) || !(x >= low && x <= high))
            r->fault = r->fault ? r->fault : key;
        else
            values[i] = (float)x;
    }
    return count;
}

static void read_anchors(struct reader *r, struct maskrcnn *m)
{
    const json_t *sizes = json_object_get(r->json, "sizes");
    if (json_array_size(sizes) != MASKRCNN_LEVELS)
        r->fault = r->fault ? r->fault : "sizes";
    for (size_t level = 0; level < MASKRCNN_LEVELS; level++) {
        const size_t count = numbers(r, json_array_get(sizes, level), "sizes", MASKRCNN_SIZES, 0,
                                     8192, m->size[level]);
        if (level > 0 && count != m->sizes)
            r->fault = r->fault ? r->fault : "sizes";
        m->sizes = count;
    }
    m->ratios = numbers(r, json_object_get(r->json, "ratios"), "ratios", MASKRCNN_RATIOS, 0.01, 100,
                        m->ratio);
}

int maskrcnn_parse(const char *text, struct maskrcnn *m, swatch_error *error)
{
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    struct reader r = {.json = json};
    float blocks[4] = {0};
    *m = (struct maskrcnn){0};
    const char *backbone = json_string_value(json_object_get(json, "backbone"));
    r.fault = "backbone";
    for (size_t i = 0; backbone && i < sizeof backbones / sizeof *backbones; i++)
        if (strcmp(backbone, backbones[i]) == 0) {
            m->backbone = (enum maskrcnn_backbone)i;
            r.fault = NULL;
        }
    if (m->backbone == MASKRCNN_RESNET) {
        if (numbers(&r, json_object_get(json, "blocks"), "blocks", 4, 1, 64, blocks) != 4)
            r.fault = r.fault ? r.fault : "blocks";
        for (size_t i = 0; i < 4; i++)
            m->blocks[i] = (size_t)blocks[i];
        m->width = whole(&r, "width", 1, 512);
    }
    // Files from before there was a key: as maskrcnn_lite and maskrcnn_torchvision had it.
    const int ours = m->backbone != MASKRCNN_RESNET;
    m->norm_epsilon = (float)number(&r, "norm_epsilon", 0, 1);
    m->matterport = flag(&r, "matterport");
    m->pyramid = whole(&r, "pyramid", 1, 1024);
    m->rpn_channels = whole(&r, "rpn_channels", 1, 4096);
    m->first_level = whole(&r, "first_level", 0, MASKRCNN_LEVELS - 1);
    read_anchors(&r, m);
    m->classes = whole(&r, "classes", 2, MASKRCNN_CLASSES_MAX);
    m->box_side = whole(&r, "box_side", 1, 64);
    m->box_units = whole(&r, "box_units", 1, 8192);
    m->mask_side = whole(&r, "mask_side", 1, 128);
    m->mask_convs = whole(&r, "mask_convs", 1, 16);
    m->mask_channels = whole(&r, "mask_channels", 1, 1024);
    m->mask_dilated = flag(&r, "mask_dilated");
    m->mask_edges = flag_or(&r, "mask_edges", ours);
    m->samples = whole(&r, "samples", 1, 8);
    m->half_pixel = flag(&r, "half_pixel");
    m->box_canonical = (float)number(&r, "box_canonical", 1, 1e5);
    m->mask_canonical = (float)number(&r, "mask_canonical", 1, 1e5);
    m->before_nms = whole(&r, "before_nms", 1, 20000);
    m->proposals = whole(&r, "proposals", 1, 4000);
    m->detections = whole(&r, "detections", 1, 1000);
    m->proposal_overlap = (float)number(&r, "proposal_overlap", 0, 1);
    m->overlap = (float)number(&r, "overlap", 0, 1);
    m->score = (float)number(&r, "score", 0, 1);
    m->mask_scores = flag_or(&r, "mask_scores", ours);
    m->shorter = whole(&r, "shorter", 32, 4096);
    m->longer = whole(&r, "longer", 32, 8192);
    m->multiple = whole(&r, "multiple", 32, 1024);
    if (m->multiple % 32 || m->shorter > m->longer)
        r.fault = r.fault ? r.fault : "multiple";
    if (json_object_get(json, "closer_shorter") || json_object_get(json, "closer_longer")) {
        m->closer_shorter = whole(&r, "closer_shorter", m->shorter + 1, 4096);
        m->closer_longer = whole(&r, "closer_longer", m->longer + 1, 8192);
    }
    if (numbers(&r, json_object_get(json, "mean"), "mean", 3, -1e3, 1e3, m->mean) != 3)
        r.fault = r.fault ? r.fault : "mean";
    if (numbers(&r, json_object_get(json, "deviation"), "deviation", 3, 1e-6, 1e3, m->deviation) !=
        3)
        r.fault = r.fault ? r.fault : "deviation";
    json_decref(json);
    return r.fault ? error_set(error, SWATCH_FAILED,
                               "the architecture's \"%s\" is missing or out of its range", r.fault)
                   : SWATCH_OK;
}
