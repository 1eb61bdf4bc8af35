// Which pieces of a result are written, and how: formats, sizes, crops, grounds.

#include <pthread.h>

#include "base/file.h"
#include "folder.h"
#include "image/image.h"
#include "photo.h"
#include "test.h"
#include "tiny_model.h"

#define WIDTH 300
#define HEIGHT 400

static swatch_error error;

static int there(const char *name)
{
    return access(test_path(name), F_OK) == 0;
}

static swatch_result *extract(void)
{
    static uint8_t rgb[WIDTH * HEIGHT * 3];
    swatch_model *model = NULL;
    swatch_session *session = NULL;
    swatch_result *result = NULL;
    tiny_model(test_path("tiny.safetensors"), 0);
    free(tiny_photo(WIDTH, HEIGHT, rgb));
    swatch_photo *photo = photo_of("anna.png", rgb, WIDTH, HEIGHT);
    CHECK(swatch_model_open(test_path("tiny.safetensors"), &in_f32, &model, &error) == 0);
    CHECK(swatch_session_new(model, NULL, &session, &error) == 0);
    CHECK(swatch_extract(session, photo, NULL, &result, &error) == 0);
    swatch_photo_free(photo);
    swatch_session_free(session);
    swatch_model_free(model);
    return result;
}

// Encodes a piece and decodes it, without its alpha on white; no pixels if that fails.
static struct image through(const swatch_result *r, swatch_piece piece,
                            const swatch_save_options *options)
{
    void *data = NULL;
    size_t bytes = 0;
    struct image image = {0};
    CHECK(swatch_result_encode_with(r, piece, options, &data, &bytes, &error) == 0);
    if (data)
        CHECK(image_load_memory("encoded", data, bytes, 0, &image, &error) == 0);
    swatch_free(data);
    return image;
}

static void test_names_of(void)
{
    for (int i = 0; i < SWATCH_PIECES; i++)
        CHECK(swatch_piece_name((swatch_piece)i) != NULL);
    CHECK_STRING(swatch_piece_name(SWATCH_PIECE_COLORS), "colors");
    CHECK(!swatch_piece_name(SWATCH_PIECES));
    CHECK_STRING(swatch_picture_extension(SWATCH_JPEG), "jpg");
    CHECK(!swatch_picture_extension(SWATCH_PICTURE_FORMATS));
}

static void test_wrong(const swatch_result *r)
{
    swatch_save_options o = SWATCH_SAVE_OPTIONS_INIT;
    void *data = (void *)1;
    size_t bytes = 1;
    o.pieces = SWATCH_ONLY(SWATCH_PIECES);
    CHECK(swatch_result_save_with(r, test_path("wrong"), 0, &o, &error) == SWATCH_USAGE);
    o.pieces = 0;
    o.format = SWATCH_PICTURE_FORMATS;
    CHECK(swatch_result_encode_with(r, SWATCH_PIECE_HAIR, &o, &data, &bytes, &error) ==
          SWATCH_USAGE);
    CHECK(!data && !bytes && strstr(error.message, "anna.png: format"));
    o.format = SWATCH_WEBP;
    o.quality = 101;
    CHECK(swatch_result_save_with(r, test_path("wrong"), 0, &o, &error) == SWATCH_USAGE);
    CHECK(swatch_result_encode_with(r, SWATCH_PIECE_GARMENTS, NULL, &data, &bytes, &error) ==
          SWATCH_USAGE);
    CHECK(swatch_result_encode_with(r, SWATCH_PIECE_MAP, NULL, &data, &bytes, &error) ==
          SWATCH_USAGE);
    CHECK(!data && !bytes && strstr(error.message, "anna.png: the model paints no map"));
    CHECK(swatch_result_garment_encode_with(r, 0, NULL, &data, &bytes, &error) == SWATCH_USAGE);
    CHECK(strstr(error.message, "there is no garment 0"));
    CHECK(!there("wrong"));
}

struct saver {
    const swatch_result *result;
    int encodes; // one piece, in memory
    unsigned threads;
    int started; // threads that live on: OpenMP keeps them for the calling thread
};

static int running(void)
{
    return test_names("/proc/self/task");
}

