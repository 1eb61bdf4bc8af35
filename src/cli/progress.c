// The progress bar and the interrupt.

#include "progress.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define BAR 24

static volatile sig_atomic_t signal_seen;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void progress_start(struct progress *p, int quiet)
{
    *p = (struct progress){.on = !quiet && isatty(STDERR_FILENO)};
}

void progress_show(struct progress *p, double done, const char *format, ...)
{
    char bar[BAR + 1], words[256];
    struct winsize size;
    va_list arguments;
    const double time = now();
    if (!p->on || (done < 1 && p->drawn && time - p->last < 0.1))
        return;
    done = done < 0 ? 0 : done > 1 ? 1 : done;
    const size_t full = (size_t)(done * BAR + 0.5);
    memset(bar, '#', full);
    memset(bar + full, '.', BAR - full);
    bar[BAR] = 0;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    // A line that wraps could not be taken back.
    const int known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    const int columns = known ? size.ws_col : 80;
    const int left = columns - BAR - 11;
    fprintf(stderr, "\r\033[K[%s] %3.0f %% %.*s", bar, 100 * done, left > 0 ? left : 0, words);
    fflush(stderr);
    p->drawn = 1;
    p->last = time;
}

void progress_clear(struct progress *p)
{
    if (p->drawn)
        fputs("\r\033[K", stderr);
    p->drawn = 0;
}

static void on_signal(int number)
{
    (void)number;
    signal_seen = 1;
}

void interrupt_catch(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int interrupted(void)
{
    return signal_seen;
}
