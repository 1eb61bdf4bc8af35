// Everything a result says of colors, on made-up photos and labels, through the JSON that users
// read.

#include <jansson.h>
#include <sys/stat.h>

#include "base/rng.h"
#include "color/list.h"
#include "extract/cutout.h"
#include "extract/extract.h"
#include "folder.h"
#include "out/card.h"
#include "out/result_json.h"
#include "out/word.h"
#include "test.h"

#define WIDTH 200
#define HEIGHT 300

static const char *const coarse[] = {"background", "skin", "hair", "clothes", NULL};
static const char *const fine[] = {"background", "skin",  "hair",    "coat",
                                   "bag",        "shoes", "hat/cap", NULL};
enum { BACKGROUND, SKIN, HAIR, CLOTHES, COAT = 3, BAG, SHOES, HAT };

static swatch_error error;

static swatch_result *result_new(const char *const *classes)
{
    swatch_result *r = calloc(1, sizeof *r);
    r->name = strdup("made-up.png");
    for (; classes[r->classes.count]; r->classes.count++)
        snprintf(r->classes.names[r->classes.count], CLASS_NAME_MAX, "%s",
                 classes[r->classes.count]);
    CHECK(image_new(&r->photo, WIDTH, HEIGHT, 3, &error) == 0);
    CHECK(image_new(&r->labels, WIDTH, HEIGHT, 1, &error) == 0);
    memset(r->photo.pixels, 128, 3 * WIDTH * HEIGHT);
    memset(r->labels.pixels, 0, WIDTH * HEIGHT);
    // Some color in the background, or the photo would count as greyscale.
    for (size_t i = 0; i < WIDTH * 10; i++)
        r->photo.pixels[3 * i] = 160;
    return r;
}

// Noise of +- 3 keeps medians and main colors from being read off a single pixel.
static void draw(swatch_result *r, uint8_t label, uint32_t color, size_t left, size_t top,
                 size_t width, size_t height)
{
    for (size_t y = top; y < top + height; y++)
        for (size_t x = left; x < left + width; x++) {
            const size_t i = y * WIDTH + x;
            const int noise = (int)(rng_at(1, 0, i) % 7) - 3;
            r->labels.pixels[i] = label;
            for (int c = 0; c < 3; c++) {
                const int value = (int)(color >> (16 - 8 * c) & 255);
                const int noisy = value == 255 ? value : value + noise;
                r->photo.pixels[3 * i + (size_t)c] = (uint8_t)(noisy < 0     ? 0
                                                               : noisy > 255 ? 255
                                                                             : noisy);
            }
        }
}

static json_t *describe(swatch_result *r, const swatch_extract_options *options)
{
    static const swatch_extract_options defaults = SWATCH_EXTRACT_OPTIONS_INIT;
    result_count(r);
    CHECK(result_describe(r, options ? options : &defaults, &error) == 0);
    CHECK(result_json(r, &error) == 0);
    json_t *json = json_loads(r->json ? r->json : "", 0, NULL);
    CHECK(json != NULL);
    return json;
}

// Follows keys and, in arrays, indices: "regions/skin/colors/0/hex".
static json_t *at(json_t *json, const char *path)
{
    char key[64];
    int used;
    for (; *path && json; path += used + (path[used] == '/')) {
        CHECK(sscanf(path, "%63[^/]%n", key, &used) == 1);
        json = json_is_array(json) ? json_array_get(json, (size_t)atol(key))
                                   : json_object_get(json, key);
    }
    return json;
}

static const char *text(json_t *json, const char *path)
{
    return json_string_value(at(json, path));
}

static double value(json_t *json, const char *path)
{
    return json_number_value(at(json, path));
}

static struct rgb color(json_t *json, const char *path)
{
    json_t *rgb = at(json, path);
    return (struct rgb){(uint8_t)json_integer_value(json_array_get(rgb, 0)),
                        (uint8_t)json_integer_value(json_array_get(rgb, 1)),
                        (uint8_t)json_integer_value(json_array_get(rgb, 2))};
}

