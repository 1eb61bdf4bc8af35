// Tests swatch train as a user runs it: wrong usage, and runs that are interrupted, resumed, or
// resumed with nothing to resume.

#include <signal.h>

#include "cli/command.h"
#include "train/tiny_run.h"

#define TINY                                                                                       \
    "--generator keras-gan --output rgb --filters 2 --discriminator-filters 2 --height 128 "       \
    "--width 128 --batch 1 --hold-out 0 --validate-every 1 --precision f32 --device cpu"

static struct run_files files;

static const char *line_of(char line[2048], const char *run_name, const char *options)
{
    const int people = strstr(options, "mask-rcnn") != NULL;
    snprintf(line, 2048,
             "export OMP_NUM_THREADS=1; $S train --dataset %s --split %s %s %s --run %s %s",
             files.source, files.split, people ? "" : "--classes", people ? "" : files.classes,
             run_name, options);
    return line;
}

static void test_usage(void)
{
    static const char *const wrong[][2] = {
        {"--height 100", "multiples of 32"},
        {"--generator foo", "no generator is called \"foo\""},
        {"--generator pix2pix --height 384 --width 320", "multiples of 128"},
        {"--task clothes --generator mask-rcnn", "--task people"},
        {"--paste 1.5", "--paste must be a number from 0 to 1, not 1.5"},
        {"--ccp-share 0.5", "--ccp-share is no option of the task clothes"},
        {"--people coco:x", "--people is no option of the task clothes"},
        {"--task animals", "--task must be clothes or people"},
        {"--rate fast", "--rate must be a number from 0 to 10, not fast"},
        {"--beta1 1", "--beta1"},
        {"--classes 7", "--classes must be 4, 18, 29, 59"},
        {"--garments 7", "--garments must be 4, 18, 29, 59"},
    };
    static const char *const of_people[][2] = {
        {"--task people --height 480", "multiples of 64"},
        {"--generator mask-rcnn --height 480", "multiples of 64"},
        {"--gen mask-rcnn --height 480", "multiples of 64"},
        {"--gen=mask-rcnn --filters 4", "--filters is no option of the task people"},
        {"--task people --gan-weight 0", "--gan-weight is no option"},
        {"--task people --class-balance 1", "--class-balance is no option"},
        {"--task people --validation x", "--validation is no option"},
        {"--task people --article", "--article is no option"},
        {"--task people --generator lite-unet", "--generator is no option"},
        {"--task people --beta1 1", "--beta1 must be a number from 0 to below 1"},
        {"--task people --encoder-rate 0", "--encoder-rate must be a number above 0"},
        {"--task people --people x", "coco:FILE"},
    };
    char line[2048];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        check_fails(line_of(line, "wrong", wrong[i][0]), 2, wrong[i][1]);
    for (size_t i = 0; i < sizeof of_people / sizeof *of_people; i++) {
        snprintf(line, sizeof line, "$S train --dataset %s --split %s --run wrong %s", files.source,
                 files.split, of_people[i][0]);
        check_fails(line, 2, of_people[i][1]);
    }
    check_fails("$S train --dataset ccp:x", 2, "--run is needed");
    check_fails("$S train", 2, "--dataset and --run are needed");
    check_fails("$S train --run y", 2, "--dataset and --run are needed");
    check_fails("$S train --dataset ccp:x --run y", 2, "CCP is used with a split");
    check_fails("$S train --dataset folder:x --run y", 2, "--classes");
    check_fails("$S train --dataset x --run y", 2, "ccp:DIR or folder:DIR");
    check_fails("$S train --task people --run y", 2, "people, a dataset, or both");
    check_fails("$S train --task people", 2, "--run is needed");
    CHECK(run("$S train --help") == 0 && strstr(out_text, "pix2pix-256"));
    CHECK(strstr(out_text, "Options of people:") && strstr(out_text, "1e-3") == NULL);
    // A wrong file is a failure, not wrong usage.
    check_fails(line_of(line, "wrong", "--start-from missing.safetensors"), 1, "missing");
    CHECK(!exists("wrong/checkpoint.safetensors"));
}

