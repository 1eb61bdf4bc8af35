// Pieces that become part of a garment, and those that stay.

#include "extract/extract.h"
#include "extract/whole.h"
#include "test.h"

enum { SIDE = 40, AREA = SIDE * SIDE };
enum { BACKGROUND, SKIN, HAIR, COAT, DRESS, BELT, CLASSES };

static float answer[AREA * CLASSES];

// A block of a class, which the network gives `other` with probability p, and its own with 0.5.
static void block(swatch_result *r, size_t left, size_t top, size_t width, size_t height,
                  uint8_t label, size_t other, float p)
{
    for (size_t y = top; y < top + height; y++)
        for (size_t x = left; x < left + width; x++) {
            const size_t i = y * SIDE + x;
            r->labels.pixels[i] = label;
            memset(answer + i * CLASSES, 0, CLASSES * sizeof *answer);
            answer[i * CLASSES + other] = p;
            answer[i * CLASSES + label] = 0.5f;
        }
}

static uint8_t at(const swatch_result *r, size_t x, size_t y)
{
    return r->labels.pixels[y * SIDE + x];
}

int main(void)
{
    static const char *const names[CLASSES] = {"background", "skin",  "hair",
                                               "coat",       "dress", "belt"};
    struct swatch_session session = {
        .answer = answer, .answer_width = SIDE, .answer_box = {.width = SIDE, .height = SIDE}};
    const struct seen seen = {.width = SIDE, .height = SIDE};
    swatch_error error = {0};
    swatch_result *r = calloc(1, sizeof *r);
    if (!r || image_new(&r->photo, SIDE, SIDE, 3, &error) ||
        image_new(&r->labels, SIDE, SIDE, 1, &error))
        return 1;
    memset(r->photo.pixels, 0, 3UL * AREA);
    memset(r->labels.pixels, 0, AREA);
    r->classes.count = CLASSES;
    for (size_t k = 0; k < CLASSES; k++)
        strcpy(r->classes.names[k], names[k]);
    block(r, 10, 0, 20, 30, COAT, DRESS, 0.3f); // 600 pixels but for what lies on it
    block(r, 5, 0, 5, 10, DRESS, COAT, 0.2f);   // a sleeve, half doubted
    block(r, 30, 0, 5, 10, DRESS, COAT, 0.1f);  // a sleeve that the network is sure of
    block(r, 12, 12, 10, 2, BELT, COAT, 0.1f);
    block(r, 14, 20, 4, 4, SKIN, COAT, 0.4f);
    block(r, 10, 30, 20, 5, DRESS, COAT, 0.4f); // a sixth of the coat: has a size of its own
    block(r, 0, 20, 4, 4, DRESS, COAT, 0.4f);   // touches nothing
    block(r, 23, 2, 4, 2, BELT, DRESS, 0.4f);   // no dress is next to it
    block(r, 3, 0, 2, 2, BELT, DRESS, 0.4f);    // is the sleeve's, which is the coat's
    result_count(r);
    const size_t clothes = r->pixels[SWATCH_CLOTHES];

    // An answer in colors says nothing.
    session.answer = NULL;
    CHECK(whole_make(&session, &seen, r, &error) == 0 && at(r, 6, 5) == DRESS);
    session.answer = answer;
    CHECK(whole_make(&session, &seen, r, &error) == 0);
    CHECK(at(r, 6, 5) == COAT && at(r, 9, 9) == COAT);
    CHECK(at(r, 32, 5) == DRESS);
    CHECK(at(r, 13, 12) == BELT && at(r, 15, 22) == SKIN);
    CHECK(at(r, 15, 32) == DRESS && at(r, 1, 21) == DRESS && at(r, 24, 3) == BELT);
    CHECK(at(r, 3, 1) == COAT);
    CHECK(at(r, 20, 5) == COAT && at(r, 0, 0) == BACKGROUND);
    r->pixels[SWATCH_CLOTHES] = 0;
    r->pixels[SWATCH_SKIN] = 0;
    result_count(r);
    CHECK(r->pixels[SWATCH_CLOTHES] == clothes && r->pixels[SWATCH_SKIN] == 16);
    result_free(r);
    return test_end();
}
