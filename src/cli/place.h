// Where a photo's results go, and whether they are there already.
#ifndef CLI_PLACE_H
#define CLI_PLACE_H

#include <jansson.h>

#include "job.h"

struct places {
    const struct batch_options *options;
    const char *file; // as in struct batch
    int always;
    json_t *made; // what results depend on besides the photo
    void *names;  // search tree of struct claim: the photos of this call that have a name
};

// Sets the job's name and folder, job->replace, and job->there and ->saved where nothing is to be
// done. *source becomes what its results are made of, a new reference; or NULL. Returns the job's
// status: it fails where its fault says so or there is no room for its results.
int place_find(const struct places *places, struct job *job, json_t **source);
// Reserves the job's name. If another photo of this call has that name, the job is done if both are
// the same photo, else it fails. Returns its status.
int place_claim(struct places *places, struct job *job, json_t *source);
// For a job that failed because its results have appeared meanwhile. Returns 1 if another call made
// them of the same photo, so that the job is done; 0 if they are something else.
int place_done_meanwhile(const struct places *places, struct job *job);
// Releases `made` and the names.
void place_end(struct places *places);

#endif
