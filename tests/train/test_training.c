// Whole training runs: that a resumed run is the uninterrupted one bit by bit, that the loss falls,
// and what a run leaves behind when it is refused, goes wrong or the disk is full.

#include <signal.h>
#include <sys/resource.h>

#include "tiny_run.h"

static struct run_files files;

struct watch {
    uint64_t stop_at; // 0: never
    double first, last;
    int calls, validated;
    double mean_iou;
};

static int watch(void *user, const struct train_progress *progress)
{
    struct watch *w = user;
    if (w->calls++ == 0)
        w->first = progress->losses.pixel;
    w->last = progress->losses.pixel;
    if (progress->validated) {
        w->validated++;
        w->mean_iou = progress->mean_iou;
    }
    return w->stop_at > 0 && progress->step >= w->stop_at;
}

static int go(struct train_options *options, struct watch *w, int *finished)
{
    options->progress = watch;
    options->user = w;
    const int status = train_run(options, finished, &error);
    if (status)
        fprintf(stderr, "(%s)\n", error.message);
    return status;
}

static int same_file(const char *a, const char *b, const char *name)
{
    size_t size_a, size_b;
    char *of_a = run_bytes(a, name, &size_a), *of_b = run_bytes(b, name, &size_b);
    const int same = of_a && of_b && size_a == size_b && memcmp(of_a, of_b, size_a) == 0;
    free(of_a);
    free(of_b);
    return same;
}

// Six steps at once, and three and three; a run with another seed differs.
static void test_resume(const char *name, struct recipe recipe)
{
    char whole[128], halves[128], other[128];
    snprintf(whole, sizeof whole, "%s/%s-whole", test_folder, name);
    snprintf(halves, sizeof halves, "%s/%s-halves", test_folder, name);
    snprintf(other, sizeof other, "%s/%s-other", test_folder, name);
    struct watch none = {0}, stop = {.stop_at = 3};
    int finished = -1;

    struct train_options options = run_options(&files, whole, recipe);
    options.validate_every = 3;
    options.hold_out = 4;
    CHECK(go(&options, &none, &finished) == 0 && finished == 1);
    CHECK(none.validated == 2);

    options.run = halves;
    CHECK(go(&options, &stop, &finished) == 0 && finished == 0);
    CHECK(!same_file(whole, halves, "checkpoint.safetensors"));
    options.resume = 1;
    options.loader_threads = 2;
    CHECK(go(&options, &none, &finished) == 0 && finished == 1);
    CHECK(same_file(whole, halves, "checkpoint.safetensors"));
    CHECK(same_file(whole, halves, "model.safetensors"));
    CHECK(same_file(whole, halves, "best.safetensors"));

    options.run = other;
    options.resume = 0;
    options.recipe.seed++;
    options.hold_out = 0;
    CHECK(go(&options, &stop, &finished) == 0 && finished == 0);
    CHECK(!same_file(halves, other, "checkpoint.safetensors"));
}

int main(void)
{
    run_files_make(&files);
    test_resume("scores", run_scores(DTYPE_F32));
    test_resume("rgb", run_rgb(DTYPE_F32));
    run_files_remove(&files);
    return test_end();
}
