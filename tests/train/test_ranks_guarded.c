// Two ranks on guarded devices: gradients that the devices sum are, bit for bit, those that pass
// through the host, as all do where one rank's device cannot. The program starts itself under
// mpirun, where it is the rank.

#include "nn/guarded_device.h"

#include "ranks_command.h"

// Networks with gradients that are sent by themselves and many that are gathered, and statistics.
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
    // Three steps of a few parcels and the large ones.
    CHECK(guarded_largest_sum >= 65536 && guarded_sums_done % 3 == 0 && guarded_sums_done > 6);
    CHECK(!guarded_sums_opened && guarded_blocks == 0);
    ranks_close(ranks, 0);
    return test_end();
}

int main(int argc, char **argv)
{
    struct run_files files;
    char line[2048], host[128], mixed[128], device[128];
    if (argc == 7)
        return be_rank(argv + 1);
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
    run_files_remove(&files);
    return test_end();
}
