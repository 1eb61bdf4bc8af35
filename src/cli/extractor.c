// The way of a photo in `swatch extract`: people are found, then the clothes of each. People travel
// one by one, so that only one result need be in memory and a person's files are written while the
// next is computed.

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "extract.h"
#include "model_file.h"
#include "output.h"
#include "shared.h"
#include "source.h"

int extractor_start(struct extractor *e, const struct extract_settings *s)
{
    e->settings = s;
    e->how = s->palettes * SWATCH_SAVE_PALETTE(0) | (s->soft_person ? SWATCH_SAVE_SOFT_PERSON : 0) |
             (s->extract.steps ? SWATCH_SAVE_STEPS : 0);
    if (s->classes && !(e->class_path = class_file(s->classes, e->class_room)))
        return SWATCH_FAILED;
    if (!(s->article ? article_model_file(s->model, e->model_path)
                     : model_file(s->model, s->classes, e->model_path)))
        return SWATCH_FAILED;
    if (!s->person_mask && !s->all_whole &&
        person_model_file(s->person, s->needs_people, e->person_path))
        return SWATCH_FAILED;
    return SWATCH_OK;
}

// The options about pieces that change results; NULL where none is given, so that results of a
// swatch that had none stay.
static json_t *pieces_made(const struct extract_settings *s)
{
    const swatch_save_options *o = &s->save;
    char ground[8] = "";
    if (!o->pieces && !o->format && !o->quality && !o->max_side && !o->crop && !o->has_ground &&
        !o->edges && !o->card && !o->card_dark)
        return NULL;
    if (o->has_ground)
        snprintf(ground, sizeof ground, "#%02x%02x%02x", o->ground[0], o->ground[1], o->ground[2]);
    return json_pack("{sI, ss, sI, sI, sb, ss, ss, ss, sb}", "only", (json_int_t)o->pieces,
                     "format", shared_pictures[o->format], "quality", (json_int_t)o->quality,
                     "max_side", (json_int_t)o->max_side, "crop", o->crop, "ground", ground,
                     "edges", shared_edges[o->edges], "card", shared_cards[o->card], "card_dark",
                     o->card_dark);
}

// The options that change results. Masks and class files count by their content. "steps" is there
// only where it is asked for, for the same reason.
static json_t *options_made(const struct extract_settings *s)
{
    const swatch_extract_options *e = &s->extract;
    json_t *made =
        json_pack("{ss, ss, ss, sI, sI, sI, sb, sb, sb, sb, so*, so*}", "masks",
                  shared_masks[e->masks], "background", shared_backgrounds[e->background],
                  "precision", shared_precisions[s->precision], "people", (json_int_t)s->people,
                  "colors", (json_int_t)e->colors, "palettes",
                  (json_int_t)(s->palettes * SWATCH_SAVE_PALETTE(0)), "soft_person", s->soft_person,
                  "white_balance", e->white_balance, "no_flip", e->no_flip, "no_refine",
                  e->no_refine, "pieces", pieces_made(s), "steps", e->steps ? json_true() : NULL);
    if (telling_made(&s->telling, made)) {
        json_decref(made);
        made = NULL;
    }
    return made;
}

json_t *extractor_made(void *user)
{
    const struct extractor *e = user;
    // Without --strict sources are as they were before there was this key.
    return json_pack(
        "{so*, so*, so*, so*, so, so*}", "model", source_checksum(e->model_path), "person_model",
        *e->person_path ? source_checksum(e->person_path) : NULL, "classes",
        e->class_path ? source_checksum(e->class_path) : NULL, "person_mask",
        e->settings->person_mask ? source_checksum(e->settings->person_mask) : NULL, "options",
        options_made(e->settings), "strict", e->settings->batch.strict ? json_true() : NULL);
}

// One model to open, and what became of it.
struct opening {
    const char *path;
    swatch_model_options options;
    swatch_model **model;
    int status;
    swatch_error error;
};

static void *open_model(void *user)
{
    struct opening *o = user;
    o->status = swatch_model_open(o->path, &o->options, o->model, &o->error);
    return NULL;
}

static void *prepare(void *user)
{
    const struct extractor *e = user;
    // If this fails, so will swatch_extract, and that tells why.
    swatch_session_prepare(e->pool.each[0].clothes, 1, 2, NULL);
    return NULL;
}

