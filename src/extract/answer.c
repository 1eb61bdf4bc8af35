#include "extract/answer.h"

void answer_for_each(const swatch_session *s, const struct seen *seen, const swatch_result *r,
                     size_t step,
                     void (*look)(void *user, const float *probabilities, size_t y, size_t x),
                     void *user)
{
    const struct letterbox *box = &s->answer_box;
    const size_t classes = r->classes.count;
    for (size_t y = 0; s->answer && y < box->height; y += step) {
        const size_t row = (2 * y + 1) * seen->height / (2 * box->height);
        const float *from = s->answer + (box->top + y) * s->answer_width * classes;
        for (size_t x = 0; x < box->width; x += step) {
            const size_t column = (2 * x + 1) * seen->width / (2 * box->width);
            if (seen->mask && !seen->mask[row * seen->width + column])
                continue;
            look(user, from + (box->left + x) * classes, seen->top + row, seen->left + column);
        }
    }
}
