// swatch train as a user meets it: what it refuses as wrong usage, and how a run ends that is
// interrupted, resumed, or resumed where there is nothing to resume.

#include <signal.h>

#include "cli/command.h"
#include "train/tiny_run.h"

#define TINY                                                                                       \
    "--generator keras-gan --output rgb --filters 2 --discriminator-filters 2 --height 128 "       \
    "--width 128 --batch 1 --hold-out 0 --validate-every 1 --precision f32 --device cpu"

static struct run_files files;

static const char *line_of(char line[2048], const char *run_name, const char *options)
{
    snprintf(line, 2048,
             "export OMP_NUM_THREADS=1; $S train --dataset %s --split %s --classes %s --run %s %s",
             files.source, files.split, files.classes, run_name, options);
    return line;
}

static void test_usage(void)
{
    static const char *const wrong[][2] = {
        {"--height 100", "multiples of 32"},
        {"--generator foo", "no generator is called \"foo\""},
        {"--generator pix2pix --height 384 --width 320", "multiples of 128"},
        {"--generator mask-rcnn --height 480", "multiples of 64"},
        {"--rate fast", "--rate must be a number, not fast"},
    };
    char line[2048];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        check_fails(line_of(line, "wrong", wrong[i][0]), 2, wrong[i][1]);
    check_fails("$S train --dataset ccp:x", 2, "--dataset and --run are needed");
    check_fails("$S train --dataset ccp:x --run y", 2, "CCP is used with a split");
    check_fails("$S train --dataset folder:x --run y", 2, "--classes");
    check_fails("$S train --dataset x --run y", 2, "ccp:DIR or folder:DIR");
    check_fails("$S train --generator mask-rcnn", 2, "--run is needed");
    CHECK(run("$S train --help") == 0 && strstr(out_text, "pix2pix-256"));
    // What a file holds is no matter of usage.
    check_fails(line_of(line, "wrong", "--start-from missing.safetensors"), 1, "missing");
}

// Interrupted, it is a failure to who goes on with the model, and leaves what --resume needs.
static void test_interrupt(void)
{
    char line[2048], both[4096];
    line_of(line, "cut", TINY " --steps 100000");
    snprintf(both, sizeof both,
             "%s & pid=$!; while ! [ -s cut/log.jsonl ]; do sleep 0.02; done; "
             "kill -INT $pid; wait $pid",
             line);
    CHECK(run(both) == 1);
    CHECK(!*err_text && strstr(out_text, "stopped; --resume goes on from cut/checkpoint"));
    CHECK(exists("cut/checkpoint.safetensors"));
}

// A run that died before its first checkpoint cannot be resumed; begun anew it has a log of its
// own. When all steps are done --resume says so.
static void test_begin(const char *run_name, const char *options)
{
    char line[2048], with[1024], model[64];
    size_t size;
    snprintf(with, sizeof with, "%s --resume", options);
    snprintf(line, sizeof line, "mkdir %s && echo '{\"step\":77}' >%s/log.jsonl", run_name,
             run_name);
    check_runs(line);
    check_fails(line_of(line, run_name, with), 1,
                "checkpoint.safetensors: the run has no checkpoint");
    check_fails(line_of(line, "never-begun", with), 1, "the run has no checkpoint yet");
    CHECK(!exists("never-begun"));
    check_runs(line_of(line, run_name, options));
    snprintf(model, sizeof model, "%s/model.safetensors", run_name);
    CHECK(exists(model)); // though nothing is held out
    char *log = run_bytes(test_path(run_name), "log.jsonl", &size);
    CHECK(log && strstr(log, "\"step\":1,") && !strstr(log, "\"step\":77"));
    check_runs(line_of(line, run_name, with));
    CHECK_STRING(out_text, "the run is finished: all steps (1) are done\n");
    char *after = run_bytes(test_path(run_name), "log.jsonl", &size);
    CHECK(log && after && strcmp(log, after) == 0);
    free(log);
    free(after);
}

int main(void)
{
    run_files_make(&files);
    test_usage();
    test_interrupt();
    test_begin("begun", TINY " --steps 1");
    test_begin("people", "--generator mask-rcnn --height 64 --width 64 --batch 1 --hold-out 0 "
                         "--precision f32 --device cpu --steps 1");
    run_end();
    run_files_remove(&files);
    return test_end();
}
