// Albums appear whole or not at all, and only swatch_album_finish makes them appear.

#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "folder.h"
#include "out/save.h"
#include "photo.h"
#include "test.h"
#include "tiny_model.h"

static swatch_error error;

static swatch_result *extract(swatch_session *session)
{
    static uint8_t rgb[150 * 200 * 3];
    swatch_result *result = NULL;
    free(tiny_photo(150, 200, rgb));
    swatch_photo *photo = photo_of("na\xc3\xafve\xff.png", rgb, 150, 200);
    CHECK(swatch_extract(session, photo, NULL, &result, &error) == 0);
    swatch_photo_free(photo);
    return result;
}

// Twice finished, or added to afterwards: refused, and nothing is written anywhere.
static void test_finished(const swatch_result *result, const char *folder)
{
    swatch_album *album = NULL;
    char *text;
    size_t size;
    CHECK(swatch_album_new(folder, 0, &album, &error) == 0);
    CHECK(swatch_album_add(album, result, &error) == 0);
    CHECK(!swatch_album_json(album));
    CHECK(swatch_album_finish(album, &error) == 0);
    CHECK(swatch_album_json(album) != NULL);
    CHECK(swatch_album_finish(album, &error) == SWATCH_USAGE && error.status == SWATCH_USAGE);
    CHECK(strstr(error.message, "the album is finished"));
    CHECK(swatch_album_add(album, result, &error) == SWATCH_USAGE);
    CHECK(access("/colors.json", F_OK) != 0 && access("/person-2", F_OK) != 0);
    if (folder) {
        CHECK(test_names(folder) == 2);
        CHECK(file_read(test_path("a/colors.json"), 1 << 20, &text, &size, &error) == 0);
        CHECK(strncmp(text, swatch_album_json(album), size - 1) == 0 && text[size - 1] == '\n');
        free(text);
    }
    // One bad byte in a name costs that byte alone.
    CHECK(strstr(swatch_album_json(album), "\"photo\":\"na\\u00EFve\\uFFFD.png\""));
    swatch_album_free(album);
}

static void test_refused(const swatch_result *result)
{
    swatch_album *album = (swatch_album *)&error;
    char folder[64];
    snprintf(folder, sizeof folder, "%s", test_path("a"));
    // The name is taken: that shows in the end, once, and nothing else can be done then.
    CHECK(swatch_album_new(folder, 0, &album, &error) == 0);
    CHECK(swatch_album_add(album, result, &error) == 0);
    CHECK(swatch_album_finish(album, &error) == SWATCH_EXISTS);
    CHECK(strstr(error.message, "is there already") && !swatch_album_json(album));
    CHECK(swatch_album_finish(album, &error) == SWATCH_USAGE);
    swatch_album_free(album);
    // Given up: nothing is left behind.
    CHECK(swatch_album_new(test_path("b"), 0, &album, &error) == 0);
    CHECK(swatch_album_add(album, result, &error) == 0);
    swatch_album_free(album);
    CHECK(test_names(test_folder) == 2);

    album = (swatch_album *)&error;
    CHECK(swatch_album_new(test_path("b"), 1u << 30, &album, &error) == SWATCH_USAGE);
    CHECK(!album);
    CHECK(swatch_result_save(result, test_path("b"), 1u << 30, &error) == SWATCH_USAGE);
    CHECK(swatch_album_new(test_path("none/b"), 0, &album, &error) == SWATCH_FAILED && !album);
    // What is not swatch's stays.
    test_file("a/person-1/notes", "x", 1);
    CHECK(swatch_album_new(folder, SWATCH_REPLACE, &album, &error) == SWATCH_FAILED && !album);
    CHECK(strstr(error.message, "holds notes, which is not swatch extract's"));
    CHECK(test_names(test_folder) == 2);
    // A path may end in slashes, as a shell completes it.
    CHECK(swatch_result_save(result, test_path("slash//"), 0, &error) == 0);
    CHECK(test_names(test_path("slash")) == 7);
    // A refusal closes no descriptor of the caller's.
    CHECK(fcntl(0, F_GETFD) >= 0);
    // An album that could not take a person publishes nothing.
    CHECK(swatch_album_new(test_path("c"), 0, &album, &error) == 0);
    test_file(".c.swatch-0/person-1", "x", 1);
    CHECK(swatch_album_add(album, result, &error) != 0);
    CHECK(swatch_album_add(album, result, &error) == SWATCH_FAILED);
    CHECK(swatch_album_finish(album, &error) == SWATCH_FAILED);
    swatch_album_free(album);
    CHECK(test_names(test_folder) == 3);
}

int main(void)
{
    swatch_model *model = NULL;
    swatch_session *session = NULL;
    char folder[64];
    test_folder_make();
    tiny_model(test_path("tiny.safetensors"), 0);
    if (swatch_model_open(test_path("tiny.safetensors"), &in_f32, &model, &error) ||
        swatch_session_new(model, NULL, &session, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    swatch_result *result = extract(session);
    snprintf(folder, sizeof folder, "%s", test_path("a"));
    test_finished(result, NULL);
    test_finished(result, folder);
    test_refused(result);
    swatch_result_free(result);
    swatch_session_free(session);
    swatch_model_free(model);
    test_folder_remove();
    return test_end();
}
