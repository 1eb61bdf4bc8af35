// A device without hardware: the CPU's backend behind memory that the host cannot touch.
//
// Device memory is mapped twice. The engine gets addresses of a view without access rights, so
// reading or writing it outside the backend ends the test. The backend's functions use the other
// view. They abort when they get host memory in place of device memory, or the reverse. Queued work
// runs when somebody waits for it, not earlier. Calls between record_begin and record_end are kept
// and made at each replay.
//
//     const struct backend *device = guarded_device();
//
// Results are the CPU's to the last bit, except that no normalization is folded.
// guarded_reference() is the CPU's backend without folding.
#ifndef TESTS_NN_GUARDED_DEVICE_H
#define TESTS_NN_GUARDED_DEVICE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/ranks.h"
#include "nn/backend.h"

#define GUARDED_BYTES ((size_t)4 << 30) // of addresses; memory is taken as it is written

static const struct backend *guarded_cpu;
static char *guarded_view, *guarded_memory; // the engine's view, and the backend's
static size_t guarded_used;
static int guarded_blocks; // allocated and not released

static void guarded_abort(const char *what)
{
    fprintf(stderr, "guarded device: %s\n", what);
    abort();
}

static int guarded_is(const void *p)
{
    return (const char *)p >= guarded_view && (const char *)p < guarded_view + GUARDED_BYTES;
}

// Turns a device address into the backend's view of it. Aborts on host memory.
static void *on(const void *p)
{
    if (p && !guarded_is(p))
        guarded_abort("host memory where the device's is meant");
    return p ? guarded_memory + ((const char *)p - guarded_view) : NULL;
}

// Returns the address if it is host memory; aborts otherwise.
static const void *off(const void *p)
{
    if (guarded_is(p))
        guarded_abort("device memory where the host's is meant");
    return p;
}

// ---- Recording ---------------------------------------------------------------------------------

struct guarded_call {
    void (*run)(const void *arguments);
    void *arguments;
};

struct recording {
    struct guarded_call *calls;
    size_t count;
};

static struct recording *guarded_recording; // being made
static struct recording guarded_queue;      // what is to be done
static int guarded_replays, guarded_reads;

static void guarded_do(void (*run)(const void *arguments), const void *arguments, size_t size)
{
    struct recording *r = guarded_recording ? guarded_recording : &guarded_queue;
    r->calls = realloc(r->calls, (r->count + 1) * sizeof *r->calls);
    r->calls[r->count] = (struct guarded_call){run, malloc(size)};
    memcpy(r->calls[r->count++].arguments, arguments, size);
}

static void guarded_waits(const char *what)
{
    if (guarded_recording) {
        fprintf(stderr, "guarded device: %s while recording\n", what);
        abort();
    }
}

// Does all queued work.
static void guarded_finish(void)
{
    for (size_t i = 0; i < guarded_queue.count; i++) {
        guarded_queue.calls[i].run(guarded_queue.calls[i].arguments);
        free(guarded_queue.calls[i].arguments);
    }
    free(guarded_queue.calls);
    guarded_queue = (struct recording){0};
}

static int guarded_record_begin(swatch_error *error)
{
    guarded_waits("record_begin");
    guarded_recording = calloc(1, sizeof *guarded_recording);
    return guarded_recording ? SWATCH_OK : error_memory(error);
}

static int guarded_record_end(struct recording **recording, swatch_error *error)
{
    (void)error;
    *recording = guarded_recording;
    guarded_recording = NULL;
    return SWATCH_OK;
}

static void guarded_run_replay(const void *arguments)
{
    const struct recording *r = *(struct recording *const *)arguments;
    for (size_t i = 0; i < r->count; i++)
        r->calls[i].run(r->calls[i].arguments);
}

static void guarded_replay(struct recording *r)
{
    guarded_waits("replay");
    guarded_do(guarded_run_replay, &r, sizeof r);
    guarded_replays++;
}

static void guarded_recording_free(struct recording *r)
{
    guarded_finish();
    for (size_t i = 0; r && i < r->count; i++)
        free(r->calls[i].arguments);
    if (r)
        free(r->calls);
    free(r);
}

// ---- Memory ------------------------------------------------------------------------------------

