// When one of many ranks dies or cannot go on, all end and one line names that rank. The run can be
// resumed from its checkpoint with another number of ranks.

#include "ranks_command.h"

// Every step leaves a checkpoint.
#define STEPS RANKS_STEPS
#define STEPPING                                                                                   \
    "--generator keras-gan --output rgb --filters 8 --height 128 --width 128 --gan-weight 0 "      \
    "--rate 0.0002 --sync-norm --checkpoint-minutes 0 --steps 16 "

static struct run_files files;

// Rank 1 of two is killed in the middle, then four ranks go on to the end. The losses are those of
// one process that was not disturbed.
static void test_killed(void)
{
    char line[2048], name[64];
    double curve[RANKS_STEPS];
    int status;
    snprintf(name, sizeof name, "%s/killed", test_folder);
    ranks_line(line, &files, files.dataset, name, 2, STEPPING);
    const pid_t child = ranks_begin(line, "killed", 2);
    const pid_t rank = ranks_find(name, 1);
    CHECK(rank > 0 && kill(rank, SIGKILL) == 0);
    CHECK(ranks_end(child, &status) < 30);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) != 0);
    CHECK(strstr(err_text, "rank 1") && strstr(err_text, "signal 9"));
    CHECK(ranks_find(name, 0) == 0);
    const size_t reached = ranks_curve("killed", "loss_pixel", curve);
    CHECK(reached >= 2 && reached < STEPS);

    check_runs(ranks_line(line, &files, files.dataset, name, 4, STEPPING "--resume"));
    check_runs(ranks_line(line, &files, files.dataset, "alone", 1, STEPPING));
    ranks_same_curve("alone", "killed", "loss_pixel", STEPS, 1e-6, 2e-3);
}

// Checks that a command fails and prints one line of ours, which says `says` and names the rank.
// Returns the exit status.
static int check_ends(const char *line, const char *rank, const char *says)
{
    const double begun = clock_seconds();
    const int status = run(line);
    CHECK(status != 0);
    CHECK(clock_seconds() - begun < 30);
    const char *ours = strstr(err_text, "swatch: "),
               *more = ours ? strstr(ours + 1, "swatch: ") : 0;
    if (!ours || more || !strstr(ours, rank) || !strstr(ours, says)) {
        fprintf(stderr, "%s\n  said: %s  instead of: %s %s\n", line, err_text, rank, says);
        CHECK(!"the right message");
    }
    return status;
}

// A command for each of two ranks. mpirun has the colon for that, but Open MPI 5.0.7 crashes on it.
static void two_commands(char both[4096], const char *first, const char *second)
{
    snprintf(
        both, 4096,
        "export S; %s2 sh -c 'if [ $OMPI_COMM_WORLD_RANK = 0 ]; then exec %s; else exec %s; fi'",
        RANKS_MPIRUN, strstr(first, "$S"), strstr(second, "$S"));
}

static void test_faults(void)
{
    char line[2048], other[2048], both[4096], bad[128], command[512];
    snprintf(bad, sizeof bad, "%s/bad", test_folder);
    snprintf(command, sizeof command, "cp -r %s %s && truncate -s 200 %s/photos/*.jpg",
             files.dataset, bad, bad);
    CHECK(system(command) == 0);
    ranks_line(line, &files, files.dataset, "faulty", 1, STEPPING);
    ranks_line(other, &files, bad, "faulty", 1, STEPPING);
    // The second rank's photos are cut off.
    two_commands(both, line, other);
    check_ends(both, "rank 1 of 2", "/bad/photos/");

    CHECK(check_ends(ranks_line(line, &files, files.dataset, "odd", 3, STEPPING), "rank 0 of 3",
                     "a batch of 4 photos cannot be shared by 3 ranks") == SWATCH_USAGE);
    // Another seed is refused: for a resumed run on rank 0, and when ranks have different ones.
    check_ends(ranks_line(line, &files, files.dataset, "killed", 2, STEPPING), "rank 0 of 2",
               "there is a run already");
    ranks_line(line, &files, files.dataset, "different", 1, STEPPING);
    ranks_line(other, &files, files.dataset, "different", 1, STEPPING "--seed 4");
    two_commands(both, line, other);
    check_ends(both, "rank 1 of 2", "not those of rank 0");
    // The folder of the run is a file, which only rank 0 notices.
    check_ends(ranks_line(line, &files, files.dataset, files.split, 2, STEPPING), "rank 0 of 2",
               "split.txt");
}

// Processes that cannot find each other must not train one by one in the same folder.
static void test_without(void)
{
    char line[3072], alone[2048];
    ranks_line(alone, &files, files.dataset, "without", 1, STEPPING);
    snprintf(line, sizeof line, "export ASAN_OPTIONS=detect_leaks=0 PMI_SIZE=2; %s", alone);
    check_fails(line, 1, "the launcher started 2 processes, of which Open MPI sees 1");
    snprintf(line, sizeof line,
             "mkdir lib && cp -L $(dirname $S)/libswatch.so.1 lib && export "
             "LD_LIBRARY_PATH=$PWD/lib OMPI_COMM_WORLD_SIZE=2; %s",
             alone);
    check_fails(line, 1, "libswatch-mpi.so, which cannot be loaded");
    CHECK(!exists("without"));
    // A launcher with one process does not count as a launcher.
    snprintf(line, sizeof line, "export OMPI_COMM_WORLD_SIZE=1; %s", alone);
    check_runs(line);
}

int main(void)
{
    ranks_need();
    run_files_make(&files);
    test_killed();
    test_faults();
    test_without();
    run_end();
    run_files_remove(&files);
    return test_end();
}
