// Letterboxes worked out by hand.
#include "image/letterbox.h"
#include "test.h"

static void check(const size_t sides[4], const size_t want[4])
{
    struct letterbox box;
    letterbox_fit(sides[0], sides[1], sides[2], sides[3], &box);
    CHECK(box.left == want[0] && box.top == want[1] && box.width == want[2] &&
          box.height == want[3]);
}

int main(void)
{
    static const size_t cases[][2][4] = {
        // photo, canvas; left, top, width, height
        {{550, 825, 256, 384}, {0, 0, 256, 384}},
        {{550, 830, 256, 384}, {1, 0, 254, 384}}, // 550 * 384 / 830 = 254.46
        {{400, 300, 256, 384}, {0, 96, 256, 192}},
        {{100, 101, 100, 100}, {0, 0, 99, 100}}, // an odd remainder: the border is at the right
        {{4, 8, 256, 384}, {32, 0, 192, 384}},   // enlarged
        {{1, 1, 256, 384}, {0, 64, 256, 256}},
        {{100000, 1, 256, 384}, {0, 191, 256, 1}},
        {{1, 100000, 256, 384}, {127, 0, 1, 384}},
        {{7, 5, 7, 5}, {0, 0, 7, 5}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(cases[i][0], cases[i][1]);
    return test_end();
}
