// Where results go, and whether they are there: docs/folders.md.

#include "place.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "output.h"
#include "source.h"

// Which photo of this call has a name.
struct claim {
    char *name;
    const struct photo_entry *entry;
    json_t *source;
};

static int compare_claims(const void *a, const void *b)
{
    return strcmp(((const struct claim *)a)->name, ((const struct claim *)b)->name);
}

static void free_claim(void *claim)
{
    free(((struct claim *)claim)->name);
    json_decref(((struct claim *)claim)->source);
    free(claim);
}

// What becomes of a job whose name another photo of this call has: it is done if that photo is the
// same, else it fails.
static int refuse(struct job *job, const struct claim *other, const json_t *source)
{
    if (source_same(other->source, source)) {
        job->there = 1;
        job->saved = strdup("");
        return job->saved ? SWATCH_OK : job_fail(job, SWATCH_FAILED, "out of memory");
    }
    return job_fail(job, SWATCH_FAILED,
                    "%s: %s goes into %s, too; -r with a folder above both, or --files-from, keeps "
                    "them apart",
                    job->entry->path, other->entry->path, job->folder);
}

static int look_for_claim(const struct places *p, struct job *job, const json_t *source)
{
    const struct claim mine = {.name = job->name};
    struct claim **found = tfind(&mine, &p->names, compare_claims);
    return found ? refuse(job, *found, source) : SWATCH_OK;
}

int place_claim(struct places *p, struct job *job, json_t *source)
{
    struct claim *mine = malloc(sizeof *mine);
    if (mine)
        *mine = (struct claim){strdup(job->name), job->entry, json_incref(source)};
    struct claim **found = mine && mine->name ? tsearch(mine, &p->names, compare_claims) : NULL;
    if (found && *found == mine)
        return SWATCH_OK;
    if (mine)
        free_claim(mine);
    return found ? refuse(job, *found, source) : job_fail(job, SWATCH_FAILED, "out of memory");
}

// Names the job's results, with the file's ending or without.
static int set_name(const struct places *p, struct job *job, int whole)
{
    free(job->name);
    free(job->folder);
    job->folder = NULL;
    job->name = photos_name(job->entry, whole);
    if (job->name)
        job->folder = output_path(p->options->output, job->name, NULL);
    return job->folder ? SWATCH_OK : job_fail(job, SWATCH_FAILED, "out of memory");
}

// Finds where results go: where this photo's are already, under either name, else where the rule
// of names puts them. Sets job->saved if they are there and right.
static int look(const struct places *p, struct job *job, const json_t *source)
{
    const int whole = job->entry->whole;
    enum saved found[2] = {SAVED_NOTHING, SAVED_NOTHING};
    int at = 0;
    for (int i = 0; i < 2 && !job->saved; i++) {
        if (set_name(p, job, i ? !whole : whole))
            return job->status;
        found[i] = source_look(job->folder, p->file, source, &job->saved);
        if (found[i] == SAVED_SAME || (found[i] == SAVED_BEFORE && found[at] != SAVED_BEFORE))
            at = i;
    }
    if (set_name(p, job, at ? !whole : whole))
        return job->status;
    job->replace = p->options->overwrite || found[at] == SAVED_BEFORE;
    job->there = found[at] == SAVED_SAME && !p->options->overwrite;
    if (!job->there || p->always) {
        free(job->saved);
        job->saved = NULL;
    }
    return SWATCH_OK;
}

int place_find(const struct places *p, struct job *job, json_t **source)
{
    struct stat info;
    if (job->entry->fault)
        return job_fail(job, SWATCH_FAILED, "%s", job->entry->fault);
    if (!p->options->output)
        return SWATCH_OK;
    if (p->file)
        *source = source_of(job->entry->path, p->made);
    if (set_name(p, job, job->entry->whole) || look_for_claim(p, job, *source) || job->saved ||
        !p->file || look(p, job, *source))
        return job->status;
    if (!job->replace && !job->there && !p->always && lstat(job->folder, &info) == 0)
        return job_fail(job, SWATCH_FAILED, "%s: is there already%s", job->folder,
                        S_ISDIR(info.st_mode) ? ", of another photo; --overwrite replaces it"
                                              : ", and no folder");
    return SWATCH_OK;
}

int place_done_meanwhile(const struct places *p, struct job *job)
{
    json_t *source = p->file ? source_of(job->entry->path, p->made) : NULL;
    const int same = source && source_look(job->folder, p->file, source, &job->saved) == SAVED_SAME;
    json_decref(source);
    if (same) {
        job->there = 1;
        job->status = SWATCH_OK;
    }
    return same;
}

void place_end(struct places *p)
{
    tdestroy(p->names, free_claim);
    json_decref(p->made);
}
