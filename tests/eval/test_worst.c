// Checks which photos the page of the worst keeps, in what order, and what it says of them.
#include "base/file.h"
#include "eval/worst.h"
#include "folder.h"
#include "test.h"

#define PHOTOS 30
#define SIDE 40

static const struct classes classes = {
    .count = 3,
    .names = {"background", "skin <b>", "clothes"},
    .colors = {{0, 0, 0}, {255, 0, 0}, {0, 255, 0}},
};

int main(void)
{
    static struct worst worst;
    static struct metrics all = {.classes = 3};
    uint8_t pixels[SIDE * SIDE * 3] = {0}, truth[SIDE * SIDE], answer[SIDE * SIDE];
    const struct image photo = {SIDE, SIDE, 3, pixels};
    swatch_error error = {0};
    char *html = NULL, name[16];
    struct image saved = {0};
    size_t size;

    // Photo i has (7 i) % 30 rows of skin that are taken for clothes.
    for (size_t i = 0; i < PHOTOS; i++) {
        static struct metrics own;
        memset(&own, 0, sizeof own);
        own.classes = 3;
        memset(truth, 1, sizeof truth);
        memset(truth, 255, SIDE);
        memset(truth + SIDE * (SIDE - 2), 0, 2 * SIDE);
        memcpy(answer, truth, sizeof answer);
        memset(answer, 0, SIDE);
        memset(answer + SIDE, 2, 7 * i % 30 * SIDE);
        CHECK(metrics_add(&own, truth, answer, SIDE, SIDE, 2, &error) == 0);
        metrics_merge(&all, &own);
        snprintf(name, sizeof name, "photo-%zu", 7 * i % 30);
        CHECK(worst_add(&worst, name, &photo, truth, answer, &own, &classes, &error) == 0);
    }
    CHECK(worst.count == WORST_PHOTOS && all.photos == PHOTOS);
    for (size_t i = 0; i < WORST_PHOTOS; i++) {
        snprintf(name, sizeof name, "photo-%zu", 29 - i);
        CHECK_STRING(worst.photos[i].name, name);
    }
    // 29 of 39 rows that count.
    CHECK_STRING(worst.photos[0].mistakes, "skin <b> taken for clothes 74.4 %");
    CHECK_NEAR(worst.photos[0].pixel_accuracy, 10.0 / 39, 1e-12);

    test_folder_make();
    const char *folder = test_path("page");
    CHECK(worst_write(&worst, &all, folder, &error) == 0);
    CHECK(test_names(folder) == WORST_PHOTOS + 1 && test_names(test_folder) == 1);
    CHECK(file_read(test_path("page/index.html"), 1 << 20, &html, &size, &error) == 0);
    CHECK(html && strstr(html, "The worst 20 of 30 photos"));
    CHECK(html && strstr(html, "skin &lt;b&gt; taken for clothes 74.4 %") &&
          !strstr(html, "<b> t"));
    CHECK(image_load(test_path("page/01.png"), 0, &saved, &error) == 0);
    CHECK(saved.width == 4 * SIDE && saved.height == SIDE);
    // In row 5 the truth is skin and the answer clothes. Row 0 is unknown.
    const uint8_t *row = saved.pixels + 5 * saved.width * 3;
    CHECK(saved.pixels && row[3 * SIDE] == 255 && row[6 * SIDE + 1] == 255);
    CHECK(saved.pixels && saved.pixels[3 * SIDE] == 128);
    CHECK(worst_write(&worst, &all, folder, &error) && strstr(error.message, folder));
    CHECK(test_names(test_folder) == 1); // nothing half-written
    free(html);
    image_free(&saved);
    worst_free(&worst);
    test_folder_remove();
    return test_end();
}