static void check_near(struct rgb c, uint32_t want)
{
    CHECK_NEAR(c.r, want >> 16, 3);
    CHECK_NEAR(c.g, want >> 8 & 255, 3);
    CHECK_NEAR(c.b, want & 255, 3);
}

static swatch_result *person(void)
{
    swatch_result *r = result_new(coarse);
    draw(r, HAIR, 0x553c2a, 60, 20, 80, 40);
    draw(r, SKIN, 0xd7bd96, 70, 60, 60, 50); // the face: Monk tone 5
    draw(r, CLOTHES, 0x2040a0, 50, 120, 100, 150);
    draw(r, SKIN, 0x825c43, 10, 150, 30, 120); // an arm, larger, of tone 7
    return r;
}

static void test_person(void)
{
    swatch_result *r = person(), *again = person();
    json_t *json = describe(r, NULL);
    json_decref(describe(again, NULL));
    CHECK_STRING(r->json, again->json);
    check_near(color(json, "regions/clothes/colors/0/rgb"), 0x2040a0);
    CHECK_STRING(text(json, "regions/clothes/colors/0/basic"), "blue");
    CHECK_NEAR(value(json, "regions/clothes/colors/0/share"), 1, 1e-9);
    CHECK(at(json, "regions/clothes/reason") == NULL);
    CHECK(json_is_false(at(json, "greyscale")));
    CHECK(at(json, "garments") == NULL && at(json, "white_balance") == NULL);
    CHECK(at(json, "regions/clothes/balanced") == NULL);

    const char *tone = "regions/skin/apparent_tone";
    json_t *skin = at(json, tone);
    CHECK_STRING(text(skin, "from"), "skin that borders the hair");
    check_near(color(skin, "color/rgb"), 0xd7bd96);
    CHECK(value(skin, "monk/tone") == 5);
    CHECK_STRING(text(skin, "monk/hex"), "#d7bd96");
    // Well under half of the face's 3000 pixels: no rim, no shade, no highlights.
    CHECK(value(skin, "pixels") > 800 && value(skin, "pixels") < 1500);
    CHECK_STRING(text(skin, "ita/class"), "light");
    CHECK(at(skin, "ita/reason") == NULL);
    CHECK(strlen(text(skin, "ita/scheme")) > 0);
    CHECK(swatch_result_skin(r)->face == 1 && swatch_result_skin(r)->monk == 5);

    json_t *hair = at(json, "regions/hair/apparent_color");
    CHECK_STRING(text(hair, "class"), "brown");
    CHECK(value(hair, "confidence") > 0.99);
    check_near(color(hair, "color/rgb"), 0x553c2a);
    json_decref(json);
    swatch_result_free(r);
    swatch_result_free(again);
}

// Skin is called by no names of things, hair by the words of its class, clothes as in shops.
static void test_words(void)
{
    swatch_result *r = person();
    draw(r, HAIR, 0x0a0808, 60, 20, 80, 14); // gaps between strands
    json_t *json = describe(r, NULL);
    const char *const names[] = {"basic", "css", "xkcd"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        CHECK_STRING(text(at(json, "regions/skin/colors/0"), names[i]), "");
        CHECK_STRING(text(at(json, "regions/skin/apparent_tone/color"), names[i]), "");
    }
    CHECK(at(json, "regions/skin/colors/0/shop") == NULL);
    CHECK_STRING(r->colors[SWATCH_SKIN][0].xkcd, "");
    CHECK_STRING(text(json, "regions/skin/apparent_tone/undertone"), "warm");
    CHECK_STRING(swatch_skin_undertone(swatch_result_skin(r)), "warm");
    CHECK_STRING(text(json, "regions/hair/colors/0/hair"), "brown");
    CHECK_STRING(text(json, "regions/hair/colors/1/hair"), "shade");
    CHECK(at(json, "regions/hair/colors/0/shop") == NULL);
    CHECK_STRING(text(json, "regions/clothes/colors/0/shop"), "blue");
    CHECK_STRING(text(json, "regions/clothes/shop"), "blue");
    CHECK_STRING(text(json, "regions/clothes/pattern/class"), "plain");
    CHECK(value(json, "regions/clothes/pattern/confidence") > 0.9);
    double sure = 0;
    CHECK_STRING(swatch_result_pattern(r, SWATCH_ALL_CLOTHES, &sure), "plain");
    CHECK(sure > 0.9 && swatch_result_pattern(r, 0, NULL) == NULL);
    json_decref(json);
    swatch_result_free(r);
}

