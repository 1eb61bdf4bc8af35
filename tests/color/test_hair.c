// Hair classes of clear colors, and the confidence for mixtures.
#include "color/hair.h"
#include "test.h"

static const struct {
    const char *what;
    uint8_t rgb[3];
    const char *class;
} known[] = {
    {"black", {0x12, 0x10, 0x11}, "black"},       {"black in the sun", {0x3a, 0x3a, 0x40}, "black"},
    {"blue-black", {0x18, 0x1c, 0x28}, "black"},  {"dark brown", {0x3b, 0x28, 0x20}, "brown"},
    {"brown", {0x55, 0x3c, 0x2a}, "brown"},       {"light brown", {0x70, 0x55, 0x40}, "brown"},
    {"dark blond", {0x9a, 0x7c, 0x52}, "blond"},  {"blond", {0xd8, 0xb8, 0x84}, "blond"},
    {"platinum", {0xee, 0xe0, 0xc6}, "blond"},    {"ginger", {0xb0, 0x58, 0x2c}, "red"},
    {"copper", {0xb4, 0x6c, 0x30}, "red"},        {"golden brown", {0x7a, 0x58, 0x28}, "brown"},
    {"auburn", {0x6a, 0x2c, 0x1c}, "red"},        {"grey", {0x8c, 0x8b, 0x8a}, "grey/white"},
    {"silver", {0xc4, 0xc6, 0xc8}, "grey/white"}, {"white", {0xf0, 0xef, 0xee}, "grey/white"},
    {"blue", {0x30, 0x58, 0xb0}, "dyed/other"},   {"pink", {0xe4, 0x7c, 0xb0}, "dyed/other"},
    {"green", {0x3c, 0x9c, 0x58}, "dyed/other"},  {"violet", {0x70, 0x40, 0x98}, "dyed/other"},
};

static void test_known(void)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const struct hair_class class = hair_classify(known[i].rgb, 1);
        if (strcmp(class.name, known[i].class) != 0)
            fprintf(stderr, "%s: %s\n", known[i].what, class.name);
        CHECK_STRING(class.name, known[i].class);
        CHECK(class.confidence == 1);
    }
}

static void test_mixture(void)
{
    enum { PIXELS = 100000 };
    static const uint8_t grey[3] = {0x8c, 0x8b, 0x8a}, brown[3] = {0x55, 0x3c, 0x2a};
    uint8_t *pixels = malloc(3 * PIXELS);
    for (size_t i = 0; i < PIXELS; i++) // three of ten are grey, well mixed
        memcpy(pixels + 3 * i, i * 7 % 10 < 3 ? grey : brown, 3);
    const struct hair_class class = hair_classify(pixels, PIXELS);
    CHECK_STRING(class.name, "brown");
    CHECK_NEAR(class.confidence, 0.7, 0.1);
    free(pixels);
}

// A main color has the word of its class; black in hair that is not black is shade.
static void test_words(void)
{
    const struct rgb brown = {0x55, 0x3c, 0x2a}, black = {0x0a, 0x08, 0x08};
    CHECK_STRING(hair_word(brown, "brown"), "brown");
    CHECK_STRING(hair_word(brown, "black"), "brown");
    CHECK_STRING(hair_word(black, "black"), "black");
    CHECK_STRING(hair_word(black, "blond"), "shade");
    CHECK_STRING(hair_word(black, NULL), "black");
}

int main(void)
{
    test_known();
    test_mixture();
    test_words();
    return test_end();
}