static int guarded_alloc(size_t bytes, void **memory, swatch_error *error)
{
    const size_t room = (bytes + 4095) / 4096 * 4096;
    guarded_waits("alloc");
    if (room > GUARDED_BYTES - guarded_used)
        return error_memory(error);
    *memory = guarded_view + guarded_used;
    memset(guarded_memory + guarded_used, 0x7f, room); // 3.4e38, or 127
    guarded_used += room;
    guarded_blocks++;
    return SWATCH_OK;
}

// Memory is never given out twice, so that a use after release shows.
static void guarded_release(void *memory)
{
    guarded_finish();
    if (memory)
        guarded_blocks--;
}

struct guarded_write {
    void *to;
    size_t bytes;
    char data[];
};

static void guarded_run_write(const void *arguments)
{
    const struct guarded_write *a = arguments;
    memcpy(a->to, a->data, a->bytes);
}

static void guarded_write(void *to, const void *from, size_t bytes)
{
    guarded_waits("write");
    struct guarded_write *a = malloc(sizeof *a + bytes);
    *a = (struct guarded_write){on(to), bytes};
    memcpy(a->data, off(from), bytes);
    guarded_do(guarded_run_write, a, sizeof *a + bytes);
    free(a);
}

static void guarded_read(void *to, const void *from, size_t bytes)
{
    guarded_waits("read");
    guarded_finish();
    guarded_reads++;
    memcpy((void *)off(to), on(from), bytes);
}

static int guarded_check(swatch_error *error)
{
    (void)error;
    guarded_waits("check");
    guarded_finish();
    return SWATCH_OK;
}

static void guarded_upload(enum dtype dtype, const float *from, void *to, size_t count)
{
    void *numbers = malloc(count * dtype_size(dtype));
    guarded_cpu->upload(dtype, off(from), numbers, count);
    guarded_write(to, numbers, count * dtype_size(dtype));
    free(numbers);
}

static void guarded_download(enum dtype dtype, const void *from, float *to, size_t count)
{
    guarded_waits("download");
    guarded_finish();
    guarded_reads++;
    guarded_cpu->download(dtype, on(from), (float *)off(to), count);
}

// Memory that is being fed holds NaN, or 255, until the feed is waited for. It gets this at once,
// even while work is queued. So reading it too early shows, and so does feeding memory that is in
// use.
static struct guarded_meal {
    void *to;
    size_t bytes;
    char *data;
} guarded_meals[8];
static size_t guarded_meal_count;

static void guarded_feed(enum dtype dtype, const void *from, void *to, size_t count)
{
    const size_t bytes = count * dtype_size(dtype);
    guarded_waits("feed");
    if (guarded_meal_count == sizeof guarded_meals / sizeof *guarded_meals)
        guarded_abort("fed too often");
    struct guarded_meal *m = &guarded_meals[guarded_meal_count++];
    *m = (struct guarded_meal){to, bytes, malloc(bytes)};
    guarded_cpu->feed(dtype, off(from), m->data, count);
    memset(on(to), 0xff, bytes);
}

static void guarded_feed_wait(void)
{
    guarded_waits("feed_wait");
    for (size_t i = 0; i < guarded_meal_count; i++) {
        memcpy(on(guarded_meals[i].to), guarded_meals[i].data, guarded_meals[i].bytes);
        free(guarded_meals[i].data);
    }
    guarded_meal_count = 0;
}

static void guarded_conv_free(struct conv *conv)
{
    guarded_finish();
    guarded_cpu->conv_free(conv);
}

// ---- What is queued ----------------------------------------------------------------------------

static struct norm_pass guarded_pass(const struct norm_pass *n)
{
    struct norm_pass pass = *(const struct norm_pass *)off(n);
    pass.gamma = on(n->gamma);
    pass.beta = on(n->beta);
    pass.stats = on(n->stats);
    return pass;
}

