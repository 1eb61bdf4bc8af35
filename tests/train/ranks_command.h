// Runs swatch train on several ranks, as a user does: under mpirun, on the tiny run's data.
#ifndef TESTS_TRAIN_RANKS_COMMAND_H
#define TESTS_TRAIN_RANKS_COMMAND_H

#include "cli/command.h"
#include "train/tiny_run.h"

// Ranks may share cores here, and be root's; LeakSanitizer would list what MPI keeps to the end.
#define RANKS_MPIRUN                                                                               \
    "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 ASAN_OPTIONS=detect_leaks=0 "       \
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

// The command line of a run in the test's folder on `ranks` ranks (1: without mpirun) with one
// thread each, a step's figures in the log for every step.
static inline const char *ranks_line(char line[2048], const struct run_files *files,
                                     const char *dataset, const char *run_name, size_t ranks,
                                     const char *options)
{
    char launcher[512] = "";
    if (ranks > 1)
        snprintf(launcher, sizeof launcher, RANKS_MPIRUN "%zu", ranks);
    snprintf(line, 2048,
             "export OMP_NUM_THREADS=1; %s $S train --dataset ccp:%s --split %s --classes %s "
             "--run %s --hold-out 0 --validate-every 1 --batch 4 --precision f32 --seed 3 %s",
             launcher, dataset, files->split, files->classes, run_name, options);
    return line;
}

#endif
