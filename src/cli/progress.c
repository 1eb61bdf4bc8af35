// The progress bar and the interrupt.

#include "progress.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "show.h"

#define BAR_MOST 24 // columns

static volatile sig_atomic_t signal_seen;

static struct {
    int on;      // a bar is wanted
    int drawn;   // it stands on the current line
    double last; // when it was drawn, seconds
} bar;

void progress_start(int quiet)
{
    bar.on = !quiet && isatty(STDERR_FILENO);
}

void progress_show(double done, const char *format, ...)
{
    char filled[BAR_MOST + 1], words[512], shown[512];
    struct winsize size;
    va_list arguments;
    const double time = clock_seconds();
    if (!bar.on || (done < 1 && bar.drawn && time - bar.last < 0.1))
        return;
    done = done < 0 ? 0 : done > 1 ? 1 : done;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    // A line that wraps could not be taken back.
    const int known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    const int columns = known ? size.ws_col : 80;
    const int length = columns / 4 < BAR_MOST ? columns / 4 : BAR_MOST;
    const size_t full = (size_t)(done * length + 0.5);
    memset(filled, '.', sizeof filled);
    memset(filled, '#', full);
    filled[length] = 0;
    show_safe(words, shown, sizeof shown, columns - length - 11);
    fprintf(stderr, "\r\033[K[%s] %3.0f %% %s", filled, 100 * done, shown);
    fflush(stderr);
    bar.drawn = 1;
    bar.last = time;
}

void progress_clear(void)
{
    if (bar.drawn)
        fputs("\r\033[K", stderr);
    bar.drawn = 0;
}

static void on_signal(int number)
{
    (void)number;
    signal_seen = 1;
}

void interrupt_also(int number)
{
    struct sigaction action = {.sa_handler = on_signal}, before;
    sigemptyset(&action.sa_mask);
    if (sigaction(number, NULL, &before) || before.sa_handler != SIG_IGN)
        sigaction(number, &action, NULL);
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