// Lists of one's own and harmonies are told of clothes, and the result keeps the lists.
static void test_telling(void)
{
    swatch_names *list = NULL;
    swatch_telling telling = SWATCH_TELLING_INIT;
    swatch_result *r = person();
    test_file("list.csv", "Ink,#2040a0\nSand,#d7bd96\n", 25);
    CHECK(swatch_names_open(test_path("list.csv"), &list, &error) == 0);
    telling.names = telling.match = list;
    telling.harmonies = 1;
    r->telling = telling;
    list_keep(list); // as extract_photo does for both
    list_keep(list);
    swatch_names_free(list);
    json_t *json = describe(r, NULL), *blue = at(json, "regions/clothes/colors/0");
    CHECK_STRING(text(blue, "name/name"), "Ink");
    CHECK_STRING(text(blue, "match/hex"), "#2040a0");
    CHECK(value(blue, "match/distance") < 3);
    CHECK(json_array_size(at(blue, "harmonies/complementary")) == 1);
    CHECK(json_array_size(at(blue, "harmonies/analogous")) == 2);
    CHECK_STRING(text(blue, "harmonies/complementary/0/match/name"), "Sand");
    CHECK(at(json, "regions/skin/colors/0/name") == NULL);
    CHECK(at(json, "regions/hair/colors/0/harmonies") == NULL);
    CHECK_STRING(word_of_color(r, SWATCH_CLOTHES, &r->colors[SWATCH_CLOTHES][0]), "Ink");
    json_decref(json);
    swatch_result_free(r);
}

// Without hair the tone is that of all skin, and says so.
static void test_all_skin(void)
{
    swatch_result *r = result_new(coarse);
    draw(r, SKIN, 0x825c43, 10, 150, 60, 120);
    draw(r, HAIR, 0x553c2a, 100, 20, 60, 40); // somewhere else
    json_t *json = describe(r, NULL);
    json_t *skin = at(json, "regions/skin/apparent_tone");
    CHECK_STRING(text(skin, "from"), "all skin");
    CHECK(value(skin, "monk/tone") == 7);
    json_decref(json);
    swatch_result_free(r);
}

// Under bluish light there is a tone, but no angle.
static void test_no_angle(void)
{
    swatch_result *r = result_new(coarse);
    draw(r, SKIN, 0x8480a8, 10, 150, 60, 120);
    json_t *json = describe(r, NULL), *ita = at(json, "regions/skin/apparent_tone/ita");
    CHECK(value(json, "regions/skin/apparent_tone/monk/tone") >= 1);
    CHECK(json_is_null(at(ita, "degrees")) && json_is_null(at(ita, "class")));
    CHECK_STRING(text(ita, "reason"), "b* too near 0, or below");
    CHECK(swatch_result_skin(r)->ita_class == NULL);
    json_decref(json);
    swatch_result_free(r);
}

// Glasses cut the face in two; the forehead alone borders the hair, but is not all of the face.
static void test_glasses(void)
{
    swatch_result *r = result_new(coarse);
    draw(r, HAIR, 0x553c2a, 60, 20, 80, 40);
    draw(r, SKIN, 0x825c43, 70, 60, 60, 10);
    draw(r, CLOTHES, 0x101010, 70, 70, 60, 8);
    draw(r, SKIN, 0xd7bd96, 70, 78, 60, 50);
    draw(r, CLOTHES, 0x2040a0, 50, 130, 100, 160);
    draw(r, SKIN, 0x292420, 10, 150, 30, 140); // an arm
    json_t *json = describe(r, NULL);
    CHECK_STRING(text(json, "regions/skin/apparent_tone/from"), "skin that borders the hair");
    CHECK(value(json, "regions/skin/apparent_tone/monk/tone") == 5);
    json_decref(json);
    swatch_result_free(r);
}

