// Mask R-CNN learns: a tiny network on made-up scenes, ellipses over noise, until it finds and
// outlines what it has never seen; and what its targets say of scenes made by hand.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/detector.h"
#include "model/model.h"
#include "test.h"
#include "train/detect_trainer.h"
#include "train/state.h"

#define SIDE 64
#define BATCH 2
#define TARGET_SIDE 128

// The small network with everything made smaller.
static void tiny(struct maskrcnn *m)
{
    maskrcnn_torchvision(m, 2);
    m->width = 8;
    for (size_t i = 0; i < 4; i++)
        m->blocks[i] = 1;
    m->pyramid = 16;
    for (size_t level = 0; level < MASKRCNN_LEVELS; level++)
        m->size[level][0] = (float)(8 << level);
    m->box_units = 32;
    m->mask_side = 7;
    m->mask_convs = 2;
    m->mask_channels = 16;
    m->before_nms = 60;
    m->proposals = 40;
    m->detections = 8;
    m->shorter = m->longer = SIDE;
    m->multiple = 64;
    for (size_t i = 0; i < 3; i++)
        m->mean[i] = m->deviation[i] = 0.5f;
}

// One or two ellipses, apart from each other, on a floor of noise. photo (SIDE, SIDE, 3) as 0-255.
static void draw(struct scene *s, uint8_t *photo, uint8_t *masks, struct rng *rng)
{
    *s = (struct scene){.photo_width = SIDE, .photo_height = SIDE};
    for (size_t i = 0; i < SIDE * SIDE * 3; i++)
        photo[i] = (uint8_t)(90 + rng_below(rng, 40));
    const size_t people = 1 + rng_below(rng, 2);
    for (size_t k = 0; k < people; k++) {
        const float a = rng_range(rng, 5, 10), b = rng_range(rng, 11, 25);
        const float x = rng_range(rng, 12, 20) + 30 * (float)k, y = rng_range(rng, 26, 38);
        struct instance *i = &s->instances[s->count++];
        i->x = (size_t)(x - a);
        i->y = (size_t)(y - b);
        i->width = (size_t)(2 * a + 1);
        i->height = (size_t)(2 * b + 1);
        i->mask = masks;
        for (size_t v = 0; v < i->height; v++)
            for (size_t u = 0; u < i->width; u++) {
                const float dx = ((float)(i->x + u) + 0.5f - x) / a;
                const float dy = ((float)(i->y + v) + 0.5f - y) / b;
                const int inside = dx * dx + dy * dy < 1;
                uint8_t *p = photo + ((i->y + v) * SIDE + i->x + u) * 3;
                *masks++ = inside ? 255 : 0;
                if (inside) {
                    p[0] = (uint8_t)(200 + rng_below(rng, 40));
                    p[1] = (uint8_t)(60 + rng_below(rng, 40));
                    p[2] = (uint8_t)(20 + rng_below(rng, 40));
                }
            }
        i->box[0] = (float)i->x;
        i->box[1] = (float)i->y;
        i->box[2] = (float)(i->x + i->width);
        i->box[3] = (float)(i->y + i->height);
    }
}

static double mask_iou(const struct detection *d, const struct instance *i)
{
    size_t both = 0, either = 0;
    for (size_t y = 0; y < SIDE; y++)
        for (size_t x = 0; x < SIDE; x++) {
            const int a = x >= d->x && y >= d->y && x < d->x + d->width && y < d->y + d->height &&
                          d->mask[(y - d->y) * d->width + x - d->x] >= 128;
            const int b = x >= i->x && y >= i->y && x < i->x + i->width && y < i->y + i->height &&
                          i->mask[(y - i->y) * i->width + x - i->x];
            both += a && b;
            either += a || b;
        }
    return (double)both / (double)either;
}

static void save(struct detect_trainer *t, const char *path)
{
    char *architecture = maskrcnn_text(&t->network);
    const struct safetensors_pair pairs[] = {{"swatch.format", MODEL_FORMAT},
                                             {"swatch.architecture", architecture},
                                             {"swatch.classes", "[\"background\",\"person\"]"},
                                             {"swatch.history", "{}"}};
    swatch_error error;
    CHECK(state_export(path, &t->params, 0, pairs, 4, &error) == 0);
    free(architecture);
}

