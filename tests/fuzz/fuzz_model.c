// Model files of any content: opened or refused with a message, never read over the end. Opening
// goes by a path, so the input lies in a file without a name, in memory.
#include "model/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    struct model *model = NULL;
    swatch_error error;
    int file = memfd_create("fuzz", MFD_CLOEXEC);
    if (file < 0)
        return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (write(file, data, size) == (ssize_t)size) {
        if (model_open(path, MODEL_F32, &model, &error) == 0) {
            const struct model_info *info = model_info(model);
            if (info->classes.count < 2 || info->classes.count > CLASSES_MAX ||
                info->height % info->multiple || info->width % info->multiple || !info->history)
                abort();
        } else if (model || strncmp(error.message, path, strlen(path)) != 0) {
            abort();
        }
        model_free(model);
    }
    close(file);
    return 0;
}
