// Decodes pictures with known pixels (tools/golden/image.py), and refuses whatever else a folder
// may hold. Nothing may be printed on standard error, and each message is one line that begins with
// the file's name.

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include "base/file.h"
#include "folder.h"
#include "image/image.h"
#include "test.h"

#define GOLDEN SOURCE_DIR "/tests/image/golden/"
#define BOMB (GOLDEN "bomb.png") // 60000 x 60000 by its header

static swatch_error error;

// Whether the message is one line that begins with the name and then says why.
static int names(const char *name)
{
    const size_t length = strlen(name);
    return strncmp(error.message, name, length) == 0 && error.message[length] == ':' &&
           strlen(error.message) > length + 8 &&
           strcspn(error.message, "\n?") == strlen(error.message);
}

static void check_corners(const char *name, const struct image *image, int tolerance,
                          const int want[12])
{
    CHECK(image->width == 32 && image->height == 16 && image->bands == 3);
    if (image->width != 32 || image->height != 16 || image->bands != 3)
        return;
    for (size_t i = 0; i < 12; i++) {
        const size_t corner = i / 3, x = corner % 2 ? 24 : 8, y = corner / 2 ? 12 : 4;
        const int got = image->pixels[3 * (32 * y + x) + i % 3];
        if (abs(got - want[i]) > tolerance)
            fprintf(stderr, "%s: corner %zu band %zu: %d, want %d\n", name, corner, i % 3, got,
                    want[i]);
        CHECK(abs(got - want[i]) <= tolerance);
    }
}

static void test_known_pictures(void)
{
    char name[64], path[512];
    int tolerance, want[12], count = 0;
    struct image image;
    FILE *list = fopen(GOLDEN "pictures.txt", "r");
    CHECK(list != NULL);
    while (list && fscanf(list, "%63s %d", name, &tolerance) == 2) {
        for (int i = 0; i < 12; i++)
            CHECK(fscanf(list, "%d", &want[i]) == 1);
        snprintf(path, sizeof path, GOLDEN "%s", name);
        const int status = image_load(path, 0, &image, &error);
        // What the installed libvips was built without is no fault of ours.
        if (status && (strstr(name, ".heic") || strstr(name, ".avif"))) {
            fprintf(stderr, "SKIPPED: %s\n", error.message);
            continue;
        }
        CHECK(status == 0);
        if (status)
            fprintf(stderr, "%s\n", error.message);
        else
            check_corners(name, &image, tolerance, want);
        image_free(&image);
        count++;
    }
    if (list)
        fclose(list);
    CHECK(count >= 37);

    CHECK(image_load(GOLDEN "one-pixel.png", 0, &image, &error) == 0);
    CHECK(image.width == 1 && image.height == 1 && image.bands == 3);
    CHECK(image.pixels && memcmp(image.pixels, (uint8_t[]){200, 40, 40}, 3) == 0);
    image_free(&image);
    CHECK(!image.pixels);
}

// A name that libvips would take for options, an ending that lies, and standard input.
static void test_names_and_input(void)
{
    struct image image, again;
    char *data;
    size_t size;
    CHECK(image_load(GOLDEN "corners.png", 0, &image, &error) == 0);
    CHECK(file_read(GOLDEN "corners.png", 1 << 20, &data, &size, &error) == 0);
    const char *path = test_file("my photo[page=9,n=-1].jpg", data, size);
    CHECK(image_load(path, 0, &again, &error) == 0);
    CHECK(again.pixels && memcmp(image.pixels, again.pixels, 32 * 16 * 3) == 0);
    image_free(&again);

    const int input = dup(STDIN_FILENO), file = open(path, O_RDONLY);
    dup2(file, STDIN_FILENO);
    CHECK(image_load("-", 0, &again, &error) == 0);
    CHECK(again.pixels && memcmp(image.pixels, again.pixels, 32 * 16 * 3) == 0);
    image_free(&again);
    CHECK(image_load("-", 0, &again, &error) == SWATCH_FAILED); // nothing is left of it
    CHECK(names("standard input"));
    close(file);
    if (input >= 0)
        dup2(input, STDIN_FILENO);
    close(input);
    free(data);
    image_free(&image);
}

static void check_refused(const char *path, size_t limit, const char *reason)
{
    struct image image = {.width = 1};
    CHECK(image_load(path, limit, &image, &error) == SWATCH_FAILED);
    CHECK(!image.pixels && image.width == 0);
    CHECK(names(path));
    if (!strstr(error.message, reason))
        fprintf(stderr, "\"%s\" does not say \"%s\"\n", error.message, reason);
    CHECK(strstr(error.message, reason));
    struct image_reading how = {.limit = limit};
    CHECK(image_load_mask(path, &how, &image, &error) == SWATCH_FAILED);
    CHECK(!image.pixels && names(path));
}