// Defines a function of the backend that is queued. Takes its parameters, the same as members of a
// struct, the CPU's call with that struct, and the members' values in their order.
#define GUARDED(name, parameters, members, call, ...)                                              \
    struct guarded_##name {                                                                        \
        members;                                                                                   \
    };                                                                                             \
    static void guarded_run_##name(const void *arguments)                                          \
    {                                                                                              \
        const struct guarded_##name *a = arguments;                                                \
        guarded_cpu->name call;                                                                    \
    }                                                                                              \
    static void guarded_##name parameters                                                          \
    {                                                                                              \
        const struct guarded_##name a = {__VA_ARGS__};                                             \
        guarded_do(guarded_run_##name, &a, sizeof a);                                              \
    }

// clang-format off
GUARDED(copy, (void *to, const void *from, size_t bytes), void *to; const void *from; size_t bytes,
        (a->to, a->from, a->bytes), on(to), on(from), bytes)
GUARDED(zero, (void *to, size_t bytes), void *to; size_t bytes, (a->to, a->bytes), on(to), bytes)

GUARDED(conv_pack, (struct conv *conv, const float *weights),
        struct conv *conv; const float *weights, (a->conv, a->weights), conv, on(weights))
GUARDED(conv_forward,
        (struct conv *conv, const void *x, const void *skip, const float *bias, void *y,
         void *scratch),
        struct conv *conv; const void *x; const void *skip; const float *bias; void *y; void *scratch,
        (a->conv, a->x, a->skip, a->bias, a->y, a->scratch), conv, on(x), on(skip), on(bias), on(y),
        on(scratch))
GUARDED(conv_backward_data,
        (struct conv *conv, const void *dy, void *dx, void *dskip, void *scratch),
        struct conv *conv; const void *dy; void *dx; void *dskip; void *scratch,
        (a->conv, a->dy, a->dx, a->dskip, a->scratch), conv, on(dy), on(dx), on(dskip),
        on(scratch))
GUARDED(conv_backward_weights,
        (struct conv *conv, const void *x, const void *skip, const void *dy, float *dw, int add,
         void *scratch),
        struct conv *conv; const void *x; const void *skip; const void *dy; float *dw; int add;
        void *scratch, (a->conv, a->x, a->skip, a->dy, a->dw, a->add, a->scratch),
        conv, on(x), on(skip), on(dy), on(dw), add, on(scratch))
GUARDED(bias_backward,
        (enum dtype t, const void *dy, size_t rows, size_t c, float *db, int add, void *scratch),
        enum dtype t; const void *dy; size_t rows; size_t c; float *db; int add; void *scratch,
        (a->t, a->dy, a->rows, a->c, a->db, a->add, a->scratch),
        t, on(dy), rows, c, on(db), add, on(scratch))

GUARDED(activation_forward,
        (enum dtype t, enum activation f, const void *x, void *y, size_t n),
        enum dtype t; enum activation f; const void *x; void *y; size_t n,
        (a->t, a->f, a->x, a->y, a->n), t, f, on(x), on(y), n)
GUARDED(activation_backward,
        (enum dtype t, enum activation f, const void *y, const void *dy, void *dx, size_t n),
        enum dtype t; enum activation f; const void *y; const void *dy; void *dx; size_t n,
        (a->t, a->f, a->y, a->dy, a->dx, a->n), t, f, on(y), on(dy), on(dx), n)

GUARDED(norm_forward, (const struct norm_pass *n, const void *x, void *y, void *scratch),
        struct norm_pass n; const void *x; void *y; void *scratch,
        (&a->n, a->x, a->y, a->scratch), guarded_pass(n), on(x), on(y), on(scratch))
GUARDED(norm_backward,
        (const struct norm_pass *n, const void *x, const void *dy, void *dx, float *dgamma,
         float *dbeta, int add, void *scratch),
        struct norm_pass n; const void *x; const void *dy; void *dx; float *dgamma; float *dbeta;
        int add; void *scratch,
        (&a->n, a->x, a->dy, a->dx, a->dgamma, a->dbeta, a->add, a->scratch),
        guarded_pass(n), on(x), on(dy), on(dx), on(dgamma), on(dbeta), add, on(scratch))
GUARDED(norm_backward_sums,
        (const struct norm_pass *n, const void *x, const void *dy, double *sums, void *scratch),
        struct norm_pass n; const void *x; const void *dy; double *sums; void *scratch,
        (&a->n, a->x, a->dy, a->sums, a->scratch),
        guarded_pass(n), on(x), on(dy), on(sums), on(scratch))
GUARDED(norm_backward_data,
        (const struct norm_pass *n, const void *x, const void *dy, const float *means, void *dx),
        struct norm_pass n; const void *x; const void *dy; const float *means; void *dx,
        (&a->n, a->x, a->dy, a->means, a->dx), guarded_pass(n), on(x), on(dy), on(means), on(dx))
GUARDED(norm_running,
        (const struct norm_pass *n, float momentum, float *mean, float *variance),
        struct norm_pass n; float momentum; float *mean; float *variance,
        (&a->n, a->momentum, a->mean, a->variance),
        guarded_pass(n), momentum, on(mean), on(variance))
GUARDED(norm_affine,
        (const float *gamma, const float *beta, const float *mean, const float *variance,
         float epsilon, size_t c, float *scale, float *shift),
        const float *gamma; const float *beta; const float *mean; const float *variance;
        float epsilon; size_t c; float *scale; float *shift,
        (a->gamma, a->beta, a->mean, a->variance, a->epsilon, a->c, a->scale, a->shift),
        on(gamma), on(beta), on(mean), on(variance), epsilon, c, on(scale), on(shift))
GUARDED(affine_forward,
        (enum dtype t, const void *x, size_t rows, size_t c, const float *scale, const float *shift,
         enum activation f, void *y),
        enum dtype t; const void *x; size_t rows; size_t c; const float *scale; const float *shift;
        enum activation f; void *y,
        (a->t, a->x, a->rows, a->c, a->scale, a->shift, a->f, a->y),
        t, on(x), rows, c, on(scale), on(shift), f, on(y))

GUARDED(upsample_forward,
        (enum dtype t, const struct upsample_shape *shape, const void *x, void *y),
        enum dtype t; struct upsample_shape shape; const void *x; void *y,
        (a->t, &a->shape, a->x, a->y), t, *shape, on(x), on(y))
GUARDED(upsample_backward,
        (enum dtype t, const struct upsample_shape *shape, const void *dy, void *dx),
        enum dtype t; struct upsample_shape shape; const void *dy; void *dx,
        (a->t, &a->shape, a->dy, a->dx), t, *shape, on(dy), on(dx))
GUARDED(pool_forward,
        (enum dtype t, const struct conv_shape *shape, const void *x, void *y, uint8_t *index),
        enum dtype t; struct conv_shape shape; const void *x; void *y; uint8_t *index,
        (a->t, &a->shape, a->x, a->y, a->index), t, *shape, on(x), on(y), on(index))
GUARDED(pool_backward,
        (enum dtype t, const struct conv_shape *shape, const uint8_t *index, const void *dy,
         void *dx),
        enum dtype t; struct conv_shape shape; const uint8_t *index; const void *dy; void *dx,
        (a->t, &a->shape, a->index, a->dy, a->dx), t, *shape, on(index), on(dy), on(dx))
GUARDED(copy_channels,
        (enum dtype t, const void *x, size_t xc, size_t xf, void *y, size_t yc, size_t yf, size_t c,
         size_t rows),
        enum dtype t; const void *x; size_t xc; size_t xf; void *y; size_t yc; size_t yf; size_t c;
        size_t rows,
        (a->t, a->x, a->xc, a->xf, a->y, a->yc, a->yf, a->c, a->rows),
        t, on(x), xc, xf, on(y), yc, yf, c, rows)
GUARDED(add_forward,
        (enum dtype t, enum activation f, const void *p, const void *q, void *y, size_t n),
        enum dtype t; enum activation f; const void *p; const void *q; void *y; size_t n,
        (a->t, a->f, a->p, a->q, a->y, a->n), t, f, on(p), on(q), on(y), n)
GUARDED(dropout,
        (enum dtype t, float rate, uint64_t seed, const uint64_t *step, const void *x, void *y,
         size_t n),
        enum dtype t; float rate; uint64_t seed; const uint64_t *step; const void *x; void *y;
        size_t n,
        (a->t, a->rate, a->seed, a->step, a->x, a->y, a->n), t, rate, seed, on(step), on(x), on(y),
        n)

GUARDED(paint,
        (enum dtype t, const uint8_t *labels, size_t rows, const float *table, size_t classes,
         size_t c, void *y),
        enum dtype t; const uint8_t *labels; size_t rows; const float *table; size_t classes;
        size_t c; void *y,
        (a->t, a->labels, a->rows, a->table, a->classes, a->c, a->y),
        t, on(labels), rows, on(table), classes, c, on(y))

GUARDED(softmax_forward, (enum dtype t, const void *x, size_t rows, size_t c, void *y),
        enum dtype t; const void *x; size_t rows; size_t c; void *y,
        (a->t, a->x, a->rows, a->c, a->y), t, on(x), rows, c, on(y))
GUARDED(softmax_backward,
        (enum dtype t, const void *y, const void *dy, size_t rows, size_t c, void *dx),
        enum dtype t; const void *y; const void *dy; size_t rows; size_t c; void *dx,
        (a->t, a->y, a->dy, a->rows, a->c, a->dx), t, on(y), on(dy), rows, c, on(dx))
GUARDED(cross_entropy,
        (enum dtype t, const void *x, const uint8_t *labels, const float *weights,
         const uint64_t *sets, size_t set_count, size_t rows, size_t c, float factor, void *dx,
         double *value),
        enum dtype t; const void *x; const uint8_t *labels; const float *weights;
        const uint64_t *sets; size_t set_count; size_t rows; size_t c;
        float factor; void *dx; double *value,
        (a->t, a->x, a->labels, a->weights, a->sets, a->set_count, a->rows, a->c, a->factor, a->dx,
         a->value),
        t, on(x), on(labels), on(weights), on(sets), set_count, rows, c, factor, on(dx), on(value))
GUARDED(dice_sums,
        (enum dtype t, const void *x, const uint8_t *labels, size_t rows, size_t c, double *sums),
        enum dtype t; const void *x; const uint8_t *labels; size_t rows; size_t c; double *sums,
        (a->t, a->x, a->labels, a->rows, a->c, a->sums), t, on(x), on(labels), rows, c, on(sums))
GUARDED(dice_slopes, (const double *sums, size_t c, float *slopes, double *value),
        const double *sums; size_t c; float *slopes; double *value,
        (a->sums, a->c, a->slopes, a->value), on(sums), c, on(slopes), on(value))
GUARDED(dice_backward,
        (enum dtype t, const void *x, const uint8_t *labels, const float *slopes, size_t rows,
         size_t c, float factor, void *dx),
        enum dtype t; const void *x; const uint8_t *labels; const float *slopes; size_t rows;
        size_t c;
        float factor; void *dx,
        (a->t, a->x, a->labels, a->slopes, a->rows, a->c, a->factor, a->dx),
        t, on(x), on(labels), on(slopes), rows, c, factor, on(dx))
GUARDED(l1,
        (enum dtype t, const void *x, const void *y, size_t n, float factor, void *dx,
         double *value),
        enum dtype t; const void *x; const void *y; size_t n; float factor; void *dx; double *value,
        (a->t, a->x, a->y, a->n, a->factor, a->dx, a->value),
        t, on(x), on(y), n, factor, on(dx), on(value))
GUARDED(gan,
        (enum dtype t, enum gan_loss kind, const void *x, float target, size_t n, float factor,
         void *dx, double *value),
        enum dtype t; enum gan_loss kind; const void *x; float target; size_t n; float factor;
        void *dx; double *value,
        (a->t, a->kind, a->x, a->target, a->n, a->factor, a->dx, a->value),
        t, kind, on(x), target, n, factor, on(dx), on(value))
GUARDED(binary_cross_entropy,
        (enum dtype t, const void *x, const uint8_t *target, size_t n, size_t divisor, float factor,
         void *dx, double *value),
        enum dtype t; const void *x; const uint8_t *target; size_t n; size_t divisor; float factor;
        void *dx; double *value,
        (a->t, a->x, a->target, a->n, a->divisor, a->factor, a->dx, a->value),
        t, on(x), on(target), n, divisor, factor, on(dx), on(value))
GUARDED(smooth_l1,
        (enum dtype t, const void *x, const float *target, float beta, size_t n, size_t divisor,
         float factor, void *dx, double *value),
        enum dtype t; const void *x; const float *target; float beta; size_t n; size_t divisor;
        float factor; void *dx; double *value,
        (a->t, a->x, a->target, a->beta, a->n, a->divisor, a->factor, a->dx, a->value),
        t, on(x), on(target), beta, n, divisor, factor, on(dx), on(value))

// These take arrays of pointers, which the caller may reuse. The struct keeps a copy of each pointer.
GUARDED(roi_align_forward,
        (enum dtype t, const struct roi_shape *shape, const void *const *levels, const float *rois,
         void *y),
        enum dtype t; struct roi_shape shape; const void *levels[ROI_LEVELS]; const float *rois;
        void *y,
        (a->t, &a->shape, a->levels, a->rois, a->y),
        t, *shape,
        {on(levels[0]), shape->levels > 1 ? on(levels[1]) : NULL,
         shape->levels > 2 ? on(levels[2]) : NULL, shape->levels > 3 ? on(levels[3]) : NULL,
         shape->levels > 4 ? on(levels[4]) : NULL},
        on(rois), on(y))
GUARDED(roi_align_backward,
        (enum dtype t, const struct roi_shape *shape, const float *rois, const void *dy,
         void *const *dlevels, void *scratch),
        enum dtype t; struct roi_shape shape; const float *rois; const void *dy;
        void *dlevels[ROI_LEVELS]; void *scratch,
        (a->t, &a->shape, a->rois, a->dy, a->dlevels, a->scratch),
        t, *shape, on(rois), on(dy),
        {on(dlevels[0]), shape->levels > 1 ? on(dlevels[1]) : NULL,
         shape->levels > 2 ? on(dlevels[2]) : NULL, shape->levels > 3 ? on(dlevels[3]) : NULL,
         shape->levels > 4 ? on(dlevels[4]) : NULL},
        on(scratch))

struct guarded_adam {
    struct adam_tensor tensor;
    const float *scalars;
    float beta1; float beta2; float epsilon; float decay;
    const int *finite;
    int *flag; // of all_finite
};
// clang-format on

static struct adam_tensor guarded_tensor(const struct adam_tensor *tensor)
{
    const struct adam_tensor *t = off(tensor);
    return (struct adam_tensor){.value = on(t->value),
                                .grad = on(t->grad),
                                .m = on(t->m),
                                .v = on(t->v),
                                .average = on(t->average),
                                .count = t->count,
                                .decays = t->decays,
                                .rate = t->rate};
}

static void guarded_run_adam(const void *arguments)
{
    const struct guarded_adam *a = arguments;
    guarded_cpu->adam(&a->tensor, 1, a->scalars, a->beta1, a->beta2, a->epsilon, a->decay,
                      a->finite);
}

static void guarded_adam(const struct adam_tensor *tensors, size_t count, const float *scalars,
                         float beta1, float beta2, float epsilon, float decay, const int *finite)
{
    for (size_t i = 0; i < count; i++) {
        const struct guarded_adam a = {.tensor = guarded_tensor(&tensors[i]),
                                       .scalars = on(scalars),
                                       .beta1 = beta1,
                                       .beta2 = beta2,
                                       .epsilon = epsilon,
                                       .decay = decay,
                                       .finite = on(finite)};
        guarded_do(guarded_run_adam, &a, sizeof a);
    }
}

static void guarded_run_all_finite(const void *arguments)
{
    const struct guarded_adam *a = arguments;
    guarded_cpu->all_finite(&a->tensor, 1, a->flag);
}

static void guarded_all_finite(const struct adam_tensor *tensors, size_t count, int *finite)
{
    for (size_t i = 0; i < count; i++) {
        const struct guarded_adam a = {.tensor = guarded_tensor(&tensors[i]), .flag = on(finite)};
        guarded_do(guarded_run_all_finite, &a, sizeof a);
    }
}

// ---- Sums over ranks ---------------------------------------------------------------------------

// Sums over ranks by the host's ranks. Numbers being summed are NaN on the device until they are
// waited for, so that using them too early shows.
struct guarded_sum {
    float *at, *values;
    size_t count;
    struct ranks_pending pending;
};

static struct ranks *guarded_ranks;
static struct guarded_sum guarded_sums[1024];
static size_t guarded_sum_count; // on their way
static size_t guarded_sums_done, guarded_largest_sum;
static int guarded_sums_opened;

static inline int guarded_sums_id(uint8_t id[SUMS_ID_BYTES], swatch_error *error)
{
    (void)error;
    if (ranks_number(guarded_ranks) > 0)
        guarded_abort("a second id");
    memset(id, 0x5a, SUMS_ID_BYTES);
    return SWATCH_OK;
}

static inline int guarded_sums_open(const uint8_t id[SUMS_ID_BYTES], size_t rank, size_t count,
                                    swatch_error *error)
{
    (void)error;
    for (size_t i = 0; i < SUMS_ID_BYTES; i++)
        if (id[i] != 0x5a)
            guarded_abort("an id that is not rank 0's");
    if (rank != ranks_number(guarded_ranks) || count != ranks_count(guarded_ranks) ||
        guarded_sums_opened++)
        guarded_abort("sums opened as another rank, or twice");
    return SWATCH_OK;
}

static inline void guarded_sum(float *values, size_t count)
{
    guarded_waits("sum");
    if (!guarded_sums_opened || guarded_sum_count == sizeof guarded_sums / sizeof *guarded_sums)
        guarded_abort("a sum that is not open, or one too many");
    guarded_finish();
    struct guarded_sum *s = &guarded_sums[guarded_sum_count++];
    s->at = on(values);
    s->count = count;
    s->values = malloc(count * sizeof *s->values);
    memcpy(s->values, s->at, count * sizeof *s->values);
    memset(s->at, 0xff, count * sizeof *s->values);
    ranks_sum_start(guarded_ranks, s->values, count, &s->pending);
    guarded_largest_sum = count > guarded_largest_sum ? count : guarded_largest_sum;
}

static inline void guarded_sums_wait(void)
{
    guarded_waits("sums_wait");
    guarded_finish();
    for (size_t i = 0; i < guarded_sum_count; i++) {
        struct guarded_sum *s = &guarded_sums[i];
        ranks_wait(guarded_ranks, &s->pending, 1);
        memcpy(s->at, s->values, s->count * sizeof *s->values);
        free(s->values);
        guarded_sums_done++;
    }
    guarded_sum_count = 0;
}

static inline void guarded_sums_close(void)
{
    if (guarded_sums_opened-- != 1 || guarded_sum_count > 0)
        guarded_abort("sums closed that are not open, or on their way");
}

// ---- The backend -------------------------------------------------------------------------------

static inline const struct backend *guarded_reference(void)
{
    static struct backend cpu;
    cpu = *backend_cpu();
    cpu.host_weights = 0;
    return &cpu;
}

static const struct backend *guarded_device(void)
{
    static struct backend device;
    guarded_cpu = backend_cpu();
    if (guarded_view)
        return &device;
    const int file = memfd_create("device", 0);
    if (file < 0 || ftruncate(file, GUARDED_BYTES))
        guarded_abort("no memory");
    guarded_view = mmap(NULL, GUARDED_BYTES, PROT_NONE, MAP_SHARED | MAP_NORESERVE, file, 0);
    guarded_memory =
        mmap(NULL, GUARDED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file, 0);
    close(file);
    if (guarded_view == MAP_FAILED || guarded_memory == MAP_FAILED)
        guarded_abort("no memory");
    // Functions that allocate or only ask are the CPU's own.
    device = *guarded_cpu;
    device.name = "guarded";
    device.host_weights = 0;
    device.conv_share = NULL; // it would read what is queued
#define OP(name) device.name = guarded_##name;
#define ASK(name)
#include "nn/ops.def"
    device.record_begin = guarded_record_begin;
    device.record_end = guarded_record_end;
    device.replay = guarded_replay;
    device.recording_free = guarded_recording_free;
    return &device;
}

// Returns the device as one that sums over `ranks` by itself.
static inline const struct backend *guarded_summing(struct ranks *ranks)
{
    static struct backend device;
    device = *guarded_device();
    guarded_ranks = ranks;
    device.sums_id = guarded_sums_id;
    device.sums_open = guarded_sums_open;
    device.sum = guarded_sum;
    device.sums_wait = guarded_sums_wait;
    device.sums_close = guarded_sums_close;
    return &device;
}

#endif
