// The progress bar on standard error, shown only when that is a terminal, and the interrupt: SIGINT
// or SIGTERM let what is under way finish. Used from one thread.
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

// Shows a bar from now on, unless `quiet` or standard error is no terminal.
void progress_start(int quiet);
// Draws `done` (0-1) and a few words, cut to the window; at most ten times a second, except for
// done 1.
void progress_show(double done, const char *format, ...) __attribute__((format(printf, 2, 3)));
// Takes the bar away, before anything else is printed on the terminal.
void progress_clear(void);

// From now on the first SIGINT or SIGTERM only makes interrupted() 1; a second one kills.
void interrupt_catch(void);
// The same for one more signal, which never kills. One that the caller ignores stays ignored, as
// nohup wants it.
void interrupt_also(int number);
int interrupted(void);

#endif
