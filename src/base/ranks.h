// Processes that train together, on one machine or many: ranks 0 .. count - 1, started by a
// launcher (mpirun). What carries their numbers is a module, libswatch-mpi.so, that is loaded only
// where a launcher has set its environment: linking MPI would cost every other use of the library
// its start-up.
//
// All calls come from one thread, and every rank makes the same ones in the same order. Sums may be
// taken in the middle of a network's passes, which cannot fail: so the first fault is kept, all
// that follows does nothing, and ranks_check tells. NULL for the ranks means this process alone,
// for which each function does what is right.
#ifndef BASE_RANKS_H
#define BASE_RANKS_H

#include <stddef.h>
#include <swatch.h>

struct ranks;

// *ranks: NULL where no launcher is. Where OMP_NUM_THREADS is not set, the calling thread's number
// of OpenMP threads becomes this rank's share of the cores that the ranks of its machine have. A
// process can do this once. A launcher without the module, or one that is not of the module's MPI,
// is an error: many processes on their own would write over each other's files.
int ranks_open(struct ranks **ranks, swatch_error *error);
// failed: the others are left waiting, and stopped by the launcher when this process ends.
void ranks_close(struct ranks *ranks, int failed);

size_t ranks_count(const struct ranks *ranks);
size_t ranks_number(const struct ranks *ranks);
// The same among the ranks of this machine.
size_t ranks_host_count(const struct ranks *ranks);
size_t ranks_host_number(const struct ranks *ranks);
// Puts "rank 2 of 4 (host): " before the message, unless it is empty.
void ranks_sign(const struct ranks *ranks, swatch_error *error);
// The first fault so far, if there was one.
int ranks_check(const struct ranks *ranks, swatch_error *error);

// Sums over all ranks, in place; all get the same bits.
void ranks_sum(struct ranks *ranks, double *values, size_t count);
// The same in the background, which proceeds in ranks_go_on, until ranks_wait: the values are not
// to be touched in between.
struct ranks_pending {
    void *request;
};
void ranks_sum_start(struct ranks *ranks, float *values, size_t count, struct ranks_pending *sum);
// Pushes what is under way; cheap.
void ranks_go_on(struct ranks *ranks, struct ranks_pending *sums, size_t count);
void ranks_wait(struct ranks *ranks, struct ranks_pending *sums, size_t count);
// Rank 0's bytes to all.
void ranks_broadcast(struct ranks *ranks, void *data, size_t bytes);

// ---- The module --------------------------------------------------------------------------------

#define RANKS_MODULE_VERSION 2

struct ranks_place {
    int rank, count;
    int host_rank, on_host; // among the ranks of this machine, and how many these are
    int cores;              // that they may use, together
    char host[64];
};

// What a module exports under the name swatch_ranks_module. Functions return 0 or a number that
// `describe` turns into words. Sums and broadcasts run in the background until `test` says done and
// sets the request to NULL; counts are at most RANKS_PIECE.
#define RANKS_PIECE ((size_t)1 << 28)
struct ranks_module {
    unsigned version;
    int (*open)(struct ranks_place *place);
    int (*close)(void);
    int (*sum_floats)(float *values, size_t count, void **request);
    int (*sum_doubles)(double *values, size_t count, void **request);
    int (*broadcast)(void *data, size_t bytes, void **request);
    int (*test)(void **request, int *done);
    void (*describe)(int fault, char *text, size_t size);
};

#endif
