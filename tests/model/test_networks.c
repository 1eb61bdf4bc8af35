// The networks' sizes, against counts made by hand from the papers' tables, and the shapes they put
// out. Numbers of trainable parameters; running statistics are not among them.
//
// keras-gan, F filters, K outputs: down 48F+F, then 16 F' F'' + F'' + 2 F'' for widths
// F 2F 4F 8F 8F 8F 8F; up from 8F, then from twice the width of the level (the skip), likewise; out
// 16 * 2F * K + K. With F 64 and K 3: 41,834,499.

#include <omp.h>

#include "model/networks/networks.h"
#include "test.h"

static swatch_error error;

// Trainable parameters of a generator; its shape is checked against the photo's.
static size_t generator_count(const char *name, size_t filters, size_t outputs, size_t height,
                              size_t width)
{
    const struct generator *generator = generator_find(name);
    struct params params;
    params_init(&params, 1);
    struct graph *g = graph_new(backend_cpu(), DTYPE_F32, GRAPH_INFER, 0);
    graph_params(g, &params, 0);
    struct tensor *photo = graph_input(g, 2, height, width, 3);
    struct tensor *out = generator->build(
        g, photo, (struct generator_shape){.filters = filters, .outputs = outputs}, NULL);
    CHECK(graph_check(g, &error) == 0);
    CHECK(out && out->n == 2 && out->h == height && out->w == width && out->c == outputs);
    const size_t count = params_count(&params);
    graph_free(g);
    params_free(&params);
    return count;
}

static void test_generators(void)
{
    CHECK(generator_count("keras-gan", 64, 3, 256, 256) == 41834499);
    CHECK(generator_count("keras-gan", 8, 3, 512, 768) == 656131);
    CHECK(generator_count("pix2pix", 64, 3, 256, 256) == 41829571);
    CHECK(generator_count("pix2pix", 8, 4, 768, 512) == 655772);
    CHECK(generator_count("lite-unet", 32, 4, 512, 768) == 3695620);
    CHECK(generator_count("lite-unet", 8, 4, 32, 96) == 3108484);
    // Lite2's encoder (below: 4,357,952), and of the decoder 9 (352 + 120) 128, 9 (128 + 48) 96,
    // 9 (96 + 24) 64, 9 (64 + 16) 32, each with 2 a channel, and 9 * 32 * 4 + 4.
    CHECK(generator_count("lite2-unet", 32, 4, 512, 768) == 5147716);
    CHECK(generator_find("keras-gan")->multiple == 128);
    CHECK(generator_find("pix2pix")->multiple == 128);
    CHECK(generator_find("lite-unet")->multiple == 32);
    CHECK(generator_find("lite2-unet")->multiple == 32);
    CHECK(generator_find("lite2-unet")->has_encoder && !generator_find("pix2pix")->has_encoder);
    CHECK(!generator_find("unet") && !generator_find("") && !generator_find("lite-une"));
}

