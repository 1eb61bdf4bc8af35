// A photo on its way through the threads of batch.h, and what the user wants of all of them.
#ifndef CLI_JOB_H
#define CLI_JOB_H

#include <stddef.h>
#include <swatch.h>

#include "photos.h"

// What the options of SHARED_PHOTOS fill in.
struct batch_options {
    const char *output, *files_from;
    int recursive, zero, strict, overwrite, json, quiet, watch;
    size_t max_pixels, threads; // threads 0: the library chooses
    size_t max_memory;          // bytes that the call may take; 0: the library's share
    size_t shard, shards;       // 0: all
};

// A photo on its way.
struct job {
    const struct photo_entry *entry;
    size_t number; // in the list, from 0
    int skipped;   // it was not worked on, because the batch ended before
    char *name;    // of its results within the output folder; NULL without one
    char *folder;  // output folder/name; NULL without an output folder
    int replace;   // what is at `folder` may be replaced
    int there;     // the results are there already and right
    char *saved;   // the JSON of those, where nothing is to be done; else NULL
    swatch_photo *photo;
    size_t memory;    // bytes that it takes until it is freed
    void *work;       // the verb's
    int more;         // further parts of this photo follow
    char notice[256]; // what is doubtful of the photo; "": nothing
    const char *line; // what to print on standard output, lent by `work` or `text`; NULL: nothing
    char *text;       // owned
    int status;       // a swatch_status; if not 0, error says why
    swatch_error error;
};

// A part of a photo, for batch_pass, with nothing but its entry and name; NULL without memory.
struct job *job_part(const struct job *whole);
// Sets a message and returns its status.
int job_fail(struct job *job, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
