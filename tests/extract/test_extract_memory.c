// Extraction without memory: whichever allocation fails, the status says so, there is no result and
// nothing is leaked. The session is new each time, as that one allocates the most.

#include "failing.h"
#include "folder.h"
#include "photo.h"
#include "test.h"
#include "tiny_model.h"

#define WIDTH 90
#define HEIGHT 120

static void check_extract(const swatch_model *model, const swatch_photo *photo)
{
    int done = 0;
    size_t n = 1;
    for (; !done && n < 10000; n++) {
        swatch_session *session = NULL;
        swatch_result *result = NULL;
        swatch_error error = {0};
        CHECK(swatch_session_new(model, NULL, &session, &error) == 0);
        calls = 0;
        failing = n;
        const int status = swatch_extract(session, photo, NULL, &result, &error);
        failing = 0;
        done = calls < n;
        if (status != (done ? SWATCH_OK : SWATCH_NO_MEMORY) || (result != NULL) != done) {
            fprintf(stderr, "allocation %zu: %d, %s\n", n, status, error.message);
            CHECK(!"a lack of memory is said");
            done = 1;
        }
        swatch_result_free(result);
        swatch_session_free(session);
    }
    CHECK(n > 100 && n < 10000);
}

int main(void)
{
    static uint8_t rgb[WIDTH * HEIGHT * 3];
    swatch_model *model = NULL;
    swatch_error error = {0};
    test_folder_make();
    const char *path = test_path("tiny.safetensors");
    tiny_model(path, 0);
    CHECK(swatch_model_open(path, &in_f32, &model, &error) == 0);
    free(tiny_photo(WIDTH, HEIGHT, rgb));
    swatch_photo *photo = photo_of("blocks.png", rgb, WIDTH, HEIGHT);
    check_extract(model, photo);
    swatch_photo_free(photo);
    swatch_model_free(model);
    test_folder_remove();
    return test_end();
}
