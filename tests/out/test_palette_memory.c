// Palettes and reports without memory: whichever allocation fails, the error says so, nothing is
// leaked and no file is left.

#include "failing.h"

#include <unistd.h>

#include "color/fill.h"
#include "extract/photo.h"
#include "extract/result.h"
#include "folder.h"
#include "out/card.h"
#include "out/result_json.h"
#include "test.h"

static swatch_result result; // of a photo without pixels, with two colors of clothes

static int try_bytes(swatch_error *error)
{
    const swatch_group groups[] = {{"clothes", result.colors[SWATCH_CLOTHES], 2}, {"b", NULL, 0}};
    int status = 0;
    for (int format = 0; format < SWATCH_PALETTE_FORMATS && !status; format++) {
        void *data;
        size_t size;
        status = swatch_palette_encode((swatch_palette_format)format, "a", groups, 2, &data, &size,
                                       error);
        if (!status)
            free(data);
    }
    return status;
}

static int try_measure(swatch_error *error)
{
    static uint8_t rgb[64 * 64 * 3], mask[64 * 64], alpha[64 * 64];
    struct swatch_photo photo = {
        .name = (char *)"p", .image = {64, 64, 3, rgb}, .alpha = {64, 64, 1, alpha}};
    const swatch_colors_options options = {
        .size = sizeof options, .mask = mask, .mask_width = 64, .mask_height = 64};
    swatch_colors palette = SWATCH_COLORS_INIT;
    memset(mask, 255, sizeof mask);
    memset(alpha, 200, sizeof alpha);
    for (size_t i = 0; i < sizeof rgb; i++)
        rgb[i] = (uint8_t)(100 + 50 * (i % 3));
    const int status = swatch_colors_measure(&photo, &options, &palette, error);
    CHECK(status ? palette.count == 0 : palette.count == 1);
    return status;
}

static int try_report(swatch_error *error)
{
    swatch_report *report = NULL;
    int status = swatch_report_new(test_folder, 1, &report, error);
    for (int i = 0; i < 20 && !status; i++)
        status = swatch_report_add(report, &result, "a", error) ||
                 swatch_report_fail(report, "b", "b: why", error);
    if (!status)
        status = swatch_report_save(report, error);
    swatch_report_free(report);
    return status;
}

// One to be posted, and the one with the outlines that regions have.
static int try_card(swatch_error *error)
{
    static uint8_t rgb[40 * 60 * 3], labels[40 * 60];
    struct image card;
    swatch_result r = result;
    r.photo = (struct image){40, 60, 3, rgb};
    r.labels = (struct image){40, 60, 1, labels};
    r.pixels[SWATCH_CLOTHES] = 40 * 60;
    int status = SWATCH_OK;
    static const swatch_card kinds[] = {SWATCH_CARD_PORTRAIT, SWATCH_CARD_CHECK};
    for (size_t i = 0; i < 2 && !status; i++) {
        status = card_draw(&r, kinds[i], 0, NULL, &card, error);
        if (!status)
            image_free(&card);
    }
    return status;
}

static void check(int (*try)(swatch_error *error), const char *what)
{
    for (size_t n = 1; n < 100000; n++) {
        swatch_error error = {.message = ""};
        calls = 0;
        failing = n;
        const int status = try(&error);
        failing = 0;
        if (!status) {
            CHECK(calls < n && n > 3);
            return;
        }
        // libvips has its own way to say it.
        if (!strstr(error.message, "memory")) {
            fprintf(stderr, "%s, allocation %zu: %s\n", what, n, error.message);
            CHECK(!"a lack of memory is said");
        }
    }
    CHECK(!"an end");
}

int main(void)
{
    test_folder_make();
    result = (swatch_result){.name = (char *)"photos/a.jpg", .color_count = {2}};
    for (size_t i = 0; i < SWATCH_REGIONS; i++)
        result.reasons[i] = i ? "nothing found" : NULL;
    result.skin.reason = result.hair.reason = "nothing found";
    for (uint8_t i = 0; i < 2; i++)
        result.colors[0][i] = color_fill((struct rgb){200, i, 3}, 0.5);
    static uint8_t rgb[40 * 60 * 3], labels[40 * 60];
    result.photo = (struct image){40, 60, 3, rgb};
    result.labels = (struct image){40, 60, 1, labels};
    CHECK(result_json(&result, NULL) == 0);
    check(try_bytes, "bytes");
    check(try_measure, "measuring");
    check(try_report, "report");
    check(try_card, "card");
    CHECK(test_names(test_folder) == 2);
    test_folder_remove();
    return test_end();
}
