// Checks pixels, masks and boxes when people are pasted in front of others.
#include <string.h>

#include "test.h"
#include "train/people/scene_paste.h"

#define SIDE 40

// A person as a filled rectangle.
static struct instance person(size_t x, size_t y, size_t width, size_t height, uint8_t *mask)
{
    memset(mask, 255, width * height);
    return (struct instance){.box = {(float)x, (float)y, (float)(x + width), (float)(y + height)},
                             .x = x,
                             .y = y,
                             .width = width,
                             .height = height,
                             .mask = mask};
}

static void test_paste(void)
{
    static float photo[SIDE * SIDE * 3], other[SIDE * SIDE * 3];
    static uint8_t masks[7][SIDE * SIDE];
    struct scene scene = {.photo = photo, .count = 4}, people = {.photo = other, .count = 3};
    for (size_t i = 0; i < SIDE * SIDE * 3; i++) {
        photo[i] = 0.25f;
        other[i] = -0.5f;
    }
    scene.instances[0] = person(0, 0, 20, 20, masks[0]);   // loses its lower half
    scene.instances[1] = person(2, 12, 6, 6, masks[1]);    // is hidden wholly
    scene.instances[2] = person(0, 9, 10, 10, masks[2]);   // one row of ten is left
    scene.instances[3] = person(30, 30, 10, 10, masks[3]); // is far away
    people.instances[0] = person(0, 10, 25, 10, masks[4]);
    people.instances[1] = person(30, 30, 10, 10, masks[5]);
    people.instances[1].ignore = 1; // is not pasted
    people.instances[2] = person(39, 0, 1, 40, masks[6]);
    scene_paste(&scene, photo, SIDE, &people);

    CHECK(scene.count == 5);
    const struct instance *a = &scene.instances[0], *b = &scene.instances[1];
    CHECK(!a->ignore && a->box[0] == 0 && a->box[1] == 0 && a->box[2] == 20 && a->box[3] == 10);
    CHECK(a->mask[9 * 20] == 255 && a->mask[10 * 20] == 0);
    CHECK(b->ignore && b->box[1] == 9 && b->box[3] == 10);
    CHECK(!scene.instances[2].ignore && scene.instances[2].box[2] == 39);
    CHECK(scene.instances[3].mask == masks[4] && scene.instances[4].mask == masks[6]);
    CHECK(photo[(10 * SIDE + 24) * 3] == -0.5f && photo[(10 * SIDE + 25) * 3] == 0.25f);
    CHECK(photo[(35 * SIDE + 35) * 3] == 0.25f && photo[(35 * SIDE + 39) * 3 + 2] == -0.5f);
}

// A scene keeps no more people than it has room for.
static void test_full(void)
{
    static float photo[SIDE * SIDE * 3];
    static uint8_t masks[2 * SCENE_INSTANCES_MAX][4];
    struct scene scene = {.photo = photo}, people = {.photo = photo};
    for (size_t i = 0; i < SCENE_INSTANCES_MAX; i++) {
        people.instances[people.count++] = person(2 * (i % 20), 2 * (i / 20), 2, 2, masks[2 * i]);
        scene.instances[i] = person(2 * (i % 20), 20 + 2 * (i / 20), 2, 2, masks[2 * i + 1]);
    }
    scene.count = SCENE_INSTANCES_MAX - 3;
    scene_paste(&scene, photo, SIDE, &people);
    CHECK(scene.count == SCENE_INSTANCES_MAX);
}

int main(void)
{
    test_paste();
    test_full();
    return test_end();
}
