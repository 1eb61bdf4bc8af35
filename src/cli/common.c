// What the verbs share: complaints, numbers, files that come with swatch, the progress bar.

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"

#define DEFAULT_MODEL "ccp-4.safetensors"

volatile int interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

void complain(const char *message)
{
    progress_end();
    fprintf(stderr, "swatch: %s\n", message);
}

int usage(const char *verb, const char *format, ...)
{
    va_list arguments;
    progress_end();
    fprintf(stderr, "swatch %s: ", verb);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "; see swatch %s --help\n", verb);
    return SWATCH_USAGE;
}

int parse_number(const char *text, double low, double high, double *value)
{
    char *end;
    errno = 0;
    *value = strtod(text, &end);
    return *text == 0 || *end != 0 || errno || !(*value >= low && *value <= high);
}

int parse_count(const char *text, unsigned long long low, unsigned long long high,
                unsigned long long *value)
{
    char *end;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return text[0] < '0' || text[0] > '9' || *end != 0 || errno || *value < low || *value > high;
}

// The place of `text` among the names, or -1.
static int parse_name(const char *text, const char *const *names, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(text, names[i]) == 0)
            return i;
    return -1;
}

int parse_precision(const char *text, swatch_precision *precision)
{
    const int found = parse_name(text, (const char *[]){"auto", "f32", "bf16"}, 3);
    *precision = found < 0 ? SWATCH_PRECISION_AUTO : (swatch_precision)found;
    return found < 0;
}

int parse_masks(const char *text, swatch_masks *masks)
{
    const int found = parse_name(text, (const char *[]){"auto", "argmax", "hsv"}, 3);
    *masks = found < 0 ? SWATCH_MASKS_AUTO : (swatch_masks)found;
    return found < 0;
}

int parse_background(const char *text, swatch_background *background)
{
    const int found = parse_name(text, (const char *[]){"grey", "black", "white", "keep"}, 4);
    *background = found < 0 ? SWATCH_BACKGROUND_GREY : (swatch_background)found;
    return found < 0;
}

int find_shared(const char *kind, const char *file, char *path)
{
    char self[PATH_MAX], *slash;
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    self[length > 0 ? length : 0] = 0;
    if ((slash = strrchr(self, '/')))
        *slash = 0;
    const char *const formats[] = {"%s/../share/swatch/%s/%s", "%s/../../%s/%s"};
    for (size_t i = 0; i < 2; i++)
        if (snprintf(path, PATH_MAX, formats[i], self, kind, file) < PATH_MAX &&
            access(path, R_OK) == 0)
            return 0;
    if (snprintf(path, PATH_MAX, "%s/%s", kind, file) < PATH_MAX && access(path, R_OK) == 0)
        return 0;
    fprintf(stderr, "swatch: %s is neither in %s/../share/swatch/%s, %s/../../%s nor ./%s\n", file,
            self, kind, self, kind, kind);
    return 1;
}

int open_model(const char *option, swatch_precision precision, swatch_model **model)
{
    char path[PATH_MAX];
    swatch_error error;
    const char *from = option ? option : getenv("SWATCH_MODEL");
    if (!from) {
        if (find_shared("models", DEFAULT_MODEL, path))
            return SWATCH_FAILED;
        from = path;
    }
    if (swatch_model_open(from, precision, model, &error)) {
        complain(error.message);
        return SWATCH_FAILED;
    }
    return SWATCH_OK;
}

static int bar_shown;

void progress_bar(const char *label, double share, const char *tail)
{
    char bar[31];
    if (!isatty(STDERR_FILENO))
        return;
    const size_t filled = (size_t)(share * 30 + 0.5);
    for (size_t i = 0; i < 30; i++)
        bar[i] = i < filled ? '#' : ' ';
    bar[30] = 0;
    fprintf(stderr, "\r\033[K%s [%s] %s", label, bar, tail);
    fflush(stderr);
    bar_shown = 1;
}

void progress_end(void)
{
    if (bar_shown)
        fputs("\r\033[K", stderr);
    bar_shown = 0;
}
