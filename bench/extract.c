// Measures the stages of an extraction, and time and memory of the command from start to exit.
// Built and run by bench/extract: extract COMMAND MODEL PHOTO RUNS. With --start it measures what
// the command does before and at its first photo, in a new process each time, one after the other
// (the command does some of it side by side): extract --start COMMAND MODEL PHOTO RUNS.

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swatch.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define RUNS_MOST 1000

enum { DECODE, NETWORK, MASKS, COLORS, ENCODE, WHOLE, STAGES };
static const char *const stage_names[STAGES] = {"decode", "network", "masks",
                                                "colors", "encode",  "whole"};

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, ascending);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

static int fail(const swatch_error *error)
{
    fprintf(stderr, "bench/extract: %s\n", error->message);
    return 1;
}

// Extracts the photo several times in this process. The first time includes building the network.
static int bench_stages(const char *model_path, const char *photo_path, const char *folder,
                        size_t runs)
{
    static double times[STAGES][RUNS_MOST];
    swatch_error error;
    swatch_model *model;
    swatch_session *session;
    const double start = clock_seconds();
    if (swatch_model_open(model_path, NULL, &model, &error) ||
        swatch_session_new(model, NULL, &session, &error))
        return fail(&error);
    const double opened = clock_seconds() - start;
    double first = 0;
    for (size_t i = 0; i <= runs; i++) {
        swatch_photo *photo;
        swatch_result *result;
        const double begin = clock_seconds();
        if (swatch_photo_open(photo_path, NULL, &photo, &error) ||
            swatch_extract(session, photo, NULL, &result, &error))
            return fail(&error);
        const double encode = clock_seconds();
        if (swatch_result_save(result, folder, 1, &error))
            return fail(&error);
        const double end = clock_seconds();
        const swatch_timings t = *swatch_result_timings(result);
        if (i == 0) {
            first = t.network;
            printf("photo      %s, %zu x %zu\n", photo_path, swatch_photo_width(photo),
                   swatch_photo_height(photo));
        } else {
            const double values[STAGES] = {t.decode, t.network,    t.masks,
                                           t.colors, end - encode, end - begin};
            for (size_t s = 0; s < STAGES; s++)
                times[s][i - 1] = values[s];
        }
        swatch_result_free(result);
        swatch_photo_free(photo);
    }
    printf("\nin one process, medians of %zu runs\n", runs);
    for (size_t s = 0; s < STAGES; s++)
        printf("  %-16s %7.1f ms\n", stage_names[s], 1e3 * median(times[s], runs));
    printf("once a process\n  %-16s %7.1f ms\n  %-16s %7.1f ms\n", "open the model", 1e3 * opened,
           "first network", 1e3 * first);
    swatch_session_free(session);
    swatch_model_free(model);
    return 0;
}

static int bench_command(const char *command, const char *model, const char *photo,
                         const char *folder, size_t runs)
{
    static double times[RUNS_MOST];
    long most = 0;
    for (size_t i = 0; i < runs; i++) {
        struct rusage usage;
        int status;
        const double begin = clock_seconds();
        const pid_t child = fork();
        if (child == 0) {
            execl(command, command, "extract", photo, "-o", folder, "--overwrite", "-m", model,
                  (char *)NULL);
            _exit(127);
        }
        if (child < 0 || wait4(child, &status, 0, &usage) < 0 || status != 0) {
            fprintf(stderr, "bench/extract: %s failed\n", command);
            return 1;
        }
        times[i] = clock_seconds() - begin;
        most = usage.ru_maxrss > most ? usage.ru_maxrss : most;
    }
    const double middle = median(times, runs);
    printf("\nthe command, start to exit, %zu runs\n"
           "  median %.3f s, fastest %.3f s, slowest %.3f s (goal: median under 0.35 s)\n"
           "  peak memory %.0f MB (goal: under 400 MB)\n",
           runs, middle, times[0], times[runs - 1], (double)most / 1024);
    return 0;
}

enum { PROCESS, CLOTHES, PEOPLE, PHOTO, PEOPLE_BUFFERS, BUFFERS, FIND, EXTRACT, STEPS };
static const char *const step_names[STEPS] = {"process (--version)",   "open the clothes model",
                                              "open the people model", "decode the photo",
                                              "make people's buffers", "make clothes' buffers",
                                              "find people",           "extract (whole photo)"};

