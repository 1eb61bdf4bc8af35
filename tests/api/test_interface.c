// The rules at the top of swatch.h: what is NULL after a failure, what a wrong argument is, structs
// of another version, threads, progress, pixels of all kinds, models and pictures in memory.

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/folder.h"
#include "folder.h"
#include "image/image.h"
#include "photo.h"
#include "test.h"
#include "tiny_model.h"
#include "tiny_person.h"

enum { WIDTH = 150, HEIGHT = 200 };
static uint8_t rgb[3 * WIDTH * HEIGHT];
static swatch_error error;
static swatch_model *clothes, *people;
static swatch_session *dresser, *finder;
static swatch_photo *photo;

#define GARBAGE ((void *)1)
// A call with an out parameter that starts as garbage and must be NULL after the failure `want`.
#define FAILS(type, want, call)                                                                    \
    do {                                                                                           \
        type out = (type)GARBAGE;                                                                  \
        CHECK((call) == (want));                                                                   \
        CHECK(out == NULL);                                                                        \
    } while (0)

static void test_version(void)
{
    char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", SWATCH_VERSION_MAJOR, SWATCH_VERSION_MINOR,
             SWATCH_VERSION_PATCH);
    CHECK_STRING(text, SWATCH_VERSION);
    CHECK_STRING(swatch_version(), SWATCH_VERSION);
    CHECK(swatch_version_number() == SWATCH_VERSION_NUMBER);
    CHECK(SWATCH_VERSION_NUMBER ==
          (SWATCH_VERSION_MAJOR << 16 | SWATCH_VERSION_MINOR << 8 | SWATCH_VERSION_PATCH));
}

static void test_null_after_failure(void)
{
    const char *missing = test_path("missing");
    const swatch_pixels none = SWATCH_PIXELS_INIT;
    FAILS(swatch_model *, SWATCH_NOT_FOUND, swatch_model_open(missing, NULL, &out, &error));
    CHECK(error.status == SWATCH_NOT_FOUND && strstr(error.message, missing));
    FAILS(swatch_model *, SWATCH_NOT_FOUND, swatch_model_open("ccp-5", NULL, &out, &error));
    CHECK(strstr(error.message, "ccp-5"));
    FAILS(swatch_model *, SWATCH_USAGE, swatch_model_open(NULL, NULL, &out, &error));
    CHECK(strstr(error.message, "swatch_model_open: model is NULL"));
    FAILS(swatch_session *, SWATCH_USAGE, swatch_session_new(NULL, NULL, &out, &error));
    FAILS(swatch_photo *, SWATCH_NOT_FOUND, swatch_photo_open(missing, NULL, &out, &error));
    FAILS(swatch_photo *, SWATCH_USAGE, swatch_photo_open(NULL, NULL, &out, &error));
    FAILS(swatch_photo *, SWATCH_BAD_FILE,
          swatch_photo_from_memory("junk", "junk", 4, NULL, &out, &error));
    FAILS(swatch_photo *, SWATCH_USAGE, swatch_photo_from_pixels("p", &none, &out, &error));
    FAILS(swatch_photo *, SWATCH_USAGE, swatch_photo_from_pixels(NULL, &none, &out, &error));
    FAILS(swatch_people *, SWATCH_USAGE, swatch_people_find(dresser, photo, NULL, &out, &error));
    FAILS(swatch_people *, SWATCH_USAGE, swatch_people_find(finder, NULL, NULL, &out, &error));
    FAILS(swatch_result *, SWATCH_USAGE, swatch_extract(finder, photo, NULL, &out, &error));
    FAILS(swatch_result *, SWATCH_USAGE, swatch_extract(dresser, NULL, NULL, &out, &error));
    FAILS(swatch_album *, SWATCH_USAGE, swatch_album_new(missing, 1u << 30, &out, &error));
    FAILS(swatch_coco *, SWATCH_USAGE, swatch_coco_new(missing, 2, &out, &error));
    FAILS(swatch_report *, SWATCH_USAGE, swatch_report_new(missing, 2, &out, &error));
    FAILS(char *, SWATCH_USAGE, swatch_shipped("shoes", "4", &out, &error));
    size_t width = 1, height = 1, bytes = 1;
    FAILS(uint8_t *, SWATCH_NOT_FOUND,
          swatch_mask_open(missing, NULL, &out, &width, &height, &error));
    CHECK(width == 0 && height == 0);
    FAILS(void *, SWATCH_USAGE,
          swatch_palette_encode((swatch_palette_format)99, "t", (swatch_group *)GARBAGE, 0, &out,
                                &bytes, &error));
    CHECK(bytes == 0);
}

