// Two settings of Mask R-CNN, and settings as JSON.

#include <jansson.h>
#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "model/networks/maskrcnn.h"

// The most numbers that a head may hold at once (docs/decisions.md, "The largest input of a
// model").
#define NUMBERS_MAX ((size_t)1 << 27)

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

// People are taller than wide, and often large in a photo. So anchors are narrow, P2 has no
// proposals, and masks are cut out of the finest level at twice the usual sides.
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

const char *maskrcnn_backbone_name(const struct maskrcnn *m)
{
    return backbones[m->backbone];
}

// The settings in the order in which they are written, with their ranges.
enum kind { WHOLE, REAL, FLAG, WHOLES, REALS, SIZES, RATIOS };

static const struct setting {
    const char *key;
    enum kind kind;
    size_t offset; // in struct maskrcnn; of the second field for SIZES and RATIOS, which have two
    double low, high;
    size_t count;  // of WHOLES and REALS
    int of_resnet; // 1: only for this backbone
    int may_lack;  // 1: older files lack this flag; it is 1 for our networks, 0 for a ResNet
} settings[] = {
#define SET(name, type, least, most)                                                               \
    .key = #name, .kind = type, .offset = offsetof(struct maskrcnn, name), .low = least,           \
    .high = most
    {SET(blocks, WHOLES, 1, 64), .count = 4, .of_resnet = 1},
    {SET(width, WHOLE, 1, 512), .of_resnet = 1},
    {SET(norm_epsilon, REAL, 0, 1)},
    {SET(matterport, FLAG, 0, 1)},
    {SET(pyramid, WHOLE, 1, 1024)},
    {SET(rpn_channels, WHOLE, 1, 4096)},
    {SET(first_level, WHOLE, 0, MASKRCNN_LEVELS - 1)},
    {.key = "sizes",
     .kind = SIZES,
     .offset = offsetof(struct maskrcnn, size),
     .low = 0,
     .high = 8192},
    {.key = "ratios",
     .kind = RATIOS,
     .offset = offsetof(struct maskrcnn, ratio),
     .low = 0.01,
     .high = 100},
    {SET(classes, WHOLE, 2, MASKRCNN_CLASSES_MAX)},
    {SET(box_side, WHOLE, 1, 64)},
    {SET(box_units, WHOLE, 1, 8192)},
    {SET(mask_side, WHOLE, 1, 128)},
    {SET(mask_convs, WHOLE, 1, 16)},
    {SET(mask_channels, WHOLE, 1, 1024)},
    {SET(mask_dilated, FLAG, 0, 1)},
    {SET(mask_edges, FLAG, 0, 1), .may_lack = 1},
    {SET(samples, WHOLE, 1, 8)},
    {SET(half_pixel, FLAG, 0, 1)},
    {SET(box_canonical, REAL, 1, 1e5)},
    {SET(mask_canonical, REAL, 1, 1e5)},
    {SET(before_nms, WHOLE, 1, 20000)},
    {SET(proposals, WHOLE, 1, 4000)},
    {SET(detections, WHOLE, 1, 1000)},
    {SET(proposal_overlap, REAL, 0, 1)},
    {SET(overlap, REAL, 0, 1)},
    {SET(score, REAL, 0, 1)},
    {SET(mask_scores, FLAG, 0, 1), .may_lack = 1},
    {SET(shorter, WHOLE, 32, 4096)},
    {SET(longer, WHOLE, 32, 8192)},
    {SET(multiple, WHOLE, 32, 1024)},
    {SET(mean, REALS, -1e3, 1e3), .count = 3},
    {SET(deviation, REALS, 1e-6, 1e3), .count = 3},
#undef SET
};
#define SETTINGS (sizeof settings / sizeof *settings)

static json_t *floats(const float *values, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_real((double)values[i]));
    return array;
}

static json_t *wholes(const size_t *values, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_integer((json_int_t)values[i]));
    return array;
}

static json_t *sizes(const struct maskrcnn *m)
{
    json_t *array = json_array();
    for (size_t level = 0; level < MASKRCNN_LEVELS; level++)
        json_array_append_new(array, floats(m->size[level], m->sizes));
    return array;
}

static json_t *value_of(const struct maskrcnn *m, const struct setting *s)
{
    const void *at = (const char *)m + s->offset;
    switch (s->kind) {
    case WHOLE:
        return json_integer((json_int_t) * (const size_t *)at);
    case REAL:
        return json_real((double)*(const float *)at);
    case FLAG:
        return json_boolean(*(const int *)at);
    case WHOLES:
        return wholes(at, s->count);
    case REALS:
        return floats(at, s->count);
    case RATIOS:
        return floats(at, m->ratios);
    default:
        return sizes(m);
    }
}

char *maskrcnn_text(const struct maskrcnn *m)
{
    json_t *json = json_pack("{ss, ss}", "name", "mask-rcnn", "backbone", backbones[m->backbone]);
    int failed = !json;
    for (size_t i = 0; i < SETTINGS; i++)
        failed |= json_object_set_new(json, settings[i].key, value_of(m, &settings[i]));
    if (m->closer_shorter) {
        failed |= json_object_set_new(json, "closer_shorter",
                                      json_integer((json_int_t)m->closer_shorter));
        failed |=
            json_object_set_new(json, "closer_longer", json_integer((json_int_t)m->closer_longer));
    }
    char *text = failed ? NULL : json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(7));
    json_decref(json);
    return text;
}

