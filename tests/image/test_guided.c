// The guided filter against the paper's formulas taken literally, window by window, in double.
#include "base/rng.h"
#include "image/guided.h"
#include "test.h"

#define HEIGHT 23
#define WIDTH 17
#define STRIDE 20
#define OUTPUTS 5

static float guide[HEIGHT * STRIDE * 3], answer[HEIGHT * STRIDE * OUTPUTS];

static size_t low(size_t at, size_t radius)
{
    return at > radius ? at - radius : 0;
}
static size_t high(size_t at, size_t radius, size_t size)
{
    return at + radius + 1 < size ? at + radius + 1 : size;
}

// Solves the 3 x 3 system by elimination; a is destroyed.
static void eliminate(double a[3][4])
{
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            if (j == i)
                continue;
            const double f = a[j][i] / a[i][i];
            for (int k = 0; k < 4; k++)
                a[j][k] -= f * a[i][k];
        }
    for (int i = 0; i < 3; i++)
        a[i][3] /= a[i][i];
}

// Slopes and constant of the window around (y, x), for one class.
static void window(const struct guided *r, size_t y, size_t x, size_t class, double out[4])
{
    double n = 0, mean[3] = {0}, p = 0, system[3][4] = {{0}};
    for (size_t v = low(y, r->radius); v < high(y, r->radius, HEIGHT); v++)
        for (size_t u = low(x, r->radius); u < high(x, r->radius, WIDTH); u++) {
            n++;
            p += (double)answer[(v * STRIDE + u) * OUTPUTS + class];
            for (int i = 0; i < 3; i++)
                mean[i] += (double)guide[(v * STRIDE + u) * 3 + i];
        }
    p /= n;
    for (int i = 0; i < 3; i++)
        mean[i] /= n;
    for (size_t v = low(y, r->radius); v < high(y, r->radius, HEIGHT); v++)
        for (size_t u = low(x, r->radius); u < high(x, r->radius, WIDTH); u++)
            for (int i = 0; i < 3; i++) {
                const float *g = guide + (v * STRIDE + u) * 3;
                const double d = ((double)g[i] - mean[i]) / n;
                for (int j = 0; j < 3; j++)
                    system[i][j] += d * ((double)g[j] - mean[j]);
                system[i][3] += d * ((double)answer[(v * STRIDE + u) * OUTPUTS + class] - p);
            }
    for (int i = 0; i < 3; i++)
        system[i][i] += (double)r->epsilon;
    eliminate(system);
    out[3] = p;
    for (int i = 0; i < 3; i++) {
        out[i] = system[i][3];
        out[3] -= out[i] * mean[i];
    }
}

static void compare(const struct guided *r, size_t first, size_t last)
{
    float *room = malloc(guided_room(r, last - first) * sizeof *room);
    float *functions = malloc((last - first) * WIDTH * 4 * r->count * sizeof *functions);
    double worst = 0;
    guided_rows(r, first, last, room, functions);
    for (size_t y = first; y < last; y++)
        for (size_t x = 0; x < WIDTH; x++)
            for (size_t k = 0; k < r->count; k++) {
                double sum[4] = {0}, n = 0, one[4];
                for (size_t v = low(y, r->radius); v < high(y, r->radius, HEIGHT); v++)
                    for (size_t u = low(x, r->radius); u < high(x, r->radius, WIDTH); u++) {
                        window(r, v, u, r->channels[k], one);
                        n++;
                        for (int i = 0; i < 4; i++)
                            sum[i] += one[i];
                    }
                for (size_t i = 0; i < 4; i++) {
                    const float *f = functions + ((y - first) * WIDTH + x) * 4 * r->count;
                    const double off = fabs((double)f[i * r->count + k] - sum[i] / n);
                    worst = off > worst ? off : worst;
                }
            }
    // f32 sums over windows, divided by a covariance of 0.004 and more.
    CHECK(worst < 2e-3);
    free(room);
    free(functions);
}

int main(void)
{
    static const uint8_t channels[] = {0, 2, 3};
    struct rng rng = {.seed = 5};
    for (size_t i = 0; i < sizeof guide / sizeof *guide; i++)
        guide[i] = rng_range(&rng, -1, 1);
    for (size_t i = 0; i < sizeof answer / sizeof *answer; i++)
        answer[i] = rng_range(&rng, 0, 1);
    struct guided r = {.guide = guide,
                       .map = answer,
                       .height = HEIGHT,
                       .width = WIDTH,
                       .stride = STRIDE,
                       .each = OUTPUTS,
                       .channels = channels,
                       .count = 3,
                       .radius = 2,
                       .epsilon = GUIDED_EPSILON};
    compare(&r, 0, HEIGHT);
    compare(&r, 7, 12);
    compare(&r, HEIGHT - 1, HEIGHT);
    r.count = 1;
    r.radius = 1;
    compare(&r, 0, 9);
    r.radius = 30; // a window as large as everything
    compare(&r, 3, 5);

    // An edge of the answer that is a pixel beside that of the photo is drawn to it.
    for (size_t y = 0; y < HEIGHT; y++)
        for (size_t x = 0; x < STRIDE; x++) {
            for (size_t i = 0; i < 3; i++)
                guide[(y * STRIDE + x) * 3 + i] = x < 8 ? -0.8f : 0.7f;
            answer[(y * STRIDE + x) * OUTPUTS] = x < 9 ? 1 : 0;
        }
    r = (struct guided){guide,   answer,   HEIGHT, WIDTH, STRIDE,
                        OUTPUTS, channels, 1,      3,     GUIDED_EPSILON};
    float *room = malloc(guided_room(&r, HEIGHT) * sizeof *room),
          *f = malloc(sizeof(float) * 4 * HEIGHT * WIDTH);
    guided_rows(&r, 0, HEIGHT, room, f);
    for (size_t x = 0; x < WIDTH; x++) {
        const float *at = f + (11 * WIDTH + x) * 4, color = guide[(11 * STRIDE + x) * 3];
        const float p = color * (at[0] + at[1] + at[2]) + at[3];
        CHECK((p > 0.5f) == (x < 8));
    }
    free(room);
    free(f);
    return test_end();
}