// Unknown enums, flags and ranges are refused by name.
static void test_refused_by_name(void)
{
    swatch_result *result = NULL;
    swatch_people *found = NULL;
    swatch_model *model = NULL;
    swatch_extract_options o = SWATCH_EXTRACT_OPTIONS_INIT;
    o.masks = (swatch_masks)9;
    CHECK(swatch_extract(dresser, photo, &o, &result, &error) == SWATCH_USAGE);
    CHECK(strstr(error.message, "masks"));
    o = (swatch_extract_options)SWATCH_EXTRACT_OPTIONS_INIT;
    o.background = (swatch_background)-1;
    CHECK(swatch_extract(dresser, photo, &o, &result, &error) == SWATCH_USAGE);
    CHECK(strstr(error.message, "background"));
    o = (swatch_extract_options)SWATCH_EXTRACT_OPTIONS_INIT;
    o.person_reach = NAN;
    CHECK(swatch_extract(dresser, photo, &o, &result, &error) == SWATCH_USAGE);
    CHECK(strstr(error.message, "person_reach"));
    o = (swatch_extract_options)SWATCH_EXTRACT_OPTIONS_INIT;
    o.colors = 9;
    CHECK(swatch_extract(dresser, photo, &o, &result, &error) == SWATCH_USAGE);
    CHECK(strstr(error.message, "colors"));
    swatch_people_options p = SWATCH_PEOPLE_OPTIONS_INIT;
    p.least_score = 1.5;
    CHECK(swatch_people_find(finder, photo, &p, &found, &error) == SWATCH_USAGE);
    CHECK(strstr(error.message, "least_score"));
    swatch_model_options m = SWATCH_MODEL_OPTIONS_INIT;
    m.precision = (swatch_precision)99;
    CHECK(swatch_model_open(test_path("tiny.safetensors"), &m, &model, &error) == SWATCH_USAGE);
    CHECK(strstr(error.message, "precision"));
    CHECK(swatch_extract(dresser, photo, NULL, &result, &error) == 0);
    CHECK(swatch_result_save(result, test_path("never"), 1u << 30, &error) == SWATCH_USAGE);
    CHECK(strstr(error.message, "never"));
    CHECK(swatch_people_find(finder, photo, NULL, &found, &error) == 0);
    CHECK(swatch_people_save(found, test_path("never"), 2, &error) == SWATCH_USAGE);
    CHECK(strstr(error.message, "never"));
    swatch_people_free(found);
    swatch_result_free(result);
}

// Callers that were compiled against another version.
static void test_sizes(void)
{
    struct {
        swatch_session_options known;
        uint64_t unknown;
    } newer = {.known = {.size = sizeof newer, .threads = 1}};
    swatch_session *session = NULL;
    CHECK(swatch_session_new(clothes, &newer.known, &session, &error) == 0);
    swatch_session_free(session);
    newer.unknown = 1;
    CHECK(swatch_session_new(clothes, &newer.known, &session, &error) == SWATCH_USAGE);
    CHECK(!session && strstr(error.message, "does not have"));
    swatch_session_options forgotten = {0};
    CHECK(swatch_session_new(clothes, &forgotten, &session, &error) == SWATCH_USAGE);
    CHECK(!session && strstr(error.message, "_INIT"));

    // An older caller has a shorter struct of colors; what is behind it must stay.
    struct {
        size_t size, pixels, count;
        unsigned behind;
    } older = {.size = 3 * sizeof(size_t), .behind = 7};
    CHECK(swatch_colors_measure(photo, NULL, (swatch_colors *)(void *)&older, &error) == 0);
    CHECK(older.size == 3 * sizeof(size_t) && older.behind == 7);
    CHECK(older.pixels == WIDTH * HEIGHT && older.count > 0);
}

