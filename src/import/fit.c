// Compares tensors with a network, which is built for a small photo, without values, to see what
// its parameters are.

#include "import/fit.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

#define LISTED_MOST 10

struct list {
    const char *title;  // "missing"
    size_t count, used; // entries; bytes of text
    char text[280];     // three of them fit into a message
};

static void list_add(struct list *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void list_add(struct list *l, const char *format, ...)
{
    char entry[IMPORT_NAME_MAX + 96];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(entry, sizeof entry, format, arguments);
    va_end(arguments);
    if (++l->count > LISTED_MOST || length < 0 || length >= (int)sizeof entry ||
        l->used + (size_t)length + 3 > sizeof l->text)
        return;
    l->used += (size_t)snprintf(l->text + l->used, sizeof l->text - l->used, "%s%s",
                                l->used ? ", " : "", entry);
}

static int all_finite(const struct import_tensor *t)
{
    for (size_t i = 0; i < t->count; i++)
        if (!isfinite(t->data[i]))
            return 0;
    return 1;
}

static void compare(const struct import_tensors *tensors, const struct params *params,
                    struct list lists[4])
{
    for (const struct param *p = params->first; p; p = p->next) {
        const struct import_tensor *t = import_tensors_find(tensors, p->name);
        char has[64], wants[64];
        if (!t) {
            list_add(&lists[0], "%s", p->name);
        } else if (t->rank != p->rank || memcmp(t->shape, p->shape, p->rank * sizeof *p->shape)) {
            shape_text(has, sizeof has, t->rank, t->shape);
            shape_text(wants, sizeof wants, p->rank, p->shape);
            list_add(&lists[1], "%s is %s instead of %s", p->name, has, wants);
        } else if (!all_finite(t)) {
            list_add(&lists[2], "%s", p->name);
        }
    }
    for (size_t i = 0; i < tensors->count; i++)
        if (!params_find(params, tensors->items[i].name))
            list_add(&lists[3], "%s", tensors->items[i].name);
}

static int report(const struct import_tensors *tensors, const struct import_model *model,
                  const struct list lists[4], swatch_error *error)
{
    char text[900] = "";
    size_t used = 0, faults = 0;
    for (size_t i = 0; i < 4; i++)
        faults += lists[i].count;
    if (faults == 0)
        return SWATCH_OK;
    for (size_t i = 0; i < 4 && used < sizeof text; i++)
        if (lists[i].count > 0)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%zu %s (%s%s)",
                                     used ? "; " : "", lists[i].count, lists[i].title,
                                     lists[i].text, lists[i].count > LISTED_MOST ? ", ..." : "");
    return error_set(error, SWATCH_BAD_FILE, "%s: %s, but %s", tensors->file, model->kind->title,
                     text);
}

int import_fit(const struct import_tensors *tensors, const struct import_model *model,
               swatch_error *error)
{
    struct list lists[4] = {{.title = "missing"},
                            {.title = "misshapen"},
                            {.title = "with infinities or no numbers"},
                            {.title = "surplus"}};
    struct params params;
    swatch_error inner;
    int status;
    struct graph *g = graph_new(backend_cpu(), DTYPE_F32, GRAPH_INFER, 0);
    if (!g)
        return error_memory(error);
    params_init(&params, 0);
    params.shapes_only = 1;
    graph_params(g, &params, 1);
    model->kind->network(g, model);
    status = graph_check(g, &inner);
    if (status) {
        error_set(error, SWATCH_BAD_FILE, "%s: %s, but of impossible sizes: %s", tensors->file,
                  model->kind->title, inner.message);
    } else {
        compare(tensors, &params, lists);
        status = report(tensors, model, lists, error);
    }
    graph_free(g);
    params_free(&params);
    return status;
}
