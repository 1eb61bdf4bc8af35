// Runs `swatch train` on several ranks under mpirun, as a user does, with the tiny run's data.
#ifndef TESTS_TRAIN_RANKS_COMMAND_H
#define TESTS_TRAIN_RANKS_COMMAND_H

#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "cli/command.h"
#include "train/report_log.h"
#include "train/tiny_run.h"

#define RANKS_STEPS 16 // of a curve

// Lets ranks share cores and run as root. LeakSanitizer is off: it would list what MPI never frees.
#define RANKS_MPIRUN                                                                               \
    "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 PRTE_ALLOW_RUN_AS_ROOT=1 "          \
    "PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1 ASAN_OPTIONS=detect_leaks=0 "                                \
    "mpirun --oversubscribe --bind-to none -n "

// Skips the test where ranks cannot be started, and says why.
static inline void ranks_need(void)
{
    char module[512];
    snprintf(module, sizeof module, "%.*s/libswatch-mpi.so",
             (int)(strrchr(SWATCH_COMMAND, '/') - SWATCH_COMMAND), SWATCH_COMMAND);
    if (access(module, F_OK) != 0)
        TEST_SKIP("%s was not built: Open MPI was not found; no ranks are tested", module);
    if (system("mpirun --version >/dev/null 2>&1") != 0)
        TEST_SKIP("there is no mpirun; no ranks are tested");
}

// Writes the command line of a run in the test's folder on `ranks` ranks (1: without mpirun) of one
// thread each. The log gets the losses of every step.
static inline const char *ranks_line(char line[2048], const struct run_files *files,
                                     const char *dataset, const char *run_name, size_t ranks,
                                     const char *options)
{
    char launcher[512] = "";
    const int people = strstr(options, "mask-rcnn") != NULL;
    if (ranks > 1)
        snprintf(launcher, sizeof launcher, RANKS_MPIRUN "%zu", ranks);
    snprintf(line, 2048,
             "export OMP_NUM_THREADS=1; %s $S train --dataset ccp:%s --split %s %s %s "
             "--run %s --hold-out 0 --validate-every 1 --batch 4 --precision f32 --seed 3 %s",
             launcher, dataset, files->split, people ? "" : "--classes",
             people ? "" : files->classes, run_name, options);
    return line;
}

// Reads the losses of a run that are called `loss`: curve[i] is that of step i + 1, NaN if there is
// none. Returns the last step that has one.
static inline size_t ranks_curve(const char *run_name, const char *loss, double curve[RANKS_STEPS])
{
    struct report_log log = {0};
    size_t size, last = 0;
    char *text = run_bytes(test_path(run_name), "log.jsonl", &size);
    for (size_t i = 0; i < RANKS_STEPS; i++)
        curve[i] = NAN;
    if (text && report_log_parse(text, size, &log, &error) == 0) {
        const struct series *s = report_log_find(&log, loss);
        for (size_t i = 0; s && i < s->count; i++) {
            last = (size_t)s->points[i].step;
            if (last >= 1 && last <= RANKS_STEPS)
                curve[last - 1] = s->points[i].value;
        }
    }
    report_log_free(&log);
    free(text);
    return last;
}

// Checks that two runs have the same losses. `first` is the relative difference that is allowed at
// the first step, where weights are equal to the last bit, `later` that at the other steps.
static inline void ranks_same_curve(const char *alone, const char *shared, const char *loss,
                                    size_t steps, double first, double later)
{
    double a[RANKS_STEPS], b[RANKS_STEPS];
    ranks_curve(alone, loss, a);
    ranks_curve(shared, loss, b);
    for (size_t i = 0; i < steps; i++) {
        const double bound = (i == 0 ? first : later) * fabs(a[i]);
        if (!(fabs(a[i] - b[i]) <= bound))
            fprintf(stderr, "%s and %s, %s at step %zu:\n", alone, shared, loss, i + 1);
        CHECK_NEAR(b[i], a[i], bound);
    }
}

// Finds the process of a rank of this test's mpirun by the run's name in its arguments. Returns 0
// if there is none.
static inline pid_t ranks_find(const char *run_name, int rank)
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

// Starts a line and waits until its run has done `steps` steps.
static inline pid_t ranks_begin(const char *line, const char *run_name, size_t steps)
{
    double curve[RANKS_STEPS];
    const pid_t child = fork();
    if (child == 0)
        _exit(run(line)); // what it says is in the file .err
    const double begun = clock_seconds();
    while (clock_seconds() < begun + 60 && ranks_curve(run_name, "loss_pixel", curve) < steps)
        usleep(10000);
    return child;
}

// Waits for the end of the line, reads its messages into err_text and returns the seconds it took.
static inline double ranks_end(pid_t child, int *status)
{
    const double begun = clock_seconds();
    CHECK(waitpid(child, status, 0) == child);
    const double seconds = clock_seconds() - begun;
    free(err_text);
    err_text = read_all(".err");
    return seconds;
}

#endif
