// Training on a device whose memory the host cannot touch (nn/guarded_device.h) gives the same bits
// as on the CPU: whole runs of pix2pix with validations, checkpoints and model files, also when
// they are stopped and resumed on the same device or on the CPU, and steps of Mask R-CNN.

#include "nn/guarded_device.h"

#include "model/people.h"
#include "train/people/tiny_people.h"
#include "train/tiny_run.h"

static struct run_files files;

static void check_same_runs(const char *a, const char *b)
{
    CHECK(run_same_file(a, b, "checkpoint.safetensors"));
    CHECK(run_same_file(a, b, "model.safetensors"));
    CHECK(run_same_file(a, b, "best.safetensors"));
}

static void check_runs(const char *name, struct recipe recipe)
{
    char plain[128], whole[128], halves[128], mixed[128];
    struct run_watch none = {0}, stop = {.stop_at = 3}, seen[2] = {{0}, {0}};
    int finished;
    snprintf(plain, sizeof plain, "%s/%s-plain", test_folder, name);
    snprintf(whole, sizeof whole, "%s/%s-whole", test_folder, name);
    snprintf(halves, sizeof halves, "%s/%s-halves", test_folder, name);
    snprintf(mixed, sizeof mixed, "%s/%s-mixed", test_folder, name);

    struct train_options options = run_options(&files, plain, recipe);
    options.validate_every = 3;
    options.hold_out = 4;
    options.recipe.backend = guarded_reference();
    CHECK(run_go(&options, &seen[0], &finished) == 0 && finished == 1);

    guarded_replays = 0;
    options.recipe.backend = guarded_device();
    options.run = whole;
    CHECK(run_go(&options, &seen[1], &finished) == 0 && finished == 1);
    CHECK(guarded_replays == 5);
    check_same_runs(plain, whole);
    CHECK(seen[0].validated == 2 && seen[1].validated == 2);
    CHECK(seen[0].mean_iou == seen[1].mean_iou);

    options.run = halves;
    CHECK(run_go(&options, &stop, &finished) == 0 && finished == 0);
    options.resume = 1;
    CHECK(run_go(&options, &none, &finished) == 0 && finished == 1);
    check_same_runs(plain, halves);

    options.run = mixed;
    options.resume = 0;
    CHECK(run_go(&options, &stop, &finished) == 0 && finished == 0);
    options.recipe.backend = guarded_reference();
    options.resume = 1;
    CHECK(run_go(&options, &none, &finished) == 0 && finished == 1);
    check_same_runs(plain, mixed);
}

// A run that starts from another run's weights is the same on both.
static void check_start_from(void)
{
    char from[128], plain[128], device[128];
    struct run_watch none = {0};
    int finished;
    snprintf(from, sizeof from, "%s/scores-plain/best.safetensors", test_folder);
    snprintf(plain, sizeof plain, "%s/from-plain", test_folder);
    snprintf(device, sizeof device, "%s/from-device", test_folder);
    struct train_options options = run_options(&files, plain, run_scores(DTYPE_F32));
    options.start_from = from;
    options.hold_out = 4;
    options.recipe.backend = guarded_reference();
    CHECK(run_go(&options, &none, &finished) == 0 && finished == 1);
    options.run = device;
    options.recipe.backend = guarded_device();
    CHECK(run_go(&options, &none, &finished) == 0 && finished == 1);
    check_same_runs(plain, device);
}

// Feeding a batch while the step before is under way changes nothing. A recorded step waits for the
// device once.
static void check_fed_ahead(struct recipe recipe)
{
    enum { STEPS = 5 };
    const size_t pixels = recipe.batch * recipe.height * recipe.width;
    float *photos[STEPS + 1];
    uint8_t *labels[STEPS + 1];
    double losses[2][CLOTHES_LOSSES];
    struct trainer t[2];
    struct rng rng = {.seed = 4};
    for (size_t s = 0; s <= STEPS; s++) {
        photos[s] = malloc(pixels * 3 * sizeof *photos[s]);
        labels[s] = malloc(pixels);
        for (size_t i = 0; i < pixels; i++) {
            labels[s][i] = i % 7 ? (uint8_t)rng_below(&rng, 4) : i % 2 ? 255 : SOURCE_OUTSIDE;
            for (size_t c = 0; c < 3; c++)
                photos[s][3 * i + c] = rng_range(&rng, -1, 1);
        }
    }
    recipe.backend = guarded_reference();
    tiny_trainer(&t[0], &recipe);
    recipe.backend = guarded_device();
    tiny_trainer(&t[1], &recipe);
    trainer_feed(&t[1], photos[0], labels[0]);
    for (size_t s = 0; s < STEPS; s++) {
        CHECK(trainer_step(&t[0], photos[s], labels[s], losses[0], &error) == 0);
        guarded_reads = 0;
        CHECK(trainer_begin(&t[1], &error) == 0);
        trainer_feed(&t[1], photos[s + 1], labels[s + 1]);
        CHECK(guarded_reads == 0);
        CHECK(trainer_end(&t[1], losses[1], &error) == 0);
        CHECK(guarded_reads == 1);
        CHECK(memcmp(losses[0], losses[1], sizeof losses[0]) == 0);
    }
    params_to_host(&t[0].generator);
    params_to_host(&t[1].generator);
    const struct param *q = t[0].generator.first;
    for (const struct param *p = t[1].generator.first; p; p = p->next, q = q->next)
        CHECK(memcmp(p->value, q->value, p->count * sizeof *p->value) == 0);
    trainer_begin(&t[1], &error); // uses up the batch that was fed
    trainer_free(&t[0]);
    trainer_free(&t[1]);
    for (size_t s = 0; s <= STEPS; s++) {
        free(photos[s]);
        free(labels[s]);
    }
}

