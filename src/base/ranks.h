// Processes that train together, on one machine or many: ranks 0 .. count - 1, started by a
// launcher (mpirun). A module, libswatch-mpi.so, exchanges their numbers. It is loaded only where a
// launcher has set its environment, because MPI takes long to start.
//
// All calls must come from one thread, and every rank must make the same calls in the same order.
// Sums are taken in the middle of a network's passes, which cannot fail. So the first fault is
// kept, later calls do nothing, and ranks_check returns the fault. NULL for the ranks means that
// this process is alone; every function accepts it.
#ifndef BASE_RANKS_H
#define BASE_RANKS_H

#include <stddef.h>
#include <swatch.h>

struct ranks;

// Joins the ranks; *ranks becomes NULL where there is no launcher. A process can do this once.
// Where OMP_NUM_THREADS is not set, the calling thread gets so many OpenMP threads as are this
// rank's share of its machine's cores. A launcher without the module, or of another MPI than the
// module's, is an error, because the processes would overwrite each other's files.
int ranks_open(struct ranks **ranks, swatch_error *error);
// Leaves the ranks. failed: does not wait for the others; the launcher stops them when this process
// ends.
void ranks_close(struct ranks *ranks, int failed);

size_t ranks_count(const struct ranks *ranks);
size_t ranks_number(const struct ranks *ranks);
// The count and the number among the ranks of this machine.
size_t ranks_host_count(const struct ranks *ranks);
size_t ranks_host_number(const struct ranks *ranks);
// Puts "rank 2 of 4 (host): " before the message. Leaves an empty message empty.
void ranks_sign(const struct ranks *ranks, swatch_error *error);
// Returns the status of the first fault so far and sets `error` to it; 0 if there was none.
int ranks_check(const struct ranks *ranks, swatch_error *error);

// Replaces `values` by their sums over all ranks. All ranks get the same bits.
void ranks_sum(struct ranks *ranks, double *values, size_t count);
// Starts the same in the background. Do not touch the values until ranks_wait has returned.
struct ranks_pending {
    void *request;
};
void ranks_sum_start(struct ranks *ranks, float *values, size_t count, struct ranks_pending *sum);
// Lets what runs in the background go on. Cheap.
void ranks_go_on(struct ranks *ranks, struct ranks_pending *sums, size_t count);
void ranks_wait(struct ranks *ranks, struct ranks_pending *sums, size_t count);
// Copies rank 0's bytes to all ranks.
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
