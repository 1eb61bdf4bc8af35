#include "task.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive.h"
#include "clock.h"
#include "key.h"
#include "pieces.h"

#define PEOPLE_MOST ((size_t)255)

// Work with a time limit, for a client that may go.
struct watched {
    struct exchange *exchange;
    double end;         // clock_seconds
    char key[KEY_SIZE]; // of the request
    char tag[KEY_SIZE + 2];
};

static const char *name_of(const struct exchange *e)
{
    return *e->body.name ? e->body.name : "photo";
}

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

// Files are one archive, or the picture itself where there is one and the client takes pictures.
static void set_files(struct exchange *e, const char *key, const struct pieces *p)
{
    const struct piece_file *last = &p->files[p->count - 1];
    char type[128], boundary[KEY_SIZE];
    GBytes *content;
    if (e->accepts == ACCEPTS_PICTURE && p->count == 2) {
        snprintf(type, sizeof type, "%s", last->type);
        content = g_bytes_new(last->data, last->size);
    } else if (e->accepts == ACCEPTS_MULTIPART) {
        snprintf(boundary, sizeof boundary, "swatch-%.40s", key);
        snprintf(type, sizeof type, "multipart/mixed; boundary=%s", boundary);
        content = archive_multipart(p, boundary);
    } else {
        snprintf(type, sizeof type, "application/zip");
        content = archive_zip(p);
    }
    answer_set(&e->answer, type, content);
}

// Several people's JSON is what `swatch extract --people N --json` prints.
static int album_of(swatch_result **results, size_t count, swatch_album **album,
                    swatch_error *error)
{
    int status = swatch_album_new(NULL, 0, album, error);
    for (size_t i = 0; i < count && !status; i++)
        status = swatch_album_add(*album, results[i], error);
    return status ? status : swatch_album_finish(*album, error);
}

static int answer_results(struct desk *desk, struct watched *w, swatch_result **results,
                          size_t count, swatch_error *error)
{
    struct exchange *e = w->exchange;
    struct pieces pieces = {0};
    swatch_album *album = NULL;
    const double start = clock_seconds();
    int status = e->wish.people ? album_of(results, count, &album, error) : SWATCH_OK;
    const char *json = album ? swatch_album_json(album) : swatch_result_json(results[0]);
    if (!status && (e->wish.pieces || e->wish.palettes || e->wish.garments)) {
        status = pieces_add_json(&pieces, json, error);
        for (size_t i = 0; i < count && !status; i++)
            status = pieces_add(&pieces, results[i], &e->wish, e->wish.people ? i + 1 : 0, go_on, w,
                                error);
        if (!status)
            set_files(e, w->key, &pieces);
        metrics_time(desk->metrics, STAGE_PIECES, clock_seconds() - start);
    } else if (!status) {
        answer_text(&e->answer, JSON_TYPE, strdup(json));
    }
    pieces_free(&pieces);
    swatch_album_free(album);
    return status;
}

static void time_result(struct desk *desk, const swatch_result *result)
{
    const swatch_timings *t = swatch_result_timings(result);
    metrics_time(desk->metrics, STAGE_NETWORK, t->network);
    metrics_time(desk->metrics, STAGE_MASKS, t->masks);
    metrics_time(desk->metrics, STAGE_COLORS, t->colors);
}

static int extract(struct desk *desk, struct watched *w, const swatch_photo *photo,
                   swatch_error *error)
{
    const struct server_wish *wish = &w->exchange->wish;
    swatch_extract_options options = wish->extract;
    const size_t most = wish->people > PEOPLE_MOST ? PEOPLE_MOST : wish->people ? wish->people : 1;
    swatch_result *results[PEOPLE_MOST] = {0};
    size_t count = 1;
    int status;
    options.progress = go_on;
    options.user = w;
    if (!desk->people || wish->whole)
        status = swatch_extract(desk->clothes, photo, &options, results, error);
    else
        status = swatch_extract_people(desk->clothes, desk->people, photo, &options, most, results,
                                       &count, error);
    if (!status) {
        for (size_t i = 0; i < count; i++)
            time_result(desk, results[i]);
        status = answer_results(desk, w, results, count, error);
    }
    for (size_t i = 0; i < most; i++)
        swatch_result_free(results[i]);
    return status;
}

static int palette(struct desk *desk, struct watched *w, const swatch_photo *photo,
                   swatch_error *error)
{
    struct exchange *e = w->exchange;
    swatch_colors colors = SWATCH_COLORS_INIT;
    char *json = NULL;
    void *data;
    size_t size;
    const double start = clock_seconds();
    int status = swatch_colors_measure(photo, &e->wish.colors, &colors, error);
    metrics_time(desk->metrics, STAGE_COLORS, clock_seconds() - start);
    if (!status && e->wish.palette < 0) {
        status = swatch_colors_json(photo, &colors, &json, error);
        if (!status)
            answer_text(&e->answer, JSON_TYPE, json);
    } else if (!status) {
        const swatch_palette_format format = (swatch_palette_format)e->wish.palette;
        const swatch_group group = {name_of(e), colors.colors, colors.count};
        status = swatch_palette_encode(format, name_of(e), &group, 1, &data, &size, error);
        if (!status)
            answer_set(&e->answer, pieces_palette_type(format),
                       g_bytes_new_with_free_func(data, size, swatch_free, data));
    }
    return status;
}

static int decode(struct desk *desk, struct watched *w, swatch_photo **photo, swatch_error *error)
{
    struct exchange *e = w->exchange;
    swatch_photo_options reading = SWATCH_PHOTO_OPTIONS_INIT;
    const double start = clock_seconds();
    int died = 0;
    reading.max_pixels = desk->options->max_pixels;
    reading.max_memory = desk->memory;
    const int status = desk->decoder.all
                           ? decoder_decode(&desk->decoder, name_of(e), e->body.photo, e->body.size,
                                            &reading, go_on, w, photo, &died, error)
                           : swatch_photo_from_memory(name_of(e), e->body.photo, e->body.size,
                                                      &reading, photo, error);
    metrics_time(desk->metrics, STAGE_DECODE, clock_seconds() - start);
    if (died)
        answer_later(&e->answer, 503, 1, error->message);
    return status;
}

static void work(struct desk *desk, struct watched *w)
{
    swatch_photo *photo = NULL;
    swatch_error error = {.status = SWATCH_CANCELLED};
    int status = go_on(w, 0);
    if (!status)
        status = decode(desk, w, &photo, &error);
    if (!status)
        status = w->exchange->task == SERVER_PALETTE ? palette(desk, w, photo, &error)
                                                     : extract(desk, w, photo, &error);
    if (status && !w->exchange->answer.status)
        fail(w->exchange, &error);
    swatch_photo_free(photo);
}

void task_run(struct desk *desk, struct exchange *e)
{
    struct watched w = {.exchange = e, .end = clock_seconds() + desk->options->max_seconds};
    key_of_request(e, desk->models, w.key);
    snprintf(w.tag, sizeof w.tag, "\"%s\"", w.key);
    if (strcmp(e->match, w.tag) == 0) {
        e->answer.status = 304;
    } else if (!cache_find(desk->cache, w.key, &e->answer)) {
        work(desk, &w);
        if (e->answer.status == 200)
            cache_keep(desk->cache, w.key, &e->answer);
    }
    if (e->answer.status == 200 || e->answer.status == 304)
        strcpy(e->answer.tag, w.tag);
}
