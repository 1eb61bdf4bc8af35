// Ranks on two machines, which are network namespaces with addresses of their own
// (tests/networks.sh). They have the same losses as one process, and all end when a rank dies or
// its machine is gone.

#include "ranks_command.h"

// Lets mpirun notice in seconds that a machine is gone, as docs/training.md says; by default it
// takes minutes.
#define AWAKE                                                                                      \
    "--mca oob_tcp_keepalive_time 5 --mca oob_tcp_keepalive_intvl 2 "                              \
    "--mca oob_tcp_keepalive_probes 3 "
#define STEPPING                                                                                   \
    "--generator keras-gan --output rgb --filters 4 --height 128 --width 128 --gan-weight 0 "      \
    "--rate 0.0002 --sync-norm --checkpoint-minutes 0 "

static struct run_files files;
static char name[32]; // of the pair of machines

static int networks(const char *what)
{
    char line[256];
    snprintf(line, sizeof line, SOURCE_DIR "/tests/networks.sh %s %s", what, name);
    return run(line);
}

static void take_down(void)
{
    networks("down");
}

// Writes the command line of a run with a rank on each machine. Its name is its path.
static const char *line_on_two(char line[4096], const char *run_name, const char *options)
{
    char alone[2048];
    ranks_line(alone, &files, files.dataset, run_name, 1, options);
    snprintf(line, 4096,
             "export OMP_NUM_THREADS=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 "
             "ASAN_OPTIONS=detect_leaks=0; N=" SOURCE_DIR "/tests/networks.sh; "
             "$N run %s mpirun " AWAKE "--mca plm_rsh_agent \"$N agent %s\" "
             "--host 10.99.0.1,10.99.0.2 --bind-to none -n 2 %s",
             name, name, strstr(alone, "$S"));
    return line;
}

static void test_curve(void)
{
    char line[4096];
    check_runs(ranks_line(line, &files, files.dataset, "alone", 1, STEPPING "--steps 5"));
    CHECK(networks("received") == 0);
    const double before = strtod(out_text, NULL);
    check_runs(line_on_two(line, "apart", STEPPING "--steps 5"));
    CHECK(networks("received") == 0);
    // Gradients of 260,000 numbers went over the network five times, and the first weights.
    CHECK(strtod(out_text, NULL) - before > 5 * 4 * 260e3);
    ranks_same_curve("alone", "apart", "loss_pixel", 5, 1e-6, 1e-3);
}

static void test_death(const char *run_name, int cut, const char *says)
{
    char line[4096], path[128];
    int status;
    snprintf(path, sizeof path, "%s/%s", test_folder, run_name);
    line_on_two(line, path, STEPPING "--steps 100000");
    const pid_t child = ranks_begin(line, run_name, 2);
    const pid_t rank = ranks_find(path, 1);
    CHECK(rank > 0 && (cut ? networks("cut") == 0 : kill(rank, SIGKILL) == 0));
    CHECK(ranks_end(child, &status) < 30);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) != 0);
    if (!strstr(err_text, says))
        fprintf(stderr, "said: %s  instead of: %s\n", err_text, says);
    CHECK(strstr(err_text, says));
    CHECK(ranks_find(path, 0) == 0);
}

int main(void)
{
    ranks_need();
    if (system("mpirun --version | grep -q 'Open MPI) 4'") != 0)
        TEST_SKIP(
            "the words to Open MPI 4's mpirun are not those to another; ranks across networks "
            "are not tested");
    run_files_make(&files);
    snprintf(name, sizeof name, "swatch-%d", (int)getpid());
    if (networks("up")) {
        fprintf(stderr, "%s", err_text);
        take_down();
        run_end();
        run_files_remove(&files);
        TEST_SKIP("network namespaces cannot be made here; ranks across networks are not tested");
    }
    test_curve();
    char says[64];
    test_death("killed", 0, "process rank 1");
    snprintf(says, sizeof says, "on node 10.99.0.2");
    test_death("cut", 1, says);
    take_down();
    run_end();
    run_files_remove(&files);
    return test_end();
}