static void test_learns(void)
{
    const struct detect_recipe recipe = {.height = SIDE,
                                         .width = SIDE,
                                         .batch = BATCH,
                                         .anchors = 64,
                                         .regions = 24,
                                         .mask_regions = 4,
                                         .steps = 120,
                                         .seed = 4,
                                         .rate = 4e-3f,
                                         .beta1 = 0.9f,
                                         .beta2 = 0.999f,
                                         .warmup = 0.1f,
                                         .dtype = DTYPE_F32};
    struct maskrcnn m;
    struct detect_trainer t;
    struct detect_losses losses, first = {0};
    struct scene scenes[BATCH];
    struct rng rng = {.seed = 12};
    struct detector *detector = NULL;
    struct detector_session *session = NULL;
    swatch_error error = {0};
    char folder[] = "/tmp/swatch-detect-XXXXXX", path[64];
    float *photos = malloc(BATCH * SIDE * SIDE * 3 * sizeof *photos);
    uint8_t *pixels = malloc(SIDE * SIDE * 3), *masks = malloc(BATCH * SIDE * SIDE * 2);
    tiny(&m);
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/people.safetensors", folder);
    if (detect_trainer_new(&recipe, &m, &t, &error)) {
        CHECK_STRING(error.message, "");
        return;
    }
    for (uint64_t step = 0; step < recipe.steps; step++) {
        for (size_t n = 0; n < BATCH; n++) {
            draw(&scenes[n], pixels, masks + n * SIDE * SIDE * 2, &rng);
            scenes[n].photo = photos + n * SIDE * SIDE * 3;
            for (size_t i = 0; i < SIDE * SIDE * 3; i++)
                photos[n * SIDE * SIDE * 3 + i] = (float)pixels[i] / 127.5f - 1;
        }
        if (detect_trainer_step(&t, scenes, &losses, &error)) {
            CHECK_STRING(error.message, "");
            break;
        }
        if (step == 0)
            first = losses;
    }
    CHECK(t.step == recipe.steps);
    CHECK(losses.objectness < 0.5 * first.objectness);
    CHECK(losses.masks < 0.5 * first.masks);
    save(&t, path);
    detect_trainer_free(&t);

    if (detector_open(path, MODEL_F32, backend_cpu(), &detector, &error) ||
        detector_session_new(detector, &session, &error))
        CHECK_STRING(error.message, "");
    size_t wanted = 0, found = 0, detected = 0;
    for (int k = 0; session && k < 10; k++) {
        const struct image photo = {.width = SIDE, .height = SIDE, .bands = 3, .pixels = pixels};
        struct detection *detections;
        size_t count;
        draw(&scenes[0], pixels, masks, &rng);
        if (detector_run(session, &photo, 0.5f, &detections, &count, &error)) {
            CHECK_STRING(error.message, "");
            break;
        }
        wanted += scenes[0].count;
        for (size_t i = 0; i < scenes[0].count; i++) {
            double best = 0;
            for (size_t d = 0; d < count; d++)
                best = fmax(best, mask_iou(&detections[d], &scenes[0].instances[i]));
            found += best > 0.6;
        }
        detected += count;
        detections_free(detections, count);
    }
    printf("found %zu of %zu in %zu detections\n", found, wanted, detected);
    CHECK(wanted >= 10);
    CHECK(found >= wanted - 2);
    CHECK(detected <= 2 * wanted); // sums differ with the number of threads: 22 to 26 were seen
    detector_session_free(session);
    detector_free(detector);
    unlink(path);
    rmdir(folder);
    free(photos);
    free(pixels);
    free(masks);
}