static void *save(void *user)
{
    struct saver *s = user;
    swatch_save_options o = SWATCH_SAVE_OPTIONS_INIT;
    void *data = NULL;
    size_t bytes;
    const int before = running();
    o.pieces = SWATCH_ONLY(SWATCH_PIECE_CLOTHES) | SWATCH_ONLY(SWATCH_PIECE_HAIR);
    o.threads = s->threads;
    if (s->encodes)
        CHECK(
            !swatch_result_encode_with(s->result, SWATCH_PIECE_CLOTHES, &o, &data, &bytes, &error));
    else
        CHECK(
            !swatch_result_save_with(s->result, test_path("threads"), SWATCH_REPLACE, &o, &error));
    s->started = running() - before;
    swatch_free(data);
    return NULL;
}

// Saving and encoding take as many threads as they are given. The system counts threads for a
// moment longer than they run, so a count may be off, but not again and again.
static void test_threads(const swatch_result *r)
{
    pthread_t thread;
    for (int encodes = 0; encodes < 2; encodes++)
        for (unsigned threads = 1; threads <= 3; threads += 2) {
            struct saver s = {r, encodes, threads, -1};
            for (int i = 0; i < 20 && s.started != (int)threads - 1; i++) {
                usleep(10000);
                CHECK(!pthread_create(&thread, NULL, save, &s) && !pthread_join(thread, NULL));
            }
            CHECK(s.started == (int)threads - 1);
        }
    swatch_save_options o = SWATCH_SAVE_OPTIONS_INIT;
    o.threads = 1025;
    CHECK(swatch_result_save_with(r, test_path("many"), 0, &o, &error) == SWATCH_USAGE);
    CHECK(strstr(error.message, "threads must be 0 to 1024") && !there("many"));
}

static void test_choice(const swatch_result *r)
{
    swatch_save_options o = SWATCH_SAVE_OPTIONS_INIT;
    char *text;
    size_t size;
    const char *folder = test_path("chosen");
    o.pieces = SWATCH_ONLY(SWATCH_PIECE_COLORS) | SWATCH_ONLY(SWATCH_PIECE_CLOTHES) |
               SWATCH_ONLY(SWATCH_PIECE_PERSON); // of which there is none
    o.format = SWATCH_WEBP;
    CHECK(swatch_result_save_with(r, folder, 0, &o, &error) == 0);
    CHECK(test_names(folder) == 2 && there("chosen/clothes.webp"));
    CHECK(file_read(test_path("chosen/colors.json"), 1 << 20, &text, &size, &error) == 0);
    CHECK(strncmp(text, swatch_result_json(r), size - 1) == 0 && text[size - 1] == '\n');
    free(text);
    // What was written in another way is replaced whole.
    o.pieces = SWATCH_ONLY(SWATCH_PIECE_LABELS) | SWATCH_ONLY(SWATCH_PIECE_CARD);
    o.format = SWATCH_JPEG;
    CHECK(swatch_result_save_with(r, folder, SWATCH_REPLACE, &o, &error) == 0);
    CHECK(test_names(folder) == 2 && there("chosen/labels.png") && there("chosen/card.jpg"));
}

// A file that is saved beside others holds what is encoded alone: the card and the cut-outs share
// what they are drawn from.
static void test_together(const swatch_result *r)
{
    static const char *const names[] = {"clothes", "skin", "hair", "card"};
    static const swatch_piece pieces[] = {SWATCH_PIECE_CLOTHES, SWATCH_PIECE_SKIN,
                                          SWATCH_PIECE_HAIR, SWATCH_PIECE_CARD};
    for (unsigned i = 0; i < 16; i++) {
        swatch_save_options o = SWATCH_SAVE_OPTIONS_INIT;
        o.crop = i % 2;
        o.format = i & 2 ? SWATCH_JPEG : SWATCH_PNG;
        o.edges = i & 4 ? SWATCH_EDGES_HARD : SWATCH_EDGES_SOFT;
        o.max_side = i & 8 ? 90 : 0;
        CHECK(swatch_result_save_with(r, test_path("together"), SWATCH_REPLACE, &o, &error) == 0);
        for (size_t k = 0; k < 4; k++) {
            char name[64], *saved = NULL;
            void *alone = NULL;
            size_t size = 0, bytes = 0;
            snprintf(name, sizeof name, "together/%s.%s", names[k],
                     swatch_picture_extension(o.format));
            CHECK(swatch_result_encode_with(r, pieces[k], &o, &alone, &bytes, &error) == 0);
            CHECK(file_read(test_path(name), 1 << 24, &saved, &size, &error) == 0);
            CHECK(size == bytes && memcmp(saved, alone, size) == 0);
            free(saved);
            swatch_free(alone);
        }
    }
}

