// A step runs the trunk first. Its proposals, matched with the truth, become the inputs of the
// heads. Then the heads run, and one backward pass goes through all of it.

#include "train/people/trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "train/recipe.h"
#include "train/together.h"

#define STREAM_TARGETS 0x7a67 // sets the random numbers of anchors and regions apart from others

// The results of a step. They are gathered on the device and read in one transfer.
struct detect_report {
    double objectness[MASKRCNN_LEVELS], proposals[MASKRCNN_LEVELS], classes, boxes, masks;
    int finite; // 1: all gradients are finite
};

const char *const people_losses[PEOPLE_LOSSES] = {"objectness", "proposals", "classes", "boxes",
                                                  "masks"};

static int build(struct detect_trainer *t, swatch_error *error)
{
    const struct recipe *r = &t->recipe;
    const struct maskrcnn *m = &t->network;
    struct maskrcnn_graph *p = &t->parts;
    const size_t sides = 2 * m->mask_side;
    struct graph *g = t->g = graph_new(t->backend, r->dtype, GRAPH_TRAIN, r->seed);
    if (!g)
        return error_memory(error);
    graph_share(g, r->ranks, r->sync_norm);
    graph_params(g, &t->params, 0);
    maskrcnn_trunk(g, m, graph_input(g, t->photos, r->height, r->width, 3), p);
    for (size_t l = m->first_level; l < MASKRCNN_LEVELS && p->objectness[l] && p->deltas[l]; l++) {
        const struct tensor *o = p->objectness[l];
        const size_t drawn = t->photos * r->anchors;
        t->labels[l] = graph_input_labels(g, o->n, o->h, o->w, o->c);
        t->deltas[l] = graph_input_f32(g, o->n, o->h, o->w, 4 * o->c);
        t->loss_objectness[l] =
            loss_binary_cross_entropy(g, p->objectness[l], t->labels[l], drawn, 1);
        t->loss_proposals[l] = loss_smooth_l1(g, p->deltas[l], t->deltas[l], 1.0f / 9, drawn, 1);
    }
    maskrcnn_box_head(g, m, t->photos * r->regions, p);
    maskrcnn_mask_head(g, m, t->photos * r->mask_regions, p);
    t->box_labels = graph_input_labels(g, t->photos * r->regions, 1, 1, 1);
    t->box_targets = graph_input_f32(g, t->photos * r->regions, 1, 1, 4 * m->classes);
    t->mask_targets = graph_input_labels(g, t->photos * r->mask_regions, sides, sides, m->classes);
    t->loss_classes = loss_cross_entropy(g, p->scores, t->box_labels, NULL, NULL, 0, 1);
    t->loss_boxes =
        loss_smooth_l1(g, p->box_deltas, t->box_targets, 1.0f / 9, t->photos * r->regions, 1);
    t->loss_masks = loss_binary_cross_entropy(g, p->masks, t->mask_targets, 0, 1);
    return graph_finish(g, error);
}

