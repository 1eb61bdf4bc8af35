#include "task.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive.h"
#include "base/clock.h"
#include "key.h"
#include "pieces.h"

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
    char type[128], boundary[KEY_SIZE];
    GBytes *content;
    if (e->accepts == ACCEPTS_PICTURE && p->count == 2) {
        const struct piece_file *f = p->files;
        f += strncmp(f->type, "image/", 6) != 0; // the other one is colors.json
        snprintf(type, sizeof type, "%s", f->type);
        content = g_bytes_new(f->data, f->size);
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

// What is made of results, one after the other, so that only one is in memory.
struct answering {
    struct desk *desk;
    struct watched *watched;
    swatch_album *album; // of several people; their JSON is what `swatch extract --people` prints
    char *json;          // of one
    struct pieces pieces;
    size_t count; // of results
    int status;
    swatch_error *error;
};

static void time_result(struct desk *desk, const swatch_result *result)
{
    const swatch_timings *t = swatch_result_timings(result);
    metrics_time(desk->metrics, STAGE_NETWORK, t->network);
    metrics_time(desk->metrics, STAGE_MASKS, t->masks);
    metrics_time(desk->metrics, STAGE_COLORS, t->colors);
}

// Whether the answer is more than JSON.
static int has_files(const struct server_wish *wish)
{
    return wish->palettes || wish->save.pieces != SWATCH_ONLY(SWATCH_PIECE_COLORS);
}

static int take_json(struct answering *a, const swatch_result *result)
{
    if (a->album)
        return swatch_album_add(a->album, result, a->error);
    a->json = strdup(swatch_result_json(result));
    return a->json ? SWATCH_OK : (int)(a->error->status = SWATCH_NO_MEMORY);
}

static int take_result(void *user, swatch_result *result)
{
    struct answering *a = user;
    const struct server_wish *wish = &a->watched->exchange->wish;
    const double start = clock_seconds();
    a->count++;
    time_result(a->desk, result);
    a->status = take_json(a, result);
    if (!a->status && has_files(wish)) {
        a->status = pieces_add(&a->pieces, result, wish, wish->people ? a->count : 0, go_on,
                               a->watched, a->error);
        metrics_time(a->desk->metrics, STAGE_PIECES, clock_seconds() - start);
    }
    swatch_result_free(result);
    return a->status;
}

static int finish(struct answering *a)
{
    struct exchange *e = a->watched->exchange;
    int status = a->album ? swatch_album_finish(a->album, a->error) : SWATCH_OK;
    if (!status && a->album && !(a->json = strdup(swatch_album_json(a->album))))
        status = a->error->status = SWATCH_NO_MEMORY;
    if (!status && has_files(&e->wish)) {
        status = a->album ? pieces_add_json(&a->pieces, a->json, a->error) : SWATCH_OK;
        if (!status)
            set_files(e, a->watched->key, &a->pieces);
    } else if (!status) {
        answer_text(&e->answer, JSON_TYPE, a->json);
        a->json = NULL;
    }
    return status;
}

static swatch_telling telling_of(const struct desk *desk, const struct server_wish *wish)
{
    swatch_telling telling = SWATCH_TELLING_INIT;
    telling.names = desk->options->names;
    telling.match = desk->options->match;
    telling.harmonies = wish->harmonies;
    return telling;
}

static int extract_whole(struct answering *a, const swatch_photo *photo,
                         const swatch_extract_options *options)
{
    swatch_result *result;
    const int status =
        swatch_extract(a->desk->sessions->clothes, photo, options, &result, a->error);
    return status ? status : take_result(a, result);
}

static int extract_people(struct answering *a, const swatch_photo *photo,
                          const swatch_extract_options *options)
{
    const size_t most = a->watched->exchange->wish.people;
    swatch_people_options finding = SWATCH_PEOPLE_OPTIONS_INIT;
    swatch_people *people = NULL;
    swatch_error error = {.status = SWATCH_OK};
    finding.progress = go_on;
    finding.user = a->watched;
    int status = swatch_people_find(a->desk->sessions->people, photo, &finding, &people, a->error);
    if (!status)
        status = swatch_extract_each(a->desk->sessions->clothes, photo, people, options,
                                     most ? most : 1, take_result, a, &error);
    // What take_result says goes before that it ended the call.
    if (status && people && !a->status)
        *a->error = error;
    swatch_people_free(people);
    return a->status ? a->status : status;
}

static int extract(struct desk *desk, struct watched *w, const swatch_photo *photo,
                   swatch_error *error)
{
    struct server_wish *wish = &w->exchange->wish;
    swatch_extract_options options = wish->extract;
    struct answering a = {.desk = desk, .watched = w, .error = error};
    int status = SWATCH_OK;
    const swatch_telling telling = telling_of(desk, wish);
    options.progress = go_on;
    options.user = w;
    options.telling = &telling;
    wish->save.threads = desk->sessions->threads;
    if (wish->people && !desk->sessions->people) {
        answer_fault(&w->exchange->answer, 400, "there is no model here that finds people");
        return SWATCH_USAGE;
    }
    if (wish->people)
        status = swatch_album_new_with(NULL, 0, &wish->save, &a.album, error);
    if (!status)
        status = desk->sessions->people && !wish->whole ? extract_people(&a, photo, &options)
                                                        : extract_whole(&a, photo, &options);
    status = status ? status : finish(&a);
    pieces_free(&a.pieces);
    swatch_album_free(a.album);
    free(a.json);
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
    const swatch_telling telling = telling_of(desk, &e->wish);
    const double start = clock_seconds();
    int status = swatch_colors_measure(photo, &e->wish.colors, &colors, error);
    metrics_time(desk->metrics, STAGE_COLORS, clock_seconds() - start);
    if (!status && e->wish.palette < 0) {
        status = swatch_colors_json_told(photo, &colors, &telling, &json, error);
        if (!status)
            answer_text(&e->answer, JSON_TYPE, json);
    } else if (!status) {
        const swatch_palette_format format = (swatch_palette_format)e->wish.palette;
        const swatch_group group = {name_of(e), colors.colors, colors.count};
        status = swatch_palette_encode_told(format, name_of(e), &group, 1, &telling, &data, &size,
                                            error);
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
    // What else can go wrong with bytes in memory is told by its own status.
    if (status == SWATCH_FAILED)
        error->status = SWATCH_BAD_FILE;
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