static void test_sizes(const swatch_result *r)
{
    static const swatch_piece pieces[] = {SWATCH_PIECE_LABELS, SWATCH_PIECE_SEGMENTATION,
                                          SWATCH_PIECE_SKIN, SWATCH_PIECE_CARD};
    swatch_save_options o = SWATCH_SAVE_OPTIONS_INIT;
    o.max_side = 100;
    for (size_t i = 0; i < 4; i++) {
        struct image image = through(r, pieces[i], &o);
        CHECK(image.height == 100 && (pieces[i] == SWATCH_PIECE_CARD || image.width == 75));
        image_free(&image);
    }
    // Nothing grows.
    o.max_side = 1000;
    struct image image = through(r, SWATCH_PIECE_HAIR, &o);
    CHECK(image.width == WIDTH && image.height == HEIGHT);
    image_free(&image);
    o.max_side = 1;
    image = through(r, SWATCH_PIECE_HAIR, &o);
    CHECK(image.width == 1 && image.height == 1);
    image_free(&image);
}

// tiny_photo's clothes go from 0.3 to 0.7 of the width and from 0.4 to 0.95 of the height.
static void test_crop(const swatch_result *r)
{
    swatch_save_options o = SWATCH_SAVE_OPTIONS_INIT;
    o.crop = 1;
    struct image image = through(r, SWATCH_PIECE_CLOTHES, &o);
    CHECK_NEAR((double)image.width, 0.4 * WIDTH + 8, 5);
    CHECK_NEAR((double)image.height, 0.55 * HEIGHT + 8, 5);
    // White at the margin, the clothes' blue within it.
    CHECK(image.pixels && image.pixels[0] == 255 &&
          image.pixels[3 * (image.height / 2 * image.width + image.width / 2)] < 60);
    image_free(&image);
}

static void test_ground(const swatch_result *r)
{
    static const uint8_t magenta[3] = {255, 0, 255};
    for (int format = 0; format < SWATCH_PICTURE_FORMATS; format++) {
        swatch_save_options o = SWATCH_SAVE_OPTIONS_INIT;
        o.format = (swatch_picture_format)format;
        o.has_ground = 1;
        memcpy(o.ground, magenta, 3);
        if (format == SWATCH_AVIF)
            continue; // not every libvips writes it
        struct image image = through(r, SWATCH_PIECE_CLOTHES, &o);
        for (size_t c = 0; image.pixels && c < 3; c++)
            CHECK_NEAR(image.pixels[c], magenta[c], 4);
        image_free(&image);
    }
    // JPEG is never transparent.
    swatch_save_options o = SWATCH_SAVE_OPTIONS_INIT;
    o.format = SWATCH_JPEG;
    struct image image = through(r, SWATCH_PIECE_CLOTHES, &o);
    CHECK(image.pixels && image.pixels[0] >= 253 && image.pixels[1] >= 253);
    image_free(&image);
}

static void test_avif(const swatch_result *r)
{
    swatch_save_options o = SWATCH_SAVE_OPTIONS_INIT;
    void *data;
    size_t bytes;
    o.format = SWATCH_AVIF;
    const int status = swatch_result_encode_with(r, SWATCH_PIECE_SKIN, &o, &data, &bytes, &error);
    CHECK(status == 0 ? memcmp((char *)data + 4, "ftypavif", 8) == 0
                      : status == SWATCH_USAGE && strstr(error.message, "AVIF: ") != NULL);
    swatch_free(data);
}

int main(void)
{
    test_folder_make();
    swatch_result *result = extract();
    test_names_of();
    test_wrong(result);
    test_choice(result);
    test_threads(result);
    test_together(result);
    test_sizes(result);
    test_crop(result);
    test_ground(result);
    test_avif(result);
    swatch_result_free(result);
    test_folder_remove();
    return test_end();
}