int detect_trainer_new(const struct recipe *recipe, const struct maskrcnn *network,
                       struct detect_trainer *t, swatch_error *error)
{
    struct params *const set = &t->params;
    void *memory;
    memset(t, 0, sizeof *t);
    t->recipe = *recipe;
    t->network = *network;
    t->backend = recipe->backend ? recipe->backend : backend_cpu();
    params_init(&t->params, recipe->seed);
    t->params.backend = t->backend;
    if (recipe->height == 0 || recipe->width == 0 || recipe->height % 64 || recipe->width % 64 ||
        recipe->height > 8192 || recipe->width > 8192 || recipe->batch == 0 ||
        recipe->batch > 4096 || recipe->regions == 0 || recipe->mask_regions == 0 ||
        recipe->anchors == 0 || recipe->steps == 0)
        return error_set(error, SWATCH_USAGE,
                         "Mask R-CNN trains on a canvas of multiples of 64 up to 8192, with 1 to "
                         "4096 photos a step, at least one region a photo and one step");
    t->photos = together_part(recipe->ranks, recipe->batch, error);
    if (t->photos == 0)
        return SWATCH_USAGE;
    if (build(t, error) || params_train(&t->params, error) ||
        gradients_new(recipe->ranks, &set, 1, &t->gradients, error) ||
        chooser_new(&t->network, &t->parts, &t->chooser, error) ||
        t->backend->alloc(sizeof *t->report, &memory, error))
        goto fault;
    t->report = memory;
    params_set_rate(&t->params, "encoder.", recipe->encoder_rate);
    if (t->gradients)
        graph_watch(t->g, gradients_add, t->gradients);
    const size_t batch = t->photos, classes = network->classes, side = 2 * network->mask_side;
    t->heads = (struct head_targets){
        .regions = recipe->regions,
        .mask_regions = recipe->mask_regions,
        .box_rois = malloc(batch * recipe->regions * ROI_NUMBERS * sizeof(float)),
        .labels = malloc(batch * recipe->regions),
        .deltas = malloc(batch * recipe->regions * 4 * classes * sizeof(float)),
        .mask_rois = malloc(batch * recipe->mask_regions * ROI_NUMBERS * sizeof(float)),
        .masks = malloc(batch * recipe->mask_regions * side * side * classes)};
    int lacking = !t->heads.box_rois || !t->heads.labels || !t->heads.deltas ||
                  !t->heads.mask_rois || !t->heads.masks;
    for (size_t l = network->first_level; l < MASKRCNN_LEVELS; l++) {
        const struct tensor *o = t->parts.objectness[l];
        const size_t count = o->n * o->h * o->w * o->c;
        t->label_room[l] = malloc(count);
        t->delta_room[l] = malloc(4 * count * sizeof(float));
        lacking |= !t->label_room[l] || !t->delta_room[l];
    }
    if (!lacking)
        return SWATCH_OK;
    error_memory(error);
fault:
    detect_trainer_free(t);
    return SWATCH_FAILED;
}

void detect_trainer_free(struct detect_trainer *t)
{
    gradients_free(t->gradients);
    if (t->backend)
        t->backend->release(t->report);
    graph_free(t->g);
    params_free(&t->params);
    chooser_free(t->chooser);
    for (size_t l = 0; l < MASKRCNN_LEVELS; l++) {
        free(t->label_room[l]);
        free(t->delta_room[l]);
    }
    free(t->heads.box_rois);
    free(t->heads.labels);
    free(t->heads.deltas);
    free(t->heads.mask_rois);
    free(t->heads.masks);
    memset(t, 0, sizeof *t);
    params_init(&t->params, 0);
}

// Returns the number in the run of this rank's first scene of the step.
static uint64_t first_scene(const struct detect_trainer *t)
{
    return t->step * t->recipe.batch + ranks_number(t->recipe.ranks) * t->photos;
}

static void set_proposals(struct detect_trainer *t, const struct scene *scenes)
{
    const struct recipe *r = &t->recipe;
    const struct maskrcnn *m = &t->network;
    const uint64_t first = first_scene(t);
#pragma omp parallel for schedule(dynamic, 1)
    for (long n = 0; n < (long)t->photos; n++) {
        struct rng rng = {.seed = r->seed ^ STREAM_TARGETS, .stream = 2 * (first + (uint64_t)n)};
        uint8_t *labels[MASKRCNN_LEVELS] = {NULL};
        float *deltas[MASKRCNN_LEVELS] = {NULL};
        for (size_t l = m->first_level; l < MASKRCNN_LEVELS; l++) {
            const struct tensor *o = t->parts.objectness[l];
            const size_t count = o->h * o->w * o->c;
            labels[l] = t->label_room[l] + (size_t)n * count;
            deltas[l] = t->delta_room[l] + (size_t)n * count * 4;
        }
        targets_proposals(m, &t->parts, &scenes[n], r->anchors, &rng, labels, deltas);
    }
    for (size_t l = m->first_level; l < MASKRCNN_LEVELS; l++) {
        graph_set_labels(t->labels[l], t->label_room[l]);
        graph_set(t->deltas[l], t->delta_room[l]);
    }
}

static double counted(const uint8_t *labels, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += labels[i] != TARGET_IGNORED;
    return sum;
}

// Two losses are means over the labels that count. Ranks have different numbers of them, so each
// rank's loss counts by its share of all.
static void share_heads(struct detect_trainer *t)
{
    const size_t side = 2 * t->network.mask_side;
    if (!t->recipe.ranks)
        return;
    const double own[] = {counted(t->heads.labels, t->photos * t->recipe.regions),
                          counted(t->heads.masks, t->photos * t->recipe.mask_regions * side * side *
                                                      t->network.classes)};
    double all[] = {own[0], own[1]};
    ranks_sum(t->recipe.ranks, all, 2);
    graph_loss_share(t->loss_classes, all[0] > 0 ? own[0] / all[0] : 0);
    graph_loss_share(t->loss_masks, all[1] > 0 ? own[1] / all[1] : 0);
}

