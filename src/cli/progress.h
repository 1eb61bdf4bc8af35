// A progress bar on standard error, only when that is a terminal, and an interrupt by SIGINT that
// lets what is under way finish. Used from one thread.
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

struct progress {
    int on;      // standard error is a terminal and nobody asked for quiet
    int drawn;   // a bar stands on the current line
    double last; // when it was drawn, seconds
};

void progress_start(struct progress *p, int quiet);
// Draws `done` (0-1) and a few words; at most ten times a second, except for done 1.
void progress_show(struct progress *p, double done, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// Takes the bar away, before anything else is printed on the terminal.
void progress_clear(struct progress *p);

// From now on the first SIGINT or SIGTERM only makes interrupted() true; a second one kills.
void interrupt_catch(void);
int interrupted(void);

#endif
