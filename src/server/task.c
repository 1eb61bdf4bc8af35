#include "task.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

#define JSON_TYPE "application/json"

// Work with a time limit, for a client that may go.
struct watched {
    struct exchange *exchange;
    double end; // clock_seconds
};

static int go_on(void *user, double done)
{
    const struct watched *w = user;
    (void)done;
    return atomic_load(&w->exchange->gone) || clock_seconds() > w->end;
}

// The answer to a failure of the library.
static void fail(struct exchange *e, const swatch_error *error)
{
    struct answer *a = &e->answer;
    switch (error->status) {
    case SWATCH_NO_PERSON:
        answer_fault(a, 422, "%s", error->message);
        break;
    case SWATCH_BAD_FILE:
        answer_fault(a, 415, "%s", error->message);
        break;
    case SWATCH_TOO_LARGE:
        answer_fault(a, 413, "%s", error->message);
        break;
    case SWATCH_USAGE:
        answer_fault(a, 400, "%s", error->message);
        break;
    case SWATCH_NO_MEMORY:
        answer_later(a, 503, 1, "there is no memory for the photo now");
        break;
    case SWATCH_CANCELLED:
        if (atomic_load(&e->gone))
            answer_fault(a, ANSWER_GONE, "the client went");
        else
            answer_later(a, 503, 5, "the photo took too long");
        break;
    default:
        answer_fault(a, 500, "%s", error->message);
    }
}

static void set_text(struct exchange *e, const char *text)
{
    char *copy = text ? strdup(text) : NULL;
    if (copy)
        answer_set(&e->answer, JSON_TYPE, copy, strlen(copy), free);
    else
        answer_later(&e->answer, 503, 1, "there is no memory for the answer now");
}

// Several people's answer is what `swatch extract --people N --json` prints.
static int set_people(struct exchange *e, swatch_result **results, size_t count,
                      swatch_error *error)
{
    swatch_album *album = NULL;
    int status = swatch_album_new(NULL, 0, &album, error);
    for (size_t i = 0; i < count && !status; i++)
        status = swatch_album_add(album, results[i], error);
    status = status ? status : swatch_album_finish(album, error);
    if (!status)
        set_text(e, swatch_album_json(album));
    swatch_album_free(album);
    return status;
}

static int extract(struct desk *desk, struct exchange *e, const swatch_photo *photo,
                   struct watched *watched, swatch_error *error)
{
    swatch_extract_options options = e->wish.extract;
    const size_t most = e->wish.people ? e->wish.people < 255 ? e->wish.people : 255 : 1;
    swatch_result *results[255] = {0};
    size_t count = 1;
    int status;
    options.progress = go_on;
    options.user = watched;
    if (!desk->people || e->wish.whole)
        status = swatch_extract(desk->clothes, photo, &options, results, error);
    else
        status = swatch_extract_people(desk->clothes, desk->people, photo, &options, most, results,
                                       &count, error);
    if (!status && e->wish.people)
        status = set_people(e, results, count, error);
    else if (!status)
        set_text(e, swatch_result_json(results[0]));
    for (size_t i = 0; i < most; i++)
        swatch_result_free(results[i]);
    return status;
}

void task_run(struct desk *desk, struct exchange *e)
{
    struct watched watched = {e, clock_seconds() + desk->options->max_seconds};
    swatch_photo_options reading = SWATCH_PHOTO_OPTIONS_INIT;
    swatch_photo *photo = NULL;
    swatch_error error = {.status = SWATCH_CANCELLED};
    reading.max_pixels = desk->options->max_pixels;
    reading.max_memory = desk->memory;
    int status = go_on(&watched, 0);
    if (!status)
        status = swatch_photo_from_memory(*e->body.name ? e->body.name : "photo", e->body.photo,
                                          e->body.size, &reading, &photo, &error);
    if (!status)
        status = extract(desk, e, photo, &watched, &error);
    if (status)
        fail(e, &error);
    swatch_photo_free(photo);
}