struct moment {
    double passed, computed; // seconds; of all threads of the process
};

static struct moment moment_now(void)
{
    return (struct moment){clock_seconds(), clock_processors()};
}

// The moments between the steps of one process's start, written to the pipe `to`.
static int start_once(const char *model_path, const char *photo_path, int to)
{
    struct moment at[STEPS + 1], *next = at + CLOTHES;
    swatch_error error;
    swatch_model *clothes, *finder;
    swatch_session *session, *people;
    swatch_photo *photo;
    swatch_people *found;
    swatch_result *result;
    *next++ = moment_now();
    if (swatch_model_open(model_path, NULL, &clothes, &error) ||
        swatch_session_new(clothes, NULL, &session, &error))
        return fail(&error);
    *next++ = moment_now();
    if (swatch_model_open("person", NULL, &finder, &error) ||
        swatch_session_new(finder, NULL, &people, &error))
        return fail(&error);
    *next++ = moment_now();
    if (swatch_photo_open(photo_path, NULL, &photo, &error))
        return fail(&error);
    *next++ = moment_now();
    if (swatch_session_prepare(people, swatch_photo_width(photo), swatch_photo_height(photo),
                               &error))
        return fail(&error);
    *next++ = moment_now();
    if (swatch_session_prepare(session, swatch_photo_width(photo), swatch_photo_height(photo),
                               &error))
        return fail(&error);
    *next++ = moment_now();
    if (swatch_people_find(people, photo, NULL, &found, &error))
        return fail(&error);
    *next++ = moment_now();
    if (swatch_extract(session, photo, NULL, &result, &error))
        return fail(&error);
    *next = moment_now();
    return write(to, at, sizeof at) != sizeof at;
}

static double seconds_of_children(void)
{
    struct rusage u;
    getrusage(RUSAGE_CHILDREN, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static int bench_start(const char *command, const char *model, const char *photo, size_t runs)
{
    static double passed[STEPS][RUNS_MOST], computed[STEPS][RUNS_MOST];
    char line[4096];
    int ends[2];
    if (pipe(ends) < 0)
        return 1;
    snprintf(line, sizeof line, "'%s' --version >/dev/null", command);
    for (size_t i = 0; i < runs; i++) {
        struct moment at[STEPS + 1];
        int status;
        const struct moment begin = {clock_seconds(), seconds_of_children()};
        if (system(line))
            return 1;
        passed[PROCESS][i] = clock_seconds() - begin.passed;
        computed[PROCESS][i] = seconds_of_children() - begin.computed;
        const pid_t child = fork();
        if (child == 0)
            _exit(start_once(model, photo, ends[1]));
        if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0 ||
            read(ends[0], at, sizeof at) != sizeof at)
            return 1;
        for (size_t s = CLOTHES; s < STEPS; s++) {
            passed[s][i] = at[s + 1].passed - at[s].passed;
            computed[s][i] = at[s + 1].computed - at[s].computed;
        }
    }
    printf("\nthe start, medians of %zu processes    passed   computed by all threads\n", runs);
    for (size_t s = 0; s < STEPS; s++)
        printf("  %-30s %9.1f ms %7.1f ms\n", step_names[s], 1e3 * median(passed[s], runs),
               1e3 * median(computed[s], runs));
    return 0;
}

int main(int argc, char **argv)
{
    char folder[] = "/tmp/swatch-bench.XXXXXX", inner[64], clean[64];
    const int start = argc > 1 && strcmp(argv[1], "--start") == 0;
    argv += start;
    const long runs = argc == 5 + start ? atol(argv[4]) : 0;
    if (runs < 1 || runs > RUNS_MOST) {
        fprintf(stderr, "usage: extract [--start] COMMAND MODEL PHOTO RUNS (1-%d)\n", RUNS_MOST);
        return 2;
    }
    if (start)
        return bench_start(argv[1], argv[2], argv[3], (size_t)runs);
    if (!mkdtemp(folder)) {
        perror(folder);
        return 1;
    }
    snprintf(inner, sizeof inner, "%s/library", folder);
    // The command goes first: nothing of its files is in this process's memory yet.
    const int status = bench_command(argv[1], argv[2], argv[3], folder, (size_t)runs) ||
                       bench_stages(argv[2], argv[3], inner, (size_t)runs);
    snprintf(clean, sizeof clean, "rm -rf %s", folder);
    return system(clean) || status;
}
