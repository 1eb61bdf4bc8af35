// What becomes of a run of many ranks when one of them dies or cannot go on: all end, with one line
// that names it, and the run goes on from its checkpoint with another number of ranks.

#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "ranks_command.h"
#include "train/report_log.h"

// Every step leaves a checkpoint.
#define STEPS 16
#define STEPPING                                                                                   \
    "--generator keras-gan --output rgb --filters 8 --height 128 --width 128 --gan-weight 0 "      \
    "--rate 0.0002 --sync-norm --checkpoint-minutes 0 --steps 16 "

static struct run_files files;

// The process of a rank of our own mpirun, told by the run's name among its arguments; 0: none.
static pid_t find_rank(const char *run_name, int rank)
{
    char wanted[64];
    pid_t found = 0;
    DIR *dir = opendir("/proc");
    snprintf(wanted, sizeof wanted, "OMPI_COMM_WORLD_RANK=%d", rank);
    for (struct dirent *e; dir && !found && (e = readdir(dir));) {
        char path[300], *text[2] = {NULL, NULL};
        size_t size[2];
        static const char *const names[] = {"cmdline", "environ"};
        int has_run = 0, has_rank = 0, is_command = 0;
        for (size_t i = 0; i < 2; i++) {
            snprintf(path, sizeof path, "/proc/%s/%s", e->d_name, names[i]);
            FILE *file = e->d_name[0] >= '1' && e->d_name[0] <= '9' ? fopen(path, "r") : NULL;
            text[i] = calloc(1, 1 << 16);
            size[i] = file && text[i] ? fread(text[i], 1, (1 << 16) - 1, file) : 0;
            if (file)
                fclose(file);
        }
        for (size_t at = 0; at < size[0]; at += strlen(text[0] + at) + 1) {
            is_command |= at == 0 && strcmp(text[0], SWATCH_COMMAND) == 0;
            has_run |= strcmp(text[0] + at, run_name) == 0;
        }
        for (size_t at = 0; at < size[1]; at += strlen(text[1] + at) + 1)
            has_rank |= strcmp(text[1] + at, wanted) == 0;
        if (is_command && has_run && has_rank)
            found = (pid_t)strtol(e->d_name, NULL, 10);
        free(text[0]);
        free(text[1]);
    }
    if (dir)
        closedir(dir);
    return found;
}

// The largest step in the log so far.
static size_t logged(const char *run_name)
{
    struct report_log log = {0};
    size_t size, step = 0;
    char *text = run_bytes(test_path(run_name), "log.jsonl", &size);
    if (text && report_log_parse(text, size, &log, &error) == 0) {
        const struct series *s = report_log_find(&log, "loss_pixel");
        step = s && s->count ? (size_t)s->points[s->count - 1].step : 0;
    }
    report_log_free(&log);
    free(text);
    return step;
}

static void read_curve(const char *run_name, double curve[STEPS + 1])
{
    struct report_log log = {0};
    size_t size;
    char *text = run_bytes(test_path(run_name), "log.jsonl", &size);
    for (size_t i = 0; i <= STEPS; i++)
        curve[i] = NAN;
    CHECK(text && report_log_parse(text, size, &log, &error) == 0);
    const struct series *s = report_log_find(&log, "loss_pixel");
    for (size_t i = 0; s && i < s->count; i++)
        if (s->points[i].step <= STEPS)
            curve[(size_t)s->points[i].step] = s->points[i].value;
    report_log_free(&log);
    free(text);
}

