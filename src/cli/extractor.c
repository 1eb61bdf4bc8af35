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

int extractor_start(struct extractor *d, const struct extract_settings *s)
{
    d->settings = s;
    d->how = s->palettes * SWATCH_SAVE_PALETTE(0) | (s->soft_person ? SWATCH_SAVE_SOFT_PERSON : 0) |
             (s->extract.steps ? SWATCH_SAVE_STEPS : 0);
    if (s->classes && !(d->class_path = class_file(s->classes, d->class_room)))
        return SWATCH_FAILED;
    if (!(s->article ? article_model_file(s->model, d->model_path)
                     : model_file(s->model, s->classes, d->model_path)))
        return SWATCH_FAILED;
    if (!s->person_mask && !s->all_whole &&
        person_model_file(s->person, s->needs_people, d->person_path))
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
    const struct extractor *d = user;
    // Without --strict sources are as they were before there was this key.
    return json_pack(
        "{so*, so*, so*, so*, so, so*}", "model", source_checksum(d->model_path), "person_model",
        *d->person_path ? source_checksum(d->person_path) : NULL, "classes",
        d->class_path ? source_checksum(d->class_path) : NULL, "person_mask",
        d->settings->person_mask ? source_checksum(d->settings->person_mask) : NULL, "options",
        options_made(d->settings), "strict", d->settings->batch.strict ? json_true() : NULL);
}

static void *open_model(void *user)
{
    struct opening *o = user;
    o->status = swatch_model_open(o->path, &o->options, o->model, &o->error);
    return NULL;
}

static void *prepare(void *user)
{
    const struct extractor *d = user;
    // If this fails, so will swatch_extract, and that tells why.
    swatch_session_prepare(d->pool.each[0].clothes, 1, 2, NULL);
    return NULL;
}

static void wait_for_buffers(struct extractor *d)
{
    if (!d->prepares)
        return;
    pthread_join(d->preparing, NULL);
    d->prepares = 0;
}

// Whether --article can be done with the model that was opened.
static int check_article(const struct extractor *d, swatch_error *error)
{
    json_t *model = json_loads(swatch_model_json(d->pool.clothes), 0, NULL);
    const char *output = json_string_value(json_object_get(model, "output"));
    const int paints = output && strcmp(output, "rgb") == 0;
    json_decref(model);
    if (paints)
        return SWATCH_OK;
    snprintf(error->message, sizeof error->message,
             "%.900s: paints no color-coded map, as --article needs", d->model_path);
    return error->status = SWATCH_USAGE;
}

// Opens the models, side by side.
static int open_models(struct extractor *d, swatch_error *error)
{
    pthread_t thread;
    struct opening clothes = {
        .path = d->model_path, .options = SWATCH_MODEL_OPTIONS_INIT, .model = &d->pool.clothes};
    clothes.options.precision = (swatch_precision)d->settings->precision;
    struct opening people = clothes;
    clothes.options.classes = d->class_path;
    people.path = d->person_path;
    people.model = &d->pool.people;
    const int beside = *d->person_path && pthread_create(&thread, NULL, open_model, &clothes) == 0;
    if (*d->person_path)
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
    struct extractor *d = user;
    if (d->pool.workers)
        return SWATCH_OK; // photos that --watch found
    int status = open_models(d, error);
    if (!status && d->settings->article)
        status = check_article(d, error);
    if (!status)
        status = batch_start_pool(d->batch, &d->pool, error);
    d->prepares = !status && d->pool.workers == 1 && d->pool.people &&
                  pthread_create(&d->preparing, NULL, prepare, d) == 0;
    return status;
}

// With a last photo still to be written.
void extractor_close(void *user)
{
    struct extractor *d = user;
    wait_for_buffers(d);
    pool_end(&d->pool);
}

void extractor_end(struct extractor *d)
{
    swatch_album_free(d->album);
    extractor_close(d);
}

// ---- The working threads -----------------------------------------------------------------------

static struct sessions *take_sessions(struct extractor *d, const struct job *job)
{
    wait_for_buffers(d);
    return batch_take(d->batch, &d->pool, job);
}

static int extract(struct extractor *d, const swatch_extract_options *options, struct job *job)
{
    swatch_result *result = NULL;
    struct sessions *sessions = take_sessions(d, job);
    job->status = swatch_extract(sessions->clothes, job->photo, options, &result, &job->error);
    pool_give(&d->pool, sessions);
    job->work = result;
    return job->status;
}