// An interrupted run exits with 1, so that a script does not go on with the model. It leaves a
// checkpoint for --resume.
static void test_interrupt(const char *signal, const char *run_name)
{
    char line[2048], both[4096];
    line_of(line, run_name, TINY " --steps 100000");
    snprintf(both, sizeof both,
             "%s & pid=$!; while ! [ -s %s/log.jsonl ]; do sleep 0.02; done; "
             "kill -%s $pid; wait $pid",
             line, run_name, signal);
    CHECK(run(both) == 1);
    CHECK_STRING(err_text, "4 photos to learn from, 0 held out\n");
    CHECK(strstr(out_text, "stopped; --resume goes on from "));
    snprintf(both, sizeof both, "%s/checkpoint.safetensors", run_name);
    CHECK(exists(both));
}

// Under nohup training goes on when the terminal is closed.
static void test_nohup(void)
{
    char line[2048], both[4096];
    line_of(line, "left-alone", TINY " --steps 100000");
    snprintf(both, sizeof both,
             "trap '' HUP; %s & pid=$!; log=left-alone/log.jsonl; "
             "while ! [ -s $log ]; do sleep 0.02; done; kill -HUP $pid; had=$(wc -l <$log); "
             "while [ $(wc -l <$log) -lt $((had + 3)) ]; do kill -0 $pid || exit 9; sleep 0.02; "
             "done; kill -TERM $pid; wait $pid",
             line);
    CHECK(run(both) == 1);
    CHECK(strstr(out_text, "stopped; --resume goes on from "));
}

// When the reader of its output goes away, a run leaves a checkpoint, too.
static void test_pipe(void)
{
    char line[2048], both[4096];
    line_of(line, "piped", TINY " --hold-out 2 --steps 100000");
    snprintf(both, sizeof both, "{ %s; echo $? >piped.status; } | head -1", line);
    CHECK(run(both) == 0 && exists("piped/checkpoint.safetensors"));
    CHECK(run("cat piped.status") == 0 && strcmp(out_text, "1\n") == 0);
}

// A second training in a folder is refused, and the first goes on.
static void test_lock(void)
{
    char line[2048], both[4400];
    line_of(line, "locked", TINY " --steps 100000");
    snprintf(both, sizeof both,
             "%s >first.out 2>&1 & pid=$!; while ! [ -s locked/log.jsonl ]; do sleep 0.02; done; "
             "%s; code=$?; kill -INT $pid; wait $pid; exit $code",
             line, line);
    check_fails(both, 1, "locked: another training is at work in this folder");
}

// A run that died before its first checkpoint cannot be resumed; when it begins anew, it gets a new
// log. --resume needs only the run's folder, says so when all steps are done, and goes on with more
// --steps.
static void test_begin(const char *run_name, const char *options)
{
    char line[2048], with[1024], model[64];
    size_t size;
    snprintf(with, sizeof with, "%s --resume", options);
    snprintf(line, sizeof line, "mkdir %s && echo '{\"step\":77}' >%s/log.jsonl", run_name,
             run_name);
    check_runs(line);
    check_fails(line_of(line, run_name, with), 1, "the run has no checkpoint yet");
    check_fails("$S train --run never-begun --resume", 1, "the run has no checkpoint yet");
    CHECK(!exists("never-begun"));
    check_runs(line_of(line, run_name, options));
    snprintf(model, sizeof model, "%s/model.safetensors", run_name);
    CHECK(exists(model)); // though nothing is held out
    char *log = run_bytes(test_path(run_name), "log.jsonl", &size);
    CHECK(log && strstr(log, "\"step\":1,") && !strstr(log, "\"step\":77"));
    snprintf(line, sizeof line, "cd / && $S train --run %s --resume", test_path(run_name));
    check_runs(line);
    CHECK(strstr(out_text, "the run is finished: all steps (1) are done") == out_text);
    char *after = run_bytes(test_path(run_name), "log.jsonl", &size);
    CHECK(log && after && strcmp(log, after) == 0);
    free(log);
    free(after);

    snprintf(line, sizeof line, "export OMP_NUM_THREADS=1; $S train --run %s --resume --seed 7",
             run_name);
    check_fails(line, 1, "seed (there 1, here 7)");
    snprintf(line, sizeof line, "export OMP_NUM_THREADS=1; $S train --run %s --resume --steps 2",
             run_name);
    check_runs(line);
    log = run_bytes(test_path(run_name), "log.jsonl", &size);
    CHECK(log && strstr(log, "\"step\":2,"));
    free(log);
}

