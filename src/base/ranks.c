// Loads the module and waits for it. A rank that waits yields its core, because its loader threads,
// and often other ranks, need the same one.

#include "base/ranks.h"

#include <limits.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/module.h"

#define MODULE "libswatch-mpi.so"

struct ranks {
    const struct ranks_module *module;
    struct ranks_place place;
    int threads_before; // OpenMP's, to be set again; 0: untouched
    int failed;
    swatch_error fault;
};

// Returns how many processes a launcher says it has started, 0 without a launcher. Slurm with PMIx
// does not say how many: returns 1 with *rank_alone set, and the module knows the number.
static int launched(int *rank_alone)
{
    static const char *const sizes[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"};
    *rank_alone = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const char *text = getenv(sizes[i]);
        const long size = text ? strtol(text, NULL, 10) : 0;
        if (size > 0)
            return size > INT_MAX ? INT_MAX : (int)size;
    }
    *rank_alone = getenv("PMIX_RANK") != NULL;
    return *rank_alone;
}

static int load(const struct ranks_module **module, swatch_error *error)
{
    const void *table;
    swatch_error inner;
    // MPI's own plug-ins look for its symbols among the global ones.
    if (module_load(MODULE, "swatch_ranks_module", 1, &table, &inner))
        return error_set(error, SWATCH_FAILED,
                         "a launcher started this process as one of many, but training with many "
                         "needs " MODULE ", which cannot be loaded: %s",
                         inner.message);
    *module = table;
    if ((*module)->version != RANKS_MODULE_VERSION)
        return error_set(error, SWATCH_FAILED, MODULE ": not this version's module");
    return SWATCH_OK;
}

static void keep_fault(struct ranks *r, int fault, const char *what)
{
    char words[256];
    if (r->failed)
        return;
    r->module->describe(fault, words, sizeof words);
    error_set(&r->fault, SWATCH_FAILED, "%s: %s", what, words);
    r->failed = 1;
}

static void share_cores(struct ranks *r)
{
    const char *set = getenv("OMP_NUM_THREADS");
    if (set && *set)
        return;
    const int share = r->place.cores / r->place.on_host;
    r->threads_before = omp_get_max_threads();
    omp_set_num_threads(share > 0 ? share : 1);
}

int ranks_open(struct ranks **ranks, swatch_error *error)
{
    int unsure;
    const int size = launched(&unsure);
    *ranks = NULL;
    if (size == 0 || (size == 1 && !unsure))
        return SWATCH_OK;
    struct ranks *r = calloc(1, sizeof *r);
    if (!r)
        return error_memory(error);
    if (load(&r->module, error)) {
        free(r);
        return SWATCH_FAILED;
    }
    const int fault = r->module->open(&r->place);
    if (fault) {
        keep_fault(r, fault, "MPI cannot be started");
        error_set(error, SWATCH_FAILED, "%s", r->fault.message);
        free(r);
        return SWATCH_FAILED;
    }
    if (!unsure && r->place.count != size) {
        error_set(error, SWATCH_FAILED,
                  "the launcher started %d processes, of which Open MPI sees %d: use Open MPI's "
                  "own mpirun",
                  size, r->place.count);
        free(r);
        return SWATCH_FAILED;
    }
    share_cores(r);
    *ranks = r;
    return SWATCH_OK;
}

void ranks_close(struct ranks *r, int failed)
{
    if (!r)
        return;
    if (r->threads_before)
        omp_set_num_threads(r->threads_before);
    if (!failed && !r->failed)
        r->module->close();
    free(r);
}

size_t ranks_count(const struct ranks *r)
{
    return r ? (size_t)r->place.count : 1;
}

size_t ranks_number(const struct ranks *r)
{
    return r ? (size_t)r->place.rank : 0;
}

size_t ranks_host_count(const struct ranks *r)
{
    return r ? (size_t)r->place.on_host : 1;
}

size_t ranks_host_number(const struct ranks *r)
{
    return r ? (size_t)r->place.host_rank : 0;
}

void ranks_sign(const struct ranks *r, swatch_error *error)
{
    if (!r || !error || !error->message[0])
        return;
    const swatch_error plain = *error;
    error_set(error, plain.status, "rank %d of %d (%s): %s", r->place.rank, r->place.count,
              r->place.host, plain.message);
}

int ranks_check(const struct ranks *r, swatch_error *error)
{
    return r && r->failed ? error_set(error, SWATCH_FAILED, "%s", r->fault.message) : SWATCH_OK;
}

static void step(struct ranks *r, struct ranks_pending *sum)
{
    int done;
    if (!sum->request || r->failed)
        return;
    const int fault = r->module->test(&sum->request, &done);
    if (fault)
        keep_fault(r, fault, "the other ranks cannot be reached");
}

void ranks_go_on(struct ranks *r, struct ranks_pending *sums, size_t count)
{
    for (size_t i = 0; r && i < count; i++)
        step(r, &sums[i]);
}

void ranks_wait(struct ranks *r, struct ranks_pending *sums, size_t count)
{
    const double begun = clock_seconds();
    for (size_t i = 0; r && i < count;) {
        ranks_go_on(r, sums + i, count - i);
        if (r->failed)
            return;
        while (i < count && !sums[i].request)
            i++;
        // What is about to come is worth a spin; what takes long, as a validation on rank 0 does,
        // is looked for now and then.
        const double waited = clock_seconds() - begun;
        if (i < count && waited > 1e-4)
            nanosleep(&(struct timespec){.tv_nsec = waited > 1 ? 2000000 : 20000}, NULL);
    }
}

void ranks_sum_start(struct ranks *r, float *values, size_t count, struct ranks_pending *sum)
{
    sum->request = NULL;
    if (!r || r->failed || count == 0)
        return;
    const int fault = r->module->sum_floats(values, count, &sum->request);
    if (fault)
        keep_fault(r, fault, "the other ranks cannot be reached");
}

void ranks_sum(struct ranks *r, double *values, size_t count)
{
    struct ranks_pending sum = {0};
    if (!r || r->failed || count == 0)
        return;
    const int fault = r->module->sum_doubles(values, count, &sum.request);
    if (fault)
        keep_fault(r, fault, "the other ranks cannot be reached");
    ranks_wait(r, &sum, 1);
}

void ranks_broadcast(struct ranks *r, void *data, size_t bytes)
{
    for (size_t at = 0; r && at < bytes;) {
        const size_t piece = bytes - at < RANKS_PIECE ? bytes - at : RANKS_PIECE;
        struct ranks_pending sent = {0};
        if (r->failed)
            return;
        const int fault = r->module->broadcast((char *)data + at, piece, &sent.request);
        if (fault)
            keep_fault(r, fault, "the other ranks cannot be reached");
        ranks_wait(r, &sent, 1);
        at += piece;
    }
}