// A loss that is not finite is an error, recorded or not, and leaves the weights as they were.
static void check_not_finite(size_t steps_before)
{
    struct recipe recipe = run_scores(DTYPE_F32);
    const size_t pixels = recipe.batch * recipe.height * recipe.width;
    float *photo = calloc(pixels * 3, sizeof *photo);
    uint8_t *labels = calloc(pixels, 1);
    double losses[CLOTHES_LOSSES];
    struct trainer t;
    recipe.backend = guarded_device();
    tiny_trainer(&t, &recipe);
    run_steps(&t, steps_before, NULL);
    params_to_host(&t.generator);
    const struct param *p = params_find(&t.generator, "out.weight");
    float *before = malloc(p->count * sizeof *before);
    memcpy(before, p->value, p->count * sizeof *before);
    photo[7] = NAN;
    CHECK(trainer_step(&t, photo, labels, losses, &error) != 0);
    CHECK(strstr(error.message, "a loss or a gradient is not finite any more") != NULL);
    CHECK(t.step == steps_before);
    params_to_host(&t.generator);
    CHECK(memcmp(before, p->value, p->count * sizeof *before) == 0);
    free(before);
    free(photo);
    free(labels);
    trainer_free(&t);
}

static void train_people(const struct backend *backend, enum dtype dtype, const char *state,
                         const char *model, double losses[PEOPLE_LOSSES])
{
    struct recipe recipe = people_recipe(dtype);
    struct rng rng = {.seed = 12};
    struct maskrcnn m;
    struct detect_trainer t;
    recipe.backend = backend;
    recipe.average_decay = 0.5f;
    tiny_network(&m);
    tiny_detector(&t, &recipe, &m);
    for (int step = 0; step < 3; step++) {
        const size_t before = (size_t)guarded_reads;
        CHECK(people_step(&t, &rng, losses, &error) == 0);
        // A step reads objectness and deltas once for each level, whatever the batch is, and the
        // report.
        CHECK((size_t)guarded_reads - before <= 2 * (MASKRCNN_LEVELS - m.first_level) + 1);
    }
    double best = NAN, start = NAN;
    const struct state s = {.recipe = "{}",
                            .steps = recipe.steps,
                            .step = &t.step,
                            .best = &best,
                            .start = &start,
                            .names = {"generator"},
                            .sets = {&t.params}};
    CHECK(state_save(state, &s, &error) == 0);
    tiny_detector_save(&t, model);
    detect_trainer_free(&t);
}

// A model finds the same people on both devices.
static void check_detections(const char *model)
{
    static uint8_t pixels[PEOPLE_SIDE * PEOPLE_SIDE * 3], masks[PEOPLE_SIDE * PEOPLE_SIDE * 2];
    const struct image photo = {
        .width = PEOPLE_SIDE, .height = PEOPLE_SIDE, .bands = 3, .pixels = pixels};
    const struct backend *const backends[] = {guarded_reference(), guarded_device()};
    struct detection *found[2];
    struct scene scene;
    struct rng rng = {.seed = 5};
    size_t count[2];
    people_draw(&scene, pixels, masks, &rng);
    for (int i = 0; i < 2; i++) {
        const struct model_options options = {.precision = MODEL_F32, .backend = backends[i]};
        struct model *file;
        struct runner *runner;
        if (model_open(model, &options, &file, &error) || runner_new(file, &runner, &error)) {
            CHECK_STRING(error.message, "");
            return;
        }
        CHECK(people_run(runner, &photo, 0.01f, &found[i], &count[i], &error) == 0);
        runner_free(runner);
        model_free(file);
    }
    CHECK(count[0] > 0 && count[0] == count[1]);
    for (size_t k = 0; k < count[0] && count[0] == count[1]; k++) {
        CHECK(memcmp(found[0][k].box, found[1][k].box, sizeof found[0][k].box) == 0);
        CHECK(found[0][k].score == found[1][k].score);
        CHECK(found[0][k].width == found[1][k].width && found[0][k].height == found[1][k].height &&
              memcmp(found[0][k].mask, found[1][k].mask, found[0][k].width * found[0][k].height) ==
                  0);
    }
    detections_free(found[0], count[0]);
    detections_free(found[1], count[1]);
}

static void check_people(enum dtype dtype)
{
    double a[PEOPLE_LOSSES], b[PEOPLE_LOSSES];
    train_people(guarded_reference(), dtype, test_path("plain-state"), test_path("plain"), a);
    train_people(guarded_device(), dtype, test_path("device-state"), test_path("device"), b);
    for (size_t i = 0; i < PEOPLE_LOSSES; i++)
        CHECK(a[i] == b[i]);
    char *plain, *device;
    size_t sizes[2];
    plain = run_bytes(test_folder, "plain-state", &sizes[0]);
    device = run_bytes(test_folder, "device-state", &sizes[1]);
    CHECK(plain && device && sizes[0] == sizes[1] && memcmp(plain, device, sizes[0]) == 0);
    free(plain);
    free(device);
    check_detections(test_path("device"));
}

int main(void)
{
    const enum dtype last = last_dtype();
    struct recipe scores = run_scores(DTYPE_F32), rgb = run_rgb(last);
    run_files_make(&files);
    scores.class_balance = 0.5f;
    scores.region_weight = 1;
    rgb.filters = rgb.discriminator_filters = 4;
    check_runs("scores", scores);
    check_runs("rgb", rgb);
    check_start_from();
    check_fed_ahead(scores);
    check_fed_ahead(rgb);
    check_not_finite(0);
    check_not_finite(3);
    for (enum dtype dtype = DTYPE_F32; dtype <= last; dtype++)
        check_people(dtype);
    CHECK(guarded_blocks == 0);
    run_files_remove(&files);
    return test_end();
}