// A scene of one person and one crowd; the graph gives the cells.
static void test_targets(void)
{
    const struct detect_recipe recipe = {.height = TARGET_SIDE,
                                         .width = TARGET_SIDE,
                                         .batch = 1,
                                         .anchors = 64,
                                         .regions = 9,
                                         .mask_regions = 2,
                                         .steps = 1,
                                         .dtype = DTYPE_F32};
    struct maskrcnn m;
    struct detect_trainer t;
    swatch_error error;
    struct rng rng = {.seed = 2};
    static uint8_t mask[64 * 32];
    tiny(&m);
    memset(mask, 255, sizeof mask);
    struct scene scene = {
        .photo_width = TARGET_SIDE,
        .photo_height = TARGET_SIDE,
        .count = 2,
        .instances = {
            {.box = {16, 32, 48, 96}, .x = 16, .y = 32, .width = 32, .height = 64, .mask = mask},
            {.box = {64, 0, 128, 128}, .ignore = 1}}};
    if (detect_trainer_new(&recipe, &m, &t, &error)) {
        CHECK_STRING(error.message, "");
        return;
    }
    const size_t drawn =
        targets_proposals(&m, &t.parts, &scene, 64, &rng, t.label_room, t.delta_room);
    CHECK(drawn == 64);
    size_t positive = 0, negative = 0;
    for (size_t level = 0; level < MASKRCNN_LEVELS; level++) {
        const struct tensor *o = t.parts.objectness[level];
        for (size_t i = 0; i < o->h * o->w * o->c; i++) {
            const size_t cell = i / o->c;
            const struct box anchor = box_anchor(&m, level, TARGET_SIDE, TARGET_SIDE, o->h, o->w,
                                                 cell / o->w, cell % o->w, i % o->c);
            const uint8_t label = t.label_room[level][i];
            positive += label == 254;
            negative += label == 0;
            CHECK(label == 254 || label == 0 || label == TARGET_IGNORED);
            CHECK(isnan(t.delta_room[level][4 * i]) == (label != 254));
            if (label == 254) {
                // What the deltas lead to is the person's box.
                const struct box b =
                    box_decode(anchor, &t.delta_room[level][4 * i], box_weights_proposals);
                CHECK_NEAR(b.x1, 16, 1e-3);
                CHECK_NEAR(b.y1, 32, 1e-3);
                CHECK_NEAR(b.x2, 48, 1e-3);
                CHECK_NEAR(b.y2, 96, 1e-3);
            }
            if (label == 0) {
                CHECK(box_inside(anchor, (struct box){64, 0, 128, 128}) <= 0.5f);
                CHECK(box_iou(anchor, (struct box){16, 32, 48, 96}) < 0.3f);
            }
        }
    }
    CHECK(positive >= 1);
    CHECK(negative >= 50);

    // Two on the person, of which one exact; one on nothing; one in the crowd. The true box joins.
    const struct box proposals[] = {
        {16, 32, 48, 96}, {20, 30, 52, 90}, {0, 100, 30, 128}, {70, 10, 100, 60}};
    targets_heads(&m, &scene, 0, proposals, 4, &rng, &t.heads);
    size_t of_label[2] = {0}, unused = 0;
    for (size_t i = 0; i < 9; i++) {
        const float *region = t.heads.box_rois + i * ROI_NUMBERS;
        const uint8_t label = t.heads.labels[i];
        if (label == TARGET_IGNORED) {
            CHECK(region[0] < 0);
            unused++;
            continue;
        }
        of_label[label]++;
        CHECK(region[0] == 0);
        CHECK(isnan(t.heads.deltas[i * 8]));
        CHECK(isnan(t.heads.deltas[i * 8 + 4]) == !label);
        if (label) {
            const struct box b =
                box_decode((struct box){region[2], region[3], region[4], region[5]},
                           t.heads.deltas + i * 8 + 4, box_weights_detections);
            CHECK_NEAR(b.x1, 16, 1e-3);
            CHECK_NEAR(b.y2, 96, 1e-3);
        }
    }
    CHECK(of_label[1] == 3);
    CHECK(of_label[0] == 1);
    CHECK(unused == 5);
    // The mask of the exact box is full; it is one of the first two.
    const size_t side = 2 * m.mask_side;
    int full = 0;
    for (size_t r = 0; r < 2; r++) {
        const float *region = t.heads.mask_rois + r * ROI_NUMBERS;
        const uint8_t *out = t.heads.masks + r * side * side * 2;
        CHECK(region[0] == 0);
        for (size_t i = 0; i < side * side; i++)
            CHECK(out[2 * i] == TARGET_IGNORED);
        if (region[2] == 16 && region[5] == 96) {
            full = 1;
            for (size_t i = 0; i < side * side; i++)
                CHECK(out[2 * i + 1] == 254);
        } else {
            CHECK(out[1] < 254);                       // partly above the person
            CHECK(out[2 * (side * side / 2) + 1] > 0); // in its middle
        }
    }
    CHECK(full);

    // Where only some are labelled, what shows none of them is not held against the network.
    scene.only_positives = 1;
    targets_heads(&m, &scene, 0, proposals, 4, &rng, &t.heads);
    for (size_t i = 0; i < 9; i++)
        CHECK(t.heads.labels[i] == 1 || t.heads.labels[i] == TARGET_IGNORED);
    detect_trainer_free(&t);
}

int main(void)
{
    test_targets();
    test_learns();
    return test_end();
}
