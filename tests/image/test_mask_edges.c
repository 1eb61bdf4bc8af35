// Draws the coarse mask of a disc to the disc's edge in the photo.
#include "image/mask_edges.h"
#include "test.h"

#define WIDTH 300
#define HEIGHT 200

static int inside(size_t y, size_t x)
{
    const double v = (double)y - 100, u = (double)x - 140;
    return v * v + u * u < 80 * 80;
}

static double overlap(const struct part_mask *d)
{
    size_t both = 0, either = 0;
    for (size_t y = 0; y < HEIGHT; y++)
        for (size_t x = 0; x < WIDTH; x++) {
            const int in = y >= d->y && y < d->y + d->height && x >= d->x && x < d->x + d->width;
            const int found = in && d->pixels[(y - d->y) * d->width + x - d->x] >= 128;
            both += found && inside(y, x);
            either += found || inside(y, x);
        }
    return (double)both / (double)either;
}

// A mask of the rectangle whose mask has cells of `cell` pixels.
static struct part_mask coarse(size_t x, size_t y, size_t width, size_t height, size_t cell)
{
    struct part_mask d = {.x = x, .y = y, .width = width, .height = height};
    d.pixels = malloc(width * height);
    for (size_t v = 0; v < height; v++)
        for (size_t u = 0; u < width; u++)
            d.pixels[v * width + u] =
                inside((y + v) / cell * cell + cell / 2, (x + u) / cell * cell + cell / 2) ? 255
                                                                                           : 0;
    return d;
}

int main(void)
{
    struct image photo;
    swatch_error error;
    CHECK(image_new(&photo, WIDTH, HEIGHT, 3, &error) == 0);
    for (size_t y = 0; y < HEIGHT; y++)
        for (size_t x = 0; x < WIDTH; x++)
            for (size_t c = 0; c < 3; c++)
                photo.pixels[3 * (y * WIDTH + x) + c] =
                    (uint8_t)(inside(y, x) ? 180 + 5 * c : 60 + (x + y) % 8);

    struct part_mask d = coarse(60, 20, 160, 160, 6);
    const double before = overlap(&d);
    CHECK(before < 0.97);
    CHECK(mask_edges(&d, &photo, &error) == 0);
    CHECK(overlap(&d) > 0.99);
    CHECK(d.x == 57 && d.y == 17 && d.width == 166 && d.height == 166); // by 2.88 pixels

    // What lies at the photo's border grows no further.
    struct part_mask corner = coarse(0, 0, WIDTH, HEIGHT, 6);
    CHECK(mask_edges(&corner, &photo, &error) == 0);
    CHECK(corner.x == 0 && corner.y == 0 && corner.width == WIDTH && corner.height == HEIGHT);
    CHECK(overlap(&corner) > 0.99);

    // One pixel, and a line.
    struct part_mask dot = coarse(WIDTH - 1, HEIGHT - 1, 1, 1, 1),
                     line = coarse(140, 20, 1, 160, 1);
    CHECK(mask_edges(&dot, &photo, &error) == 0 && dot.width == 2 && dot.height == 2);
    CHECK(mask_edges(&line, &photo, &error) == 0);
    free(d.pixels);
    free(corner.pixels);
    free(dot.pixels);
    free(line.pixels);
    image_free(&photo);
    return test_end();
}
