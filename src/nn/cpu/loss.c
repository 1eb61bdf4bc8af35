// Softmax and the losses. Sums are taken in PARTS parts (span.h).

#include "nn/cpu/cpu.h"
#include "nn/cpu/span.h"

_Static_assert(SOFTMAX_CHANNELS_MAX <= SPAN, "a row fits into the buffers");

// How many rows are worked on at once.
static size_t block_rows(size_t channels)
{
    return SPAN / channels;
}

// y = softmax(x) in each row; log_sums (rows) gets log(sum of e^x).
KERNEL static void softmax_rows(const float *x, size_t rows, size_t channels, float *y,
                                float *log_sums)
{
    for (size_t r = 0; r < rows; r++) {
        const float *in = x + r * channels;
        float *out = y + r * channels, top = in[0];
#pragma omp simd reduction(max : top)
        for (size_t c = 0; c < channels; c++)
            top = in[c] > top ? in[c] : top;
        for (size_t c = 0; c < channels; c++)
            out[c] = in[c] - top;
        log_sums[r] = top;
    }
    for (size_t i = 0; i < rows * channels; i++)
        y[i] = exp_negative(y[i]);
    for (size_t r = 0; r < rows; r++) {
        float *out = y + r * channels, sum = 0;
#pragma omp simd reduction(+ : sum)
        for (size_t c = 0; c < channels; c++)
            sum += out[c];
        const float share = 1 / sum;
        for (size_t c = 0; c < channels; c++)
            out[c] *= share;
        log_sums[r] += logf(sum);
    }
}

void cpu_softmax_forward(enum dtype dtype, const void *x, size_t rows, size_t channels, void *y)
{
    const size_t block = block_rows(channels), blocks = (rows + block - 1) / block;
#pragma omp parallel for schedule(static)
    for (loop_index b = 0; b < (loop_index)blocks; b++) {
        float in[SPAN], out[SPAN], log_sums[SPAN];
        const size_t row = (size_t)b * block, first = row * channels;
        const size_t n = size_least(block, rows - row), count = n * channels;
        softmax_rows(span_read(dtype, x, first, count, in), n, channels, out, log_sums);
        cpu_upload(dtype, out, (char *)y + first * dtype_size(dtype), count);
    }
}

void cpu_softmax_backward(enum dtype dtype, const void *y, const void *dy, size_t rows,
                          size_t channels, void *dx)
{
#pragma omp parallel for schedule(static)
    for (loop_index r = 0; r < (loop_index)rows; r++) {
        float a[SPAN], b[SPAN], t[SPAN];
        const size_t first = (size_t)r * channels;
        const float *p = span_read(dtype, y, first, channels, a);
        const float *d = span_read(dtype, dy, first, channels, b);
        float *out = span_target(dtype, dx, first, t), dot = 0;
        for (size_t c = 0; c < channels; c++)
            dot += p[c] * d[c];
        for (size_t c = 0; c < channels; c++)
            out[c] = p[c] * (d[c] - dot);
        span_write(dtype, dx, first, channels, out);
    }
}

static double label_weight(const uint8_t *labels, const float *weights, size_t rows, size_t known)
{
    double sum = 0;
    for (size_t r = 0; r < rows; r++)
        if (labels[r] < known)
            sum += weights ? (double)weights[labels[r]] : 1;
    return sum;
}

// Returns log(sum of e^x) over the classes of a set, and adds -factor times their softmax among
// themselves to `out` if that is not NULL.
KERNEL static float set_log_sum(const float *x, uint64_t set, size_t channels, float factor,
                                float *out)
{
    float e[SET_CLASSES_MAX], top = -INFINITY, sum = 0;
    for (size_t c = 0; c < channels; c++)
        top = set >> c & 1 && x[c] > top ? x[c] : top;
    for (size_t c = 0; c < channels; c++)
        e[c] = x[c] > top ? 0 : x[c] - top; // above it are only classes out of the set
    for (size_t c = 0; c < channels; c++)
        e[c] = (float)(set >> c & 1) * exp_negative(e[c]);
    for (size_t c = 0; c < channels; c++)
        sum += e[c];
    for (size_t c = 0; out && c < channels; c++)
        out[c] -= factor / sum * e[c];
    return top + logf(sum);
}

// The labels of some rows, as cross_entropy in backend.h has them.
struct entropy {
    const uint8_t *labels;
    const float *weights;
    const uint64_t *sets;
    size_t set_count;
};

