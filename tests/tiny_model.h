// A small model with known answers, for tests: the article's generator with weights set by hand, so
// that it gives each pixel the nearest of four colors. The score of color c for pixel x is
// 2 c.x - |c|^2; the highest belongs to the nearest color. Only the first convolution (the photo at
// half its size), the last skip and the last convolution take part. All other weights are zero.
#ifndef TESTS_TINY_MODEL_H
#define TESTS_TINY_MODEL_H

#include "base/file.h"
#include "tiny.h"
#include "train/clothes/export.h"

// The colors that the model takes for background, skin, hair and clothes; sRGB.
static const uint8_t tiny_colors[4][3] = {
    {128, 128, 128}, {232, 190, 160}, {60, 30, 20}, {30, 60, 200}};

static inline struct param *tiny_param(struct trainer *t, const char *name)
{
    struct param *p = params_find(&t->generator, name);
    tiny_need(p != NULL, name);
    return p;
}

// Writes the model. rgb: it gives a color-coded map, tanh of four times the photo's colors, so a
// photo painted in the class colors of ccp-4 is its own map. lean: each pixel gets the answer of
// the pixel to its left.
static inline void tiny_model_made(const char *path, int rgb, int lean)
{
    struct recipe recipe = tiny_clothes_recipe();
    recipe.rgb = rgb;
    struct trainer trainer;
    swatch_error error = {0};
    tiny_trainer(&trainer, &recipe);
    for (struct param *p = trainer.generator.first; p; p = p->next)
        memset(p->value, 0, p->count * sizeof *p->value);

    // Channel c is the mean of channel c over 2x2 pixels, plus 2 to stay on leaky ReLU's straight
    // part. Weights are (O, I, 4, 4); the taps in the middle are those of the pixels themselves.
    struct param *in = tiny_param(&trainer, "down1.conv.weight");
    struct param *in_bias = tiny_param(&trainer, "down1.conv.bias");
    struct param *out = tiny_param(&trainer, "out.weight");
    struct param *out_bias = tiny_param(&trainer, "out.bias");
    for (size_t c = 0; c < 3; c++) {
        for (size_t tap = 0; tap < 4; tap++)
            in->value[((c * 3 + c) * 4 + 1 + tap / 2) * 4 + 1 + tap % 2] = 0.25f;
        in_bias->value[c] = 2;
    }
    // The last convolution sees 3 channels from below, then the 3 of the skip.
    for (size_t k = 0; k < (rgb ? 3 : 4); k++)
        for (size_t c = 0; c < 3; c++) {
            const float color = (float)tiny_colors[k][c] / 127.5f - 1;
            const float weight = !rgb ? 20 * color : c == k ? 4 : 0;
            out->value[((k * 6 + 3 + c) * 4 + 1) * 4 + (lean ? 0 : 1)] = weight;
            out_bias->value[k] -= 2 * weight;
            if (!rgb)
                out_bias->value[k] -= 10 * color * color;
        }
    tiny_need(
        clothes_export(path, &trainer, &tiny_classes, NULL, "{\"made_by\":\"tests\"}", &error) == 0,
        error.message);
    trainer_free(&trainer);
}

static inline void tiny_model(const char *path, int rgb)
{
    tiny_model_made(path, rgb, 0);
}

// The same model, but its class "clothes" is called "dresses", so it finds garments.
static inline void tiny_fine_model(const char *path)
{
    char *data;
    size_t size;
    tiny_model(path, 0);
    tiny_need(file_read(path, (size_t)1 << 24, &data, &size, NULL) == 0, path);
    for (char *at = data; (at = memmem(at, size - (size_t)(at - data), "clothes", 7));)
        memcpy(at, "dresses", 7); // as many letters, so that the file stays whole
    FILE *file = fopen(path, "wb");
    tiny_need(file && fwrite(data, 1, size, file) == size && fclose(file) == 0, path);
    free(data);
}

// Draws a person of blocks into rgb (height, width, 3): hair over skin over clothes on grey.
// Returns the class that tiny_model should give each pixel; the caller frees it.
static inline uint8_t *tiny_photo(size_t width, size_t height, uint8_t *rgb)
{
    uint8_t *labels = calloc(width, height);
    tiny_need(labels != NULL, "out of memory");
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) {
            const double u = ((double)x + 0.5) / (double)width;
            const double v = ((double)y + 0.5) / (double)height;
            const int inside = u > 0.3 && u < 0.7;
            labels[y * width + x] = !inside || v < 0.1 || v > 0.95 ? 0
                                    : v < 0.25                     ? 2
                                    : v < 0.4                      ? 1
                                                                   : 3;
            memcpy(rgb + 3 * (y * width + x), tiny_colors[labels[y * width + x]], 3);
        }
    return labels;
}

#endif
