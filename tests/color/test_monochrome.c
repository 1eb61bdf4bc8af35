// Which photos count as black-and-white: the sample portraits as they are, greyed, toned, noisy and
// stamped.
#include "color/monochrome.h"

#include "base/rng.h"
#include "color/color.h"
#include "image/image.h"
#include "test.h"

static struct image photo, parts;

enum how { AS_IS, MUTED, GREY, SEPIA, BLUE };

// A photo and a rough person: the face by an ellipse, hair and shoulders around and below it.
static int load(const char *path, double face_x, double face_y, double face_height)
{
    swatch_error error;
    CHECK(image_load(path, 0, &photo, &error) == 0);
    if (!photo.pixels || image_new(&parts, photo.width, photo.height, 1, &error))
        return 1;
    for (size_t i = 0; i < photo.width * photo.height; i++) {
        const double x = (double)(i % photo.width) - face_x * (double)photo.width;
        const double y = (double)(i / photo.width) - face_y * (double)photo.height;
        const double half = face_height * (double)photo.height / 2;
        parts.pixels[i] = hypot(x / 0.7, y) < half ? PART_SKIN
                          : fabs(x) < (y < half ? half : 2 * half) && y > -1.2 * half
                              ? PART_PERSON
                              : PART_OUTSIDE;
    }
    return 0;
}

static void unload(void)
{
    image_free(&photo);
    image_free(&parts);
}

static uint8_t level(double v)
{
    return (uint8_t)lrint(fmin(fmax(v, 0), 255));
}

// The photo's greys in tones, with noise of this standard deviation in each channel.
static void tone(enum how how, float noise)
{
    struct rng rng = {.seed = 3};
    for (size_t i = 0; i < photo.width * photo.height; i++) {
        uint8_t *p = photo.pixels + 3 * i;
        const double grey = 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
        double c[3] = {grey, grey, grey};
        if (how == MUTED) // a third of its colors is left
            for (int k = 0; k < 3; k++)
                c[k] = (2 * grey + p[k]) / 3;
        if (how == SEPIA) { // as most programs do it: light tones end in (255, 255, 239)
            c[0] *= 1.351;
            c[1] *= 1.203;
            c[2] *= 0.937;
        }
        if (how == BLUE)
            for (int k = 0; k < 3; k++)
                c[k] = 255 * pow(grey / 255, 1.25 - 0.225 * k);
        for (int k = 0; k < 3; k++)
            p[k] = level(c[k] + (noise > 0 ? noise * rng_normal(&rng) : 0));
    }
}

static void stamp(size_t height, size_t width)
{
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) {
            memcpy(photo.pixels + 3 * (y * photo.width + x), "\xe6\x28\x14", 3);
            parts.pixels[y * photo.width + x] = PART_OUTSIDE;
        }
}

static enum monochrome find(void)
{
    enum monochrome found = MONOCHROME_NOT;
    swatch_error error;
    CHECK(monochrome_find(photo.pixels, parts.pixels, photo.height, photo.width, &found, &error) ==
          0);
    return found;
}

static void check_photo(const char *path, double x, double y, double height)
{
    static const struct {
        enum how how;
        float noise;
        size_t stamp; // of the photo's height, a quarter of its width: one part in so many
        enum monochrome want;
    } cases[] = {
        {AS_IS, 0, 0, MONOCHROME_NOT},   {AS_IS, 0, 4, MONOCHROME_NOT},
        {GREY, 0, 0, MONOCHROME_GREY},   {GREY, 0, 2, MONOCHROME_GREY},
        {GREY, 12, 0, MONOCHROME_GREY},  {SEPIA, 0, 0, MONOCHROME_TONED},
        {SEPIA, 6, 0, MONOCHROME_TONED}, {SEPIA, 0, 8, MONOCHROME_TONED},
        {BLUE, 0, 0, MONOCHROME_TONED},  {MUTED, 0, 0, MONOCHROME_NOT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (load(path, x, y, height))
            return;
        if (cases[i].how != AS_IS)
            tone(cases[i].how, cases[i].noise);
        if (cases[i].stamp)
            stamp(photo.height / cases[i].stamp, photo.width / 4);
        const enum monochrome found = find();
        CHECK(found == cases[i].want);
        if (found != cases[i].want)
            fprintf(stderr, "%s, case %zu: %d\n", path, i, (int)found);
        unload();
    }
}

// Without skin nothing is told: grey clothes are grey in color photos, too.
static void test_no_skin(void)
{
    if (load("examples/astronaut.png", 0.43, 0.24, 0.25))
        return;
    tone(SEPIA, 0);
    for (size_t i = 0; i < photo.width * photo.height; i++)
        parts.pixels[i] = parts.pixels[i] != PART_OUTSIDE;
    CHECK(find() == MONOCHROME_NOT);
    unload();
}

// Of a drawing in flat colors no tone tells of another.
static void test_flat(void)
{
    CHECK(image_new(&photo, 120, 90, 3, NULL) == 0 && image_new(&parts, 120, 90, 1, NULL) == 0);
    for (size_t i = 0; i < 120 * 90; i++) {
        const size_t part = i % 120 / 40;
        parts.pixels[i] = (uint8_t)part;
        memcpy(photo.pixels + 3 * i, &"\x50\x60\xc0\x20\x80\x30\xe0\xb0\x90"[3 * part], 3);
    }
    CHECK(find() == MONOCHROME_NOT);
    photo.width = photo.height = parts.width = parts.height = 1; // less than a block
    CHECK(find() == MONOCHROME_NOT);
    unload();
}

int main(void)
{
    check_photo("examples/astronaut.png", 0.43, 0.24, 0.25);
    check_photo("examples/grace_hopper.jpg", 0.5, 0.33, 0.3);
    test_no_skin();
    test_flat();
    return test_end();
}
