// inotify(7): a file is taken when its writer closes it or when it is moved into place, not before.

#include "watch.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"
#include "progress.h"
#include "say.h"

#define EVENTS (IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ONLYDIR | IN_EXCL_UNLINK)
#define QUIET_MS 100 // what appears within so much of the last is done together

struct watch {
    int events; // of inotify
    struct place {
        int id; // inotify's watch descriptor
        char *path, *folder;
    } * places;
    size_t count;
};

struct watch *watch_new(void)
{
    struct watch *w = calloc(1, sizeof *w);
    if (w)
        w->events = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (w && w->events >= 0)
        return w;
    say("swatch: folders cannot be watched: %s", strerror(errno));
    free(w);
    return NULL;
}

void watch_free(struct watch *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->count; i++) {
        free(w->places[i].path);
        free(w->places[i].folder);
    }
    free(w->places);
    close(w->events);
    free(w);
}

void watch_folder(void *watch, const char *path, const char *folder)
{
    struct watch *w = watch;
    const int id = inotify_add_watch(w->events, path, EVENTS);
    for (size_t i = 0; i < w->count; i++)
        if (w->places[i].id == id)
            return;
    struct place *larger = id < 0 ? NULL : reallocarray(w->places, w->count + 1, sizeof *w->places);
    if (larger) {
        w->places = larger;
        larger[w->count] = (struct place){id, strdup(path), strdup(folder)};
        if (larger[w->count].path && larger[w->count].folder) {
            w->count++;
            return;
        }
        free(larger[w->count].path);
        free(larger[w->count].folder);
    }
    say("swatch: %s: cannot be watched: %s", path, strerror(errno));
}

// A file that was just made is being written, unless it is a link to one that was there.
static int is_link(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0 &&
           (S_ISLNK(info.st_mode) || (S_ISREG(info.st_mode) && info.st_nlink > 1));
}

// Adds what an event tells of. 0, or -1 without memory.
static int take(const struct watch *w, const struct inotify_event *event, struct photo_list *list)
{
    for (size_t i = 0; i < w->count; i++) {
        if (w->places[i].id != event->wd || event->len == 0 || event->name[0] == '.')
            continue;
        // The list may visit further folders, which moves the places.
        char *path = output_path(w->places[i].path, event->name, NULL);
        char *folder = strdup(w->places[i].folder);
        int status = path && folder ? 0 : -1;
        if (!status && ((event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO | IN_ISDIR)) || is_link(path)))
            status = photos_add_found(list, path, folder);
        free(path);
        free(folder);
        return status;
    }
    return 0;
}

static int read_events(struct watch *w, struct photo_list *list)
{
    _Alignas(struct inotify_event) char events[1 << 14];
    const ssize_t got = read(w->events, events, sizeof events);
    if (got < 0 && errno != EAGAIN && errno != EINTR) {
        say("swatch: folders cannot be watched: %s", strerror(errno));
        return -1;
    }
    for (ssize_t at = 0; at < got;) {
        const struct inotify_event *event = (const void *)(events + at);
        if (event->mask & IN_Q_OVERFLOW)
            say("swatch: so many photos appeared at once that some were missed; start again to do "
                "them");
        if (take(w, event, list)) {
            say("swatch: out of memory");
            return -1;
        }
        at += (ssize_t)(sizeof *event + event->len);
    }
    return 0;
}

int watch_wait(struct watch *w, struct photo_list *list)
{
    struct pollfd from = {.fd = w->events, .events = POLLIN};
    while (!interrupted()) {
        const int ready = poll(&from, 1, list->count ? QUIET_MS : 1000);
        if (ready == 0 && list->count)
            return 0;
        if (ready > 0 && read_events(w, list))
            return -1;
    }
    return -1;
}
