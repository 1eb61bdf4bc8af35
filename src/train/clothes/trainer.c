// A step has two graphs. Graph g runs the generator on the photo. Its losses are the pixel loss
// and, through a frozen discriminator, the adversarial loss. Graph d runs the discriminator twice:
// on the true map and on the map that g has just made. Both networks are updated together at the
// end. So the generator learns from the discriminator of the step before and runs only once in a
// step.
//
// All work of a step is queued; the host waits once, at the end, for the losses. A device that can
// record (CUDA graphs) records the work of the second step and replays it from then on. A recording
// reads its inputs from a fixed place. Batches are therefore fed into two other places in turn and
// copied to the fixed place when their step begins.

#include "train/clothes/trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "train/together.h"

// The results of a step. They are gathered on the device and read in one transfer.
struct step_report {
    double pixel, region, fool, real, fake, garments;
    int finite; // 1: all gradients are finite
};

static struct tensor *discriminate(struct graph *g, const struct recipe *r, struct tensor *photo,
                                   struct tensor *map)
{
    return r->patchgan ? discriminator_patchgan(g, photo, map, r->discriminator_filters)
                       : discriminator_keras_gan(g, photo, map, r->discriminator_filters);
}

static int build_generator(struct trainer *t, swatch_error *error)
{
    const struct recipe *r = &t->recipe;
    const enum gan_loss kind = r->logistic ? GAN_LOGISTIC : GAN_LEAST_SQUARES;
    const size_t outputs = r->rgb ? 3 : r->classes;
    const struct generator *generator = generator_find(r->generator);
    struct graph *g = t->g = graph_new(t->backend, r->dtype, GRAPH_TRAIN, r->seed);
    if (!g)
        return error_memory(error);
    graph_share(g, r->ranks, r->sync_norm);
    graph_params(g, &t->generator, 0);
    t->photo = graph_input(g, t->photos, r->height, r->width, 3);
    struct tensor *garments = NULL;
    struct tensor *out = generator->build(
        g, t->photo,
        (struct generator_shape){.filters = r->filters ? r->filters : generator->filters,
                                 .outputs = outputs,
                                 .rgb = r->rgb,
                                 .garments = r->garments},
        &garments);
    const float *weights = r->class_balance > 0 ? t->class_weights : NULL;
    if (r->rgb) {
        t->target = graph_input(g, t->photos, r->height, r->width, outputs);
        t->loss_pixel = loss_l1(g, out, t->target, r->pixel_weight);
        t->map = out;
    } else {
        t->labels = graph_input_labels(g, t->photos, r->height, r->width, 1);
        t->loss_pixel = loss_cross_entropy(g, out, t->labels, garments ? NULL : weights,
                                           garments ? NULL : t->sets, garments ? 0 : t->set_count,
                                           r->pixel_weight);
        if (r->region_weight > 0 && !garments)
            t->loss_region = loss_dice(g, out, t->labels, r->region_weight);
        t->map = r->gan_weight > 0 ? softmax(g, out) : out;
    }
    if (garments) {
        t->garment_labels = graph_input_labels(g, t->photos, r->height / 2, r->width / 2, 1);
        t->loss_garments = loss_cross_entropy(g, garments, t->garment_labels, weights, t->sets,
                                              t->set_count, r->garment_weight);
        if (r->region_weight > 0)
            t->loss_region = loss_dice(g, garments, t->garment_labels, r->region_weight);
    }
    if (r->gan_weight > 0) {
        graph_output(g, t->map);
        graph_params(g, &t->discriminator, 1);
        t->loss_fool = loss_gan(g, discriminate(g, r, t->photo, t->map), kind, 1, r->gan_weight);
    }
    return graph_finish(g, error);
}

static int build_discriminator(struct trainer *t, swatch_error *error)
{
    const struct recipe *r = &t->recipe;
    const enum gan_loss kind = r->logistic ? GAN_LOGISTIC : GAN_LEAST_SQUARES;
    const size_t outputs = r->rgb ? 3 : r->classes;
    struct graph *g = t->d = graph_new(t->backend, r->dtype, GRAPH_TRAIN, r->seed + 1);
    if (!g)
        return error_memory(error);
    graph_share(g, r->ranks, r->sync_norm);
    graph_params(g, &t->discriminator, 0);
    t->d_photo = graph_input(g, t->photos, r->height, r->width, 3);
    t->d_real = graph_input(g, t->photos, r->height, r->width, outputs);
    t->d_fake = graph_input(g, t->photos, r->height, r->width, outputs);
    t->d_loss_real = loss_gan(g, discriminate(g, r, t->d_photo, t->d_real), kind, 1, 0.5f);
    t->d_loss_fake = loss_gan(g, discriminate(g, r, t->d_photo, t->d_fake), kind, 0, 0.5f);
    return graph_finish(g, error);
}

