// Importing survives the lack of memory at every single place, for every kind of file.

#include <swatch_train.h>

#include "failing.h"
#include "folder.h"
#include "test.h"

#include <swatch.h>

#define GOLDEN "tests/import/golden/"

static void check_import(const char *path)
{
    const char *output = test_path("model.safetensors");
    size_t n = 1;
    int done = 0;
    for (; !done && n < 100000; n++) {
        swatch_error error = {0};
        calls = 0;
        failing = n;
        const int status = swatch_import(path, output, NULL, NULL, &error);
        failing = 0;
        done = calls < n;
        if ((status == 0) != done || (!done && access(output, F_OK) == 0)) {
            fprintf(stderr, "%s: allocation %zu failed: %d, %s\n", path, n, status, error.message);
            CHECK(!"an error and no file");
            break;
        }
    }
    CHECK(done && n > 50);
    unlink(output);
}

int main(void)
{
    test_folder_make();
    check_import(GOLDEN "torchvision.pth");
    check_import(GOLDEN "torchvision-old.pth");
    check_import(GOLDEN "matterport.h5");
    check_import(GOLDEN "keras-gan.h5");
    check_import(GOLDEN "pix2pix.pth");
    test_folder_remove();
    return test_end();
}