// The skin that borders the hair is too small to tell: all skin it is.
static void test_little_face(void)
{
    swatch_result *r = result_new(coarse);
    draw(r, HAIR, 0x553c2a, 100, 20, 60, 40);
    draw(r, SKIN, 0xd7bd96, 110, 60, 6, 6);
    draw(r, SKIN, 0x825c43, 10, 150, 60, 120);
    json_t *json = describe(r, NULL);
    CHECK_STRING(text(json, "regions/skin/apparent_tone/from"), "all skin");
    CHECK(value(json, "regions/skin/apparent_tone/monk/tone") == 7);
    json_decref(json);
    swatch_result_free(r);
}

static void check_nothing(json_t *json, const char *region, const char *reason)
{
    json_t *found = at(at(json, "regions"), region);
    CHECK(json_is_array(at(found, "colors")) && json_array_size(at(found, "colors")) == 0);
    CHECK_STRING(text(found, "reason"), reason);
    if (strcmp(region, "skin") == 0)
        CHECK_STRING(text(found, "apparent_tone/reason"), reason);
    if (strcmp(region, "hair") == 0)
        CHECK_STRING(text(found, "apparent_color/reason"), reason);
}

static void test_nothing(void)
{
    swatch_result *r = result_new(coarse);
    draw(r, SKIN, 0xd7bd96, 70, 60, 7, 7);
    draw(r, CLOTHES, 0xffffff, 50, 120, 100, 150);
    json_t *json = describe(r, NULL);
    check_nothing(json, "hair", "nothing found");
    check_nothing(json, "skin", "too few pixels");
    CHECK_STRING(text(json, "regions/clothes/colors/0/hex"), "#ffffff"); // white is a color
    CHECK_STRING(swatch_result_skin(r)->reason, "too few pixels");
    json_decref(json);
    swatch_result_free(r);
}

// A burnt-out shirt is a third of the clothes; it was no color at all.
static void test_white_shirt(void)
{
    swatch_result *r = result_new(coarse);
    draw(r, CLOTHES, 0xffffff, 50, 120, 100, 50);
    draw(r, CLOTHES, 0x2040a0, 50, 170, 100, 100);
    json_t *json = describe(r, NULL), *clothes = at(json, "regions/clothes/colors");
    CHECK(json_array_size(clothes) == 2);
    CHECK_STRING(text(clothes, "1/hex"), "#ffffff");
    CHECK_NEAR(json_real_value(at(clothes, "0/share")), 0.67, 0.02);
    CHECK_NEAR(json_real_value(at(clothes, "1/share")), 0.33, 0.02);
    json_decref(json);
    swatch_result_free(r);
}

static void test_greyscale(void)
{
    swatch_result *r = person();
    const swatch_extract_options balance = {.size = sizeof balance, .white_balance = 1};
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        r->photo.pixels[3 * i] = r->photo.pixels[3 * i + 1] = r->photo.pixels[3 * i + 2];
    json_t *json = describe(r, &balance);
    CHECK(json_is_true(at(json, "greyscale")));
    check_nothing(json, "clothes", "greyscale photo");
    check_nothing(json, "skin", "greyscale photo");
    check_nothing(json, "hair", "greyscale photo");
    CHECK_STRING(text(json, "white_balance/reason"), "greyscale");
    CHECK(at(json, "regions/clothes/balanced") == NULL);
    json_decref(json);
    swatch_result_free(r);
}