// Labels of a batch: those of the answer, behind them those of the second head.
static size_t label_count(const struct trainer *t)
{
    const size_t pixels = t->photos * t->recipe.height * t->recipe.width;
    return pixels + (t->recipe.garments ? pixels / 4 : 0);
}

// Allocates the memory for batches. Writes what each class is painted with in the true map: its
// color in -1..1, or 1 in its channel. Unknown classes are painted 0 in all channels.
static int prepare_inputs(struct trainer *t, const uint8_t (*colors)[3], swatch_error *error)
{
    const struct recipe *r = &t->recipe;
    const size_t outputs = r->rgb ? 3 : r->classes, bytes = r->classes * outputs * sizeof(float);
    const size_t pixels = t->photos * r->height * r->width;
    float paints[CLASSES_MAX * CLASSES_MAX];
    void *memory;
    for (size_t k = 0; k < r->classes; k++)
        for (size_t c = 0; c < outputs; c++)
            paints[k * outputs + c] = r->rgb ? (float)colors[k][c] / 127.5f - 1 : k == c;
    t->padded = malloc(label_count(t));
    if (!t->padded)
        return error_memory(error);
    for (size_t i = 0; i < 2; i++) {
        if (t->backend->alloc(label_count(t), &memory, error))
            return SWATCH_FAILED;
        t->fed[i].labels = memory;
        if (t->backend->alloc(3 * pixels * dtype_size(r->dtype), &memory, error))
            return SWATCH_FAILED;
        t->fed[i].photo = memory;
    }
    if (t->backend->alloc(bytes, &memory, error))
        return SWATCH_FAILED;
    t->paints = memory;
    t->backend->write(t->paints, paints, bytes);
    return SWATCH_OK;
}

// The class of the network's answer that all classes of a set are part of. Where they are not part
// of one, the answer is not known.
static uint8_t answer_of_set(const struct label_meaning *meaning, uint64_t set)
{
    uint8_t answer = DATASET_UNKNOWN;
    for (size_t c = 0; c < CLASSES_MAX; c++) {
        if (!(set >> c & 1))
            continue;
        if (answer != DATASET_UNKNOWN && answer != meaning->whole[c])
            return DATASET_UNKNOWN;
        answer = meaning->whole[c];
    }
    return answer;
}

// Outside the photo the canvas is grey, as a background that the person step has painted: it counts
// as background.
static void prepare_labels(struct trainer *t, const struct label_meaning *meaning)
{
    const size_t garments = t->recipe.garments;
    t->set_count = meaning->set_count;
    for (size_t i = 0; i < t->set_count; i++)
        t->sets[i] = meaning->sets[i];
    for (size_t i = 0; i < sizeof t->answers; i++)
        t->answers[i] = (uint8_t)i;
    for (size_t i = 0; i < garments; i++)
        t->answers[i] = meaning->whole[i];
    for (size_t i = 0; garments && i < t->set_count; i++)
        t->answers[garments + i] = answer_of_set(meaning, meaning->sets[i]);
    t->answers[SOURCE_OUTSIDE] = 0;
}

static int prepare_report(struct trainer *t, swatch_error *error)
{
    void *memory;
    if (t->backend->alloc(sizeof *t->report, &memory, error))
        return SWATCH_FAILED;
    t->report = memory;
    t->backend->zero(t->report, sizeof *t->report);
    return SWATCH_OK;
}

const char *const clothes_losses[CLOTHES_LOSSES] = {"pixel", "fool", "discriminator", "region",
                                                    "garments"};