// Lets the result that the job holds travel on as a part of it, to be written first.
static int pass_on(struct extractor *d, struct job *job)
{
    struct job *part = job_part(job);
    if (!part)
        return job_fail(job, SWATCH_FAILED, "out of memory");
    part->work = job->work;
    job->work = NULL;
    if (batch_pass(d->batch, part))
        batch_free_job(d->batch, part);
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
static int extract_people(struct extractor *d, const swatch_people *people, struct job *job)
{
    struct taker taker = {d, job};
    swatch_error error;
    struct sessions *sessions = take_sessions(d, job);
    const int status =
        swatch_extract_each(sessions->clothes, job->photo, people, &d->settings->extract,
                            d->settings->people ? d->settings->people : 1, take, &taker, &error);
    pool_give(&d->pool, sessions);
    if (status != SWATCH_CANCELLED) { // else pass_on has told why
        job->status = status;
        job->error = error;
    }
    return job->status;
}

static int extract_with_mask(struct extractor *d, struct job *job)
{
    swatch_extract_options options = d->settings->extract;
    swatch_photo_options reading = SWATCH_PHOTO_OPTIONS_INIT;
    uint8_t *mask = NULL;
    reading.max_pixels = d->settings->batch.max_pixels;
    reading.max_memory = batch_network_memory(&d->settings->batch);
    job->status = swatch_mask_open(d->settings->person_mask, &reading, &mask, &options.mask_width,
                                   &options.mask_height, &job->error);
    options.person_mask = mask;
    if (!job->status)
        extract(d, &options, job);
    swatch_free(mask);
    return job->status;
}

// After the last photo the network for people makes room for that for clothes.
static void end_people(struct extractor *d, const struct job *job)
{
    if (!batch_is_last(d->batch, job))
        return;
    pool_end_people(&d->pool);
#ifdef __GLIBC__
    malloc_trim(0); // it keeps what lies between other blocks
#endif
}

int extractor_work(void *user, struct job *job)
{
    struct extractor *d = user;
    swatch_people *people = NULL;
    if (d->settings->person_mask)
        return extract_with_mask(d, job);
    if (!d->pool.people)
        return extract(d, &d->settings->extract, job);
    struct sessions *sessions = batch_take(d->batch, &d->pool, job);
    job->status = swatch_people_find(sessions->people, job->photo, NULL, &people, &job->error);
    pool_give(&d->pool, sessions);
    end_people(d, job);
    if (!job->status)
        extract_people(d, people, job);
    swatch_people_free(people);
    return job->status;
}

void extractor_release(struct job *job)
{
    swatch_result_free(job->work);
}

// ---- The main thread ---------------------------------------------------------------------------

// One person more of a photo; with the last the photo's folder appears.
static int write_in_album(struct extractor *d, struct job *job, unsigned how)
{
    if (d->album_of != job->entry) {
        swatch_album_free(d->album);
        d->album = NULL;
        d->album_of = job->entry;
        job->status =
            swatch_album_new_with(job->folder, how, &d->settings->save, &d->album, &job->error);
    }
    if (!job->status)
        job->status = swatch_album_add(d->album, job->work, &job->error);
    if (!job->status && !job->more) {
        job->status = swatch_album_finish(d->album, &job->error);
        if (!job->status && d->settings->batch.json)
            job->line = swatch_album_json(d->album);
    }
    return job->status;
}

// Encodes a piece of the job's result. The caller frees *data.
static int encode(const struct extractor *d, swatch_piece piece, struct job *job, void **data,
                  size_t *size)
{
    return job->status = swatch_result_encode_with(job->work, piece, &d->settings->save, data, size,
                                                   &job->error);
}

// The one piece that --only names, to standard output.
static int write_stream(const struct extractor *d, struct job *job)
{
    void *data;
    size_t size;
    int piece = 0;
    while (d->settings->save.pieces != SWATCH_ONLY(piece))
        piece++;
    if (!encode(d, (swatch_piece)piece, job, &data, &size) && output_put(data, size))
        job_fail(job, SWATCH_FAILED, "standard output: %s", strerror(errno));
    swatch_free(data);
    return job->status;
}

// Sets the line that is printed: what colors.json holds.
static int take_json(const struct extractor *d, struct job *job)
{
    void *data;
    size_t size;
    if (!encode(d, SWATCH_PIECE_COLORS, job, &data, &size)) {
        job->text = strndup(data, size);
        job->line = job->text;
    }
    swatch_free(data);
    return !job->status && !job->text ? job_fail(job, SWATCH_FAILED, "out of memory") : job->status;
}

int extractor_write(void *user, struct job *job)
{
    struct extractor *d = user;
    const unsigned how = d->how | (job->replace ? SWATCH_REPLACE : 0);
    if (job->folder && output_above(job->folder))
        return job_fail(job, SWATCH_FAILED, "%s: cannot be made: %s", job->folder, strerror(errno));
    if (d->settings->people)
        return write_in_album(d, job, how);
    if (d->settings->stream)
        return write_stream(d, job);
    if (job->folder)
        job->status =
            swatch_result_save_with(job->work, job->folder, how, &d->settings->save, &job->error);
    return job->status || !d->settings->batch.json ? job->status : take_json(d, job);
}