// Grey but for a stamp in a corner: the person tells.
static void test_stamped(void)
{
    swatch_result *r = person();
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        r->photo.pixels[3 * i] = r->photo.pixels[3 * i + 1] = r->photo.pixels[3 * i + 2];
    for (size_t i = 0; i < 20 * WIDTH; i++)
        if (i % WIDTH < 40 && r->labels.pixels[i] == BACKGROUND)
            memcpy(r->photo.pixels + 3 * i, "\xe6\x28\x14", 3);
    json_t *json = describe(r, NULL);
    CHECK(json_is_true(at(json, "greyscale")));
    check_nothing(json, "skin", "greyscale photo");
    json_decref(json);
    swatch_result_free(r);
}

// All of one scale of browns, skin as well as what is around it.
static void test_toned(void)
{
    swatch_result *r = person();
    const swatch_extract_options balance = {.size = sizeof balance, .white_balance = 1};
    for (size_t i = 0; i < WIDTH * HEIGHT; i++) {
        const size_t grey = 40 + i % WIDTH * 4 / 5;
        r->photo.pixels[3 * i] = (uint8_t)(grey + 30);
        r->photo.pixels[3 * i + 1] = (uint8_t)grey;
        r->photo.pixels[3 * i + 2] = (uint8_t)(grey * 3 / 4);
    }
    json_t *json = describe(r, &balance);
    CHECK(json_is_true(at(json, "greyscale")));
    check_nothing(json, "clothes", "toned greyscale photo");
    check_nothing(json, "skin", "toned greyscale photo");
    check_nothing(json, "hair", "toned greyscale photo");
    CHECK_STRING(text(json, "white_balance/reason"), "greyscale");
    json_decref(json);
    swatch_result_free(r);
}

static void test_only_masks(void)
{
    swatch_result *r = person();
    const swatch_extract_options masks = {.size = sizeof masks, .only_masks = 1};
    json_t *json = describe(r, &masks);
    check_nothing(json, "clothes", "not measured");
    check_nothing(json, "skin", "not measured");
    json_decref(json);
    swatch_result_free(r);
}

// Under a reddish light the measured colors stay as they are; the balanced ones come nearer to what
// they were before.
static void test_white_balance(void)
{
    swatch_result *r = person(), *plain = person();
    const swatch_extract_options balance = {.size = sizeof balance, .white_balance = 1};
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        for (int k = 0; k < 2; k++) {
            uint8_t *p = (k ? plain : r)->photo.pixels + 3 * i;
            p[1] = (uint8_t)(p[1] * 0.85);
            p[2] = (uint8_t)(p[2] * 0.75);
        }
    json_t *json = describe(r, &balance), *without = describe(plain, NULL);
    CHECK(json_equal(at(json, "regions/clothes/colors"), at(without, "regions/clothes/colors")));
    CHECK(json_equal(at(json, "regions/hair/apparent_color"),
                     at(without, "regions/hair/apparent_color")));
    const struct rgb red = color(json, "regions/skin/apparent_tone/color/rgb");
    const struct rgb neutral = color(json, "regions/skin/balanced/apparent_tone/color/rgb");
    const struct lab truth = color_cielab((struct rgb){0xd7, 0xbd, 0x96});
    CHECK(color_ciede2000(color_cielab(neutral), truth) <
          color_ciede2000(color_cielab(red), truth) - 3);
    CHECK(json_array_size(at(json, "regions/clothes/balanced/colors")) ==
          json_array_size(at(json, "regions/clothes/colors")));
    CHECK(value(json, "white_balance/gains/0") < 1 && value(json, "white_balance/gains/2") > 1);
    CHECK(text(json, "regions/hair/balanced/apparent_color/class") != NULL);
    size_t count;
    CHECK(swatch_result_balanced_colors(r, SWATCH_CLOTHES, &count) != NULL && count > 0);
    CHECK(swatch_result_balanced_colors(plain, SWATCH_CLOTHES, &count) == NULL && count == 0);
    CHECK(swatch_result_balanced_skin(r) != NULL && swatch_result_balanced_hair(plain) == NULL);
    json_decref(json);
    json_decref(without);
    swatch_result_free(r);
    swatch_result_free(plain);
}