static void wait_for_buffers(struct extractor *e)
{
    if (!e->prepares)
        return;
    pthread_join(e->preparing, NULL);
    e->prepares = 0;
}

// Whether --article can be done with the model that was opened.
static int check_article(const struct extractor *e, swatch_error *error)
{
    json_t *model = json_loads(swatch_model_json(e->pool.clothes), 0, NULL);
    const char *output = json_string_value(json_object_get(model, "output"));
    const int paints = output && strcmp(output, "rgb") == 0;
    json_decref(model);
    if (paints)
        return SWATCH_OK;
    snprintf(error->message, sizeof error->message,
             "%.900s: paints no color-coded map, as --article needs", e->model_path);
    return error->status = SWATCH_USAGE;
}

// Opens the models, side by side.
static int open_models(struct extractor *e, swatch_error *error)
{
    pthread_t thread;
    struct opening clothes = {
        .path = e->model_path, .options = SWATCH_MODEL_OPTIONS_INIT, .model = &e->pool.clothes};
    clothes.options.precision = (swatch_precision)e->settings->precision;
    struct opening people = clothes;
    clothes.options.classes = e->class_path;
    people.path = e->person_path;
    people.model = &e->pool.people;
    const int beside = *e->person_path && pthread_create(&thread, NULL, open_model, &clothes) == 0;
    if (*e->person_path)
        open_model(&people);
    if (beside)
        pthread_join(thread, NULL);
    else
        open_model(&clothes);
    const struct opening *wrong = clothes.status ? &clothes : &people;
    if (wrong->status)
        *error = wrong->error;
    return wrong->status;
}

// With one worker the buffers for clothes are made while people are looked for in the first photo.
int extractor_begin(void *user, swatch_error *error)
{
    struct extractor *e = user;
    if (e->pool.workers)
        return SWATCH_OK; // photos that --watch found
    int status = open_models(e, error);
    if (!status && e->settings->article)
        status = check_article(e, error);
    if (!status)
        status = batch_start_pool(e->batch, &e->pool, error);
    e->prepares = !status && e->pool.workers == 1 && e->pool.people &&
                  pthread_create(&e->preparing, NULL, prepare, e) == 0;
    return status;
}

// With a last photo still to be written.
void extractor_close(void *user)
{
    struct extractor *e = user;
    wait_for_buffers(e);
    pool_end(&e->pool);
}

void extractor_end(struct extractor *e)
{
    swatch_album_free(e->album);
    extractor_close(e);
}

// ---- The working threads -----------------------------------------------------------------------

static struct sessions *take_sessions(struct extractor *e, const struct job *job)
{
    wait_for_buffers(e);
    return batch_take(e->batch, &e->pool, job);
}

static int extract(struct extractor *e, const swatch_extract_options *options, struct job *job)
{
    swatch_result *result = NULL;
    struct sessions *sessions = take_sessions(e, job);
    job->status = swatch_extract(sessions->clothes, job->photo, options, &result, &job->error);
    pool_give(&e->pool, sessions);
    job->work = result;
    return job->status;
}

// Lets the result that the job holds travel on as a part of it, to be written first.
static int pass_on(struct extractor *e, struct job *job)
{
    struct job *part = job_part(job);
    if (!part)
        return job_fail(job, SWATCH_FAILED, "out of memory");
    part->work = job->work;
    job->work = NULL;
    if (batch_pass(e->batch, part))
        batch_free_job(e->batch, part);
    return SWATCH_OK;
}

struct taker {
    struct extractor *extractor;
    struct job *job;
};

// The last result stays with the job.
static int take(void *user, swatch_result *result)
{
    const struct taker *t = user;
    if (t->job->work && pass_on(t->extractor, t->job)) {
        swatch_result_free(result);
        return 1;
    }
    t->job->work = result;
    return 0;
}

// The clothes of people, or clothes alone where there is nobody.
static int extract_people(struct extractor *e, const swatch_people *people, struct job *job)
{
    struct taker taker = {e, job};
    swatch_error error;
    struct sessions *sessions = take_sessions(e, job);
    const int status =
        swatch_extract_each(sessions->clothes, job->photo, people, &e->settings->extract,
                            e->settings->people ? e->settings->people : 1, take, &taker, &error);
    pool_give(&e->pool, sessions);
    if (status != SWATCH_CANCELLED) { // else pass_on has told why
        job->status = status;
        job->error = error;
    }
    return job->status;
}

