// The module libswatch-mpi.so: ranks (base/ranks.h) over MPI. Nothing else links libmpi.

#include <mpi.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ranks.h"

static int module_open(struct ranks_place *place)
{
    MPI_Comm host;
    cpu_set_t cores;
    int level, length, fault;
    char name[MPI_MAX_PROCESSOR_NAME + 1] = "";
    if ((fault = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level)) ||
        (fault = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN)) ||
        (fault = MPI_Comm_rank(MPI_COMM_WORLD, &place->rank)) ||
        (fault = MPI_Comm_size(MPI_COMM_WORLD, &place->count)) ||
        (fault = MPI_Get_processor_name(name, &length)) ||
        (fault =
             MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host)))
        return fault;
    snprintf(place->host, sizeof place->host, "%.63s", name);
    CPU_ZERO(&cores);
    sched_getaffinity(0, sizeof cores, &cores);
    if ((fault = MPI_Comm_rank(host, &place->host_rank)) ||
        (fault = MPI_Comm_size(host, &place->on_host)) ||
        (fault = MPI_Allreduce(MPI_IN_PLACE, &cores, sizeof cores, MPI_BYTE, MPI_BOR, host)))
        return fault;
    place->cores = CPU_COUNT(&cores);
    return MPI_Comm_free(&host);
}

static int module_close(void)
{
    return MPI_Finalize();
}

static int start_sum(void *values, size_t count, MPI_Datatype type, void **request)
{
    MPI_Request *r = malloc(sizeof *r);
    if (!r)
        return MPI_ERR_NO_MEM;
    const int fault =
        MPI_Iallreduce(MPI_IN_PLACE, values, (int)count, type, MPI_SUM, MPI_COMM_WORLD, r);
    if (fault)
        free(r);
    else
        *request = r;
    return fault;
}

static int module_sum_floats(float *values, size_t count, void **request)
{
    return start_sum(values, count, MPI_FLOAT, request);
}

static int module_sum_doubles(double *values, size_t count, void **request)
{
    return start_sum(values, count, MPI_DOUBLE, request);
}

static int module_broadcast(void *data, size_t bytes, void **request)
{
    MPI_Request *r = malloc(sizeof *r);
    if (!r)
        return MPI_ERR_NO_MEM;
    const int fault = MPI_Ibcast(data, (int)bytes, MPI_BYTE, 0, MPI_COMM_WORLD, r);
    if (fault)
        free(r);
    else
        *request = r;
    return fault;
}

static int module_test(void **request, int *done)
{
    const int fault = MPI_Test(*request, done, MPI_STATUS_IGNORE);
    if (!fault && *done) {
        free(*request);
        *request = NULL;
    }
    return fault;
}

static void module_describe(int fault, char *text, size_t size)
{
    char words[MPI_MAX_ERROR_STRING + 1] = "";
    int length;
    if (MPI_Error_string(fault, words, &length))
        snprintf(words, sizeof words, "fault %d", fault);
    snprintf(text, size, "%s", words);
}

__attribute__((visibility("default"))) const struct ranks_module swatch_ranks_module = {
    .version = RANKS_MODULE_VERSION,
    .open = module_open,
    .close = module_close,
    .sum_floats = module_sum_floats,
    .sum_doubles = module_sum_doubles,
    .broadcast = module_broadcast,
    .test = module_test,
    .describe = module_describe,
};