// A coat, two bags (one of them with a splinter cut off), a pair of shoes and a hat.
static swatch_result *dressed(void)
{
    swatch_result *r = result_new(fine);
    draw(r, HAT, 0x702020, 80, 5, 40, 15);
    draw(r, COAT, 0x205020, 60, 80, 80, 120);
    draw(r, BAG, 0xc08020, 10, 120, 40, 50);
    draw(r, BAG, 0xc08020, 10, 110, 5, 5); // above the first bag
    draw(r, BAG, 0x101010, 150, 130, 30, 40);
    draw(r, SHOES, 0xa01010, 60, 270, 25, 20);
    draw(r, SHOES, 0xa01010, 110, 275, 25, 20);
    return r;
}

static void test_garments(void)
{
    static const struct {
        const char *class, *file;
        size_t piece, pieces, pixels, left, top, width, height;
        uint32_t color;
    } want[] = {
        {"coat", "garment-1-coat.png", 1, 1, 9600, 60, 80, 80, 120, 0x205020},
        {"bag", "garment-2-bag.png", 1, 2, 2025, 10, 110, 40, 60, 0xc08020},
        {"bag", "garment-3-bag.png", 2, 2, 1200, 150, 130, 30, 40, 0x101010},
        {"shoes", "garment-4-shoes.png", 1, 1, 1000, 60, 270, 75, 25, 0xa01010},
        {"hat/cap", "garment-5-hat_cap.png", 1, 1, 600, 80, 5, 40, 15, 0x702020},
    };
    const size_t count = sizeof want / sizeof *want;
    swatch_result *r = dressed();
    const swatch_extract_options balance = {.size = sizeof balance, .white_balance = 1};
    json_t *json = describe(r, &balance), *garments = at(json, "garments");
    CHECK(json_array_size(garments) == count && swatch_result_garment_count(r) == count);
    CHECK(swatch_result_pixels(r, SWATCH_CLOTHES) == 9600 + 2025 + 1200 + 1000 + 600);
    for (size_t i = 0; i < count && i < json_array_size(garments); i++) {
        json_t *g = json_array_get(garments, i);
        CHECK_STRING(text(g, "class"), want[i].class);
        CHECK_STRING(text(g, "file"), want[i].file);
        CHECK((size_t)value(g, "piece") == want[i].piece);
        CHECK((size_t)value(g, "pieces") == want[i].pieces);
        CHECK((size_t)value(g, "pixels") == want[i].pixels);
        CHECK((size_t)value(g, "box/left") == want[i].left);
        CHECK((size_t)value(g, "box/top") == want[i].top);
        CHECK((size_t)value(g, "box/width") == want[i].width);
        CHECK((size_t)value(g, "box/height") == want[i].height);
        CHECK(json_is_null(at(g, "probability")) && at(g, "or") == NULL); // no network was asked
        CHECK(json_array_size(at(g, "colors")) == 1);
        check_near(color(g, "colors/0/rgb"), want[i].color);
        CHECK(json_array_size(at(g, "balanced/colors")) == 1);
        const swatch_garment *garment = swatch_result_garment(r, i);
        uint8_t *rgba = malloc(4 * garment->width * garment->height);
        size_t opaque = 0;
        swatch_result_garment_cutout(r, i, rgba);
        for (size_t p = 0; p < garment->width * garment->height; p++)
            opaque += rgba[4 * p + 3] > 0;
        CHECK(opaque == want[i].pixels);
        free(rgba);
    }
    CHECK(swatch_result_garment(r, count) == NULL);
    // The files are there, and a second save knows them as its own.
    const char *folder = test_path("dressed");
    char path[1024];
    struct stat info;
    CHECK(swatch_result_save(r, folder, 0, &error) == 0);
    CHECK(test_names(folder) == 7 + count);
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, want[i].file);
        CHECK(stat(path, &info) == 0 && info.st_size > 0);
    }
    CHECK(swatch_result_save(r, folder, 1, &error) == 0);
    json_decref(json);
    swatch_result_free(r);
}