// An object that is read, and its first fault: a key that is missing or out of range.
struct reader {
    const json_t *json;
    const char *fault;
};

static void fault(struct reader *r, const char *key)
{
    r->fault = r->fault ? r->fault : key;
}

// Reads a number. After a fault it returns the lowest value.
static double number(struct reader *r, const json_t *value, const struct setting *s)
{
    const double x = json_number_value(value);
    const int whole = s->kind == WHOLE || s->kind == WHOLES;
    if (!(whole ? json_is_integer(value) : json_is_number(value)) ||
        !(x >= s->low && x <= s->high)) {
        fault(r, s->key);
        return s->low;
    }
    return x;
}

// Reads the 1 to `most` numbers of an array and returns how many there are.
static size_t numbers(struct reader *r, const json_t *array, const struct setting *s, size_t most,
                      float *values)
{
    const size_t count = json_array_size(array);
    if (count == 0 || count > most) {
        fault(r, s->key);
        return 1;
    }
    for (size_t i = 0; i < count; i++)
        values[i] = (float)number(r, json_array_get(array, i), s);
    return count;
}

static void read_sizes(struct reader *r, const json_t *value, const struct setting *s,
                       struct maskrcnn *m)
{
    if (json_array_size(value) != MASKRCNN_LEVELS)
        fault(r, s->key);
    for (size_t level = 0; level < MASKRCNN_LEVELS; level++) {
        const size_t count =
            numbers(r, json_array_get(value, level), s, MASKRCNN_SIZES, m->size[level]);
        if (level > 0 && count != m->sizes)
            fault(r, s->key);
        m->sizes = count;
    }
}

static void read_setting(struct reader *r, const struct setting *s, struct maskrcnn *m)
{
    const json_t *value = json_object_get(r->json, s->key);
    void *at = (char *)m + s->offset;
    switch (s->kind) {
    case WHOLE:
        *(size_t *)at = (size_t)number(r, value, s);
        break;
    case REAL:
        *(float *)at = (float)number(r, value, s);
        break;
    case FLAG:
        if (!json_is_boolean(value) && (value || !s->may_lack))
            fault(r, s->key);
        *(int *)at = value ? json_is_true(value) : m->backbone != MASKRCNN_RESNET;
        break;
    case WHOLES:
        if (json_array_size(value) != s->count)
            fault(r, s->key);
        for (size_t i = 0; i < s->count; i++)
            ((size_t *)at)[i] = (size_t)number(r, json_array_get(value, i), s);
        break;
    case REALS:
        if (numbers(r, value, s, s->count, at) != s->count)
            fault(r, s->key);
        break;
    case RATIOS:
        m->ratios = numbers(r, value, s, MASKRCNN_RATIOS, at);
        break;
    case SIZES:
        read_sizes(r, value, s, m);
    }
}

// Reads the second look, which must be larger than the first. It may be missing.
static void read_closer(struct reader *r, struct maskrcnn *m)
{
    const json_t *shorter = json_object_get(r->json, "closer_shorter");
    const json_t *longer = json_object_get(r->json, "closer_longer");
    if (!shorter && !longer)
        return;
    const struct setting closer[2] = {
        {.key = "closer_shorter", .low = (double)m->shorter + 1, .high = 4096},
        {.key = "closer_longer", .low = (double)m->longer + 1, .high = 8192},
    };
    m->closer_shorter = (size_t)number(r, shorter, &closer[0]);
    m->closer_longer = (size_t)number(r, longer, &closer[1]);
}

int maskrcnn_parse(const char *text, struct maskrcnn *m, swatch_error *error)
{
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    struct reader r = {.json = json, .fault = "backbone"};
    *m = (struct maskrcnn){0};
    const char *backbone = json_string_value(json_object_get(json, "backbone"));
    for (size_t i = 0; backbone && i < sizeof backbones / sizeof *backbones; i++)
        if (strcmp(backbone, backbones[i]) == 0) {
            m->backbone = (enum maskrcnn_backbone)i;
            r.fault = NULL;
        }
    for (size_t i = 0; i < SETTINGS; i++)
        if (!settings[i].of_resnet || m->backbone == MASKRCNN_RESNET)
            read_setting(&r, &settings[i], m);
    if (m->multiple % 32 || m->shorter > m->longer)
        fault(&r, "multiple");
    read_closer(&r, m);
    // What the heads hold takes memory, but no weights, so a small file could ask for a lot.
    if (m->proposals * m->box_side * m->box_side * m->pyramid > NUMBERS_MAX)
        fault(&r, "proposals");
    if (4 * m->mask_side * m->mask_side * (m->mask_channels + m->classes) > NUMBERS_MAX / 4)
        fault(&r, "mask_side");
    json_decref(json);
    return r.fault ? error_set(error, SWATCH_BAD_FILE,
                               "the architecture's \"%s\" is missing or out of its range", r.fault)
                   : SWATCH_OK;
}
