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

int dresser_start(struct dresser *d, const struct extract_settings *s)
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

json_t *dresser_made(void *user)
{
    const struct dresser *d = user;
    // Without --strict sources are as they were before there was this key.
    return json_pack(
        "{so*, so*, so*, so*, so, so*}", "model", source_checksum(d->model_path), "person_model",
        *d->person_path ? source_checksum(d->person_path) : NULL, "classes",
        d->class_path ? source_checksum(d->class_path) : NULL, "person_mask",
        d->settings->person_mask ? source_checksum(d->settings->person_mask) : NULL, "options",
        options_made(d->settings), "strict", d->settings->batch.strict ? json_true() : NULL);
}

static int open_model(struct opening *o)
{
    o->status = swatch_model_open(o->path, &o->options, o->model, &o->error);
    if (!o->status)
        o->status = swatch_session_new(*o->model, &o->session, o->to, &o->error);
    return o->status;
}

static void *open_clothes(void *user)
{
    struct dresser *d = user;
    const int failed = open_model(&d->clothes);
    sem_post(&d->opened);
    if (!failed) // if this fails, so will swatch_extract, and that tells why
        swatch_session_prepare(d->session, 1, 2, NULL);
    return NULL;
}

static void wait_for_buffers(struct dresser *d)
{
    if (!d->opens)
        return;
    pthread_join(d->opener, NULL);
    sem_destroy(&d->opened);
    d->opens = 0;
}

// Whether --article can be done with the model that was opened.
static int check_article(const struct dresser *d, swatch_error *error)
{
    json_t *model = json_loads(swatch_model_json(d->model), 0, NULL);
    const char *output = json_string_value(json_object_get(model, "output"));
    const int paints = output && strcmp(output, "rgb") == 0;
    json_decref(model);
    if (paints)
        return SWATCH_OK;
    snprintf(error->message, sizeof error->message,
             "%.900s: paints no color-coded map, as --article needs", d->model_path);
    return error->status = SWATCH_USAGE;
}

// Both models are opened side by side, and the buffers for clothes are made while people are looked
// for in the first photo.
int dresser_begin(void *user, swatch_error *error)
{
    struct dresser *d = user;
    if (d->session)
        return SWATCH_OK; // photos that --watch found
    d->clothes = (struct opening){.path = d->model_path,
                                  .options = SWATCH_MODEL_OPTIONS_INIT,
                                  .session = SWATCH_SESSION_OPTIONS_INIT,
                                  .model = &d->model,
                                  .to = &d->session};
    d->clothes.session.threads = (unsigned)d->settings->batch.threads;
    d->clothes.session.max_memory = batch_network_memory(&d->settings->batch);
    d->clothes.options.precision = (swatch_precision)d->settings->precision;
    struct opening people = d->clothes;
    d->clothes.options.classes = d->class_path;
    people.path = d->person_path;
    people.model = &d->person_model;
    people.to = &d->people;
    if (*d->person_path) {
        sem_init(&d->opened, 0, 0);
        d->opens = pthread_create(&d->opener, NULL, open_clothes, d) == 0;
        open_model(&people);
    }
    if (d->opens)
        sem_wait(&d->opened);
    else
        open_model(&d->clothes);
    const struct opening *wrong = d->clothes.status ? &d->clothes : &people;
    if (wrong->status)
        *error = wrong->error;
    return !wrong->status && d->settings->article ? check_article(d, error) : (int)wrong->status;
}

// With a last photo still to be written.
void dresser_close(void *user)
{
    struct dresser *d = user;
    wait_for_buffers(d);
    swatch_session_free(d->session);
    swatch_session_free(d->people);
    swatch_model_free(d->model);
    swatch_model_free(d->person_model);
    d->session = d->people = NULL;
    d->model = d->person_model = NULL;
}

void dresser_end(struct dresser *d)
{
    swatch_album_free(d->album);
    dresser_close(d);
}

// ---- The working thread ------------------------------------------------------------------------

static int extract(struct dresser *d, const swatch_extract_options *options, struct job *job)
{
    swatch_result *result = NULL;
    wait_for_buffers(d);
    job->status = swatch_extract(d->session, job->photo, options, &result, &job->error);
    job->work = result;
    return job->status;
}

// Lets the result that the job holds travel on as a part of it, to be written first.
static int pass_on(struct dresser *d, struct job *job)
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
    struct dresser *dresser;
    struct job *job;
};

// The last result stays with the job.
static int take(void *user, swatch_result *result)
{
    const struct taker *t = user;
    if (t->job->work && pass_on(t->dresser, t->job)) {
        swatch_result_free(result);
        return 1;
    }
    t->job->work = result;
    return 0;
}

// The clothes of people, or clothes alone where there is nobody.
static int extract_people(struct dresser *d, const swatch_people *people, struct job *job)
{
    struct taker taker = {d, job};
    swatch_error error;
    wait_for_buffers(d);
    const int status =
        swatch_extract_each(d->session, job->photo, people, &d->settings->extract,
                            d->settings->people ? d->settings->people : 1, take, &taker, &error);
    if (status != SWATCH_CANCELLED) { // else pass_on has told why
        job->status = status;
        job->error = error;
    }
    return job->status;
}

static int extract_with_mask(struct dresser *d, struct job *job)
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
static void end_people(struct dresser *d, const struct job *job)
{
    const struct photo_list *list = &d->batch->list;
    if (d->batch->watch || job->entry != &list->entries[list->count - 1])
        return;
    swatch_session_free(d->people);
    swatch_model_free(d->person_model);
    d->people = NULL;
    d->person_model = NULL;
#ifdef __GLIBC__
    malloc_trim(0); // it keeps what lies between other blocks
#endif
}

int dresser_work(void *user, struct job *job)
{
    struct dresser *d = user;
    swatch_people *people = NULL;
    if (d->settings->person_mask)
        return extract_with_mask(d, job);
    if (!d->people)
        return extract(d, &d->settings->extract, job);
    job->status = swatch_people_find(d->people, job->photo, NULL, &people, &job->error);
    end_people(d, job);
    if (!job->status)
        extract_people(d, people, job);
    swatch_people_free(people);
    return job->status;
}

void dresser_release(struct job *job)
{
    swatch_result_free(job->work);
}

// ---- The main thread ---------------------------------------------------------------------------

// One person more of a photo; with the last the photo's folder appears.
static int write_in_album(struct dresser *d, struct job *job, unsigned how)
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
static int encode(const struct dresser *d, swatch_piece piece, struct job *job, void **data,
                  size_t *size)
{
    return job->status = swatch_result_encode_with(job->work, piece, &d->settings->save, data, size,
                                                   &job->error);
}

// The one piece that --only names, to standard output.
static int write_stream(const struct dresser *d, struct job *job)
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
static int take_json(const struct dresser *d, struct job *job)
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

int dresser_write(void *user, struct job *job)
{
    struct dresser *d = user;
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