static void check_same_photo(const swatch_pixels *pixels, const char *what)
{
    swatch_photo *other = NULL;
    swatch_result *a = NULL, *b = NULL;
    CHECK(swatch_photo_from_pixels("p", pixels, &other, &error) == 0);
    CHECK(swatch_extract(dresser, photo, NULL, &a, &error) == 0 &&
          swatch_extract(dresser, other, NULL, &b, &error) == 0);
    if (a && b && strcmp(swatch_result_json(a), swatch_result_json(b)) != 0) {
        fprintf(stderr, "%s\n", what);
        CHECK(!"the same photo");
    }
    swatch_result_free(a);
    swatch_result_free(b);
    swatch_photo_free(other);
}

static void test_pixel_formats(void)
{
    enum { STRIDE = 4 * WIDTH + 12 };
    static uint8_t room[STRIDE * HEIGHT];
    static const struct {
        swatch_pixel_format format;
        size_t bytes, red, blue;
    } formats[] = {{SWATCH_RGB, 3, 0, 2},
                   {SWATCH_BGR, 3, 2, 0},
                   {SWATCH_RGBA, 4, 0, 2},
                   {SWATCH_BGRA, 4, 2, 0}};
    swatch_pixels pixels = SWATCH_PIXELS_INIT;
    pixels.data = room;
    pixels.width = WIDTH;
    pixels.height = HEIGHT;
    pixels.stride = STRIDE;
    for (size_t f = 0; f < sizeof formats / sizeof *formats; f++) {
        memset(room, 255, sizeof room); // opaque
        for (size_t i = 0; i < WIDTH * HEIGHT; i++) {
            uint8_t *p = room + i / WIDTH * STRIDE + i % WIDTH * formats[f].bytes;
            p[formats[f].red] = rgb[3 * i];
            p[1] = rgb[3 * i + 1];
            p[formats[f].blue] = rgb[3 * i + 2];
        }
        pixels.format = formats[f].format;
        check_same_photo(&pixels, "a format with a stride");
    }

    swatch_photo *grey = NULL;
    swatch_colors colors = SWATCH_COLORS_INIT;
    memset(room, 119, sizeof room);
    pixels.format = SWATCH_GREY;
    CHECK(swatch_photo_from_pixels("grey", &pixels, &grey, &error) == 0);
    CHECK(swatch_colors_measure(grey, NULL, &colors, &error) == 0);
    CHECK(colors.count == 1 && colors.greyscale && colors.colors[0].rgb[2] == 119);
    swatch_photo_free(grey);

    // Half of it clear: the clear half does not count.
    for (size_t y = 0; y < HEIGHT; y++)
        for (size_t x = 0; x < WIDTH; x++)
            memcpy(room + y * STRIDE + 4 * x,
                   y < HEIGHT / 2 ? (uint8_t[]){9, 90, 200, 0} : (uint8_t[]){200, 90, 9, 255}, 4);
    pixels.format = SWATCH_RGBA;
    CHECK(swatch_photo_from_pixels("clear", &pixels, &grey, &error) == 0);
    CHECK(swatch_colors_measure(grey, NULL, &colors, &error) == 0);
    CHECK(colors.pixels == WIDTH * HEIGHT / 2 && colors.colors[0].rgb[0] == 200);
    swatch_photo_free(grey);

    pixels.stride = 3;
    FAILS(swatch_photo *, SWATCH_USAGE, swatch_photo_from_pixels("p", &pixels, &out, &error));
    CHECK(strstr(error.message, "stride"));
    pixels.stride = 0;
    pixels.format = (swatch_pixel_format)77;
    FAILS(swatch_photo *, SWATCH_USAGE, swatch_photo_from_pixels("p", &pixels, &out, &error));
    CHECK(strstr(error.message, "77"));
    pixels.format = SWATCH_RGB;
    pixels.width = SIZE_MAX / 2;
    FAILS(swatch_photo *, SWATCH_USAGE, swatch_photo_from_pixels("p", &pixels, &out, &error));
}