// Checks that the recipe suits the network. recipe.c's table has the limits of single numbers.
static int check(const struct recipe *r, swatch_error *error)
{
    const struct generator *generator = generator_find(r->generator);
    if (!generator)
        return error_set(error, SWATCH_USAGE, "no generator is called \"%s\" (there are %s)",
                         r->generator, GENERATOR_NAMES);
    if (r->height == 0 || r->width == 0 || r->height > 8192 || r->width > 8192 ||
        r->height % generator->multiple || r->width % generator->multiple)
        return error_set(error, SWATCH_USAGE,
                         "%s works on sides that are multiples of %zu (up to 8192), not on %zux%zu",
                         r->generator, generator->multiple, r->width, r->height);
    if (r->gan_weight > 0 && r->discriminator_filters == 0)
        return error_set(error, SWATCH_USAGE, "a discriminator needs at least one filter");
    if (r->classes < 2 || r->classes > CLASSES_MAX)
        return error_set(error, SWATCH_USAGE, "%zu classes are not in 2 .. %d", r->classes,
                         CLASSES_MAX);
    if (r->rgb && (r->region_weight > 0 || r->class_balance > 0))
        return error_set(error, SWATCH_USAGE,
                         "region weight and class balance are for class scores, not for maps");
    if (r->garments && (r->rgb || !generator->has_encoder))
        return error_set(error, SWATCH_USAGE,
                         "only lite-unet and lite2-unet with scores have a "
                         "second head for garments");
    if (r->encoder_rate < 1 && !generator->has_encoder)
        return error_set(error, SWATCH_USAGE, "%s has no encoder to learn at a rate of its own",
                         r->generator);
    return SWATCH_OK;
}

int trainer_new(const struct recipe *recipe, const struct label_meaning *meaning, struct trainer *t,
                swatch_error *error)
{
    struct params *const sets[] = {&t->generator, &t->discriminator};
    memset(t, 0, sizeof *t);
    t->recipe = *recipe;
    t->backend = recipe->backend ? recipe->backend : backend_cpu();
    params_init(&t->generator, recipe->seed);
    params_init(&t->discriminator, recipe->seed ^ 0xd15c);
    t->generator.backend = t->discriminator.backend = t->backend;
    if (check(recipe, error))
        return SWATCH_USAGE;
    t->photos = together_part(recipe->ranks, recipe->batch, error);
    if (t->photos == 0)
        return SWATCH_USAGE;
    for (size_t c = 0; c < 2 * CLASSES_MAX; c++)
        t->class_weights[c] = 1;
    prepare_labels(t, meaning);
    if (prepare_inputs(t, meaning->colors, error) || prepare_report(t, error) ||
        build_generator(t, error) || (recipe->gan_weight > 0 && build_discriminator(t, error)) ||
        params_train(&t->generator, error) || params_train(&t->discriminator, error) ||
        gradients_new(recipe->ranks, sets, 2, &t->gradients, error)) {
        trainer_free(t);
        return SWATCH_FAILED;
    }
    params_set_rate(&t->generator, "encoder.", recipe->encoder_rate);
    if (t->gradients) {
        graph_watch(t->g, gradients_add, t->gradients);
        if (t->d)
            graph_watch(t->d, gradients_add, t->gradients);
    }
    return SWATCH_OK;
}

void trainer_free(struct trainer *t)
{
    gradients_free(t->gradients);
    if (t->recording)
        t->backend->recording_free(t->recording);
    graph_free(t->g);
    graph_free(t->d);
    params_free(&t->generator);
    params_free(&t->discriminator);
    if (t->backend) {
        for (size_t i = 0; i < 2; i++) {
            t->backend->release(t->fed[i].photo);
            t->backend->release(t->fed[i].labels);
        }
        t->backend->release(t->paints);
        t->backend->release(t->report);
    }
    free(t->padded);
    memset(t, 0, sizeof *t);
    params_init(&t->generator, 0);
    params_init(&t->discriminator, 0);
}

static float mean_weight(const struct trainer *t, uint64_t set)
{
    float sum = 0, count = 0;
    for (size_t c = 0; c < CLASSES_MAX; c++)
        if (set >> c & 1) {
            sum += t->class_weights[c];
            count++;
        }
    return sum / count;
}

void trainer_balance(struct trainer *t, const uint64_t *pixels)
{
    const struct recipe *r = &t->recipe;
    const size_t classes = r->garments ? r->garments : r->classes;
    struct tensor *loss = r->garments ? t->loss_garments : t->loss_pixel;
    double all = 0, sum = 0;
    for (size_t c = 0; c < classes; c++)
        all += (double)pixels[c];
    for (size_t c = 0; c < classes; c++)
        if (pixels[c])
            sum +=
                (double)pixels[c] / all * pow((double)pixels[c] / all, -(double)r->class_balance);
    for (size_t c = 0; c < classes; c++) {
        const double share = fmax((double)pixels[c], 1) / fmax(all, 1);
        const double weight = pow(share, -(double)r->class_balance) / (sum > 0 ? sum : 1);
        t->class_weights[c] = (float)fmin(weight, TRAINER_WEIGHT_MAX);
    }
    for (size_t i = 0; i < t->set_count; i++)
        t->class_weights[classes + i] = mean_weight(t, t->sets[i]);
    if (t->labels && r->class_balance > 0)
        loss_weigh(loss, t->class_weights);
}

