// Soft edges: against a reference (tools/golden/matte.py), on borders whose alpha and color are
// known, and in pictures of every shape.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "extract/matte.h"
#include "test.h"

struct scene {
    struct image photo, map;
    struct matte_part part;
    struct rect all;
    uint8_t *rgba;
};

static void make(struct scene *s, size_t width, size_t height)
{
    if (image_new(&s->photo, width, height, 3, NULL) || image_new(&s->map, width, height, 1, NULL))
        exit(1);
    s->part = (struct matte_part){&s->photo, &s->map, NULL, 1};
    s->all = (struct rect){0, 0, width, height};
    s->rgba = malloc(4 * width * height);
}

static void clear(struct scene *s)
{
    image_free(&s->photo);
    image_free(&s->map);
    free(s->rgba);
}

// The scene of tools/golden/matte.py.
static void test_reference(void)
{
    struct scene s;
    FILE *file = fopen("tests/extract/golden/matte.txt", "re");
    make(&s, 40, 32);
    for (int y = 0; y < 32; y++)
        for (int x = 0; x < 40; x++) {
            const int noise = (x * 7 + y * 13 + x * y * 3) % 17;
            const int near = 420 - (x - 19) * (x - 19) - (y - 30) * (y - 30);
            const int share = near < 0 ? 0 : near > 160 ? 160 : near;
            const int own[3] = {60 + noise, 40 + noise, 30};
            const int other[3] = {190, 200 - noise, 120 + 2 * noise};
            for (int c = 0; c < 3; c++)
                s.photo.pixels[3 * (y * 40 + x) + c] =
                    (uint8_t)((own[c] * share + other[c] * (160 - share)) / 160);
            s.map.pixels[y * 40 + x] = share >= 80;
        }
    CHECK(matte_draw(&s.part, s.all, s.rgba, NULL) == 0);
    int worst = 0, mixed = 0;
    for (size_t i = 0; file && i < 4 * 40 * 32; i++) {
        int want = -1;
        CHECK(fscanf(file, "%d", &want) == 1);
        worst = abs(want - s.rgba[i]) > worst ? abs(want - s.rgba[i]) : worst;
        mixed += i % 4 == 3 && want > 0 && want < 255;
    }
    CHECK(file && mixed > 30);
    CHECK(worst <= 2); // the reference is in double
    if (file)
        fclose(file);
    clear(&s);
}

static const uint8_t front[3] = {200, 60, 30}, back[3] = {20, 120, 220};

// A border that runs slanted through the photo, `wide` pixels of it mixed. The share of the part.
static double slanted(size_t x, size_t y, const struct scene *s, double wide)
{
    const double at = (double)s->photo.width / 2 + 0.3 * ((double)y - (double)s->photo.height / 2);
    return fmin(fmax((at - (double)x) / wide + 0.5, 0), 1);
}

static void paint(struct scene *s, double wide)
{
    for (size_t y = 0; y < s->photo.height; y++)
        for (size_t x = 0; x < s->photo.width; x++) {
            const size_t i = y * s->photo.width + x;
            const double share = slanted(x, y, s, wide);
            for (size_t c = 0; c < 3; c++)
                s->photo.pixels[3 * i + c] =
                    (uint8_t)(share * front[c] + (1 - share) * back[c] + 0.5);
            s->map.pixels[i] = share > 0.5;
        }
}

// Alpha is found, and no color of what is behind is left, at one scale and at two.
static void test_known(void)
{
    static const size_t sizes[][2] = {{300, 200}, {700, 1100}, {2100, 700}};
    for (size_t i = 0; i < 3; i++) {
        struct scene s;
        const double wide = i ? 8 : 4;
        double off = 0, tint = 0, offs = 0, tints = 0;
        size_t mixed = 0, wrong = 0;
        make(&s, sizes[i][0], sizes[i][1]);
        paint(&s, wide);
        CHECK(matte_draw(&s.part, s.all, s.rgba, NULL) == 0);
        for (size_t y = 0; y < s.photo.height; y++)
            for (size_t x = 0; x < s.photo.width; x++) {
                const uint8_t *p = s.rgba + 4 * (y * s.photo.width + x);
                const double share = slanted(x, y, &s, wide);
                const double apart = fabs(p[3] / 255.0 - share);
                double foreign = 0; // color, as much as of it shows
                for (size_t c = 0; c < 3 && p[3]; c++)
                    foreign = fmax(foreign, fabs((double)p[c] - front[c]) * p[3] / 255);
                off = fmax(off, apart);
                tint = fmax(tint, foreign);
                wrong += (share <= 0 || share >= 1) && apart > 0.02;
                if (share <= 0 || share >= 1)
                    continue;
                offs += apart;
                tints += foreign;
                mixed++;
            }
        // The colors are 190 apart: in the mean a fourteenth of the one behind shows at most.
        CHECK(off < 0.25 && offs < 0.13 * (double)mixed);
        CHECK(tint < 45 && tints < 14 * (double)mixed);
        CHECK(wrong == 0);
        clear(&s);
    }
}