// What a photo's pixels make is the same photo: half seen where it was, and as doubtful.
static void test_pixels_again(void)
{
    static uint8_t rgba[4 * WIDTH * HEIGHT];
    swatch_pixels pixels = SWATCH_PIXELS_INIT, lent = SWATCH_PIXELS_INIT;
    swatch_photo *first = NULL, *second = NULL;
    char *told[2] = {NULL, NULL};
    for (size_t i = 0; i < WIDTH * HEIGHT; i++) {
        memcpy(rgba + 4 * i, rgb + 3 * i, 3);
        rgba[4 * i + 3] = (uint8_t)(i % 256);
    }
    pixels.data = rgba;
    pixels.width = WIDTH;
    pixels.height = HEIGHT;
    pixels.format = SWATCH_RGBA;
    CHECK(swatch_photo_from_pixels("p", &pixels, &first, &error) == 0);
    CHECK(swatch_photo_pixels(first, &lent, &error) == 0);
    CHECK(lent.width == WIDTH && lent.height == HEIGHT && lent.alpha && !lent.notice);
    lent.notice = "guessed";
    CHECK(swatch_photo_from_pixels("p", &lent, &second, &error) == 0);
    CHECK_STRING(swatch_photo_notice(second), "guessed");
    CHECK(swatch_photo_pixels(second, &pixels, &error) == 0);
    CHECK(memcmp(pixels.data, lent.data, 3 * WIDTH * HEIGHT) == 0);
    CHECK(pixels.alpha && memcmp(pixels.alpha, lent.alpha, WIDTH * HEIGHT) == 0);
    for (int i = 0; i < 2; i++) {
        swatch_colors colors = SWATCH_COLORS_INIT;
        CHECK(swatch_colors_measure(i ? second : first, NULL, &colors, &error) == 0);
        CHECK(swatch_colors_json(i ? second : first, &colors, &told[i], &error) == 0);
    }
    char *notice = strstr(told[1], ",\"notice\":\"guessed\"}");
    CHECK(notice && strncmp(told[0], told[1], (size_t)(notice - told[1])) == 0);
    swatch_free(told[0]);
    swatch_free(told[1]);
    swatch_photo_free(first);
    swatch_photo_free(second);

    FAILS(char *, SWATCH_USAGE, swatch_colors_json(photo, NULL, &out, &error));
    lent.format = SWATCH_BGR;
    FAILS(swatch_photo *, SWATCH_USAGE, swatch_photo_from_pixels("p", &lent, &out, &error));
    CHECK(strstr(error.message, "alpha"));
    CHECK(swatch_photo_pixels(NULL, &lent, &error) == SWATCH_USAGE);
    CHECK(swatch_threads() >= 1);
}

struct stop {
    int calls, at;
    double last;
};

static int stop_at(void *user, double done)
{
    struct stop *stop = user;
    CHECK(done >= stop->last && done <= 1);
    stop->last = done;
    return ++stop->calls == stop->at;
}

// Every call of the progress function may end the work, and then nothing is left behind.
static void test_progress(void)
{
    swatch_extract_options o = SWATCH_EXTRACT_OPTIONS_INIT;
    struct stop stop = {.at = -1};
    swatch_result *results[2] = {NULL};
    size_t count = 0;
    o.progress = stop_at;
    o.user = &stop;
    CHECK(swatch_extract_people(dresser, finder, photo, &o, 2, results, &count, &error) == 0);
    CHECK(count == 2 && stop.calls > 7 && stop.last > 0.99);
    swatch_result_free(results[0]);
    swatch_result_free(results[1]);
    const int calls = stop.calls;
    for (int at = 1; at <= calls; at++) {
        stop = (struct stop){.at = at};
        results[0] = GARBAGE;
        CHECK(swatch_extract_people(dresser, finder, photo, &o, 2, results, &count, &error) ==
              SWATCH_CANCELLED);
        CHECK(stop.calls == at && count == 0 && !results[0] && !results[1]);
    }
}