// EfficientNet-Lite0 has 4,652,008 parameters and Lite2 6,092,072 (their authors' figures, 4.7 and
// 6.1 M); the last 1x1 convolution to 1280, its normalization, and the classifier are not ours.
static void test_encoders(void)
{
    static const struct {
        enum efficientnet_lite size;
        size_t parameters, channels[5];
    } cases[] = {
        {EFFICIENTNET_LITE0, 4652008, {16, 24, 40, 112, 320}},
        {EFFICIENTNET_LITE2, 6092072, {16, 24, 48, 120, 352}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct params params;
        params_init(&params, 1);
        struct graph *g = graph_new(backend_cpu(), DTYPE_F32, GRAPH_INFER, 0);
        graph_params(g, &params, 0);
        struct tensor *features[5];
        encoder_lite(g, graph_input(g, 1, 64, 96, 3), cases[i].size, 0, features);
        CHECK(graph_check(g, &error) == 0);
        size_t count = 0;
        for (const struct param *p = params.first; p; p = p->next)
            if (p->trainable && strncmp(p->name, "encoder.", 8) == 0)
                count += p->count;
        const size_t last = cases[i].channels[4];
        CHECK(count == cases[i].parameters - (last * 1280 + 2 * 1280) - (1280 * 1000 + 1000));
        for (size_t level = 0; level < 5; level++) {
            const struct tensor *f = features[level];
            CHECK(f->h == 32u >> level && f->w == 48u >> level);
            CHECK(f->c == cases[i].channels[level]);
        }
        graph_free(g);
        params_free(&params);
    }
}

static void test_discriminators(void)
{
    static const struct {
        int paper;
        size_t filters, map, parameters, height, width;
    } cases[] = {
        // 256 / 2^4; the paper's last two convolutions take one off each side.
        {0, 64, 3, 2769601, 16, 16},
        {0, 4, 3, 11821, 16, 16},
        {1, 64, 3, 2768705, 30, 30},
        {1, 4, 4, 11829, 30, 30},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct params params;
        params_init(&params, 1);
        struct graph *g = graph_new(backend_cpu(), DTYPE_F32, GRAPH_INFER, 0);
        graph_params(g, &params, 0);
        struct tensor *photo = graph_input(g, 1, 256, 256, 3);
        struct tensor *map = graph_input(g, 1, 256, 256, cases[i].map);
        struct tensor *out = cases[i].paper
                                 ? discriminator_patchgan(g, photo, map, cases[i].filters)
                                 : discriminator_keras_gan(g, photo, map, cases[i].filters);
        CHECK(graph_check(g, &error) == 0);
        CHECK(params_count(&params) == cases[i].parameters);
        CHECK(out && out->h == cases[i].height && out->w == cases[i].width && out->c == 1);
        graph_free(g);
        params_free(&params);
    }
}

// Rows and columns keep their places: a picture changed in its lower right corner changes the map
// there most (lite-unet, not trained, spreads it widely), and a map in color stays within -1..1.
static void test_places(const char *name, int rgb, double ratio)
{
    const struct generator *generator = generator_find(name);
    const size_t height = 128, width = 256, outputs = 3;
    float *photo = calloc(height * width * 3, sizeof *photo);
    float *before = malloc(height * width * outputs * sizeof *before);
    float *after = malloc(height * width * outputs * sizeof *after);
    double inside = 0, outside = 0, largest = 0;
    struct params params;
    params_init(&params, 7);
    struct graph *g = graph_new(backend_cpu(), DTYPE_F32, GRAPH_INFER, 0);
    graph_params(g, &params, 0);
    struct tensor *in = graph_input(g, 1, height, width, 3);
    struct tensor *out = graph_output(
        g, generator->build(g, in,
                            (struct generator_shape){.filters = 4, .outputs = outputs, .rgb = rgb},
                            NULL));
    CHECK(graph_finish(g, &error) == 0);
    graph_set(in, photo);
    graph_forward(g);
    graph_get(out, before);
    for (size_t y = 96; y < height; y++)
        for (size_t x = 224; x < width; x++)
            for (size_t c = 0; c < 3; c++)
                photo[(y * width + x) * 3 + c] = (x + y) % 2 ? 1 : -0.5f;
    graph_set(in, photo);
    graph_forward(g);
    graph_get(out, after);
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++)
            for (size_t c = 0; c < outputs; c++) {
                const size_t i = (y * width + x) * outputs + c;
                const double change = fabs((double)(after[i] - before[i]));
                *(y >= 96 && x >= 224 ? &inside : &outside) += change;
                largest = fmax(largest, fabs((double)after[i]));
            }
    inside /= 32 * 32;
    outside /= (double)(height * width - 32 * 32);
    CHECK(inside > ratio * outside);
    CHECK(largest > 0 && (!rgb || largest <= 1));
    graph_free(g);
    params_free(&params);
    free(photo);
    free(before);
    free(after);
}

int main(void)
{
    omp_set_num_threads(1);
    test_generators();
    test_encoders();
    test_discriminators();
    test_places("keras-gan", 1, 10);
    test_places("pix2pix", 1, 10);
    test_places("lite-unet", 0, 1.3);
    test_places("lite2-unet", 0, 1.3);
    return test_end();
}
