// Runs the command as a user does: a shell line in the test's folder, and what it prints.
#ifndef TESTS_CLI_COMMAND_H
#define TESTS_CLI_COMMAND_H

#include <sys/stat.h>
#include <sys/wait.h>

#include "base/file.h"
#include "folder.h"
#include "test.h"

static char *out_text, *err_text; // of the last run

static inline char *read_all(const char *name)
{
    char *text = NULL;
    size_t size;
    if (file_read(test_path(name), (size_t)1 << 24, &text, &size, NULL))
        exit(1);
    return text;
}

// Runs a shell line in the test's folder; "$S" is the command. Returns its exit status, or 128 +
// the signal that ended it. Messages are appended: a line that still runs in the background writes
// behind those of a later one.
static inline int run(const char *line)
{
    char command[4096];
    free(out_text);
    free(err_text);
    snprintf(command, sizeof command,
             ": >%s/.err; cd %s && S=%s && export SWATCH_MODEL=%s/tiny.safetensors "
             "SWATCH_PERSON_MODEL=none && { %s ; } >%s/.out "
             "2>>%s/.err </dev/null",
             test_folder, test_folder, SWATCH_COMMAND, test_folder, line, test_folder, test_folder);
    const int status = system(command);
    out_text = read_all(".out");
    err_text = read_all(".err");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static inline int lines(const char *text)
{
    int count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

// Checks that the line exits with `status` and prints one line of error, which contains `says`.
static inline void check_fails(const char *line, int status, const char *says)
{
    const int got = run(line);
    if (got != status || lines(err_text) != 1 || !strstr(err_text, says)) {
        fprintf(stderr, "%s\n  ended with %d, not %d; said: %s  instead of: %s\n", line, got,
                status, err_text, says);
        CHECK(!"the right failure");
    } else {
        CHECK(1);
    }
}

static inline void check_runs(const char *line)
{
    const int got = run(line);
    if (got)
        fprintf(stderr, "%s\n  ended with %d and said: %s\n", line, got, err_text);
    CHECK(got == 0);
}

static inline int exists(const char *name)
{
    struct stat info;
    return lstat(test_path(name), &info) == 0;
}

// Frees the output of the last run.
static inline void run_end(void)
{
    free(out_text);
    free(err_text);
    out_text = err_text = NULL;
}

#endif
