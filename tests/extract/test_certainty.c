// The IoU that a network expects of its regions, and the chance that follows from it.
#include <string.h>

#include "extract/certainty.h"
#include "extract/extract.h"
#include "test.h"

enum { SIDE = 16, CLASSES = 4, AREA = SIDE * SIDE };

static float answer[AREA * CLASSES];
static uint8_t labels[AREA], mask[AREA];

// The left half is clothes with probability p, the right half background, but clothes with q.
static void fill(float p, float q)
{
    memset(answer, 0, sizeof answer);
    for (size_t i = 0; i < AREA; i++) {
        const int left = i % SIDE < SIDE / 2;
        const float clothes = left ? p : q;
        labels[i] = left ? 3 : 0;
        answer[CLASSES * i + 3] = clothes;
        answer[CLASSES * i] = 1 - clothes;
    }
}

// The left half is a dress, with probability 0.6.
static void test_garments(struct swatch_session *session, swatch_result *r)
{
    const struct seen seen = {.width = SIDE, .height = SIDE};
    swatch_garment dress = {.class_index = 3, .or_class_index = 3, .probability = (double)NAN};
    uint8_t garment_of[AREA];
    swatch_error error;
    strcpy(r->classes.names[2], "coat");
    strcpy(r->classes.names[3], "dress");
    result_count(r);
    fill(0.6f, 0.2f);
    for (size_t i = 0; i < AREA; i++)
        garment_of[i] = labels[i] == 3;
    r->garment_of = (struct image){SIDE, SIDE, 1, garment_of};
    r->garments = &dress;
    r->garment_count = 1;
    session->answer = NULL;
    CHECK(certainty_of_garments(session, &seen, r, &error) == 0 && isnan(dress.probability));
    // What it may be instead must be clothes, and have half of the probability.
    session->answer = answer;
    CHECK(certainty_of_garments(session, &seen, r, &error) == 0);
    CHECK_NEAR(dress.probability, 0.6, 1e-6);
    CHECK(dress.or_class_index == 3 && dress.or_probability == 0);
    for (size_t i = 0; i < AREA; i++)
        answer[CLASSES * i + 2] = 0.31f;
    CHECK(certainty_of_garments(session, &seen, r, &error) == 0);
    CHECK_NEAR(dress.probability, 0.6, 1e-6);
    CHECK(dress.or_class_index == 2);
    CHECK_NEAR(dress.or_probability, 0.31, 1e-6);
    r->garments = NULL;
    r->garment_count = 0;
}

int main(void)
{
    struct model model = {.has_certainty = 1,
                          .certainty = {[SWATCH_CLOTHES] = {0.5, 2}, [SWATCH_SKIN] = {1, 1}}};
    const struct swatch_model shared = {.file = &model};
    struct swatch_session session = {.model = &shared,
                                     .answer = answer,
                                     .answer_width = SIDE,
                                     .answer_box = {.width = SIDE, .height = SIDE}};
    swatch_result *r = calloc(1, sizeof *r);
    struct seen seen = {.width = SIDE, .height = SIDE};
    if (!r)
        return 1;
    r->classes.count = CLASSES;
    static const char *const names[CLASSES] = {"background", "skin", "hair", "clothes"};
    for (size_t i = 0; i < CLASSES; i++)
        strcpy(r->classes.names[i], names[i]);
    r->photo = (struct image){SIDE, SIDE, 3, NULL};
    r->labels = (struct image){SIDE, SIDE, 1, labels};

    fill(0.9f, 0.2f);
    result_count(r);
    CHECK(isnan(r->confidence[SWATCH_CLOTHES]) && r->pixels[SWATCH_CLOTHES] == AREA / 2);
    certainty_measure(&session, &seen, r);
    // 0.9 of the half that is labelled, over that half and 0.2 of the other.
    const double expected = 0.9 / (1 + 0.2);
    CHECK_NEAR(r->expected[SWATCH_CLOTHES], expected, 1e-6);
    CHECK_NEAR(r->confidence[SWATCH_CLOTHES],
               1 / (1 + exp(-(0.5 + 2 * log(expected / (1 - expected))))), 1e-6);
    CHECK(isnan(r->expected[SWATCH_SKIN]) && isnan(r->confidence[SWATCH_SKIN]));

    // What the mask rules out counts neither way.
    for (size_t i = 0; i < AREA; i++)
        mask[i] = i % SIDE < SIDE / 2;
    seen.mask = mask;
    certainty_measure(&session, &seen, r);
    CHECK_NEAR(r->expected[SWATCH_CLOTHES], 0.9, 1e-6);

    // A model that was not measured, and one whose answers are colors.
    model.has_certainty = 0;
    certainty_measure(&session, &seen, r);
    CHECK_NEAR(r->expected[SWATCH_CLOTHES], 0.9, 1e-6);
    CHECK(isnan(r->confidence[SWATCH_CLOTHES]));
    session.answer = NULL;
    certainty_measure(&session, &seen, r);
    CHECK(isnan(r->expected[SWATCH_CLOTHES]));

    // The extremes stay finite.
    session.answer = answer;
    model.has_certainty = 1;
    seen.mask = NULL;
    fill(1, 0);
    certainty_measure(&session, &seen, r);
    CHECK(r->expected[SWATCH_CLOTHES] == 1 && r->confidence[SWATCH_CLOTHES] > 0.999);
    test_garments(&session, r);
    free(r);
    return test_end();
}