// Returns the loss of rows whose softmax is p, and writes its slopes to `out` if that is not NULL.
KERNEL static double entropy_rows(const float *x, const float *p, const float *log_sums,
                                  const struct entropy *e, size_t first, size_t rows,
                                  size_t channels, float scale, float *out)
{
    double loss = 0;
    for (size_t r = 0; r < rows; r++) {
        const size_t label = e->labels[first + r];
        const int counts = label < channels + e->set_count;
        const float weight = !counts ? 0 : e->weights ? e->weights[label] : 1;
        const float *row = x + r * channels;
        float *slopes = out ? out + r * channels : NULL;
        for (size_t c = 0; out && c < channels; c++)
            slopes[c] = scale * weight * p[r * channels + c];
        if (label < channels) {
            loss += (double)(weight * (log_sums[r] - row[label]));
            if (out)
                slopes[label] = scale * weight * (p[r * channels + label] - 1);
        } else if (counts) {
            const float in_set =
                set_log_sum(row, e->sets[label - channels], channels, scale * weight, slopes);
            loss += (double)(weight * (log_sums[r] - in_set));
        }
    }
    return loss;
}

void cpu_cross_entropy(enum dtype dtype, const void *x, const uint8_t *labels, const float *weights,
                       const uint64_t *sets, size_t set_count, size_t rows, size_t channels,
                       float factor, void *dx, double *value)
{
    const struct entropy e = {labels, weights, sets, set_count};
    const double total = label_weight(labels, weights, rows, channels + set_count);
    const float scale = total > 0 ? factor / (float)total : 0;
    const size_t block = block_rows(channels);
    double sums[PARTS] = {0}, loss = 0;
#pragma omp parallel for schedule(static)
    for (loop_index k = 0; k < PARTS; k++) {
        float a[SPAN], p[SPAN], t[SPAN], log_sums[SPAN];
        const struct part part = part_of(rows, k);
        for (size_t first = part.first; first < part.last; first += block) {
            const size_t n = size_least(block, part.last - first), count = n * channels;
            const float *in = span_read(dtype, x, first * channels, count, a);
            float *out = dx ? span_target(dtype, dx, first * channels, t) : NULL;
            softmax_rows(in, n, channels, p, log_sums);
            sums[k] += entropy_rows(in, p, log_sums, &e, first, n, channels, scale, out);
            if (dx)
                span_write(dtype, dx, first * channels, count, out);
        }
    }
    for (size_t k = 0; k < PARTS; k++)
        loss += sums[k];
    if (value)
        *value = total > 0 ? loss / total : 0;
}

// Adds P, I and T of each class (see dice_sums in backend.h) of rows whose softmax is p to `sums`.
KERNEL static void dice_rows(const float *p, const uint8_t *labels, size_t rows, size_t channels,
                             double sums[3][DICE_CHANNELS_MAX])
{
    for (size_t r = 0; r < rows; r++) {
        const float *row = p + r * channels;
        const size_t label = labels[r];
        if (label >= channels)
            continue;
        for (size_t c = 0; c < channels; c++)
            sums[0][c] += (double)row[c];
        sums[1][label] += (double)row[label];
        sums[2][label] += 1;
    }
}

void cpu_dice_sums(enum dtype dtype, const void *x, const uint8_t *labels, size_t rows,
                   size_t channels, double *out)
{
    const size_t block = block_rows(channels);
    double sums[PARTS][3][DICE_CHANNELS_MAX] = {0};
#pragma omp parallel for schedule(static)
    for (loop_index k = 0; k < PARTS; k++) {
        float a[SPAN], p[SPAN], log_sums[SPAN];
        const struct part part = part_of(rows, k);
        for (size_t first = part.first; first < part.last; first += block) {
            const size_t n = size_least(block, part.last - first);
            softmax_rows(span_read(dtype, x, first * channels, n * channels, a), n, channels, p,
                         log_sums);
            dice_rows(p, labels + first, n, channels, sums[k]);
        }
    }
    for (size_t i = 0; i < 3; i++)
        for (size_t c = 0; c < channels; c++) {
            out[i * channels + c] = 0;
            for (size_t k = 0; k < PARTS; k++)
                out[i * channels + c] += sums[k][i][c];
        }
}