// A garment that may be another says so.
static void test_doubt(void)
{
    swatch_result *r = dressed();
    json_decref(describe(r, NULL));
    r->garments[0].probability = 0.5;
    r->garments[0].or_class_index = BAG;
    r->garments[0].or_probability = 0.25;
    free(r->json);
    r->json = NULL;
    CHECK(result_json(r, &error) == 0);
    json_t *json = json_loads(r->json, 0, NULL);
    CHECK_NEAR(value(json, "garments/0/probability"), 0.5, 1e-6);
    CHECK_STRING(text(json, "garments/0/or/class"), "bag");
    CHECK_NEAR(value(json, "garments/0/or/probability"), 0.25, 1e-6);
    CHECK(at(json, "garments/1/or") == NULL);
    json_decref(json);
    swatch_result_free(r);
}

// How many garments two coats are, of these colors and with so many pixels between them.
static size_t count_coats(uint32_t left, uint32_t right, size_t between)
{
    swatch_result *r = result_new(fine);
    draw(r, SKIN, 0xd7bd96, 90, 0, 20, HEIGHT); // a person 300 pixels tall
    draw(r, COAT, left, 30, 50, 40, 100);
    draw(r, COAT, right, 70 + between, 50, 40, 80);
    json_decref(describe(r, NULL));
    const size_t count = swatch_result_garment_count(r);
    if (count == 1) {
        const swatch_garment *g = swatch_result_garment(r, 0);
        CHECK(g->left == 30 && g->width == 80 + between && g->pieces == 1);
    }
    swatch_result_free(r);
    return count;
}

// The two halves of an open coat are one garment; a coat of another color or far away is another.
static void test_halves(void)
{
    CHECK(count_coats(0x205020, 0x205020, 20) == 1);
    CHECK(count_coats(0x205020, 0x305c2c, 20) == 1); // in the shade
    CHECK(count_coats(0x205020, 0x20205c, 20) == 2);
    CHECK(count_coats(0x205020, 0x205020, 60) == 2);
}

// Labels without sense, as a network without training gives them: whatever they are, every pixel of
// clothing is in one garment at most, and the boxes hold their garments.
static void test_noise(void)
{
    swatch_result *r = result_new(fine);
    for (size_t i = 0; i < WIDTH * HEIGHT; i++) {
        r->labels.pixels[i] = (uint8_t)(rng_at(2, 0, i / WIDTH / 3 * 1000 + i % WIDTH / 5) % 7);
        for (size_t c = 0; c < 3; c++)
            r->photo.pixels[3 * i + c] = (uint8_t)rng_at(3, c, i);
    }
    json_t *json = describe(r, NULL);
    size_t pixels = 0;
    for (size_t i = 0; i < swatch_result_garment_count(r); i++) {
        const swatch_garment *g = swatch_result_garment(r, i);
        uint8_t *rgba = malloc(4 * g->width * g->height);
        size_t opaque = 0;
        CHECK(!cutout_garment(r, i, cutout_garment_box(r, i), SWATCH_EDGES_HARD, rgba, NULL));
        for (size_t p = 0; p < g->width * g->height; p++)
            opaque += rgba[4 * p + 3] > 0;
        CHECK(opaque == g->pixels);
        pixels += g->pixels;
        free(rgba);
    }
    CHECK(pixels == swatch_result_pixels(r, SWATCH_CLOTHES));
    CHECK(swatch_result_garment_count(r) >= 4);
    json_decref(json);
    swatch_result_free(r);
}

int main(void)
{
    test_folder_make();
    test_person();
    test_words();
    test_telling();
    test_all_skin();
    test_no_angle();
    test_glasses();
    test_little_face();
    test_nothing();
    test_white_shirt();
    test_greyscale();
    test_stamped();
    test_toned();
    test_only_masks();
    test_white_balance();
    test_garments();
    test_doubt();
    test_halves();
    test_noise();
    test_folder_remove();
    return test_end();
}
