// All that is written for a photo is the same, byte for byte, in a program with a decimal comma:
// the results of a photo with its card and palettes, an album, a report, and the JSON of people.

#include <sys/stat.h>

#include "comma_locale.h"
#include "folder.h"
#include "photo.h"
#include "test.h"
#include "tiny_model.h"

#define PALETTES (SWATCH_SAVE_PALETTE(SWATCH_PALETTE_FORMATS) - SWATCH_SAVE_PALETTE(0))

static swatch_error error;

// Noise gives the numbers decimals.
static swatch_photo *photo_new(void)
{
    static uint8_t rgb[150 * 200 * 3];
    uint32_t state = 1;
    free(tiny_photo(150, 200, rgb));
    for (size_t i = 0; i < sizeof rgb; i++) {
        state = state * 1664525u + 1013904223u;
        rgb[i] = (uint8_t)(rgb[i] - (state >> 29));
    }
    swatch_photo *photo = photo_of("anna.png", rgb, 150, 200);
    return photo;
}

static void write_all(swatch_session *session, const char *root)
{
    char path[64];
    swatch_photo *photo = photo_new();
    swatch_result *result = NULL;
    swatch_album *album = NULL;
    swatch_report *report = NULL;
    const swatch_extract_options options = {.size = sizeof options, .white_balance = 1};
    CHECK(mkdir(root, 0755) == 0);
    CHECK(swatch_extract(session, photo, &options, &result, &error) == 0);
    snprintf(path, sizeof path, "%s/anna", root);
    CHECK(swatch_result_save(result, path, PALETTES, &error) == 0);
    CHECK(swatch_report_new(root, 0, &report, &error) == 0);
    CHECK(swatch_report_add(report, result, "anna", &error) == 0);
    CHECK(swatch_report_save(report, &error) == 0);
    snprintf(path, sizeof path, "%s/album", root);
    CHECK(swatch_album_new(path, PALETTES, &album, &error) == 0);
    CHECK(swatch_album_add(album, result, &error) == 0 &&
          swatch_album_add(album, result, &error) == 0);
    CHECK(swatch_album_finish(album, &error) == 0);
    swatch_album_free(album);
    swatch_report_free(report);
    swatch_result_free(result);
    swatch_photo_free(photo);
}

int main(void)
{
    char plain[64], comma[64], command[300];
    swatch_model *model = NULL;
    swatch_session *session = NULL;
    test_folder_make();
    snprintf(plain, sizeof plain, "%s/plain", test_folder);
    snprintf(comma, sizeof comma, "%s/comma", test_folder);
    tiny_model(test_path("tiny.safetensors"), 0);
    if (swatch_model_open(test_path("tiny.safetensors"), &in_f32, &model, &error) ||
        swatch_session_new(model, NULL, &session, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    write_all(session, plain);
    test_comma_locale();
    write_all(session, comma);
    snprintf(command, sizeof command, "diff -rq %s %s >&2", plain, comma);
    CHECK(system(command) == 0);
    // 7 pictures and 1 JSON, and 6 palettes: in three folders; and a JSON and a report of two.
    snprintf(command, sizeof command, "test $(find %s -type f | wc -l) = %d", comma, 3 * 13 + 3);
    CHECK(system(command) == 0);
    snprintf(command, sizeof command, "grep -q '\"lab\":\\[[0-9]*\\.[0-9]' %s/anna/colors.json",
             comma);
    CHECK(system(command) == 0);
    swatch_session_free(session);
    swatch_model_free(model);
    test_folder_remove();
    return test_end();
}