static void test_no_pictures(void)
{
    check_refused(test_path("none.jpg"), 0, "No such file");
    check_refused(test_folder, 0, "directory");
    check_refused(test_file("empty.jpg", "", 0), 0, "the file is empty");
    check_refused(test_file("text.jpg", "Dear all,\n", 10), 0, "not a picture");
    check_refused(test_file("start.jpg", "\xff\xd8\xff", 3), 0, "");
    check_refused(test_file("svg.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>", 41), 0,
                  "not a picture");
    check_refused(GOLDEN "integers.tif", 0, "its samples are 32-bit integers");
    check_refused(GOLDEN "signed.tif", 0, "its samples are signed integers");
    check_refused(GOLDEN "fractions.tif", 0, "its samples are fractions");
    check_refused(GOLDEN "raw.nef", 0, "a RAW photo; make a JPEG");
    check_refused(test_file("a.cr3",
                            "\0\0\0\x18"
                            "ftypcrx isom",
                            16),
                  0, "a RAW photo");
    check_refused(test_file("a.pdf", "%PDF-1.7\n%more", 14), 0, "a PDF, not a photo");
    const char *path = test_file("film.mp4",
                                 "\0\0\0\x18"
                                 "ftypmp42\0\0\0\0mp42isom",
                                 24);
    CHECK(truncate(path, (off_t)3 << 30) == 0); // told by its beginning: not 3 GB are read
    check_refused(path, 0, "a video, not a photo");
    unlink(path);
    if (geteuid() != 0) { // root may read everything
        path = test_file("secret.jpg", "x", 1);
        chmod(path, 0);
        check_refused(path, 0, "Permission denied");
    }
}

static void test_limits(void)
{
    struct image image;
    check_refused(BOMB, 0, "60000 x 60000 pixels are more than the limit of 178956970");
    check_refused(GOLDEN "huge.png", (size_t)1 << 42, "MB of memory; the limit is");
    check_refused(GOLDEN "corners.png", 511, "more than the limit of 511");
    check_refused(GOLDEN "exif-6.jpg", 511, "more than the limit of 511");
    CHECK(image_load(GOLDEN "corners.png", 512, &image, &error) == 0);
    image_free(&image);
    // Let through by a user's limit, the bomb's missing rows are still an error, once a row is
    // wanted: the 10.8 GB are never taken whole where memory is not there.
    CHECK(image_load_index(BOMB, 0, &image, &error) == SWATCH_FAILED && names(BOMB));
}

// Each prefix of a picture is refused or, where only the tail that carries no pixels is missing, is
// the whole picture; damage in the middle must not crash.
static void test_truncated(const char *name, size_t pixels_end)
{
    char *data, path[512];
    size_t size;
    struct image image;
    snprintf(path, sizeof path, GOLDEN "%s", name);
    CHECK(file_read(path, 1 << 20, &data, &size, &error) == 0);
    for (size_t length = 1; length<size; length += size> 400 ? 7 : 3) {
        char *part = malloc(length); // of just that size, so that ASan sees an overrun
        memcpy(part, data, length);
        const int status = image_load_memory("part", part, length, 0, &image, &error);
        if (length < size - pixels_end && !status)
            fprintf(stderr, "%s: %zu of %zu bytes are taken for a picture\n", name, length, size);
        CHECK(status ? names("part") && !image.pixels : length >= size - pixels_end);
        CHECK(!status || error.status == SWATCH_BAD_FILE);
        image_free(&image);
        free(part);
    }
    for (size_t i = 0; i < size; i += size / 16) {
        data[i] ^= 0x55;
        if (image_load_memory("damaged", data, size, 1 << 20, &image, &error))
            CHECK(names("damaged"));
        image_free(&image);
        data[i] ^= 0x55;
    }
    free(data);
}

