#include "decoders.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "decoder.h"
#include "wire.h"

#define LOOK_EACH 50 // milliseconds between two looks at whether to go on

static int fail(swatch_error *error, int status, const char *what)
{
    snprintf(error->message, sizeof error->message, "%s", what);
    return error->status = (swatch_status)status;
}

// ---- The process that starts decoders ----------------------------------------------------------

static void start_one(int connection, size_t memory)
{
    int ends[2] = {-1, -1};
    struct wire_order done = {.process = -1};
    if (wire_pair(ends) == 0)
        done.process = (int32_t)fork();
    if (done.process == 0) {
        close(connection);
        close(ends[0]);
        decoder_run(ends[1], memory);
    }
    wire_send(connection, &done, sizeof done, done.process > 0 ? ends[0] : -1);
    if (ends[0] >= 0) {
        close(ends[0]);
        close(ends[1]);
    }
}

// A decoder's number stays its own until it is waited for here, so no other process is ever killed.
static void starter_run(int connection, size_t memory)
{
    struct wire_order order;
    int none;
    prctl(PR_SET_NAME, "swatch-starter");
    signal(SIGINT, SIG_IGN); // the service ends its helpers
    signal(SIGTERM, SIG_IGN);
    while (wire_receive(connection, &order, sizeof order, &none) == 0) {
        if (order.end && order.process > 0) {
            kill(order.process, SIGKILL);
            waitpid(order.process, NULL, 0);
        } else if (!order.end) {
            start_one(connection, memory);
        }
    }
    _exit(0);
}

int decoders_start(struct decoders *d, size_t memory, swatch_error *error)
{
    int ends[2];
    *d = (struct decoders){.starter = -1};
    pthread_mutex_init(&d->lock, NULL);
    if (wire_pair(ends))
        return fail(error, SWATCH_FAILED, strerror(errno));
    d->process = fork();
    if (d->process == 0) {
        close(ends[0]);
        starter_run(ends[1], memory);
    }
    close(ends[1]);
    d->starter = ends[0];
    return d->process > 0 ? SWATCH_OK : fail(error, SWATCH_FAILED, strerror(errno));
}

void decoders_end(struct decoders *d)
{
    if (d->starter >= 0)
        close(d->starter);
    if (d->process > 0)
        waitpid(d->process, NULL, 0);
    pthread_mutex_destroy(&d->lock);
}

// ---- The service's side ------------------------------------------------------------------------

void decoder_end(struct decoder *d)
{
    const struct wire_order order = {.end = 1, .process = d->process};
    if (d->connection < 0)
        return;
    close(d->connection);
    d->connection = -1;
    pthread_mutex_lock(&d->all->lock);
    wire_send(d->all->starter, &order, sizeof order, -1);
    pthread_mutex_unlock(&d->all->lock);
}

int decoder_begin(struct decoder *d)
{
    struct wire_order order = {0};
    if (d->connection >= 0)
        return 0;
    pthread_mutex_lock(&d->all->lock);
    const int failed = wire_send(d->all->starter, &order, sizeof order, -1) ||
                       wire_receive(d->all->starter, &order, sizeof order, &d->connection);
    pthread_mutex_unlock(&d->all->lock);
    d->process = order.process;
    return failed || d->connection < 0 ? -1 : 0;
}

// The bytes as a file in memory, or -1.
static int file_of(const void *data, size_t bytes)
{
    const int file = memfd_create("photo", MFD_CLOEXEC);
    size_t done = 0;
    while (file >= 0 && done < bytes) {
        const ssize_t wrote = write(file, (const char *)data + done, bytes - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0) {
            close(file);
            return -1;
        }
        done += (size_t)wrote;
    }
    return file;
}

// Waits for an answer. 0; 1: it is no longer wanted.
static int wait_for(int connection, swatch_progress go_on, void *user)
{
    struct pollfd state = {.fd = connection, .events = POLLIN};
    while (poll(&state, 1, LOOK_EACH) <= 0)
        if (go_on(user, 0))
            return 1;
    return 0;
}

// Nothing of what a decoder tells is believed: it may be the photo's by now.
static int import_pixels(const char *name, const swatch_photo_options *options,
                         struct wire_pixels *told, int memory, swatch_photo **photo, int *died,
                         swatch_error *error)
{
    struct stat info;
    size_t area, size;
    const int seals = memory >= 0 ? fcntl(memory, F_GET_SEALS) : -1;
    if (seals < 0 || !(seals & F_SEAL_SHRINK) || !(seals & F_SEAL_WRITE) || fstat(memory, &info) ||
        !told->width || !told->height || __builtin_mul_overflow(told->width, told->height, &area) ||
        (options->max_pixels && area > options->max_pixels) ||
        __builtin_mul_overflow(area, told->has_alpha ? 4u : 3u, &size) ||
        (uint64_t)info.st_size != size) {
        *died = 1;
        return fail(error, SWATCH_FAILED, "the photo misled its decoder");
    }
    // Private: before 6.7, Linux maps no shared memory that is sealed against writing.
    const uint8_t *data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, memory, 0);
    if (data == MAP_FAILED)
        return fail(error, SWATCH_NO_MEMORY, "out of memory");
    swatch_pixels pixels = SWATCH_PIXELS_INIT;
    pixels.data = data;
    pixels.width = told->width;
    pixels.height = told->height;
    pixels.format = SWATCH_RGB;
    pixels.alpha = told->has_alpha ? data + 3 * area : NULL;
    told->notice[sizeof told->notice - 1] = 0;
    pixels.notice = *told->notice ? told->notice : NULL;
    const int status = swatch_photo_from_pixels(name, &pixels, photo, error);
    munmap((void *)data, size);
    return status;
}

int decoder_decode(struct decoder *d, const char *name, const void *data, size_t bytes,
                   const swatch_photo_options *options, swatch_progress go_on, void *user,
                   swatch_photo **photo, int *died, swatch_error *error)
{
    struct wire_photo asked = {
        .bytes = bytes, .max_pixels = options->max_pixels, .max_memory = options->max_memory};
    struct wire_pixels told;
    int memory = -1;
    *died = 0;
    snprintf(asked.name, sizeof asked.name, "%s", name);
    if (decoder_begin(d))
        return fail(error, SWATCH_NO_MEMORY, "no decoder can be started");
    const int file = file_of(data, bytes);
    if (file < 0)
        return fail(error, SWATCH_NO_MEMORY, "out of memory");
    int failed = wire_send(d->connection, &asked, sizeof asked, file);
    if (failed) { // it ended since the last photo
        decoder_end(d);
        failed = decoder_begin(d) || wire_send(d->connection, &asked, sizeof asked, file);
    }
    close(file);
    if (!failed && wait_for(d->connection, go_on, user)) {
        decoder_end(d);
        return fail(error, SWATCH_CANCELLED, "stopped");
    }
    if (failed || wire_receive(d->connection, &told, sizeof told, &memory)) {
        decoder_end(d);
        *died = 1;
        return fail(error, SWATCH_FAILED, "the photo ended its decoder");
    }
    told.message[sizeof told.message - 1] = 0;
    const int status = told.status
                           ? fail(error, told.status, told.message)
                           : import_pixels(name, options, &told, memory, photo, died, error);
    if (memory >= 0)
        close(memory);
    if (*died)
        decoder_end(d);
    return status;
}