static int take_until(void *user, swatch_result *result)
{
    CHECK(result && strstr(swatch_result_json(result), "\"score\""));
    swatch_result_free(result);
    return --*(int *)user == 0;
}

// Results come one by one, and whoever takes them may end the call.
static void test_extract_each(void)
{
    const uint8_t grey[3] = {128, 128, 128};
    const swatch_pixels pixels = {
        .size = sizeof pixels, .data = grey, .width = 1, .height = 1, .stride = 3};
    swatch_people *who = NULL;
    swatch_photo *other = NULL;
    int left = 9;
    CHECK(swatch_people_find(finder, photo, NULL, &who, &error) == 0);
    CHECK(swatch_extract_each(dresser, photo, who, NULL, 2, take_until, &left, &error) == 0);
    CHECK(left == 7);
    left = 1;
    CHECK(swatch_extract_each(dresser, photo, who, NULL, 2, take_until, &left, &error) ==
          SWATCH_CANCELLED);
    CHECK(left == 0);
    CHECK(swatch_photo_from_pixels("dot", &pixels, &other, &error) == 0);
    CHECK(swatch_extract_each(dresser, other, who, NULL, 2, take_until, &left, &error) ==
          SWATCH_USAGE);
    CHECK(strstr(error.message, "dot: the people are of another photo") != NULL);
    swatch_photo_free(other);
    swatch_people_free(who);
}

static void test_extract_people(void)
{
    swatch_result *results[2] = {NULL};
    size_t count = 0;
    CHECK(swatch_extract_people(dresser, finder, photo, NULL, 2, results, &count, &error) == 0);
    CHECK(count == 2 && results[0] && results[1]);
    CHECK(results[0] && strstr(swatch_result_json(results[0]), "\"score\""));
    swatch_result_free(results[0]);
    swatch_result_free(results[1]);
    CHECK(swatch_extract_people(dresser, finder, photo, NULL, 0, results, &count, &error) ==
          SWATCH_USAGE);

    swatch_model *blind = NULL;
    swatch_session *session = NULL;
    swatch_model *likely = NULL;
    swatch_session *guessing = NULL;
    tiny_person(test_path("nobody.safetensors"), 0);
    tiny_person_looking(test_path("likely.safetensors"), 1, 0);
    CHECK(swatch_model_open(test_path("likely.safetensors"), NULL, &likely, &error) == 0);
    CHECK(swatch_session_new(likely, NULL, &guessing, &error) == 0);
    CHECK(swatch_model_open(test_path("nobody.safetensors"), NULL, &blind, &error) == 0);
    CHECK(swatch_session_new(blind, NULL, &session, &error) == 0);
    // Nobody wears them, but there are clothes.
    CHECK(swatch_extract_people(dresser, session, photo, NULL, 1, results, &count, &error) == 0);
    CHECK(count == 1 && results[0] && strstr(swatch_result_json(results[0]), "\"person\":null"));
    swatch_result_free(results[0]);

    // Neither one nor the other; and people found where the clothes model sees nothing are nobody.
    static uint8_t grey[64 * 64 * 3];
    memset(grey, 128, sizeof grey);
    swatch_session *const finders[] = {session, guessing};
    const swatch_pixels pixels = {
        .size = sizeof pixels, .data = grey, .width = 64, .height = 64, .stride = 64 * 3};
    swatch_photo *empty = NULL;
    CHECK(swatch_photo_from_pixels("grey", &pixels, &empty, &error) == 0);
    for (size_t i = 0; i < 2; i++) {
        results[0] = GARBAGE;
        CHECK(swatch_extract_people(dresser, finders[i], empty, NULL, 1, results, &count, &error) ==
              SWATCH_NO_PERSON);
        CHECK(count == 0 && !results[0] && strstr(error.message, "neither a person nor clothes"));
    }
    swatch_photo_free(empty);
    swatch_extract_options both = SWATCH_EXTRACT_OPTIONS_INIT;
    both.alone = 1;
    both.person_mask = grey;
    both.mask_width = both.mask_height = 64;
    CHECK(swatch_extract(dresser, photo, &both, results, &error) == SWATCH_USAGE);
    swatch_session_free(session);
    swatch_session_free(guessing);
    swatch_model_free(blind);
    swatch_model_free(likely);
}

