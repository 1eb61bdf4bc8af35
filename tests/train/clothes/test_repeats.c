// Compares how often photos are repeated with the formula worked out by hand.
#include "test.h"
#include "train/clothes/repeats.h"

#define PHOTOS 100
#define CLASSES 4

int main(void)
{
    // Class 0 is everywhere, 1 in every second photo, 2 in the first four, 3 in none.
    uint8_t present[PHOTOS * CLASSES] = {0}, repeats[PHOTOS];
    for (size_t i = 0; i < PHOTOS; i++) {
        present[i * CLASSES] = 1;
        present[i * CLASSES + 1] = i % 2;
        present[i * CLASSES + 2] = i < 4;
    }
    repeats_of(present, PHOTOS, CLASSES, 0.25f, repeats); // sqrt(0.25 / 0.04) = 2.5, rounded up
    for (size_t i = 0; i < PHOTOS; i++)
        CHECK(repeats[i] == (i < 4 ? 3 : 1));
    repeats_of(present, PHOTOS, CLASSES, 0.04f, repeats);
    for (size_t i = 0; i < PHOTOS; i++)
        CHECK(repeats[i] == 1);
    for (size_t i = 1; i < 4; i++)
        present[i * CLASSES + 2] = 0;
    repeats_of(present, PHOTOS, CLASSES, 1, repeats); // sqrt(1 / 0.01) = 10, sqrt(1 / 0.5) = 1.4
    CHECK(repeats[0] == 10 && repeats[1] == 1 && repeats[50] == 1);
    uint8_t rare[400] = {1}, often[400];
    repeats_of(rare, 400, 1, 1, often); // sqrt(400) = 20 is more than REPEATS_MAX
    CHECK(often[0] == REPEATS_MAX && often[1] == 1);
    return test_end();
}