// A run that is made longer equals one that was so long from the start, if the rate stays constant.
// The names that are held out are written to a file that eval can read.
static void test_longer(void)
{
    char line[2048];
    check_runs(
        line_of(line, "long", TINY " --hold-out 2 --schedule constant --warmup 0 --steps 4"));
    check_runs(
        line_of(line, "longer", TINY " --hold-out 2 --schedule constant --warmup 0 --steps 2"));
    CHECK(!run_same_file(test_path("long"), test_path("longer"), "checkpoint.safetensors"));
    check_runs("export OMP_NUM_THREADS=1; $S train --run longer --resume --steps 4");
    CHECK(run_same_file(test_path("long"), test_path("longer"), "checkpoint.safetensors"));
    CHECK(run_same_file(test_path("long"), test_path("longer"), "best.safetensors"));
    check_fails("$S train --run longer --resume --steps 3", 1, "its step \"4\" is not in 0 .. 3");

    size_t size;
    char *held = run_bytes(test_path("long"), "held-out.txt", &size);
    CHECK(held && strcmp(held, "0002\n0004\n") == 0);
    free(held);
    snprintf(line, sizeof line,
             "$S eval long/best.safetensors --dataset %s --split long/held-out.txt --classes %s "
             "--json",
             files.source, files.classes);
    check_runs(line);
    CHECK(strstr(out_text, "{\"photos\": 2, \"pixel_accuracy\": 0."));
}

// Given weights are measured before the first step. If the best learned ones are worse, that is
// told.
static void test_start(void)
{
    char line[2048];
    check_runs(line_of(line, "from",
                       TINY " --hold-out 2 --steps 2 --rate 10 "
                            "--start-from long/best.safetensors"));
    CHECK(strstr(out_text, "step 0: mean iou "));
    size_t size;
    char *log = run_bytes(test_path("from"), "log.jsonl", &size);
    CHECK(log && strncmp(log, "{\"step\":0,\"mean_iou\":", 21) == 0);
    char *page = run_bytes(test_path("from"), "index.html", &size);
    CHECK(page && strstr(page, "It started from "));
    CHECK(strstr(err_text, "is worse than what it started from"));
    CHECK(!strstr(err_text, "sees photos at"));
    check_runs(line_of(line, "large", TINY " --height 256 --hold-out 2 --steps 1"));
    check_runs(line_of(line, "smaller",
                       TINY " --hold-out 2 --steps 1 --start-from large/best.safetensors"));
    CHECK(strstr(err_text, "large/best.safetensors sees photos at 128x256, this run at 128x128"));
    free(log);
    free(page);
}

int main(void)
{
    run_files_make(&files);
    test_usage();
    test_interrupt("INT", "cut");
    test_interrupt("TERM", "terminated");
    test_interrupt("HUP", "hung-up");
    test_nohup();
    test_pipe();
    test_lock();
    test_begin("begun", TINY " --steps 1");
    test_begin("people", "--generator mask-rcnn --height 64 --width 64 --batch 1 --hold-out 0 "
                         "--precision f32 --device cpu --steps 1");
    test_longer();
    test_start();
    run_end();
    run_files_remove(&files);
    return test_end();
}
