// Checkpoints of any content: refused with their name, or continued with numbers that are finite.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "train/state.h"

#define STEPS 10

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct param_spec spec = {.rank = 2,
                                           .shape = {2, 3},
                                           .init = PARAM_HE_NORMAL,
                                           .fan_in = 3,
                                           .fan_out = 2,
                                           .trainable = 1};
    struct params params;
    uint64_t step = 0;
    double best = NAN, start = NAN;
    char path[32];
    swatch_error error;
    const int fd = memfd_create("checkpoint", MFD_CLOEXEC);
    params_init(&params, 1);
    struct param *p = NULL;
    if (fd < 0 || write(fd, data, size) != (ssize_t)size ||
        params_get(&params, "out.weight", &spec, &p, &error) || params_train(&params, &error))
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    const struct state state = {.recipe = "{\"task\":\"clothes\",\"rate\":0.001}",
                                .data = 1,
                                .steps = STEPS,
                                .step = &step,
                                .best = &best,
                                .start = &start,
                                .names = {"generator"},
                                .sets = {&params}};
    if (state_load(path, &state, &error)) {
        if (strncmp(error.message, path, strlen(path)) != 0)
            abort();
    } else {
        for (size_t i = 0; i < p->count; i++)
            if (!isfinite(p->value[i]) || !isfinite(p->m[i]) || !isfinite(p->v[i]))
                abort();
        if (step > STEPS || isinf(best) || isinf(start))
            abort();
    }
    params_free(&params);
    close(fd);
    return 0;
}