// A session that was made ready, for the right shape or for another one, answers as any other.
static void test_prepare(void)
{
    static const size_t shapes[][2] = {{WIDTH, HEIGHT}, {1, 2}, {2, 1}};
    swatch_result *want = NULL;
    CHECK(swatch_extract(dresser, photo, NULL, &want, &error) == 0);
    for (size_t i = 0; want && i < 3; i++) {
        swatch_session *session = NULL;
        swatch_result *result = NULL;
        CHECK(swatch_session_new(clothes, NULL, &session, &error) == 0);
        CHECK(swatch_session_prepare(session, shapes[i][0], shapes[i][1], &error) == 0);
        CHECK(swatch_extract(session, photo, NULL, &result, &error) == 0);
        CHECK(result && strcmp(swatch_result_json(result), swatch_result_json(want)) == 0);
        swatch_result_free(result);
        swatch_session_free(session);
    }
    swatch_result_free(want);
    CHECK(swatch_session_prepare(finder, WIDTH, HEIGHT, &error) == 0);
    CHECK(swatch_session_prepare(NULL, 1, 1, &error) == SWATCH_USAGE);
    CHECK(swatch_session_prepare(dresser, 0, 1, &error) == SWATCH_USAGE);
    CHECK(swatch_session_prepare(dresser, SIZE_MAX / 2, 3, &error) == SWATCH_USAGE);
}

static void test_encode(void)
{
    static const char webp[] = "WEBP";
    swatch_result *result = NULL;
    size_t count = 0;
    CHECK(swatch_extract_people(dresser, finder, photo, NULL, 1, &result, &count, &error) == 0);
    for (int piece = 0; piece < SWATCH_PIECE_COLORS; piece++)
        for (int format = SWATCH_PNG; format <= SWATCH_WEBP; format++) {
            void *data = GARBAGE;
            size_t bytes = 1;
            struct image image = {0};
            const int status = swatch_result_encode(
                result, (swatch_piece)piece, (swatch_picture_format)format, &data, &bytes, &error);
            if (piece == SWATCH_PIECE_LABELS && format == SWATCH_WEBP) {
                CHECK(status == SWATCH_USAGE && !data && !bytes);
                continue;
            }
            CHECK(status == 0);
            if (status)
                continue;
            CHECK(format == SWATCH_PNG ? memcmp(data, "\x89PNG", 4) == 0
                                       : memcmp((char *)data + 8, webp, 4) == 0);
            CHECK(image_load_memory("encoded", data, bytes, 0, &image, &error) == 0);
            CHECK(piece == SWATCH_PIECE_CARD || (image.width == WIDTH && image.height == HEIGHT));
            image_free(&image);
            swatch_free(data);
        }
    void *data = GARBAGE;
    size_t bytes = 1;
    CHECK(swatch_result_encode(result, SWATCH_PIECES, SWATCH_PNG, &data, &bytes, &error) ==
          SWATCH_USAGE);
    CHECK(!data && !bytes);
    CHECK(swatch_result_palette(result, SWATCH_PALETTE_GPL, &data, &bytes, &error) == 0);
    CHECK(data && bytes > 12 && memcmp(data, "GIMP Palette", 12) == 0);
    swatch_free(data);
    CHECK(swatch_result_palette(result, SWATCH_PALETTE_FORMATS, &data, &bytes, &error) ==
          SWATCH_USAGE);
    CHECK(!data && !bytes);
    CHECK(swatch_result_garment_encode(result, 0, &data, &bytes, &error) == SWATCH_USAGE);
    CHECK(!data && !bytes && strstr(error.message, "no garment 0"));
    swatch_result_free(result);
    CHECK(swatch_extract(dresser, photo, NULL, &result, &error) == 0);
    CHECK(swatch_result_encode(result, SWATCH_PIECE_PERSON, SWATCH_PNG, &data, &bytes, &error) ==
          SWATCH_USAGE);
    swatch_result_free(result);
}

