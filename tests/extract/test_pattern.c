// Patterns of rendered cloth (scene.h): weaves at several scales and angles, under folds, shades
// and noise, large and small, and what has no pattern.
#include "extract/pattern.h"

#include "color/scene.h"
#include "test.h"

#define SCENES 12 // of each weave
#define MISSES 4  // allowed among all that have a pattern: sparse blots are near to plain

static struct scene scene;

static const char *pattern_of(const uint8_t *rgb, const uint8_t *mask, size_t height, size_t width,
                              double *confidence)
{
    struct pattern p;
    CHECK(pattern_find(rgb, mask, height, width, 2, &p, NULL, NULL) == 0);
    CHECK(p.confidence >= 0 && p.confidence <= 1 && (p.name != NULL) == (p.confidence > 0));
    *confidence = p.confidence;
    return p.name ? p.name : "none";
}

static int is(enum weave weave, uint64_t seed, const char *want)
{
    static const double scales[] = {1, 1.6, 0.75};
    double confidence;
    scene_random_scene(&scene, weave, seed);
    scene.period *= scales[seed % 3];
    if (weave == weave_print)
        scene.period = fmax(scene.period, 13); // smaller dots are three pixels wide
    scene_draw(&scene);
    const char *name = pattern_of(scene.rgb, scene.mask, SCENE_H, SCENE_W, &confidence);
    const int right = strcmp(name, want) == 0;
    if (!right)
        fprintf(stderr, "weave %d, seed %d is %s (%.2f), not %s\n", (int)weave, (int)seed, name,
                confidence, want);
    return right;
}

static void test_weaves(void)
{
    static const struct {
        enum weave weave;
        const char *name;
    } weaves[] = {{weave_stripes, "striped"},
                  {weave_checks, "checked"},
                  {weave_gingham, "checked"},
                  {weave_print, "dotted"},
                  {weave_blots, "print"}};
    int misses = 0;
    for (size_t i = 0; i < sizeof weaves / sizeof *weaves; i++)
        for (uint64_t seed = 0; seed < SCENES; seed++)
            misses += !is(weaves[i].weave, seed, weaves[i].name);
    CHECK(misses <= MISSES);
}

// Cloth of one dye stays plain, however it is folded and shaded.
static void test_plain(void)
{
    for (uint64_t seed = 0; seed < 3 * SCENES; seed++)
        CHECK(is(weave_plain, seed, "plain"));
}

// A garment of two fields of color is no pattern, nor is one with a small mark on it.
static void test_fields(void)
{
    double confidence;
    scene_random_scene(&scene, weave_plain, 3);
    scene_draw(&scene);
    for (size_t i = 0; i < SCENE_N; i++)
        if (i / SCENE_W > SCENE_H / 2)
            for (size_t c = 0; c < 3; c++)
                scene.rgb[3 * i + c] = (uint8_t)(255 - scene.rgb[3 * i + c]);
    CHECK_STRING(pattern_of(scene.rgb, scene.mask, SCENE_H, SCENE_W, &confidence), "plain");
    scene_draw(&scene);
    for (size_t i = 0; i < SCENE_N; i++)
        if (i / SCENE_W / 12 == 6 && i % SCENE_W / 12 == 5 && i % 4 < 2)
            memset(scene.rgb + 3 * i, 250, 3);
    CHECK_STRING(pattern_of(scene.rgb, scene.mask, SCENE_H, SCENE_W, &confidence), "plain");
}

// A photo of any size gives the same answer: here four times as many pixels along each side.
static void test_large(void)
{
    const size_t height = 4 * SCENE_H, width = 4 * SCENE_W;
    uint8_t *rgb = malloc(3 * height * width), *mask = malloc(height * width);
    double confidence;
    CHECK(rgb && mask);
    for (int weave = weave_plain; rgb && mask && weave <= weave_checks; weave++) {
        scene_random_scene(&scene, (enum weave)weave, 4);
        scene_draw(&scene);
        for (size_t i = 0; i < height * width; i++) {
            const size_t from = i / width / 4 * SCENE_W + i % width / 4;
            memcpy(rgb + 3 * i, scene.rgb + 3 * from, 3);
            mask[i] = scene.mask[from];
        }
        CHECK_STRING(pattern_of(rgb, mask, height, width, &confidence),
                     weave == weave_plain     ? "plain"
                     : weave == weave_stripes ? "striped"
                                              : "checked");
    }
    free(rgb);
    free(mask);
}

static void test_little(void)
{
    static uint8_t none[SCENE_N];
    double confidence;
    CHECK_STRING(pattern_of(scene.rgb, none, SCENE_H, SCENE_W, &confidence), "none");
    for (size_t i = 0; i < SCENE_N; i++)
        none[i] = i / SCENE_W < 20 && i % SCENE_W < 20;
    CHECK_STRING(pattern_of(scene.rgb, none, SCENE_H, SCENE_W, &confidence), "none");
}

int main(void)
{
    test_weaves();
    test_plain();
    test_fields();
    test_large();
    test_little();
    return test_end();
}