static void test_masks(void)
{
    struct image mask;
    CHECK(image_load_mask(GOLDEN "grey.png", 0, &mask, &error) == 0);
    CHECK(mask.bands == 1 && mask.width == 32 && mask.height == 16);
    CHECK(mask.pixels[0] == 0 && mask.pixels[31] == 80 && mask.pixels[32 * 15] == 160 &&
          mask.pixels[511] == 255);
    image_free(&mask);
    CHECK(image_load_mask(GOLDEN "grey-16.png", 0, &mask, &error) == 0);
    CHECK(mask.bands == 1 && mask.pixels[31] == 80 && mask.pixels[511] == 255);
    image_free(&mask);
    CHECK(image_load_mask(GOLDEN "one-bit.png", 0, &mask, &error) == 0);
    CHECK(mask.bands == 1 && mask.pixels[0] == 255 && mask.pixels[31] == 0);
    image_free(&mask);
    // Alpha counts where there is any: the first corner is black and opaque, the last one white and
    // wholly transparent.
    CHECK(image_load_mask(GOLDEN "grey-alpha.png", 0, &mask, &error) == 0);
    CHECK(mask.bands == 1 && mask.pixels[0] == 255 && mask.pixels[511] == 0);
    image_free(&mask);
    // Alpha that is opaque everywhere says nothing; colors do, dark as they are.
    struct image colors;
    CHECK(image_new(&colors, 3, 1, 4, &error) == 0);
    memcpy(colors.pixels, (const uint8_t[]){0, 0, 0, 255, 0, 0, 200, 255, 200, 0, 0, 255}, 12);
    CHECK(image_save_png(&colors, test_path("colors.png"), 3, &error) == 0);
    image_free(&colors);
    CHECK(image_load_mask(test_path("colors.png"), 0, &mask, &error) == 0);
    CHECK(mask.bands == 1 && mask.pixels[0] == 0 && mask.pixels[1] == 255 && mask.pixels[2] == 255);
    image_free(&mask);
    // Upright, as the photo that it belongs to, and of colors, none of them black.
    CHECK(image_load_mask(GOLDEN "exif-6.jpg", 0, &mask, &error) == 0);
    CHECK(mask.bands == 1 && mask.width == 32 && mask.height == 16);
    CHECK(mask.pixels[511] == 255 && mask.pixels[31] == 255 && mask.pixels[0] == 255);
    image_free(&mask);
}

// What swatch.h promises of masks that are labels, or colors.
static void test_label_masks(void)
{
    static const struct {
        const char *name;
        int corners[4];
    } masks[] = {{"mask-1.png", {0, 255, 0, 255}},         {"mask-1-16.png", {0, 255, 0, 255}},
                 {"mask-8-in-16.png", {0, 100, 200, 255}}, {"mask-voc.png", {0, 255, 0, 255}},
                 {"mask-tinted.png", {1, 102, 202, 255}},  {"corners.png", {255, 255, 255, 255}}};
    for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
        struct image mask;
        char path[512];
        snprintf(path, sizeof path, GOLDEN "%s", masks[i].name);
        CHECK(image_load_mask(path, 0, &mask, &error) == 0 && mask.pixels);
        for (size_t k = 0; mask.pixels && k < 4; k++) {
            const int got = mask.pixels[32 * (k / 2 ? 12 : 4) + (k % 2 ? 24 : 8)];
            if (abs(got - masks[i].corners[k]) > 2)
                fprintf(stderr, "%s: corner %zu: %d\n", masks[i].name, k, got);
            CHECK(abs(got - masks[i].corners[k]) <= 2);
        }
        image_free(&mask);
    }
}

// Damage that costs pixels is told of or, strictly, refused; what costs none is neither.
static void test_damage(void)
{
    static const struct {
        const char *name, *notice;
    } files[] = {{"half.jpg", "damaged, and some of its pixels are guessed"},
                 {"nclx-hdr.avif", "its colors are of BT.2020"},
                 {"no-end.jpg", NULL},
                 {"exif-1.jpg", NULL},
                 {"nclx-p3.avif", NULL}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct image image, alpha;
        struct image_reading how = {0}, strictly = {.strict = 1};
        char path[512];
        snprintf(path, sizeof path, GOLDEN "%s", files[i].name);
        if (image_load_photo(path, &how, &image, &alpha, &error)) {
            fprintf(stderr, strstr(path, ".avif") ? "SKIPPED: %s\n" : "%s\n", error.message);
            CHECK(strstr(path, ".avif"));
            continue;
        }
        CHECK(image.width == 32 && image.height == 16);
        CHECK(files[i].notice ? strstr(how.notice, files[i].notice) != NULL : !*how.notice);
        image_free(&image);
        const int status = image_load_photo(path, &strictly, &image, &alpha, &error);
        CHECK(!status == !files[i].notice && !image.pixels == !!files[i].notice);
        CHECK(!status || (error.status == SWATCH_BAD_FILE && names(path) &&
                          strstr(error.message, files[i].notice)));
        image_free(&image);
    }
}