// A part of the photo comes out as it does in the whole.
static void test_part(void)
{
    static const struct rect parts[] = {{0, 0, 1, 1}, {150, 90, 200, 110}, {299, 0, 1, 400}};
    struct scene s;
    make(&s, 400, 400);
    paint(&s, 5);
    CHECK(matte_draw(&s.part, s.all, s.rgba, NULL) == 0);
    for (size_t i = 0; i < 3; i++) {
        const struct rect r = parts[i];
        uint8_t *rgba = malloc(4 * r.width * r.height);
        CHECK(matte_draw(&s.part, r, rgba, NULL) == 0);
        for (size_t y = 0; y < r.height; y++)
            CHECK(memcmp(rgba + 4 * y * r.width, s.rgba + 4 * ((r.top + y) * 400 + r.left),
                         4 * r.width) == 0);
        free(rgba);
    }
    clear(&s);
}

// The table tells which values of the map are the part's.
static void test_table(void)
{
    uint8_t table[256] = {[0] = 7, [1] = 2, [5] = 2};
    struct scene s, same;
    make(&s, 90, 70);
    make(&same, 90, 70);
    paint(&s, 3);
    paint(&same, 3);
    for (size_t i = 0; i < 90 * 70; i++)
        s.map.pixels[i] = s.map.pixels[i] ? i % 2 ? 1 : 5 : 0;
    s.part.table = table;
    s.part.wanted = 2;
    CHECK(matte_draw(&s.part, s.all, s.rgba, NULL) == 0);
    CHECK(matte_draw(&same.part, same.all, same.rgba, NULL) == 0);
    CHECK(memcmp(s.rgba, same.rgba, 4 * 90 * 70) == 0);
    clear(&s);
    clear(&same);
}

// All of the photo, nothing of it, one color everywhere, noise, and lines of one pixel.
static void test_odd(void)
{
    static const size_t sizes[][2] = {{1, 1}, {1, 60}, {60, 1}, {2, 3}, {37, 41}, {900, 2}};
    struct rng rng = {.seed = 3};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct scene s;
        make(&s, sizes[i][0], sizes[i][1]);
        const size_t pixels = s.photo.width * s.photo.height;
        for (int kind = 0; kind < 4; kind++) {
            memset(s.photo.pixels, kind == 3 ? 0 : 130, 3 * pixels);
            for (size_t k = 0; k < pixels; k++) {
                s.map.pixels[k] = (uint8_t)(kind < 2 ? kind : rng_range(&rng, 0, 1) > 0.5f);
                for (size_t c = 0; c < 3 && kind == 3; c++)
                    s.photo.pixels[3 * k + c] = (uint8_t)rng_range(&rng, 0, 255);
            }
            memset(s.rgba, 77, 4 * pixels);
            CHECK(matte_draw(&s.part, s.all, s.rgba, NULL) == 0);
            size_t wrong = 0;
            for (size_t k = 0; k < pixels; k++) {
                const uint8_t *p = s.rgba + 4 * k;
                wrong += kind < 2 && p[3] != 255 * kind;
                wrong += !p[3] && (p[0] || p[1] || p[2]);
                wrong += kind < 3 && p[3] && abs(p[0] - 130) > 1; // its only color
            }
            CHECK(wrong == 0);
        }
        clear(&s);
    }
}

int main(void)
{
    test_reference();
    test_known();
    test_part();
    test_table();
    test_odd();
    return test_end();
}