struct worker {
    pthread_t thread;
    char *json;
};

static void *work(void *user)
{
    struct worker *worker = user;
    swatch_session_options one = SWATCH_SESSION_OPTIONS_INIT;
    swatch_session *session = NULL;
    swatch_result *result = NULL;
    one.threads = 1;
    if (swatch_session_new(clothes, &one, &session, NULL) == 0 &&
        swatch_extract(session, photo, NULL, &result, NULL) == 0)
        worker->json = strdup(swatch_result_json(result));
    swatch_result_free(result);
    swatch_session_free(session);
    return NULL;
}

// Sessions in several threads, one thread each, share a model and a photo and agree.
static size_t asked; // bytes
static int refuse_all(void *user, size_t bytes)
{
    asked = bytes;
    return user != NULL;
}

// What would take too much memory is refused by name before the work.
static void test_memory(void)
{
    const struct image image = {.width = WIDTH, .height = HEIGHT, .bands = 3, .pixels = rgb};
    const char *path = test_path("memory.png");
    swatch_photo_options reading = SWATCH_PHOTO_OPTIONS_INIT;
    swatch_session_options less = SWATCH_SESSION_OPTIONS_INIT;
    swatch_session *small = NULL;
    swatch_result *result;
    swatch_photo *taken = NULL;
    CHECK(image_save_png(&image, path, 1, NULL) == 0);
    reading.max_memory = 13 * WIDTH * HEIGHT - 1;
    reading.admit = refuse_all;
    FAILS(swatch_photo *, SWATCH_TOO_LARGE, swatch_photo_open(path, &reading, &out, &error));
    CHECK(strstr(error.message, path) && asked == 0);
    reading.max_memory = 20 * WIDTH * HEIGHT;
    reading.user = &asked;
    FAILS(swatch_photo *, SWATCH_CANCELLED, swatch_photo_open(path, &reading, &out, &error));
    CHECK(asked >= 13 * WIDTH * HEIGHT && asked <= reading.max_memory);
    reading.user = NULL;
    CHECK(swatch_photo_open(path, &reading, &taken, &error) == 0);
    // A mask has the limits that the caller gives for its photo.
    size_t width, height;
    reading.max_pixels = WIDTH * HEIGHT - 1;
    FAILS(uint8_t *, SWATCH_TOO_LARGE,
          swatch_mask_open(path, &reading, &out, &width, &height, &error));
    CHECK(strstr(error.message, path) && width == 0 && height == 0);

    less.max_memory = 1 << 20;
    CHECK(swatch_session_new(clothes, &less, &small, &error) == 0);
    FAILS(swatch_result *, SWATCH_TOO_LARGE, swatch_extract(small, taken, NULL, &out, &error));
    CHECK(strstr(error.message, "tiny.safetensors: its network takes"));
    swatch_session_free(small);
    // Room for the network of one shape of photo at a time.
    less.max_memory = 5 << 20;
    CHECK(swatch_session_new(clothes, &less, &small, &error) == 0);
    for (int i = 0; i < 4; i++) {
        swatch_photo *shaped = photo_of("shaped", rgb, i % 2 ? 150 : 200, i % 2 ? 200 : 150);
        CHECK(swatch_extract(small, shaped, NULL, &result, &error) == 0);
        swatch_result_free(result);
        swatch_photo_free(shaped);
    }
    swatch_session_free(small);
    swatch_photo_free(taken);
}

