// Two ranks on guarded devices. Gradients summed by the devices equal, bit for bit, gradients
// summed through the host, which happens as soon as one rank's device cannot sum. A rank whose
// device fails ends without waiting for the others. The program starts itself under mpirun as each
// rank.

#include "nn/guarded_device.h"

#include "ranks_command.h"

// Returns a recipe of networks that have large gradients, many small ones, and running statistics.
static struct recipe networks(struct ranks *ranks, const struct backend *backend)
{
    struct recipe recipe = run_rgb(DTYPE_F32);
    recipe.filters = recipe.discriminator_filters = 8;
    recipe.batch = 2;
    recipe.steps = 3;
    recipe.ranks = ranks;
    recipe.backend = backend;
    return recipe;
}

static int be_rank(char **arguments)
{
    struct run_files files = {.split = arguments[1], .classes = arguments[2]};
    struct ranks *ranks;
    snprintf(files.source, sizeof files.source, "%s", arguments[0]);
    if (ranks_open(&ranks, &error)) {
        CHECK_STRING(error.message, "");
        return test_end();
    }
    const struct backend *const devices[] = {
        guarded_device(), ranks_number(ranks) ? guarded_device() : guarded_summing(ranks),
        guarded_summing(ranks)};
    static const char *const remarks[] = {
        "gradients pass through the host, for want of NCCL or of a GPU a rank",
        "gradients pass through the host, since rank 1 lacks NCCL or a GPU of its own", ""};
    CHECK(ranks_count(ranks) == 2 && ranks_host_count(ranks) == 2);
    CHECK(ranks_host_number(ranks) == ranks_number(ranks));
    for (int i = 0; i < 3; i++) {
        struct train_options options =
            run_options(&files, arguments[3 + i], networks(ranks, devices[i]));
        struct run_watch watch = {0};
        int finished;
        error.message[0] = 0;
        CHECK(run_go(&options, &watch, &finished) == 0 && finished == 1);
        CHECK_STRING(error.message, "");
        CHECK((guarded_sums_done > 0) == (i == 2));
        if (ranks_number(ranks) == 0)
            CHECK_STRING(watch.remark, remarks[i]);
    }
    // Each of the three steps sends the large gradients and a few parcels of small ones.
    CHECK(guarded_largest_sum >= 65536 && guarded_sums_done % 3 == 0 && guarded_sums_done > 6);
    CHECK(!guarded_sums_opened && guarded_blocks == 0);
    ranks_close(ranks, 0);
    return test_end();
}

static int failing_check(swatch_error *told)
{
    return error_set(told, SWATCH_FAILED, "the device is gone");
}

// The device of rank 1 fails in the first step, so rank 0 waits for sums that never come.
static int be_failing(char **arguments)
{
    struct run_files files = {.split = arguments[1], .classes = arguments[2]};
    struct run_watch watch = {0};
    struct ranks *ranks;
    int finished;
    snprintf(files.source, sizeof files.source, "%s", arguments[0]);
    if (ranks_open(&ranks, &error))
        return 1;
    struct backend device = *guarded_summing(ranks);
    if (ranks_number(ranks) == 1)
        device.check = failing_check;
    struct train_options options = run_options(&files, arguments[3], networks(ranks, &device));
    options.validate_every = 1;
    const int status = run_go(&options, &watch, &finished);
    ranks_sign(ranks, &error);
    fprintf(stderr, "%s\n", error.message);
    ranks_close(ranks, status);
    return status;
}

static void test_failing(const char *program, const struct run_files *files)
{
    char line[2048], run_name[128];
    size_t size;
    snprintf(run_name, sizeof run_name, "%s/failing", test_folder);
    snprintf(line, sizeof line, "export OMP_NUM_THREADS=1; %s2 %s %s %s %s %s", RANKS_MPIRUN,
             program, files->source, files->split, files->classes, run_name);
    const double begun = clock_seconds();
    CHECK(run(line) != 0);
    CHECK(clock_seconds() - begun < 30);
    CHECK(strstr(err_text, "rank 1 of 2") && strstr(err_text, "the device is gone"));
    // Rank 0 has not made the step.
    char *log = run_bytes(run_name, "log.jsonl", &size);
    CHECK(!log || size == 0);
    free(log);
    run_end();
}

int main(int argc, char **argv)
{
    struct run_files files;
    char line[2048], host[128], mixed[128], device[128];
    if (argc == 7)
        return be_rank(argv + 1);
    if (argc == 5)
        return be_failing(argv + 1);
    ranks_need();
    run_files_make(&files);
    snprintf(host, sizeof host, "%s/host", test_folder);
    snprintf(mixed, sizeof mixed, "%s/mixed", test_folder);
    snprintf(device, sizeof device, "%s/device", test_folder);
    snprintf(line, sizeof line, "export OMP_NUM_THREADS=1; %s2 %s %s %s %s %s %s %s", RANKS_MPIRUN,
             argv[0], files.source, files.split, files.classes, host, mixed, device);
    CHECK(system(line) == 0);
    CHECK(run_same_file(host, mixed, "checkpoint.safetensors"));
    CHECK(run_same_file(host, device, "checkpoint.safetensors"));
    test_failing(argv[0], &files);
    run_files_remove(&files);
    return test_end();
}
