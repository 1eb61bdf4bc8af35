// Recipes: what is out of range is refused, and two texts are the same only for the same recipe.

#include "test.h"
#include "train/clothes/trainer.h"
#include "train/recipe.h"

static swatch_error error;

static struct recipe good(void)
{
    return (struct recipe){.generator = "keras-gan",
                           .filters = 8,
                           .discriminator_filters = 8,
                           .pixel_weight = 1,
                           .gan_weight = 1,
                           .height = 384,
                           .width = 256,
                           .batch = 4,
                           .classes = 4,
                           .steps = 1000,
                           .seed = 1,
                           .rate = 1e-3f,
                           .beta1 = 0.9f,
                           .beta2 = 0.999f,
                           .encoder_rate = 1,
                           .augmentation = {.scale_low = 1, .scale_high = 1}};
}

#define REFUSED(setting, reason)                                                                   \
    do {                                                                                           \
        struct recipe r = good();                                                                  \
        setting;                                                                                   \
        CHECK(recipe_check(&r, &error) == SWATCH_USAGE);                                           \
        CHECK(strstr(error.message, reason));                                                      \
    } while (0)

static void test_check(void)
{
    const struct recipe start = good();
    CHECK(recipe_check(&start, &error) == 0);
    REFUSED(strcpy(r.generator, "unet"), "\"unet\"");
    REFUSED(r.height = 0, "multiples of 128");
    REFUSED(r.height = 320, "256x320");
    REFUSED(r.width = 192, "192x384");
    REFUSED(r.width = 8320, "8192");
    REFUSED((strcpy(r.generator, "pix2pix"), r.width = 64), "multiples of 128");
    REFUSED((strcpy(r.generator, "lite-unet"), r.width = 48), "multiples of 32");
    REFUSED(r.batch = 0, "batch of 0");
    REFUSED(r.batch = 5000, "batch of 5000");
    REFUSED(r.classes = 1, "classes");
    REFUSED(r.classes = 65, "classes");
    REFUSED(r.filters = 1025, "1024");
    REFUSED(r.discriminator_filters = 1025, "1024");
    REFUSED(r.discriminator_filters = 0, "at least one filter");
    REFUSED(r.steps = 0, "at least one step");
    REFUSED(r.rate = -1, "at least 0");
    REFUSED(r.rate = NAN, "at least 0");
    REFUSED(r.pixel_weight = INFINITY, "at least 0");
    REFUSED(r.gan_weight = NAN, "at least 0");
    REFUSED(r.decay = -0.5f, "at least 0");
    REFUSED(r.warmup = 1, "below 1");
    REFUSED(r.beta1 = 1, "below 1");
    REFUSED(r.beta2 = -0.1f, "below 1");
    REFUSED(r.average_decay = NAN, "below 1");
    REFUSED(r.encoder_rate = 1.5f, "encoder rate of 1.5");
    REFUSED(r.encoder_rate = 0, "encoder rate of 0");
    REFUSED(r.encoder_rate = NAN, "encoder rate");
    REFUSED((strcpy(r.generator, "pix2pix"), r.encoder_rate = 0.5f), "no encoder");
    REFUSED(r.augmentation.color = NAN, "augmentation");
    REFUSED(r.region_weight = -1, "at least 0");
    REFUSED(r.class_balance = 1.5f, "balance of 1.5");
    REFUSED((r.rgb = 1, r.region_weight = 1), "for class scores");

    // Without a discriminator its size does not matter; 512x768 suits all.
    static const char *const names[] = {"keras-gan", "pix2pix", "lite-unet"};
    for (size_t i = 0; i < 3; i++) {
        struct recipe r = good();
        strcpy(r.generator, names[i]);
        r.gan_weight = 0;
        r.discriminator_filters = 0;
        r.filters = 0;
        r.width = 512;
        r.height = 768;
        CHECK(recipe_check(&r, &error) == 0);
    }
    struct recipe r = good();
    strcpy(r.generator, "lite-unet");
    r.width = r.height = 32;
    CHECK(recipe_check(&r, &error) == 0);
    strcpy(r.generator, "lite2-unet");
    r.encoder_rate = 0.5f;
    CHECK(recipe_check(&r, &error) == 0);
}

static char *text_of(const struct recipe *r)
{
    char *text = recipe_text(r);
    if (!text)
        exit(1);
    return text;
}

#define DIFFERS(setting, difference)                                                               \
    do {                                                                                           \
        struct recipe r = good();                                                                  \
        setting;                                                                                   \
        char *a = text_of(&start), *b = text_of(&r);                                               \
        CHECK(strcmp(a, b) != 0);                                                                  \
        recipe_difference(a, b, text);                                                             \
        CHECK_STRING(text, difference);                                                            \
        free(a);                                                                                   \
        free(b);                                                                                   \
    } while (0)

// Classes of 80, 16, 4 and 0 percent under a balance of one half: the square roots of 1.25, 6.25,
// 25 and, for want of a pixel, of as if there were one; over their mean by pixel, the sum of the
// shares' square roots.
static void test_balance(void)
{
    static const uint64_t pixels[4] = {800000, 160000, 40000, 0};
    static const uint8_t colors[4][3];
    struct recipe r = good();
    struct trainer t;
    r.class_balance = 0.5f;
    r.gan_weight = 0;
    r.height = r.width = 128;
    r.batch = 1;
    CHECK(trainer_new(&r, colors, &t, &error) == 0);
    trainer_balance(&t, pixels);
    const double mean = sqrt(0.8) + sqrt(0.16) + sqrt(0.04);
    CHECK_NEAR((double)t.class_weights[0], sqrt(1.25) / mean, 1e-5);
    CHECK_NEAR((double)t.class_weights[1], 2.5 / mean, 1e-5);
    CHECK_NEAR((double)t.class_weights[2], 5 / mean, 1e-5);
    CHECK(t.class_weights[3] == TRAINER_WEIGHT_MAX);
    trainer_free(&t);
}