static int extract_with_mask(struct extractor *e, struct job *job)
{
    swatch_extract_options options = e->settings->extract;
    swatch_photo_options reading = SWATCH_PHOTO_OPTIONS_INIT;
    uint8_t *mask = NULL;
    reading.max_pixels = e->settings->batch.max_pixels;
    reading.max_memory = batch_network_memory(&e->settings->batch);
    job->status = swatch_mask_open(e->settings->person_mask, &reading, &mask, &options.mask_width,
                                   &options.mask_height, &job->error);
    options.person_mask = mask;
    if (!job->status)
        extract(e, &options, job);
    swatch_free(mask);
    return job->status;
}

// After the last photo the network for people makes room for that for clothes.
static void end_people(struct extractor *e, const struct job *job)
{
    if (!batch_is_last(e->batch, job))
        return;
    pool_end_people(&e->pool);
#ifdef __GLIBC__
    malloc_trim(0); // it keeps what lies between other blocks
#endif
}

int extractor_work(void *user, struct job *job)
{
    struct extractor *e = user;
    swatch_people *people = NULL;
    if (e->settings->person_mask)
        return extract_with_mask(e, job);
    if (!e->pool.people)
        return extract(e, &e->settings->extract, job);
    struct sessions *sessions = batch_take(e->batch, &e->pool, job);
    job->status = swatch_people_find(sessions->people, job->photo, NULL, &people, &job->error);
    pool_give(&e->pool, sessions);
    end_people(e, job);
    if (!job->status)
        extract_people(e, people, job);
    swatch_people_free(people);
    return job->status;
}

void extractor_release(struct job *job)
{
    swatch_result_free(job->work);
}

// ---- The main thread ---------------------------------------------------------------------------

// One person more of a photo; with the last the photo's folder appears.
static int write_in_album(struct extractor *e, struct job *job, unsigned how)
{
    if (e->album_of != job->entry) {
        swatch_album_free(e->album);
        e->album = NULL;
        e->album_of = job->entry;
        job->status =
            swatch_album_new_with(job->folder, how, &e->settings->save, &e->album, &job->error);
    }
    if (!job->status)
        job->status = swatch_album_add(e->album, job->work, &job->error);
    if (!job->status && !job->more) {
        job->status = swatch_album_finish(e->album, &job->error);
        if (!job->status && e->settings->batch.json)
            job->line = swatch_album_json(e->album);
    }
    return job->status;
}

// Encodes a piece of the job's result. The caller frees *data.
static int encode(const struct extractor *e, swatch_piece piece, struct job *job, void **data,
                  size_t *size)
{
    return job->status = swatch_result_encode_with(job->work, piece, &e->settings->save, data, size,
                                                   &job->error);
}

// The one piece that --only names, to standard output.
static int write_stream(const struct extractor *e, struct job *job)
{
    void *data;
    size_t size;
    int piece = 0;
    while (e->settings->save.pieces != SWATCH_ONLY(piece))
        piece++;
    if (!encode(e, (swatch_piece)piece, job, &data, &size) && output_put(data, size))
        job_fail(job, SWATCH_FAILED, "standard output: %s", strerror(errno));
    swatch_free(data);
    return job->status;
}

// Sets the line that is printed: what colors.json holds.
static int take_json(const struct extractor *e, struct job *job)
{
    void *data;
    size_t size;
    if (!encode(e, SWATCH_PIECE_COLORS, job, &data, &size)) {
        job->text = strndup(data, size);
        job->line = job->text;
    }
    swatch_free(data);
    return !job->status && !job->text ? job_fail(job, SWATCH_FAILED, "out of memory") : job->status;
}

int extractor_write(void *user, struct job *job)
{
    struct extractor *e = user;
    const unsigned how = e->how | (job->replace ? SWATCH_REPLACE : 0);
    if (job->folder && output_above(job->folder))
        return job_fail(job, SWATCH_FAILED, "%s: cannot be made: %s", job->folder, strerror(errno));
    if (e->settings->people)
        return write_in_album(e, job, how);
    if (e->settings->stream)
        return write_stream(e, job);
    if (job->folder)
        job->status =
            swatch_result_save_with(job->work, job->folder, how, &e->settings->save, &job->error);
    return job->status || !e->settings->batch.json ? job->status : take_json(e, job);
}