void cpu_dice_slopes(const double *sums, size_t channels, float *slopes, double *value)
{
    const double *probable = sums, *inside = sums + channels, *true_rows = sums + 2 * channels;
    double loss = 0;
    size_t present = 0;
    for (size_t c = 0; c < channels; c++)
        present += true_rows[c] > 0;
    for (size_t c = 0; c < channels; c++) {
        const double both = inside[c], all = probable[c] + true_rows[c];
        const double share = true_rows[c] > 0 ? 1 / (double)present : 0;
        loss += share * (1 - 2 * both / fmax(all, 1));
        slopes[c] = (float)(share * 2 * both / fmax(all * all, 1));
        slopes[channels + c] = (float)(-share * 2 / fmax(all, 1));
    }
    *value = loss;
}

// Writes `factor` times the gradient of rows whose softmax is p to `out`. `slopes` are
// dice_slopes'.
KERNEL static void dice_slope_rows(const float *p, const uint8_t *labels, const float *slopes,
                                   size_t rows, size_t channels, float factor, float *out)
{
    for (size_t r = 0; r < rows; r++) {
        const float *row = p + r * channels;
        float *to = out + r * channels, mean = 0;
        const size_t label = labels[r];
        if (label >= channels) {
            for (size_t c = 0; c < channels; c++)
                to[c] = 0;
            continue;
        }
#pragma omp simd reduction(+ : mean)
        for (size_t c = 0; c < channels; c++)
            mean += row[c] * slopes[c];
        mean += row[label] * slopes[channels + label];
        for (size_t c = 0; c < channels; c++)
            to[c] = factor * row[c] * (slopes[c] - mean);
        to[label] = factor * row[label] * (slopes[label] + slopes[channels + label] - mean);
    }
}

void cpu_dice_backward(enum dtype dtype, const void *x, const uint8_t *labels, const float *slopes,
                       size_t rows, size_t channels, float factor, void *dx)
{
    const size_t block = block_rows(channels), blocks = (rows + block - 1) / block;
#pragma omp parallel for schedule(static)
    for (loop_index b = 0; b < (loop_index)blocks; b++) {
        float a[SPAN], p[SPAN], t[SPAN], log_sums[SPAN];
        const size_t row = (size_t)b * block, first = row * channels;
        const size_t n = size_least(block, rows - row), count = n * channels;
        float *out = span_target(dtype, dx, first, t);
        softmax_rows(span_read(dtype, x, first, count, a), n, channels, p, log_sums);
        dice_slope_rows(p, labels + row, slopes, n, channels, factor, out);
        span_write(dtype, dx, first, count, out);
    }
}

// A loss that is a sum over numbers.
struct number_loss {
    // Adds the losses of numbers first .. first + count - 1 to *sum, and writes their slopes to
    // `out` if that is not NULL. x: these numbers.
    void (*span)(const struct number_loss *l, const float *x, size_t first, size_t count,
                 float *out, double *sum);
    enum dtype dtype;
    size_t count;
    const void *x;
    void *dx;           // NULL: not wanted
    float scale;        // factor of the slopes
    const void *target; // what `span` compares x with
    float same_target, beta;
    enum gan_loss kind;
};

// Returns the sum over all numbers and writes their slopes.
static double number_loss(const struct number_loss *l)
{
    double sums[PARTS] = {0}, loss = 0;
#pragma omp parallel for schedule(static)
    for (loop_index p = 0; p < PARTS; p++) {
        float a[SPAN], t[SPAN];
        const struct part part = part_of(l->count, p);
        for (size_t first = part.first; first < part.last; first += SPAN) {
            const size_t count = size_least(SPAN, part.last - first);
            const float *in = span_read(l->dtype, l->x, first, count, a);
            float *out = l->dx ? span_target(l->dtype, l->dx, first, t) : NULL;
            l->span(l, in, first, count, out, &sums[p]);
            if (out)
                span_write(l->dtype, l->dx, first, count, out);
        }
    }
    for (size_t p = 0; p < PARTS; p++)
        loss += sums[p];
    return loss;
}

static void l1_span(const struct number_loss *l, const float *x, size_t first, size_t count,
                    float *out, double *total)
{
    float buffer[SPAN], sum = 0;
    const float *want = span_read(l->dtype, l->target, first, count, buffer), scale = l->scale;
    for (size_t i = 0; i < count; i++)
        sum += fabsf(x[i] - want[i]);
    *total += (double)sum;
    for (size_t i = 0; out && i < count; i++)
        out[i] = x[i] > want[i] ? scale : x[i] < want[i] ? -scale : 0;
}