static void set_heads(struct detect_trainer *t, const struct scene *scenes)
{
    const struct recipe *r = &t->recipe;
    const struct maskrcnn *m = &t->network;
    const size_t side = 2 * m->mask_side, classes = m->classes;
    const uint64_t first = first_scene(t);
    choose_fetch(t->chooser);
    for (size_t n = 0; n < t->photos; n++) {
        struct rng rng = {.seed = r->seed ^ STREAM_TARGETS, .stream = 2 * (first + n) + 1};
        struct head_targets one = t->heads;
        size_t count;
        one.box_rois += n * r->regions * ROI_NUMBERS;
        one.labels += n * r->regions;
        one.deltas += n * r->regions * 4 * classes;
        one.mask_rois += n * r->mask_regions * ROI_NUMBERS;
        one.masks += n * r->mask_regions * side * side * classes;
        const struct box *proposals =
            choose_proposals(t->chooser, n, scenes[n].photo_width, scenes[n].photo_height, &count);
        targets_heads(m, &scenes[n], n, proposals, count, &rng, &one);
    }
    graph_set(t->parts.box_rois, t->heads.box_rois);
    graph_set(t->parts.mask_rois, t->heads.mask_rois);
    graph_set_labels(t->box_labels, t->heads.labels);
    graph_set(t->box_targets, t->heads.deltas);
    graph_set_labels(t->mask_targets, t->heads.masks);
    share_heads(t);
}

static void queue_report(struct detect_trainer *t)
{
    struct detect_report *to = t->report;
    for (size_t l = t->network.first_level; l < MASKRCNN_LEVELS; l++) {
        graph_loss_copy(t->loss_objectness[l], &to->objectness[l]);
        graph_loss_copy(t->loss_proposals[l], &to->proposals[l]);
    }
    graph_loss_copy(t->loss_classes, &to->classes);
    graph_loss_copy(t->loss_boxes, &to->boxes);
    graph_loss_copy(t->loss_masks, &to->masks);
    t->backend->copy(&to->finite, &t->params.step->finite, sizeof to->finite);
}

static void read_report(const struct detect_trainer *t, double losses[PEOPLE_LOSSES], int *finite)
{
    struct detect_report report;
    t->backend->read(&report, t->report, sizeof report);
    losses[LOSS_OBJECTNESS] = losses[LOSS_PROPOSALS] = 0;
    losses[LOSS_CLASSES] = graph_loss_of(t->loss_classes, report.classes);
    losses[LOSS_BOXES] = graph_loss_of(t->loss_boxes, report.boxes);
    losses[LOSS_MASKS] = graph_loss_of(t->loss_masks, report.masks);
    for (size_t l = t->network.first_level; l < MASKRCNN_LEVELS; l++) {
        losses[LOSS_OBJECTNESS] += graph_loss_of(t->loss_objectness[l], report.objectness[l]);
        losses[LOSS_PROPOSALS] += graph_loss_of(t->loss_proposals[l], report.proposals[l]);
    }
    *finite = report.finite;
}

int detect_trainer_step(struct detect_trainer *t, const struct scene *scenes,
                        double losses[PEOPLE_LOSSES], swatch_error *error)
{
    const struct adam adam = recipe_adam(&t->recipe, t->step);
    struct step_end end = {.backend = t->backend,
                           .gradients = t->gradients,
                           .ranks = t->recipe.ranks,
                           .step = t->step + 1,
                           .names = people_losses,
                           .count = PEOPLE_LOSSES};
    params_clear_gradients(&t->params);
    graph_set_step(t->g, t->step);
    graph_set(t->parts.photo, scenes[0].photo);
    set_proposals(t, scenes);
    graph_forward_part(t->g, NULL, t->parts.trunk_end);
    set_heads(t, scenes);
    graph_forward_part(t->g, t->parts.trunk_end, NULL);
    graph_backward(t->g);
    gradients_gather(t->gradients);
    params_adam(&t->params, &adam, t->step + 1);
    queue_report(t);

    read_report(t, losses, &end.finite);
    if (together_end(&end, losses, error))
        return SWATCH_FAILED;
    t->step++;
    return SWATCH_OK;
}

double detect_trainer_flops(const struct detect_trainer *t)
{
    return graph_flops(t->g, 1);
}
