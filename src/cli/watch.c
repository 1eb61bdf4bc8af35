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

#define EVENTS                                                                                     \
    (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVE_SELF | IN_CREATE | IN_ONLYDIR | IN_EXCL_UNLINK)
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

static void clear(struct place *place)
{
    free(place->path);
    free(place->folder);
}

void watch_free(struct watch *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->count; i++)
        clear(&w->places[i]);
    free(w->places);
    close(w->events);
    free(w);
}

static struct place *find_place(const struct watch *w, int id)
{
    for (size_t i = 0; i < w->count; i++)
        if (w->places[i].id == id)
            return &w->places[i];
    return NULL;
}

void watch_folder(void *watch, const char *path, const char *folder)
{
    struct watch *w = watch;
    struct place place = {inotify_add_watch(w->events, path, EVENTS), NULL, NULL};
    const int why = errno;
    struct place *known = place.id < 0 ? NULL : find_place(w, place.id);
    struct place *larger =
        known || place.id < 0 ? NULL : reallocarray(w->places, w->count + 1, sizeof *larger);
    if (larger)
        w->places = larger;
    place.path = strdup(path);
    place.folder = strdup(folder);
    if ((known || larger) && place.path && place.folder) {
        if (known) { // it may have been renamed
            clear(known);
            *known = place;
        } else {
            larger[w->count++] = place;
        }
        return;
    }
    clear(&place);
    say("swatch: %s: cannot be watched: %s", path, strerror(place.id < 0 ? why : ENOMEM));
}

static int lies_in(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/')
        length--;
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || !path[length]);
}

// Whether a folder is one that the user named: it lies in no other.
static int is_named(const struct watch *w, size_t place)
{
    for (size_t i = 0; i < w->count; i++)
        if (i != place && lies_in(w->places[place].path, w->places[i].path))
            return 0;
    return 1;
}

// A folder was renamed. Where that was to a place that is watched, its path is the new one by now;
// else it and what is below it are not watched any more.
static void moved(struct watch *w, const struct place *place)
{
    if (inotify_add_watch(w->events, place->path, EVENTS) == place->id)
        return;
    char *old = strdup(place->path);
    int told = 0;
    for (size_t i = 0; old && i < w->count; i++)
        if (lies_in(w->places[i].path, old)) {
            told |= is_named(w, i);
            inotify_rm_watch(w->events, w->places[i].id); // IN_IGNORED follows
        }
    if (told)
        say("swatch: %s: has another name now, and is not watched any more", old);
    free(old);
}

// Whether what an event tells of is to be looked at now. A file that was just made is being
// written, unless it is a link to one that was there. What is gone by now is no photo: events may
// come after their folder was moved away.
static int is_ready(const char *path, uint32_t mask)
{
    struct stat info;
    if (lstat(path, &info))
        return 0;
    return mask & (IN_CLOSE_WRITE | IN_MOVED_TO | IN_ISDIR) || S_ISLNK(info.st_mode) ||
           (S_ISREG(info.st_mode) && info.st_nlink > 1);
}

// Adds what an event tells of. 0, or -1 without memory.
static int take(struct watch *w, const struct inotify_event *event, struct photo_list *list)
{
    struct place *place = find_place(w, event->wd);
    if (place && event->mask & IN_IGNORED) { // the folder is gone
        clear(place);
        *place = w->places[--w->count];
    } else if (place && event->mask & IN_MOVE_SELF) {
        moved(w, place);
    }
    if (!place || event->len == 0 || event->name[0] == '.')
        return 0;
    // The list may visit further folders, which moves the places.
    char *path = output_path(place->path, event->name, NULL);
    char *folder = strdup(place->folder);
    int status = path && folder ? 0 : -1;
    if (!status && is_ready(path, event->mask))
        status = photos_add_found(list, path, folder);
    free(path);
    free(folder);
    return status;
}

// So much happened that the system forgot some of it: looks for all photos again. Those that are
// done are known by their results.
static int look_again(const struct watch *w, struct photo_list *list)
{
    int status = 0;
    const size_t count = w->count; // what is found now is looked through with its folder
    for (size_t i = 0; i < count && !status; i++) {
        if (!is_named(w, i))
            continue;
        char *path = strdup(w->places[i].path), *folder = strdup(w->places[i].folder);
        status = path && folder ? photos_add_folder(list, path, folder) : -1;
        free(path);
        free(folder);
    }
    return status;
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
        if (event->mask & IN_Q_OVERFLOW ? look_again(w, list) : take(w, event, list)) {
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