// The losses of class scores are means weighted by the class weights of the known pixels. Ranks
// have different sums of weights, so each rank's loss counts by its share of the sum over all.
static void share_weights(struct trainer *t, const double own[2])
{
    struct tensor *const losses[2] = {t->loss_pixel, t->loss_garments};
    double all[2] = {own[0], own[1]};
    ranks_sum(t->recipe.ranks, all, 2);
    for (size_t i = 0; i < 2; i++)
        if (losses[i])
            graph_loss_share(losses[i], all[i] > 0 ? own[i] / all[i] : 0);
}

// Returns the sum of the weights of labels (count) below `known`.
static double sum_weights(const uint8_t *labels, size_t count, size_t known, const float *weights)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += labels[i] >= known ? 0 : weights ? (double)weights[labels[i]] : 1;
    return sum;
}

void trainer_halve(const uint8_t *labels, size_t height, size_t width, uint8_t *halves)
{
    for (size_t y = 0; y + 1 < height; y += 2, halves += width / 2)
        for (size_t x = 0; x + 1 < width; x += 2) {
            const uint8_t *a = labels + y * width + x, *b = a + width;
            const int agree = a[0] == a[1] && a[0] == b[0] && a[0] == b[1];
            halves[x / 2] = agree ? a[0] : DATASET_UNKNOWN;
        }
}

void trainer_feed(struct trainer *t, const float *photo, const uint8_t *labels)
{
    const struct recipe *r = &t->recipe;
    const size_t pixels = t->photos * r->height * r->width;
    struct fed *fed = &t->fed[++t->feeds % 2];
    uint8_t *halves = t->padded + pixels;
    for (size_t i = 0; i < pixels; i++)
        t->padded[i] = t->answers[labels[i]];
    if (r->garments)
        trainer_halve(labels, t->photos * r->height, r->width, halves);
    if (r->ranks && !r->garments)
        fed->weights[0] =
            sum_weights(t->padded, pixels, r->classes + t->set_count, t->class_weights);
    if (r->ranks && r->garments) {
        fed->weights[0] = sum_weights(t->padded, pixels, r->classes, NULL);
        fed->weights[1] =
            sum_weights(halves, pixels / 4, r->garments + t->set_count, t->class_weights);
    }
    t->backend->feed(r->dtype, photo, fed->photo, 3 * pixels);
    t->backend->feed(DTYPE_U8, t->padded, fed->labels, label_count(t));
}

static void paint(struct trainer *t, const uint8_t *labels, size_t pixels, const struct tensor *map)
{
    t->backend->paint(map->dtype, labels, pixels, t->paints, t->recipe.classes, map->c, map->data);
}

// Sets what differs from step to step and is therefore not recorded: the batch and the numbers that
// the host knows.
static void set_inputs(struct trainer *t)
{
    const struct recipe *r = &t->recipe;
    const size_t pixels = t->photos * r->height * r->width;
    const struct fed *fed = &t->fed[t->feeds % 2];
    t->backend->feed_wait();
    graph_set_step(t->g, t->step);
    t->backend->copy(t->photo->data, fed->photo, 3 * pixels * dtype_size(r->dtype));
    if (r->rgb)
        paint(t, fed->labels, pixels, t->target);
    else
        t->backend->copy(t->labels->data, fed->labels, pixels);
    if (r->garments)
        t->backend->copy(t->garment_labels->data, fed->labels + pixels, pixels / 4);
    if (r->ranks && !r->rgb)
        share_weights(t, fed->weights);
    if (!t->d)
        return;
    graph_set_step(t->d, t->step);
    graph_copy(t->d_photo, t->photo);
    paint(t, fed->labels, pixels, t->d_real);
}

static void run_passes(struct trainer *t)
{
    params_clear_gradients(&t->generator);
    graph_forward(t->g);
    graph_backward(t->g);
    if (!t->d)
        return;
    params_clear_gradients(&t->discriminator);
    graph_copy(t->d_fake, t->map);
    graph_forward(t->d);
    graph_backward(t->d);
}