static void test_threads(void)
{
    struct worker workers[3] = {0};
    for (size_t i = 0; i < 3; i++)
        CHECK(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
    for (size_t i = 0; i < 3; i++) {
        pthread_join(workers[i].thread, NULL);
        CHECK(workers[i].json && strcmp(workers[i].json, workers[0].json) == 0);
    }
    for (size_t i = 0; i < 3; i++)
        free(workers[i].json);
    swatch_session_options many = SWATCH_SESSION_OPTIONS_INIT;
    many.threads = 1000000;
    FAILS(swatch_session *, SWATCH_USAGE, swatch_session_new(clothes, &many, &out, &error));
    CHECK(strstr(error.message, "threads"));
}

// A model of each kind from memory does what the file does.
static void test_model_memory(void)
{
    static const char *const files[] = {"tiny.safetensors", "people.safetensors"};
    for (size_t i = 0; i < 2; i++) {
        char *data;
        size_t size;
        swatch_model *model = NULL;
        CHECK(file_read(test_path(files[i]), 1 << 26, &data, &size, &error) == 0);
        CHECK(swatch_model_open_memory("memory", data, size, NULL, &model, &error) == 0);
        memset(data, 0, size); // the bytes are not needed any more
        CHECK(model && swatch_model_finds_people(model) == (int)i);
        CHECK(model &&
              strcmp(swatch_model_json(model), swatch_model_json(i ? people : clothes)) == 0);
        swatch_model_free(model);
        FAILS(swatch_model *, SWATCH_BAD_FILE,
              swatch_model_open_memory("memory", data, size, NULL, &out, &error));
        CHECK(strstr(error.message, "memory: ") == error.message);
        free(data);
    }
}

static void test_shipped(void)
{
    char *path = NULL;
    setenv("SWATCH_DATA", test_folder, 1);
    FAILS(char *, SWATCH_NOT_FOUND, swatch_shipped("models", "no-such-model", &out, &error));
    CHECK(swatch_shipped("models", "../x", &path, &error) == SWATCH_USAGE);
    CHECK(folder_make(test_path("models"), &error) == 0);
    tiny_model(test_path("models/house.safetensors"), 0);
    CHECK(swatch_shipped("models", "house", &path, &error) == 0);
    CHECK(path && strstr(path, "models/house.safetensors"));
    swatch_free(path);
    swatch_model *model = NULL;
    CHECK(swatch_model_open("house", NULL, &model, &error) == 0);
    CHECK(!swatch_model_finds_people(model));
    swatch_model_free(model);
}

int main(void)
{
    test_folder_make();
    tiny_model(test_path("tiny.safetensors"), 0);
    tiny_person(test_path("people.safetensors"), 1);
    free(tiny_photo(WIDTH, HEIGHT, rgb));
    photo = photo_of("p", rgb, WIDTH, HEIGHT);
    if (swatch_model_open(test_path("tiny.safetensors"), NULL, &clothes, &error) ||
        swatch_model_open(test_path("people.safetensors"), NULL, &people, &error) ||
        swatch_session_new(clothes, NULL, &dresser, &error) ||
        swatch_session_new(people, NULL, &finder, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    CHECK(swatch_model_finds_people(people) && !swatch_model_finds_people(clothes));
    test_version();
    test_null_after_failure();
    test_refused_by_name();
    test_sizes();
    test_pixel_formats();
    test_pixels_again();
    test_progress();
    test_extract_each();
    test_extract_people();
    test_prepare();
    test_encode();
    test_threads();
    test_memory();
    test_model_memory();
    test_shipped();
    swatch_session_free(dresser);
    swatch_session_free(finder);
    swatch_model_free(clothes);
    swatch_model_free(people);
    swatch_photo_free(photo);
    test_folder_remove();
    return test_end();
}
