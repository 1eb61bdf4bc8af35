// Changes light and adds noise on floats, then applies lens and JPEG to 8-bit pixels.
#include "train/clothes/camera.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "image/image.h"
#include "train/clothes/source.h"

#define DARKEST 0.25f // of the light
#define TINT 0.3f     // a channel gains or loses at most so much
#define NOISIEST 0.08f
#define QUALITY_LOW 15
#define QUALITY_HIGH 85

void camera_draw(struct rng *rng, struct camera *camera)
{
    const int dark = rng_uniform(rng) < 0.5f, tinted = rng_uniform(rng) < 0.5f;
    const int noisy = dark || rng_uniform(rng) < 0.25f;
    const float amount = dark ? expf(rng_range(rng, logf(DARKEST), 0)) : 1;
    const float warm = tinted ? rng_range(rng, -TINT, TINT) : 0;
    const float green = tinted ? rng_range(rng, -TINT / 3, TINT / 3) : 0;
    *camera =
        (struct camera){.light = {amount * (1 + warm), amount * (1 + green), amount * (1 - warm)},
                        .noise = noisy ? NOISIEST * rng_uniform(rng) : 0,
                        .shrink = 1};
    if (rng_uniform(rng) < 0.4f)
        camera->shrink = 2 + rng_below(rng, 2);
    if (rng_uniform(rng) < 0.6f)
        camera->quality = QUALITY_LOW + (int)rng_below(rng, QUALITY_HIGH - QUALITY_LOW);
}

// Returns noise of deviation 1: the sum of two uniform numbers, made from one draw.
static float noise(struct rng *rng)
{
    const uint64_t bits = rng_u64(rng);
    const float sum = (float)(bits & 0xffff) + (float)(bits >> 16 & 0xffff);
    return (sum / 65535 - 1) * 2.449489743f;
}

static int through_jpeg(struct image *image, int quality, swatch_error *error)
{
    struct image again = {0};
    void *data = NULL;
    size_t size = 0;
    int status = image_encode_jpeg(image, quality, &data, &size, error);
    if (!status)
        status = image_load_memory("a sample", data, size, 0, &again, error);
    free(data);
    if (!status) {
        image_free(image);
        *image = again;
    }
    return status;
}

static int through_lens(struct image *image, size_t shrink, swatch_error *error)
{
    struct image small = {0}, again = {0};
    const size_t width = image->width, height = image->height;
    int status = image_resize(image, (width + shrink - 1) / shrink, (height + shrink - 1) / shrink,
                              &small, error);
    status = status ? status : image_resize(&small, width, height, &again, error);
    image_free(&small);
    if (!status) {
        image_free(image);
        *image = again;
    }
    return status;
}

int camera_take(const struct camera *camera, float *photo, const uint8_t *labels, size_t height,
                size_t width, struct rng *rng, swatch_error *error)
{
    struct image image = {0};
    int status = image_new(&image, width, height, 3, error);
    if (status)
        return status;
    for (size_t i = 0; i < width * height; i++)
        for (size_t c = 0; c < 3; c++) {
            const float value = (photo[3 * i + c] + 1) / 2 * camera->light[c] +
                                (camera->noise > 0 ? camera->noise * noise(rng) : 0);
            image.pixels[3 * i + c] = (uint8_t)(fminf(fmaxf(value, 0), 1) * 255 + 0.5f);
        }
    if (camera->shrink > 1)
        status = through_lens(&image, camera->shrink, error);
    if (!status && camera->quality)
        status = through_jpeg(&image, camera->quality, error);
    for (size_t i = 0; !status && i < width * height; i++)
        if (labels[i] != SOURCE_OUTSIDE)
            for (size_t c = 0; c < 3; c++)
                photo[3 * i + c] = (float)image.pixels[3 * i + c] / 127.5f - 1;
    image_free(&image);
    return status;
}
