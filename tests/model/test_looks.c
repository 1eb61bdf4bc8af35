// Two looks at a photo: how their lists become one, and a model that looks twice.
#include "model/looks.h"

#include "folder.h"
#include "model/people.h"
#include "test.h"
#include "tiny_person.h"

// A detection of a box that starts at x and is 10 wide and high.
static struct detection at(float x, float score, size_t label)
{
    return (struct detection){.box = {x, 0, x + 10, 10},
                              .score = score,
                              .label = label,
                              .cells = calloc(1, sizeof(float))};
}

// The list with copies of so many detections, to be given away.
static struct detection *list(const struct detection *from, size_t count)
{
    struct detection *copy = malloc(count * sizeof *copy);
    memcpy(copy, from, count * sizeof *copy);
    return copy;
}

static const struct detection *find(const struct detection *found, size_t count, float x,
                                    size_t label)
{
    for (size_t i = 0; i < count; i++)
        if (found[i].box[0] == x && found[i].label == label)
            return &found[i];
    return NULL;
}

// One is found by both at a shift that leaves an overlap of 0.67, one by each alone; of another
// label at the same place is another; of two that the second look found where the first found one,
// the better counts; and one that overlaps two is the one that it overlaps more, though the other
// is the better.
static void test_merge(void)
{
    size_t count;
    const struct detection first[] = {at(0, 0.9f, 1), at(400, 0.9f, 1), at(403.4f, 0.8f, 1),
                                      at(100, 0.6f, 1), at(200, 0.5f, 1)};
    const struct detection closer[] = {at(201, 0.8f, 1),    at(2, 0.7f, 1), at(300, 0.4f, 1),
                                       at(401.9f, 0.4f, 1), at(0, 0.3f, 2), at(1, 0.2f, 1)};
    struct detection *merged = looks_merge(list(first, 5), 5, list(closer, 6), 6, 0.5f, &count);
    static const struct {
        float x;
        size_t label;
        float score;
    } expected[] = {{0, 1, 0.8f},  {100, 1, 0.3f},  {201, 1, 0.65f},  {300, 1, 0.2f},
                    {0, 2, 0.15f}, {400, 1, 0.45f}, {403.4f, 1, 0.6f}};
    CHECK(count == 7);
    for (size_t i = 0; i < 7; i++) {
        const struct detection *d = find(merged, count, expected[i].x, expected[i].label);
        CHECK(d && d->cells && d->score > expected[i].score - 1e-6f &&
              d->score < expected[i].score + 1e-6f);
    }
    detections_free(merged, count);
    merged = looks_merge(NULL, 0, list(first, 0), 0, 0.5f, &count);
    CHECK(merged && count == 0);
    detections_free(merged, count);
}

static void test_want(void)
{
    struct detection d = {.box = {10, 10, 50, 50}, .score = 0.9f};
    CHECK(looks_want_closer(NULL, 0, 100, 100));
    CHECK(looks_want_closer(&d, 1, 100, 100));
    CHECK(!looks_want_closer(&d, 1, 50, 100) && !looks_want_closer(&d, 1, 100, 50));
    CHECK(looks_want_closer(&d, 1, 51, 51));
    d.score = 0.4f;
    CHECK(looks_want_closer(&d, 1, 50, 50));
}

// What a model of that surety and closer look finds in a photo of nothing, so wide and 256 high.
static struct detection *detect(float surety, size_t closer, size_t width, float least_score,
                                size_t *count)
{
    const char *path = test_path("model.safetensors");
    const struct model_options options = {.precision = MODEL_F32};
    struct model *model = NULL;
    struct runner *runner = NULL;
    struct detection *found = NULL;
    struct image photo;
    swatch_error error = {0};
    tiny_person_looking(path, surety, closer);
    if (image_new(&photo, width, 256, 3, &error) || model_open(path, &options, &model, &error) ||
        runner_new(model, &runner, &error) ||
        people_run(runner, &photo, least_score, &found, count, &error))
        CHECK_STRING(error.message, "");
    runner_free(runner);
    model_free(model);
    image_free(&photo);
    return found;
}

// All scores are 0.38, so nobody is large enough. Seen at 128x128 half the boxes are the ones seen
// at 64x64, a level up, and keep their score; the others get half, and so do those of one look.
static void test_detector(void)
{
    size_t one_count, both_count, all_count, sure_count;
    struct detection *one = detect(-0.25f, 0, 256, 0.3f, &one_count);
    struct detection *both = detect(-0.25f, 128, 256, 0.3f, &both_count);
    struct detection *all = detect(-0.25f, 128, 256, 0.15f, &all_count);
    CHECK(one_count > 0 && both_count > 0 && both_count < all_count && all_count <= 8);
    for (size_t i = 0; i < all_count; i++) {
        const float score = i < both_count ? 0.3775f : 0.3775f / 2;
        CHECK(all[i].score > score - 1e-3f && all[i].score < score + 1e-3f && all[i].mask);
    }
    for (size_t i = 0; i < both_count; i++) {
        size_t same = 0;
        for (size_t k = 0; k < both_count; k++)
            same += memcmp(all[k].box, both[i].box, sizeof both[i].box) == 0;
        CHECK(same == 1);
    }
    // Somebody as wide as the photo is found at once: no second look.
    struct detection *sure = detect(1, 128, 128, 0.05f, &sure_count);
    CHECK(sure_count > 0);
    for (size_t i = 0; i < sure_count; i++)
        CHECK(sure[i].score > 0.88f);
    detections_free(one, one_count);
    detections_free(both, both_count);
    detections_free(all, all_count);
    detections_free(sure, sure_count);
}

int main(void)
{
    test_folder_make();
    test_merge();
    test_want();
    test_detector();
    test_folder_remove();
    return test_end();
}
