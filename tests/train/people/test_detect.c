// A tiny Mask R-CNN learns made-up scenes, ellipses over noise, until it finds and outlines
// ellipses in scenes that it has not seen. Targets are checked on scenes made by hand.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/people.h"
#include "train/people/tiny_people.h"

#define TARGET_SIDE 128

static double mask_iou(const struct detection *d, const struct instance *i)
{
    size_t both = 0, either = 0;
    for (size_t y = 0; y < PEOPLE_SIDE; y++)
        for (size_t x = 0; x < PEOPLE_SIDE; x++) {
            const int a = x >= d->x && y >= d->y && x < d->x + d->width && y < d->y + d->height &&
                          d->mask[(y - d->y) * d->width + x - d->x] >= 128;
            const int b = x >= i->x && y >= i->y && x < i->x + i->width && y < i->y + i->height &&
                          i->mask[(y - i->y) * i->width + x - i->x];
            both += a && b;
            either += a || b;
        }
    return (double)both / (double)either;
}

static void test_learns(void)
{
    const struct recipe recipe = people_recipe(DTYPE_F32);
    struct maskrcnn m;
    struct detect_trainer t;
    double losses[PEOPLE_LOSSES] = {0}, first[PEOPLE_LOSSES] = {0};
    struct scene scene;
    struct rng rng = {.seed = 12};
    const struct model_options options = {.precision = MODEL_F32};
    struct model *model = NULL;
    struct runner *runner = NULL;
    swatch_error error = {0};
    char folder[] = "/tmp/swatch-detect-XXXXXX", path[64];
    uint8_t *pixels = malloc(PEOPLE_SIDE * PEOPLE_SIDE * 3),
            *masks = malloc(PEOPLE_SIDE * PEOPLE_SIDE * 2);
    tiny_network(&m);
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/people.safetensors", folder);
    tiny_detector(&t, &recipe, &m);
    for (uint64_t step = 0; step < recipe.steps; step++) {
        if (people_step(&t, &rng, losses, &error)) {
            CHECK_STRING(error.message, "");
            break;
        }
        if (step == 0)
            memcpy(first, losses, sizeof first);
    }
    CHECK(t.step == recipe.steps);
    CHECK(losses[LOSS_OBJECTNESS] < 0.5 * first[LOSS_OBJECTNESS]);
    CHECK(losses[LOSS_MASKS] < 0.5 * first[LOSS_MASKS]);
    tiny_detector_save(&t, path);
    detect_trainer_free(&t);

    if (model_open(path, &options, &model, &error) || runner_new(model, &runner, &error))
        CHECK_STRING(error.message, "");
    size_t wanted = 0, found = 0, detected = 0;
    for (int k = 0; runner && k < 10; k++) {
        const struct image photo = {
            .width = PEOPLE_SIDE, .height = PEOPLE_SIDE, .bands = 3, .pixels = pixels};
        struct detection *detections;
        size_t count;
        people_draw(&scene, pixels, masks, &rng);
        if (people_run(runner, &photo, 0.5f, &detections, &count, &error)) {
            CHECK_STRING(error.message, "");
            break;
        }
        wanted += scene.count;
        for (size_t i = 0; i < scene.count; i++) {
            double best = 0;
            for (size_t d = 0; d < count; d++)
                best = fmax(best, mask_iou(&detections[d], &scene.instances[i]));
            found += best > 0.6;
        }
        detected += count;
        detections_free(detections, count);
    }
    printf("found %zu of %zu in %zu detections\n", found, wanted, detected);
    CHECK(wanted >= 10);
    CHECK(found >= wanted - 2);
    CHECK(detected <= 2 * wanted); // not exact: sums differ with the number of threads
    runner_free(runner);
    model_free(model);
    unlink(path);
    rmdir(folder);
    free(pixels);
    free(masks);
}

// The encoder alone learns at its own rate.
static void test_encoder_rate(void)
{
    struct recipe recipe = tiny_people_recipe(DTYPE_F32);
    struct maskrcnn m;
    struct detect_trainer t;
    size_t slow = 0, others = 0;
    recipe.encoder_rate = 0.25f;
    maskrcnn_lite(&m, 2);
    tiny_detector(&t, &recipe, &m);
    for (const struct param *p = t.params.first; p; p = p->next) {
        const int encoder = strncmp(p->name, "encoder.", 8) == 0;
        CHECK(p->rate == (encoder ? 0.25f : 1));
        slow += (size_t)encoder;
        others += (size_t)!encoder;
    }
    CHECK(slow > 100 && others > 20);
    detect_trainer_free(&t);
}

// Checks the targets of a scene with one person and one crowd.
static void test_targets(void)
{
    struct recipe recipe = tiny_people_recipe(DTYPE_F32);
    struct maskrcnn m;
    struct detect_trainer t;
    struct rng rng = {.seed = 2};
    static uint8_t mask[64 * 32];
    recipe.height = recipe.width = TARGET_SIDE;
    recipe.anchors = 64;
    recipe.regions = 9;
    tiny_network(&m);
    memset(mask, 255, sizeof mask);
    struct scene scene = {
        .photo_width = TARGET_SIDE,
        .photo_height = TARGET_SIDE,
        .count = 2,
        .instances = {
            {.box = {16, 32, 48, 96}, .x = 16, .y = 32, .width = 32, .height = 64, .mask = mask},
            {.box = {64, 0, 128, 128}, .ignore = 1}}};
    tiny_detector(&t, &recipe, &m);
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
                // The deltas lead to the person's box.
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

    // Two boxes are on the person, one of them exactly, one is on nothing and one in the crowd. The
    // true box is added.
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
    // One of the first two boxes is the exact one; its mask is full.
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

    // If only some people are labelled, boxes that show none of them do not count as background.
    scene.only_positives = 1;
    targets_heads(&m, &scene, 0, proposals, 4, &rng, &t.heads);
    for (size_t i = 0; i < 9; i++)
        CHECK(t.heads.labels[i] == 1 || t.heads.labels[i] == TARGET_IGNORED);
    detect_trainer_free(&t);
}

int main(void)
{
    test_encoder_rate();
    test_targets();
    test_learns();
    return test_end();
}
