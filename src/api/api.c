// Reads and fills the structs of callers, and ends calls; see api.h.
#include "api/api.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/threads.h"

// No struct of this interface comes near it: a larger size was never set.
#define SIZE_LIMIT ((size_t)1 << 20)

static int wrong_size(const char *name, swatch_error *error)
{
    return error_set(error, SWATCH_USAGE,
                     "%s: its size is not set; begin it with the _INIT macro of its type", name);
}

int api_options(void *to, size_t size, const void *given, const char *name, swatch_error *error)
{
    size_t known = 0;
    memset(to, 0, size);
    if (!given)
        return SWATCH_OK;
    memcpy(&known, given, sizeof known);
    if (known < sizeof known || known > SIZE_LIMIT)
        return wrong_size(name, error);
    const unsigned char *bytes = given;
    for (size_t i = size; i < known; i++)
        if (bytes[i])
            return error_set(error, SWATCH_USAGE,
                             "%s: sets an option that swatch " SWATCH_VERSION " does not have",
                             name);
    memcpy(to, given, known < size ? known : size);
    return SWATCH_OK;
}

unsigned api_threads(unsigned wanted)
{
    return wanted && wanted <= THREADS_MAX ? wanted : threads_allowed();
}

int api_fill(void *to, const void *from, size_t size, const char *name, swatch_error *error)
{
    size_t room;
    memcpy(&room, to, sizeof room);
    if (room < sizeof room || room > SIZE_LIMIT)
        return wrong_size(name, error);
    if (room > size)
        memset((unsigned char *)to + size, 0, room - size);
    memcpy(to, from, room < size ? room : size);
    memcpy(to, &room, sizeof room);
    return SWATCH_OK;
}

int api_end(int status, const swatch_error *own, swatch_error *error)
{
    if (!status)
        return SWATCH_OK;
    if (error)
        *error = *own;
    return own->status ? (int)own->status : status;
}

int api_progress(swatch_progress progress, void *user, double done, swatch_error *error)
{
    if (progress && progress(user, done))
        return error_set(error, SWATCH_CANCELLED, "stopped");
    return SWATCH_OK;
}

const char *swatch_version(void)
{
    return SWATCH_VERSION;
}

uint32_t swatch_version_number(void)
{
    return SWATCH_VERSION_NUMBER;
}

size_t swatch_memory_share(void)
{
    return memory_share();
}

unsigned swatch_threads(void)
{
    return threads_allowed();
}

void swatch_free(void *memory)
{
    free(memory);
}