static void test_text(void)
{
    const struct recipe start = good(), twin = good();
    char text[RECIPE_DIFFERENCE];
    char *one = text_of(&start), *two = text_of(&twin);
    CHECK_STRING(one, two);
    CHECK(!strchr(one, '\n'));
    recipe_difference(one, two, text);
    CHECK_STRING(text, "");
    free(one);
    free(two);
    DIFFERS(strcpy(r.generator, "pix2pix"), "generator (there \"keras-gan\", here \"pix2pix\")");
    DIFFERS(r.rgb = 1, "rgb (there false, here true)");
    DIFFERS(r.filters = 9, "filters (there 8, here 9)");
    DIFFERS(r.discriminator_filters = 9, "discriminator_filters (there 8, here 9)");
    DIFFERS(r.patchgan = 1, "patchgan (there false, here true)");
    DIFFERS(r.logistic = 1, "logistic (there false, here true)");
    DIFFERS(r.pixel_weight = 1.000001f, "pixel_weight (there 1.0, here 1.000001)");
    DIFFERS(r.gan_weight = 0.5f, "gan_weight (there 1.0, here 0.5)");
    DIFFERS(r.region_weight = 0.5f, "region_weight (there absent, here 0.5)");
    DIFFERS(r.class_balance = 0.5f, "class_balance (there absent, here 0.5)");
    DIFFERS(r.encoder_rate = 0.25f, "encoder_rate (there absent, here 0.25)");
    DIFFERS(r.height = 256, "height (there 384, here 256)");
    DIFFERS(r.width = 128, "width (there 256, here 128)");
    DIFFERS(r.batch = 5, "batch (there 4, here 5)");
    DIFFERS(r.classes = 5, "classes (there 4, here 5)");
    DIFFERS(r.steps = 1001, "steps (there 1000, here 1001)");
    DIFFERS(r.seed = 2, "seed (there 1, here 2)");
    DIFFERS(r.beta1 = 0.5f, "beta1 (there 0.9, here 0.5)");
    DIFFERS(r.beta2 = 0.5f, "beta2 (there 0.999, here 0.5)");
    DIFFERS(r.decay = 0.5f, "decay (there 0.0, here 0.5)");
    DIFFERS(r.warmup = 0.5f, "warmup (there 0.0, here 0.5)");
    DIFFERS(r.cosine = 1, "cosine (there false, here true)");
    DIFFERS(r.average_decay = 0.5f, "average_decay (there 0.0, here 0.5)");
    DIFFERS(r.dtype = DTYPE_BF16, "precision (there \"f32\", here \"bf16\")");
    DIFFERS(r.augmentation.flip = 1, "flip (there false, here true)");
    DIFFERS(r.augmentation.scale_low = 0.5f, "scale_low (there 1.0, here 0.5)");
    DIFFERS(r.augmentation.scale_high = 2, "scale_high (there 1.0, here 2.0)");
    DIFFERS(r.augmentation.rotation = 2, "rotation (there 0.0, here 2.0)");
    DIFFERS(r.augmentation.color = 2, "color (there 0.0, here 2.0)");
    DIFFERS(r.augmentation.close_ups = 0.25f, "close_ups (there 0.0, here 0.25)");
    DIFFERS(r.augmentation.persons = 0.5f, "persons (there 0.0, here 0.5)");
    DIFFERS(r.augmentation.close_scale = 2, "close_scale (there 0.0, here 2.0)");
    DIFFERS((r.batch = 2, r.rate = 0.5f), "batch (there 4, here 2), rate (there 0.001, here 0.5)");
}

// Warmup rises in a straight line to the full rate, the cosine falls from it to 0; by hand.
static void test_rate(void)
{
    struct recipe r = good();
    r.rate = 2;
    CHECK_NEAR((double)trainer_rate(&r, 0), 2, 0);
    CHECK_NEAR((double)trainer_rate(&r, 999), 2, 0);
    r.warmup = 0.1f; // 100 steps
    CHECK_NEAR((double)trainer_rate(&r, 0), 2.0 / 101, 1e-6);
    CHECK_NEAR((double)trainer_rate(&r, 49), 100.0 / 101, 1e-6);
    CHECK_NEAR((double)trainer_rate(&r, 500), 2, 0);
    r.cosine = 1;
    CHECK_NEAR((double)trainer_rate(&r, 550), 1, 1e-5); // half-way between 100 and 1000
    CHECK_NEAR((double)trainer_rate(&r, 325), 1 + sqrt(0.5), 1e-5);
    CHECK(trainer_rate(&r, 999) < 1e-5f && trainer_rate(&r, 999) > 0);
    CHECK_NEAR((double)trainer_rate(&r, 1000), 0, 1e-7);
}

int main(void)
{
    test_check();
    test_text();
    test_balance();
    test_rate();
    return test_end();
}
