// Tests the table of options (limits, defaults, texts) and what a network refuses.

#include "test.h"
#include "tiny.h"
#include "train/task.h"

static swatch_error error;

static struct recipe good(void)
{
    struct recipe recipe = tiny_clothes_recipe();
    recipe.filters = recipe.discriminator_filters = 8;
    recipe.gan_weight = 1;
    recipe.height = 384;
    recipe.width = 256;
    recipe.batch = 4;
    recipe.steps = 1000;
    recipe.seed = 1;
    return recipe;
}

// Each number outside its limits is refused, with its name and the limits.
static void test_limits(void)
{
    static const char *const wrong[][3] = {
        {"height", "0", "height must be a whole number from 1 to 8192, not 0"},
        {"width", "8320", "8192"},
        {"width", "1e3", "whole number"},
        {"batch", "0", "from 1 to 4096"},
        {"batch", "5000", "from 1 to 4096"},
        {"batch", "-1", "whole number"},
        {"batch", "", "whole number"},
        {"filters", "1025", "1024"},
        {"discriminator-filters", "1025", "1024"},
        {"discriminator-filters", "0", "from 1"},
        {"steps", "0", "from 1"},
        {"steps", "99999999999999999999999", "from 1"},
        {"rate", "-1", "rate must be a number from 0 to 10, not -1"},
        {"rate", "nan", "a number"},
        {"rate", "0,5", "a number"},
        {"rate", "1 ", "a number"},
        {"pixel-weight", "inf", "a number"},
        {"gan-weight", "x", "a number"},
        {"decay", "-0.5", "from 0"},
        {"warmup", "1", "to below 1"},
        {"beta1", "1", "beta1 must be a number from 0 to below 1, not 1"},
        {"beta2", "-0.1", "to below 1"},
        {"average-decay", "1.5", "to below 1"},
        {"encoder-rate", "1.5", "above 0 to 1"},
        {"encoder-rate", "0", "above 0 to 1"},
        {"region-weight", "-1", "from 0"},
        {"class-balance", "1.5", "from 0 to 1"},
        {"color", "nan", "a number"},
        {"scale", "2,1", "LOW,HIGH from 0.1 to 10"},
        {"scale", "1", "LOW,HIGH"},
        {"scale", "0.05,1", "LOW,HIGH"},
        {"scale", "1,2,3", "LOW,HIGH"},
        {"output", "rg", "one of scores|rgb, not rg"},
        {"output", "", "one of scores|rgb"},
        {"output", "scores|rgb", "one of scores|rgb"},
        {"resume", "1", "yes or no"},
        {"generator", "a-name-that-is-longer-than-any-there-is", "none of that name"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct train_options o = {0};
        const struct field *f = field_find(wrong[i][0]);
        CHECK(f && field_set(f, &o, wrong[i][1], &error) == SWATCH_USAGE);
        CHECK(strstr(error.message, wrong[i][0]) == error.message);
        if (!strstr(error.message, wrong[i][2]))
            fprintf(stderr, "%s %s: %s\n", wrong[i][0], wrong[i][1], error.message);
        CHECK(strstr(error.message, wrong[i][2]));
    }
}

// Every default is within its limits. A field that is set from a text gives that text again.
static void test_fields(void)
{
    static const struct task *const tasks[] = {&task_clothes, &task_people};
    for (size_t t = 0; t < 2; t++) {
        struct train_options o = {.task = tasks[t]};
        CHECK(options_default(&o, &error) == 0);
        CHECK(o.recipe.rate == 1e-3f && o.recipe.beta2 == 0.999f && o.hold_out == 10);
        CHECK(o.recipe.height == (t ? 448 : 384) && o.recipe.augmentation.flip == 1);
        CHECK(o.recipe.augmentation.scale_high == (t ? 1.75f : 1.8f) && o.cache_mb == 2048);
        CHECK(o.recipe.dtype == PRECISION_AUTO && o.recipe.cosine == 1 && !o.dataset);
        char *text = options_text(&o, ~0);
        CHECK(text && strstr(text, "\"rate\":0.001,") && strstr(text, "\"schedule\":\"cosine\""));
        CHECK(text && (strstr(text, "filters") != NULL) == !t);
        CHECK(text && (strstr(text, "ccp-share") != NULL) == (t == 1));
        CHECK(text && strstr(text, t ? "\"scale\":[0.75,1.75]" : "\"scale\":[0.8,1.8]"));
        free(text);
    }
    for (size_t i = 0; field_at(i); i++)
        for (size_t k = 0; k < i; k++)
            CHECK(strcmp(field_at(i)->option.name, field_at(k)->option.name) != 0 &&
                  field_at(i)->offset != field_at(k)->offset);
    struct train_options o = {.task = &task_clothes};
    CHECK(field_set(field_find("no-flip"), &o, "no", &error) == 0 && o.recipe.augmentation.flip);
    CHECK(field_set(field_find("no-flip"), &o, "yes", &error) == 0 && !o.recipe.augmentation.flip);
    CHECK(field_set(field_find("scale"), &o, "0.5,2", &error) == 0);
    CHECK(o.recipe.augmentation.scale_low == 0.5f && o.recipe.augmentation.scale_high == 2);
    CHECK(field_set(field_find("seed"), &o, "1000000000000000", &error) == 0);
    CHECK(o.recipe.seed == 1000000000000000u);
}

#define REFUSED(setting, reason)                                                                   \
    do {                                                                                           \
        struct recipe r = good();                                                                  \
        struct trainer t;                                                                          \
        setting;                                                                                   \
        CHECK(trainer_new(&r, &(struct label_meaning){.colors = colors}, &t, &error) ==            \
              SWATCH_USAGE);                                                                       \
        CHECK(strstr(error.message, reason));                                                      \
    } while (0)

// Options that contradict each other are refused.
static void test_check(void)
{
    static const uint8_t colors[4][3];
    REFUSED(strcpy(r.generator, "unet"), "\"unet\"");
    REFUSED(r.height = 0, "multiples of 128");
    REFUSED(r.height = 320, "256x320");
    REFUSED(r.width = 192, "192x384");
    REFUSED(r.width = 8320, "8192");
    REFUSED((strcpy(r.generator, "pix2pix"), r.width = 64), "multiples of 128");
    REFUSED((strcpy(r.generator, "lite-unet"), r.width = 48), "multiples of 32");
    REFUSED(r.classes = 1, "classes");
    REFUSED(r.classes = 65, "classes");
    REFUSED(r.discriminator_filters = 0, "at least one filter");
    REFUSED((strcpy(r.generator, "pix2pix"), r.encoder_rate = 0.5f), "no encoder");
    REFUSED((r.rgb = 1, r.region_weight = 1), "for class scores");

    // Without a discriminator its size does not matter. 128x128 suits all generators.
    static const char *const names[] = {"keras-gan", "pix2pix", "lite-unet"};
    for (size_t i = 0; i < 3; i++) {
        struct recipe r = good();
        struct trainer t;
        strcpy(r.generator, names[i]);
        r.gan_weight = 0;
        r.discriminator_filters = 0;
        r.filters = 2;
        r.batch = 1;
        r.width = r.height = 128;
        CHECK(trainer_new(&r, &(struct label_meaning){.colors = colors}, &t, &error) == 0);
        trainer_free(&t);
    }
}

static char *text_of(const struct recipe *r)
{
    const struct train_options options = {.task = &task_clothes, .recipe = *r};
    char *text = options_text(&options, FIELD_PART | FIELD_LENGTH);
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

// Classes of 80, 16, 4 and 0 percent, with a balance of one half, weigh the square roots
// of 1.25, 6.25 and 25; the last one as if it had one pixel. All are divided by their mean over
// pixels, which is the sum of the square roots of the shares.
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
    CHECK(trainer_new(&r, &(struct label_meaning){.colors = colors}, &t, &error) == 0);
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
    DIFFERS(r.rgb = 1, "output (there \"scores\", here \"rgb\")");
    DIFFERS(r.filters = 9, "filters (there 8, here 9)");
    DIFFERS(r.discriminator_filters = 9, "discriminator-filters (there 8, here 9)");
    DIFFERS(r.patchgan = 1, "discriminator (there \"keras-gan\", here \"patchgan\")");
    DIFFERS(r.logistic = 1, "gan-loss (there \"squares\", here \"logistic\")");
    DIFFERS(r.pixel_weight = 1.000001f, "pixel-weight (there 1.0, here 1.000001)");
    DIFFERS(r.gan_weight = 0.5f, "gan-weight (there 1.0, here 0.5)");
    DIFFERS(r.region_weight = 0.5f, "region-weight (there 0.0, here 0.5)");
    DIFFERS(r.class_balance = 0.5f, "class-balance (there 0.0, here 0.5)");
    DIFFERS(r.encoder_rate = 0.25f, "encoder-rate (there 1.0, here 0.25)");
    DIFFERS(r.height = 256, "height (there 384, here 256)");
    DIFFERS(r.width = 128, "width (there 256, here 128)");
    DIFFERS(r.batch = 5, "batch (there 4, here 5)");
    DIFFERS(r.steps = 1001, "steps (there 1000, here 1001)");
    DIFFERS(r.seed = 2, "seed (there 1, here 2)");
    DIFFERS(r.beta1 = 0.5f, "beta1 (there 0.9, here 0.5)");
    DIFFERS(r.beta2 = 0.5f, "beta2 (there 0.999, here 0.5)");
    DIFFERS(r.decay = 0.5f, "decay (there 0.0, here 0.5)");
    DIFFERS(r.warmup = 0.5f, "warmup (there 0.0, here 0.5)");
    DIFFERS(r.cosine = 1, "schedule (there \"constant\", here \"cosine\")");
    DIFFERS(r.average_decay = 0.5f, "average-decay (there 0.0, here 0.5)");
    DIFFERS(r.dtype = DTYPE_BF16, "precision (there \"f32\", here \"bf16\")");
    DIFFERS(r.augmentation.flip = 1, "no-flip (there true, here false)");
    DIFFERS(r.augmentation.scale_low = 0.5f, "scale (there [1.0, 1.0], here [0.5, 1.0])");
    DIFFERS(r.augmentation.scale_high = 2, "scale (there [1.0, 1.0], here [1.0, 2.0])");
    DIFFERS(r.augmentation.rotation = 2, "rotation (there 0.0, here 2.0)");
    DIFFERS(r.augmentation.color = 2, "color (there 0.0, here 2.0)");
    DIFFERS(r.augmentation.close_ups = 0.25f, "close-ups (there 0.0, here 0.25)");
    DIFFERS(r.augmentation.persons = 0.5f, "persons (there 0.0, here 0.5)");
    DIFFERS(r.augmentation.close_scale = 2, "close-scale (there 0.0, here 2.0)");
    DIFFERS((r.batch = 2, r.rate = 0.5f), "batch (there 4, here 2), rate (there 0.001, here 0.5)");
}

// The rate rises in a straight line, then falls to 0 along a cosine; computed by hand.
static void test_rate(void)
{
    struct recipe r = good();
    r.rate = 2;
    CHECK_NEAR((double)recipe_rate(&r, 0), 2, 0);
    CHECK_NEAR((double)recipe_rate(&r, 999), 2, 0);
    r.warmup = 0.1f; // 100 steps
    CHECK_NEAR((double)recipe_rate(&r, 0), 2.0 / 101, 1e-6);
    CHECK_NEAR((double)recipe_rate(&r, 49), 100.0 / 101, 1e-6);
    CHECK_NEAR((double)recipe_rate(&r, 500), 2, 0);
    r.cosine = 1;
    CHECK_NEAR((double)recipe_rate(&r, 550), 1, 1e-5); // half-way between 100 and 1000
    CHECK_NEAR((double)recipe_rate(&r, 325), 1 + sqrt(0.5), 1e-5);
    CHECK(recipe_rate(&r, 999) < 1e-5f && recipe_rate(&r, 999) > 0);
    CHECK_NEAR((double)recipe_rate(&r, 1000), 0, 1e-7);
}

int main(void)
{
    test_limits();
    test_fields();
    test_check();
    test_text();
    test_balance();
    test_rate();
    return test_end();
}
