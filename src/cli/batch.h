// Many photos for extract, person, palette and catalog: a list of photos, threads (one decodes,
// some work, each on a photo of its own, and the main thread writes and speaks in the photos'
// order), a count and an exit status. docs/folders.md tells what users see of it.
#ifndef CLI_BATCH_H
#define CLI_BATCH_H

#include <jansson.h>
#include <stddef.h>
#include <swatch.h>

#include "job.h"
#include "photos.h"
#include "server/pool.h"
#include "table.h"

// Reads the argument of --shard into a struct batch_options.
const char *batch_read_shard(void *options, const char *text);
// The same of --max-memory.
const char *batch_read_memory(void *options, const char *text);
// Bytes that the networks which run at the same time, or one mask, may take.
size_t batch_network_memory(const struct batch_options *options);

struct batch {
    const struct batch_options *options;
    void *user; // of the functions below
    // The file in a photo's folder of results that tells what they were made of ("colors.json");
    // NULL: results are no folders, so earlier ones are not recognized.
    const char *file;
    // Called on the decoding thread before the first photo. Returns what results depend on besides
    // the photo (source.h), a new reference; NULL without memory. Not there if `file` and
    // `find` are NULL.
    json_t *(*made)(void *user);
    // What made() returned first. With --watch models and lists stay as they were read, so it does.
    json_t *was_made;
    // Called on the decoding thread for each photo whose entry has no fault, by who keeps results
    // elsewhere than in folders: does what place_find does. NULL: place_find.
    int (*find)(void *user, struct job *job, json_t **source);
    size_t results; // of one photo that may be in memory at once, each in its own part; 0: one
    int always;     // work also on photos whose results are there (job->there)
    // Called on a working thread before the first photo of each batch_run. May be NULL.
    int (*begin)(void *user, swatch_error *error);
    // Called on a working thread for each photo. work() may hand on parts of a photo with
    // batch_pass; the last part is the job itself.
    int (*work)(void *user, struct job *job);
    int many; // 1: work() may be called for several photos at the same time
    // Called on the main thread for each job and part that worked: writes files, sets job->line.
    // after() (may be NULL) sees every photo in the end, also those that failed.
    int (*write)(void *user, struct job *job);
    void (*after)(void *user, const struct job *job);
    void (*release)(struct job *job); // frees job->work; may be NULL
    // Called on a working thread after the last photo, while that is still being written. Not
    // called with --watch, which may bring more. May be NULL.
    void (*close)(void *user);
    // Results.
    size_t workers; // threads that work, from begin() on
    struct photo_list list;
    struct watch *watch;        // with --watch
    size_t done, there, failed; // photos; there: their results were there already
    int status;
    int stopped; // 1: the work could not begin, or nobody reads the JSON
    struct line *line;
};

// Fills in batch->list from the command's arguments. Returns SWATCH_OK, or an exit status after a
// message. one: an option that goes with one photo alone, or NULL.
int batch_list(struct batch *batch, const struct verb *verb, const struct arguments *arguments,
               const char *one);
// Does all photos of the list, also after one has failed, and says on standard error what failed.
// Returns the exit status. For one photo it is that photo's. For several it is SWATCH_NO_PERSON if
// the only failures are photos with nobody in them, SWATCH_FAILED if anything else failed or the
// user interrupted.
int batch_run(struct batch *batch);
// Calls round(), which calls batch_run; with --watch, again each time that photos appear. Returns
// the exit status of the first round that failed, or 0.
int batch_rounds(struct batch *batch, int (*round)(void *user, struct batch *batch));
// For begin(): makes sessions for all photos that may be worked on at the same time, by the list
// and by --threads and --max-memory.
int batch_start_pool(struct batch *batch, struct pool *pool, swatch_error *error);
// For work(): gives sessions for a job. Where no other waits or is worked on, they have all
// threads.
struct sessions *batch_take(const struct batch *batch, struct pool *pool, const struct job *job);
// Whether the job is the last one, of a call that works on one at a time. Never with --watch.
int batch_is_last(const struct batch *batch, const struct job *job);
// Hands a part of a photo on to write(). Returns 0, or -1 if the batch has stopped; then the job
// stays the caller's.
int batch_pass(struct batch *batch, struct job *part);
// Says how many photos were done, `also` behind it ("4 people"; or NULL), and where results are.
void batch_tell(const struct batch *batch, const char *also);
void batch_end(struct batch *batch);

void batch_free_job(const struct batch *batch, struct job *job);

#endif
