// The people of a photo: what is asked for is checked here, and what was found is told.

#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "extract/people.h"
#include "out/people.h"

int swatch_people_find(swatch_session *session, const swatch_photo *photo, double least_score,
                       swatch_people **people, swatch_error *error)
{
    *people = NULL;
    if (!session->people)
        return error_set(error, SWATCH_USAGE, "%s: the model finds no people", photo->name);
    if (!(least_score >= 0 && least_score <= 1))
        return error_set(error, SWATCH_USAGE, "%s: a score of %s is none", photo->name,
                         SHORT(least_score, 6));
    return people_find(session, photo, (float)(least_score > 0 ? least_score : SWATCH_PERSON_SCORE),
                       people, error);
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
    return people_save(people, folder, how, error);
}