void cpu_l1(enum dtype dtype, const void *x, const void *y, size_t count, float factor, void *dx,
            double *value)
{
    const double loss = number_loss(&(struct number_loss){.span = l1_span,
                                                          .dtype = dtype,
                                                          .count = count,
                                                          .x = x,
                                                          .dx = dx,
                                                          .scale = factor / (float)count,
                                                          .target = y});
    if (value)
        *value = loss / (double)count;
}

static void gan_span(const struct number_loss *l, const float *x, size_t first, size_t count,
                     float *out, double *sum)
{
    const float target = l->same_target, scale = l->scale;
    const int squares = l->kind == GAN_LEAST_SQUARES;
    (void)first;
    for (size_t i = 0; i < count; i++) {
        const float d = x[i] - target;
        // Logistic: log(1 + e^x) - target x, without overflow.
        *sum +=
            (double)(squares ? d * d : fmaxf(x[i], 0) + log1pf(expf(-fabsf(x[i]))) - target * x[i]);
        if (out)
            out[i] = squares ? scale * 2 * d : scale * (1 / (1 + expf(-x[i])) - target);
    }
}

void cpu_gan(enum dtype dtype, enum gan_loss kind, const void *x, float target, size_t count,
             float factor, void *dx, double *value)
{
    const double loss = number_loss(&(struct number_loss){.span = gan_span,
                                                          .dtype = dtype,
                                                          .count = count,
                                                          .x = x,
                                                          .dx = dx,
                                                          .scale = factor / (float)count,
                                                          .same_target = target,
                                                          .kind = kind});
    if (value)
        *value = loss / (double)count;
}

static void binary_span(const struct number_loss *l, const float *x, size_t first, size_t count,
                        float *out, double *sum)
{
    const uint8_t *target = (const uint8_t *)l->target + first;
    const float scale = l->scale;
    for (size_t i = 0; i < count; i++) {
        const int counts = target[i] != 255;
        const float want = (float)target[i] / 254;
        const float e = expf(-fabsf(x[i])); // log(1 + e^x) - want x, without overflow
        if (counts)
            *sum += (double)(fmaxf(x[i], 0) + log1pf(e) - want * x[i]);
        if (out)
            out[i] = counts ? scale * ((x[i] >= 0 ? 1 / (1 + e) : e / (1 + e)) - want) : 0;
    }
}

void cpu_binary_cross_entropy(enum dtype dtype, const void *x, const uint8_t *target, size_t count,
                              size_t divisor, float factor, void *dx, double *value)
{
    size_t counted = divisor;
    for (size_t i = 0; divisor == 0 && i < count; i++)
        counted += target[i] != 255;
    const double loss =
        number_loss(&(struct number_loss){.span = binary_span,
                                          .dtype = dtype,
                                          .count = count,
                                          .x = x,
                                          .dx = dx,
                                          .scale = counted ? factor / (float)counted : 0,
                                          .target = target});
    if (value)
        *value = counted ? loss / (double)counted : 0;
}

static void smooth_l1_span(const struct number_loss *l, const float *x, size_t first, size_t count,
                           float *out, double *total)
{
    const float *want = (const float *)l->target + first, beta = l->beta, scale = l->scale;
    float sum = 0;
    for (size_t i = 0; i < count; i++) {
        const float d = isnan(want[i]) ? 0 : x[i] - want[i], size = fabsf(d);
        sum += size < beta ? 0.5f * d * d / beta : size - 0.5f * beta;
        if (out)
            out[i] = scale * (size < beta ? d / beta : d > 0 ? 1.0f : -1.0f);
    }
    *total += (double)sum;
}

void cpu_smooth_l1(enum dtype dtype, const void *x, const float *target, float beta, size_t count,
                   size_t divisor, float factor, void *dx, double *value)
{
    const double loss = number_loss(&(struct number_loss){.span = smooth_l1_span,
                                                          .dtype = dtype,
                                                          .count = count,
                                                          .x = x,
                                                          .dx = dx,
                                                          .scale = factor / (float)divisor,
                                                          .target = target,
                                                          .beta = beta});
    if (value)
        *value = loss / (double)divisor;
}
