// swatch_people: finding people, and what can be read about them.

#include <string.h>

#include "api/api.h"
#include "base/threads.h"
#include "extract/people.h"
#include "out/people.h"

static int find(swatch_session *session, const swatch_photo *photo,
                const swatch_people_options *options, swatch_people **people, swatch_error *error)
{
    swatch_people_options o;
    int status = API_OPTIONS(o, options, error);
    if (status)
        return status;
    if (session->model->file->kind != MODEL_PEOPLE)
        return error_set(error, SWATCH_USAGE, "%s: the model finds no people", photo->name);
    if (!(o.least_score >= 0 && o.least_score <= 1))
        return error_set(error, SWATCH_USAGE, "%s: least_score must be 0 to 1", photo->name);
    if ((status = api_progress(o.progress, o.user, 0, error)))
        return status;
    const unsigned before = threads_set(session->threads);
    status = people_find(session, photo,
                         (float)(o.least_score > 0 ? o.least_score : SWATCH_PERSON_SCORE), people,
                         error);
    threads_restore(before);
    if (!status && (status = api_progress(o.progress, o.user, 1, error))) {
        people_free(*people);
        *people = NULL;
    }
    return status;
}

int swatch_people_find(swatch_session *session, const swatch_photo *photo,
                       const swatch_people_options *options, swatch_people **people,
                       swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(people, error);
    *people = NULL;
    API_NEEDS(session, error);
    API_NEEDS(photo, error);
    return api_end(find(session, photo, options, people, &own), &own, error);
}

void swatch_people_free(swatch_people *people)
{
    people_free(people);
}

void swatch_people_keep(swatch_people *people, double least_score)
{
    people_keep(people, least_score);
}

size_t swatch_people_count(const swatch_people *people)
{
    return people->count;
}

size_t swatch_people_width(const swatch_people *people)
{
    return people->width;
}

size_t swatch_people_height(const swatch_people *people)
{
    return people->height;
}

const swatch_person *swatch_people_get(const swatch_people *people, size_t index)
{
    return index < people->count ? &people->list[index] : NULL;
}

size_t swatch_people_largest(const swatch_people *people, size_t n)
{
    return n < people->count ? people->by_size[n] : people->count;
}

void swatch_people_mask(const swatch_people *people, size_t index, uint8_t *mask)
{
    if (index < people->count)
        people_mask(people, index, mask);
    else
        memset(mask, 0, people->width * people->height);
}

int swatch_people_save(const swatch_people *people, const char *folder, unsigned how,
                       swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(people, error);
    API_NEEDS(folder, error);
    return api_end(people_save(people, folder, how, &own), &own, error);
}
