// Every layer's backward pass against central differences of its forward pass.
//
// To add a layer: a row in cases.h. Along random directions of the input and of each parameter, the
// change of the loss is held against the gradient's.
//
// In f32 a loss of about 1 carries noise of about 1e-7; over a step of 4e-3 along a unit direction
// that is 3e-5 of slope. Kinks (ReLU, L1, pooling) bend a slope by about the share of numbers
// within a step of one, below 1 %. So: 1.5 % of the slope's size, and 2e-4.

#include "cases.h"

#define STEP 2e-3f
#define RELATIVE 0.015
#define ABSOLUTE 2e-4

// Holds gradient . direction against the loss's change along it, in `values`.
static void check_slope(struct setup *s, const char *name, const char *what, float *values,
                        const float *gradient, size_t count, struct rng *rng)
{
    float *direction = malloc(count * sizeof *direction), *start = malloc(count * sizeof *start);
    memcpy(start, values, count * sizeof *start);
    for (int round = 0; round < 3; round++) {
        double norm = 0, slope = 0;
        for (size_t i = 0; i < count; i++) {
            direction[i] = rng_normal(rng);
            norm += (double)(direction[i] * direction[i]);
        }
        for (size_t i = 0; i < count; i++) {
            direction[i] /= (float)sqrt(norm);
            slope += (double)(direction[i] * gradient[i]);
        }
        double sides[2];
        for (int side = 0; side < 2; side++) {
            for (size_t i = 0; i < count; i++)
                values[i] = start[i] + (side ? STEP : -STEP) * direction[i];
            s->params.version++;
            sides[side] = loss_at(s);
        }
        memcpy(values, start, count * sizeof *start);
        s->params.version++;
        const double measured = (sides[1] - sides[0]) / (2 * (double)STEP);
        double size = 0; // of the whole gradient, per number: what a typical slope is
        for (size_t i = 0; i < count; i++)
            size += (double)(gradient[i] * gradient[i]);
        const double allowed =
            RELATIVE * fmax(fabs(measured), sqrt(size / (double)count)) + ABSOLUTE;
        test_checks++;
        if (!(fabs(measured - slope) <= allowed)) {
            test_failures++;
            fprintf(stderr, "%s, %s: the gradient says %.6g, the loss changes by %.6g\n", name,
                    what, slope, measured);
        }
    }
    free(direction);
    free(start);
}

static void check_case(size_t k)
{
    struct setup s;
    struct rng rng;
    if (setup_make(&s, k, backend_cpu(), DTYPE_F32, &rng) == 0) {
        params_clear_gradients(&s.params);
        loss_at(&s);
        graph_backward(s.g);
        graph_get_grad(s.x, s.dx);
        check_slope(&s, cases[k].name, "input", s.values, s.dx, s.count, &rng);
        for (struct param *p = s.params.first; p; p = p->next)
            if (p->trainable)
                check_slope(&s, cases[k].name, p->name, p->value, p->grad, p->count, &rng);
    }
    setup_free(&s);
}

int main(void)
{
    for (size_t k = 0; k < CASES; k++)
        check_case(k);
    return test_end();
}