// A picture of many scans without its end: read where all scans are there, refused where one is
// not.
static void test_many_scans(void)
{
    char *data;
    size_t size, scans = 0;
    struct image whole, image;
    CHECK(file_read(GOLDEN "progressive.jpg", 1 << 20, &data, &size, &error) == 0);
    CHECK(image_load_memory("whole", data, size, 0, &whole, &error) == 0);
    for (size_t i = 2; i + 1 < size; i++) {
        const int scan = memcmp(data + i, "\xff\xda", 2) == 0, end = i + 2 == size;
        if (!scan && !end)
            continue;
        const int status = image_load_memory("part", data, i, 0, &image, &error);
        CHECK((status == 0) == end);
        if (!status)
            CHECK(memcmp(image.pixels, whole.pixels, 3 * whole.width * whole.height) == 0);
        image_free(&image);
        scans += (size_t)scan;
    }
    CHECK(scans > 2);
    image_free(&whole);
    free(data);
}

static void put(uint8_t *to, size_t *at, unsigned value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        to[(*at)++] = (uint8_t)(value >> 8 * i);
}

// A TIFF whose fourth band is alpha, or anything.
static void test_extra_band(void)
{
    static const unsigned tags[][3] = {{256, 3, 4},  {257, 3, 2},   {258, 3, 8}, {259, 3, 1},
                                       {262, 3, 2},  {273, 4, 200}, {277, 3, 4}, {278, 3, 2},
                                       {279, 4, 32}, {338, 3, 0}};
    for (unsigned kind = 0; kind <= 2; kind++) { // open, alpha with the colors multiplied, alpha
        uint8_t file[232] = "II*\0\10\0\0";
        size_t at = 8, count = sizeof tags / sizeof *tags;
        put(file, &at, (unsigned)count, 2);
        for (size_t i = 0; i < count; i++) {
            put(file, &at, tags[i][0], 2);
            put(file, &at, tags[i][1], 2);
            put(file, &at, 1, 4);
            put(file, &at, tags[i][0] == 338 ? kind : tags[i][2], 4);
        }
        for (size_t i = 200; i < sizeof file; i += 4)
            memcpy(file + i, "\310\50\50\0", 4); // red, and nothing in the fourth
        struct image image, alpha;
        struct image_reading how = {0};
        CHECK(image_load_photo(test_file("extra.tif", file, sizeof file), &how, &image, &alpha,
                               &error) == 0);
        CHECK(image.pixels && image.pixels[0] == (kind ? 255 : 200) && !alpha.pixels == !kind);
        image_free(&image);
        image_free(&alpha);
    }
}

static void *load_many(void *failures)
{
    struct image image;
    for (int i = 0; i < 6; i++) {
        const int bad = i % 3 == 0;
        const int status = image_load(bad ? BOMB : GOLDEN "p3.jpg", 0, &image, NULL);
        *(int *)failures += bad != !!status || (!bad && image.width != 32);
        image_free(&image);
    }
    return NULL;
}

static void test_threads(void)
{
    pthread_t threads[4];
    int failures[4] = {0};
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&threads[i], NULL, load_many, &failures[i]) == 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        CHECK(failures[i] == 0);
    }
}

// What reaches standard error before the next call goes to a file, and must be nothing: the
// complaints of the tests themselves come after.
static void quietly(void (*test)(void))
{
    char text[4096] = {0};
    const int real = dup(STDERR_FILENO);
    const int before = test_failures;
    const int file = open(test_path("stderr"), O_RDWR | O_CREAT | O_TRUNC, 0600);
    dup2(file, STDERR_FILENO);
    test();
    fflush(stderr);
    dup2(real, STDERR_FILENO);
    if (pread(file, text, sizeof text - 1, 0) > 0) {
        CHECK(test_failures > before || strncmp(text, "SKIPPED", 7) == 0);
        fputs(text, stderr);
    }
    close(file);
    close(real);
}

static void test_all_truncated(void)
{
    test_truncated("progressive.jpg", 2);
    test_truncated("exif-6.jpg", 2);
    test_truncated("corners.png", 16);
    test_truncated("lossy.webp", 1);
    test_truncated("lossless.webp", 1);
    test_truncated("pages.tif", 400);
    test_truncated("frames.gif", 216);
    test_truncated("press.jpg", 2);
}

int main(void)
{
    test_folder_make();
    quietly(test_known_pictures);
    quietly(test_names_and_input);
    quietly(test_no_pictures);
    quietly(test_limits);
    quietly(test_all_truncated);
    quietly(test_masks);
    quietly(test_label_masks);
    quietly(test_damage);
    quietly(test_many_scans);
    quietly(test_extra_band);
    quietly(test_threads);
    test_folder_remove();
    return test_end();
}
