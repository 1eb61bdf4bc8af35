// Gives MATLAB files of any content to both readers of ccp_mat.h. libmatio reads files only, so the
// input is in a memory file (memfd).
#include "data/ccp_mat.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64], names[3][CLASS_NAME_MAX];
    struct image matrix;
    int file = memfd_create("fuzz", MFD_CLOEXEC);
    if (file < 0)
        return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (write(file, data, size) == (ssize_t)size) {
        if (ccp_mat_bytes(path, "groundtruth", &matrix, NULL) == 0) {
            unsigned sum = 0; // touches every value
            for (size_t i = 0; i < matrix.width * matrix.height; i++)
                sum += matrix.pixels[i];
            if (sum > 255 * matrix.width * matrix.height)
                abort();
            image_free(&matrix);
        }
        ccp_mat_names(path, "label_list", 3, names, NULL);
    }
    close(file);
    return 0;
}