static int sets_of(struct trainer *t, struct params *sets[2])
{
    sets[0] = &t->generator;
    sets[1] = &t->discriminator;
    return t->d ? 2 : 1;
}

static void queue_report(struct trainer *t)
{
    struct step_report *to = t->report;
    graph_loss_copy(t->loss_pixel, &to->pixel);
    if (t->loss_region)
        graph_loss_copy(t->loss_region, &to->region);
    if (t->loss_garments)
        graph_loss_copy(t->loss_garments, &to->garments);
    if (t->d) {
        graph_loss_copy(t->loss_fool, &to->fool);
        graph_loss_copy(t->d_loss_real, &to->real);
        graph_loss_copy(t->d_loss_fake, &to->fake);
    }
    t->backend->copy(&to->finite, &t->generator.step->finite, sizeof to->finite);
}

static void read_report(const struct trainer *t, double losses[CLOTHES_LOSSES], int *finite)
{
    struct step_report report;
    t->backend->read(&report, t->report, sizeof report);
    memset(losses, 0, CLOTHES_LOSSES * sizeof *losses);
    losses[LOSS_PIXEL] = graph_loss_of(t->loss_pixel, report.pixel);
    if (t->loss_region)
        losses[LOSS_REGION] = graph_loss_of(t->loss_region, report.region);
    if (t->loss_garments)
        losses[LOSS_GARMENTS] = graph_loss_of(t->loss_garments, report.garments);
    if (t->d) {
        losses[LOSS_FOOL] = graph_loss_of(t->loss_fool, report.fool);
        losses[LOSS_DISCRIMINATOR] = 0.5 * (graph_loss_of(t->d_loss_real, report.real) +
                                            graph_loss_of(t->d_loss_fake, report.fake));
    }
    *finite = report.finite;
}

// Queues the work of a step that follows its inputs. If a gradient is not finite, the device skips
// the update.
static void queue_step(struct trainer *t, const struct adam *adam)
{
    struct params *sets[2];
    const int count = sets_of(t, sets);
    run_passes(t);
    gradients_gather(t->gradients);
    for (int i = 0; i < count; i++)
        params_check(sets[i], t->generator.step);
    for (int i = 0; i < count; i++)
        params_update(sets[i], adam, t->generator.step);
    queue_report(t);
}

static int record(struct trainer *t, const struct adam *adam, swatch_error *error)
{
    if (t->backend->record_begin(error))
        return SWATCH_FAILED;
    queue_step(t, adam);
    return t->backend->record_end(&t->recording, error);
}

int trainer_begin(struct trainer *t, swatch_error *error)
{
    const struct adam adam = recipe_adam(&t->recipe, t->step);
    struct params *sets[2];
    const int count = sets_of(t, sets);
    set_inputs(t);
    for (int i = 0; i < count; i++)
        params_begin(sets[i], &adam, t->step + 1);
    // The first step on a device may allocate and tune, which cannot be recorded.
    if (t->backend->record_begin && !t->recipe.ranks && t->warm) {
        if (!t->recording && record(t, &adam, error))
            return SWATCH_FAILED;
        t->backend->replay(t->recording);
        for (int i = 0; i < count; i++)
            sets[i]->version++;
    } else {
        queue_step(t, &adam);
    }
    return SWATCH_OK;
}

int trainer_end(struct trainer *t, double losses[CLOTHES_LOSSES], swatch_error *error)
{
    struct step_end end = {.backend = t->backend,
                           .gradients = t->gradients,
                           .ranks = t->recipe.ranks,
                           .step = t->step + 1,
                           .names = clothes_losses,
                           .count = CLOTHES_LOSSES};
    read_report(t, losses, &end.finite);
    if (together_end(&end, losses, error))
        return SWATCH_FAILED;
    t->step++;
    t->warm = 1;
    return SWATCH_OK;
}

int trainer_step(struct trainer *t, const float *photo, const uint8_t *labels,
                 double losses[CLOTHES_LOSSES], swatch_error *error)
{
    trainer_feed(t, photo, labels);
    return trainer_begin(t, error) || trainer_end(t, losses, error) ? SWATCH_FAILED : SWATCH_OK;
}

double trainer_flops(const struct trainer *t)
{
    return graph_flops(t->g, 1) + (t->d ? graph_flops(t->d, 1) : 0);
}
