// Ranks that share batches learn what one process learns from the whole batches. Losses and
// gradients are the same but for the order in which f32 numbers are added; docs/decisions.md ("How
// far ranks may differ from one process") has the figures behind the bounds.

#include "nn/safetensors.h"
#include "ranks_command.h"

static struct run_files files;

static void go(const char *run_name, size_t ranks, const char *options)
{
    char line[2048];
    check_runs(ranks_line(line, &files, files.dataset, run_name, ranks, options));
}

// Returns the largest difference of gradients in the tensors with `what` in their names, relative
// to each tensor's largest number. Reads gradients from checkpoints: after one step Adam's first
// moment is the gradient times 1 - beta1.
static void same_gradients(const char *alone, const char *shared, const char *what, double bound)
{
    struct safetensors *a = NULL, *b = NULL;
    char path[512];
    size_t compared = 0;
    snprintf(path, sizeof path, "%s/checkpoint.safetensors", test_path(alone));
    CHECK(safetensors_open(path, &a, &error) == 0);
    snprintf(path, sizeof path, "%s/checkpoint.safetensors", test_path(shared));
    CHECK(safetensors_open(path, &b, &error) == 0);
    for (size_t i = 0; a && b && i < safetensors_count(a); i++) {
        const struct safetensors_entry *e = safetensors_at(a, i), *f = safetensors_find(b, e->name);
        size_t count = 1;
        double largest = 0, difference = 0;
        if (!strstr(e->name, ".m.") || !strstr(e->name, what))
            continue;
        for (size_t k = 0; k < e->rank; k++)
            count *= e->shape[k];
        float *x = malloc(count * sizeof *x), *y = malloc(count * sizeof *y);
        CHECK(f && x && y && safetensors_to_f32(e, x, &error) == 0 &&
              safetensors_to_f32(f, y, &error) == 0);
        for (size_t k = 0; f && k < count; k++) {
            largest = fmax(largest, fabs((double)x[k]));
            difference = fmax(difference, fabs((double)x[k] - (double)y[k]));
        }
        if (!(difference <= bound * largest))
            fprintf(stderr, "%s and %s, %s: %g of %g\n", alone, shared, e->name, difference,
                    largest);
        CHECK(difference <= bound * largest);
        compared++;
        free(x);
        free(y);
    }
    CHECK(compared > 3);
    safetensors_close(a);
    safetensors_close(b);
}

// The article's networks, normalized over the whole batch. The bounds were measured on samples
// without the later changes; test_step has samples with them.
#define CURVE                                                                                      \
    "--generator keras-gan --output rgb --filters 4 --discriminator-filters 4 --height 128 "       \
    "--width 128 --pixel-weight 100 --gan-weight 1 --rate 0.0002 --sync-norm --steps 6 "           \
    "--recolor 0 --paste 0 --camera 0"

static void test_curve(void)
{
    static const char *const losses[] = {"loss_pixel", "loss_fool", "loss_discriminator"};
    static const char *const shared[] = {"curve-2", "curve-4"};
    go("curve-1", 1, CURVE);
    go("curve-2", 2, CURVE);
    go("curve-4", 4, CURVE);
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < 3; k++)
            ranks_same_curve("curve-1", shared[i], losses[k], 6, 1e-6, 1e-3);
}

// One step with everything else that may depend on which rank has a photo.
static void test_step(const char *name, const char *options)
{
    char alone[64], two[64], four[64];
    snprintf(alone, sizeof alone, "%s-1", name);
    snprintf(two, sizeof two, "%s-2", name);
    snprintf(four, sizeof four, "%s-4", name);
    go(alone, 1, options);
    go(two, 2, options);
    go(four, 4, options);
    ranks_same_curve(alone, two, "loss_pixel", 1, 1e-6, 0);
    ranks_same_curve(alone, four, "loss_pixel", 1, 1e-6, 0);
    same_gradients(alone, two, "", 1e-4);
    same_gradients(alone, four, "", 1e-4);
}

// Mask R-CNN's losses are means over what was drawn on all ranks. Only the gradients of the heads
// are compared: those of deeper layers differ even if one process changes an epsilon by one bit.
static void test_detector(void)
{
    static const char *const losses[] = {"loss_objectness", "loss_proposals", "loss_classes",
                                         "loss_boxes", "loss_masks"};
    const char *options = "--generator mask-rcnn --height 64 --width 64 --sync-norm --steps 1 "
                          "--warmup 0";
    go("people-1", 1, options);
    go("people-2", 2, options);
    for (size_t i = 0; i < 5; i++)
        ranks_same_curve("people-1", "people-2", losses[i], 1, 3e-4, 0);
    same_gradients("people-1", "people-2", ".rpn.", 1e-3);
    same_gradients("people-1", "people-2", ".mask_predictor.", 1e-3);
}

int main(void)
{
    ranks_need();
    run_files_make(&files);
    test_curve();
    // Dropout; transposed convolutions; the other discriminator and loss.
    test_step("paper", "--generator pix2pix --filters 4 --height 128 --width 128 --sync-norm "
                       "--gan-weight 1 --gan-loss logistic --discriminator patchgan "
                       "--discriminator-filters 4 --steps 1");
    // Losses that are means over numbers that differ from rank to rank.
    test_step("balanced",
              "--generator keras-gan --filters 4 --height 128 --width 128 --sync-norm "
              "--gan-weight 0 --region-weight 0.5 --class-balance 0.5 --steps 1 --hold-out 2");
    test_detector();
    // Two photos are held out, so two of the four ranks have none to validate on.
    static const char *const figures[] = {"mean_iou", "pixel_accuracy", "mean_boundary"};
    for (size_t i = 0; i < 3; i++)
        ranks_same_curve("balanced-1", "balanced-4", figures[i], 1, 1e-2, 0);
    run_end();
    run_files_remove(&files);
    return test_end();
}