// Two ranks, of which rank 1 is killed in the middle; then four go on to the end, and the losses
// are those of one process that was never disturbed. Measured: at most 1e-4 apart.
static void test_killed(void)
{
    char line[2048], name[64];
    double alone[STEPS + 1], resumed[STEPS + 1];
    snprintf(name, sizeof name, "%s/killed", test_folder);
    ranks_line(line, &files, files.dataset, name, 2, STEPPING);
    const pid_t child = fork();
    if (child == 0)
        _exit(run(line)); // what it says is in the file .err
    const double begun = clock_now();
    pid_t rank = 0;
    while (clock_now() < begun + 60 && (logged("killed") < 2 || !(rank = find_rank(name, 1))))
        usleep(10000);
    CHECK(rank > 0 && kill(rank, SIGKILL) == 0);
    const double killed = clock_now();
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(clock_now() - killed < 30);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) != 0);
    char *said = read_all(".err");
    CHECK(strstr(said, "rank 1") && strstr(said, "signal 9"));
    free(said);
    CHECK(find_rank(name, 0) == 0);
    const size_t reached = logged("killed");
    CHECK(reached >= 2 && reached < STEPS);

    check_runs(ranks_line(line, &files, files.dataset, name, 4, STEPPING "--resume"));
    check_runs(ranks_line(line, &files, files.dataset, "alone", 1, STEPPING));
    read_curve("alone", alone);
    read_curve("killed", resumed);
    for (size_t i = 1; i <= STEPS; i++)
        CHECK_NEAR(resumed[i], alone[i], 2e-3 * alone[i]);
}

// The only line of ours in what the launcher leaves is `says`, and the rank is named in it.
static void check_ends(const char *line, const char *rank, const char *says)
{
    const double begun = clock_now();
    CHECK(run(line) != 0);
    CHECK(clock_now() - begun < 30);
    const char *ours = strstr(err_text, "swatch: "),
               *more = ours ? strstr(ours + 1, "swatch: ") : 0;
    if (!ours || more || !strstr(ours, rank) || !strstr(ours, says)) {
        fprintf(stderr, "%s\n  said: %s  instead of: %s %s\n", line, err_text, rank, says);
        CHECK(!"the right message");
    }
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
    // One command for each rank, as mpirun takes them: the second has photos that are cut off.
    snprintf(both, sizeof both, "%s1 %s : -n 1 %s", RANKS_MPIRUN, strstr(line, "$S"),
             strstr(other, "$S"));
    check_ends(both, "rank 1 of 2", "/bad/photos/");

    check_ends(ranks_line(line, &files, files.dataset, "odd", 3, STEPPING), "rank 0 of 3",
               "a batch of 4 photos cannot be shared by 3 ranks");
    // The run of before is refused on rank 0 and resumed with another seed; and one rank has
    // another seed than the other.
    check_ends(ranks_line(line, &files, files.dataset, "killed", 2, STEPPING), "rank 0 of 2",
               "there is a run already");
    ranks_line(line, &files, files.dataset, "different", 1, STEPPING);
    ranks_line(other, &files, files.dataset, "different", 1, STEPPING "--seed 4");
    snprintf(both, sizeof both, "%s1 %s : -n 1 %s", RANKS_MPIRUN, strstr(line, "$S"),
             strstr(other, "$S"));
    check_ends(both, "rank 1 of 2", "not those of rank 0");
    // The folder of the run is a file: rank 0 alone minds.
    check_ends(ranks_line(line, &files, files.dataset, files.split, 2, STEPPING), "rank 0 of 2",
               "split.txt");
}

// Processes that cannot find each other must not each train by itself in the same folder.
static void test_without(void)
{
    char line[3072], alone[2048];
    ranks_line(alone, &files, files.dataset, "without", 1, STEPPING);
    snprintf(line, sizeof line, "export ASAN_OPTIONS=detect_leaks=0 PMI_SIZE=2; %s", alone);
    check_fails(line, 1, "the launcher started 2 processes, of which Open MPI sees 1");
    snprintf(line, sizeof line,
             "mkdir lib && cp -L $(dirname $S)/libswatch.so.0 lib && export "
             "LD_LIBRARY_PATH=$PWD/lib OMPI_COMM_WORLD_SIZE=2; %s",
             alone);
    check_fails(line, 1, "libswatch-mpi.so, which cannot be loaded");
    CHECK(!exists("without"));
    // A launcher of one process is none.
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
