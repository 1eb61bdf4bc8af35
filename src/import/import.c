// Turns a file of foreign weights into one of ours: reads it, recognizes the network, renames the
// tensors, compares them with the network and writes them.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "import/classes.h"
#include "import/fit.h"
#include "import/import.h"
#include "model/file.h"

static const struct import_kind *const kinds[] = {
    &import_torchvision, &import_matterport, &import_pix2pix,
    &import_keras_gan,   &import_lite0,      &import_lite2,
};

// Removes `prefix` from all names if all have it. Returns 1 if it did.
static int strip(struct import_tensors *tensors, const char *prefix)
{
    for (size_t i = 0; i < tensors->count; i++)
        if (!import_starts(tensors->items[i].name, prefix))
            return 0;
    for (size_t i = 0; i < tensors->count; i++)
        import_rename(&tensors->items[i], "%s", tensors->items[i].name + strlen(prefix));
    return tensors->count > 0;
}

// Removes prefixes that all names have: those of PyTorch's DataParallel and compile, and names of a
// generator within a larger module. There may be several, in any order.
static void strip_prefixes(struct import_tensors *tensors)
{
    static const char *const prefixes[] = {"module.", "_orig_mod.", "netG.", "generator.", "G."};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strip(tensors, prefixes[i]))
            i = SIZE_MAX; // starts again; it ends because the names get shorter
}

static int recognize(const struct import_tensors *tensors, struct import_model *model,
                     swatch_error *error)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i]->is(tensors)) {
            model->kind = kinds[i];
            return SWATCH_OK;
        }
    char known[256] = "";
    for (size_t i = 0, used = 0; i < sizeof kinds / sizeof *kinds; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "",
                                 kinds[i]->title);
    return error_set(
        error, SWATCH_BAD_FILE, "%s: its %zu tensors (%s, ...) are of no network that is known: %s",
        tensors->file, tensors->count, tensors->count ? tensors->items[0].name : "none", known);
}

// Drops PyTorch's counters of batches, which our networks do not have.
static void drop_counters(struct import_tensors *tensors)
{
    for (size_t i = tensors->count; i-- > 0;)
        if (import_ends(tensors->items[i].name, ".num_batches_tracked"))
            import_drop(tensors, &tensors->items[i]);
}

static json_t *history(const struct import_model *model, const char *path)
{
    const char *slash = strrchr(path, '/');
    json_t *name = json_string(slash ? slash + 1 : path);
    // The name is only for people to read. One that is not UTF-8 is left out.
    return json_pack("{ss, so*}", "imported_from", model->kind->title, "file", name);
}

// Makes the values of the metadata, except for the architecture: input, classes, colors, history.
// The caller frees them, also after a lack of memory.
static int describe(const struct import_model *model, const struct import_classes *classes,
                    const char *path, char *text[4])
{
    json_t *names = json_array(), *colors = json_array();
    int status = SWATCH_OK;
    for (size_t i = 0; i < classes->count; i++) {
        json_array_append_new(names, json_string(classes->names[i]));
        json_array_append_new(colors, json_hex(classes->colors[i]));
    }
    json_t *parts[4] = {json_pack("{sI, sI}", "height", (json_int_t)model->height, "width",
                                  (json_int_t)model->width),
                        names, colors, history(model, path)};
    for (size_t i = 0; i < 4; i++) {
        text[i] = parts[i] ? json_dumps(parts[i], JSON_COMPACT) : NULL;
        status = text[i] ? status : SWATCH_FAILED;
        json_decref(parts[i]);
    }
    return status;
}

static int save(const char *output, const char *path, const struct import_tensors *tensors,
                const struct import_model *model, const struct import_classes *classes, int replace,
                swatch_error *error)
{
    char *text[4] = {NULL};
    int status = SWATCH_FAILED;
    struct safetensors_tensor *list = calloc(tensors->count + 1, sizeof *list);
    if (!list || describe(model, classes, path, text)) {
        error_memory(error);
        goto done;
    }
    for (size_t i = 0; i < tensors->count; i++) {
        const struct import_tensor *t = &tensors->items[i];
        list[i] = (struct safetensors_tensor){
            .name = t->name, .dtype = SAFETENSORS_F32, .rank = t->rank, .data = t->data};
        memcpy(list[i].shape, t->shape, sizeof list[i].shape);
    }
    const struct safetensors_pair pairs[] = {{"swatch.history", text[3]},
                                             {"swatch.format", MODEL_FORMAT},
                                             {"swatch.architecture", model->architecture},
                                             {"swatch.input", text[0]},
                                             {"swatch.classes", text[1]},
                                             {"swatch.colors", text[2]}};
    status = safetensors_save(output, list, tensors->count, pairs, model->architecture ? 6 : 1,
                              replace, error);
done:
    free(list);
    for (size_t i = 0; i < 4; i++)
        free(text[i]);
    return status;
}

int import_convert(struct import_tensors *tensors, const float *norm_epsilon,
                   struct import_model *model, swatch_error *error)
{
    *model = (struct import_model){.norm_epsilon = norm_epsilon};
    strip_prefixes(tensors);
    if (recognize(tensors, model, error))
        return SWATCH_FAILED;
    drop_counters(tensors);
    if (model->kind->convert(tensors, model, error) || import_fit(tensors, model, error)) {
        free(model->architecture);
        return SWATCH_FAILED;
    }
    return SWATCH_OK;
}

// Finds the classes, and refuses options for what the model does not have.
static int find_classes(const struct import_model *model, const char *path,
                        const swatch_import_options *options, struct import_classes *classes,
                        swatch_error *error)
{
    const char *names = options->classes;
    if (model->norm_epsilon && model->maskrcnn.classes == 0)
        return error_set(error, SWATCH_USAGE, "%s: %s has no epsilon to choose", path,
                         model->kind->title);
    if (names && !model->architecture)
        return error_set(error, SWATCH_USAGE, "%s: %s alone has no classes", path,
                         model->kind->title);
    return model->architecture ? import_classes_find(model, path, names, classes, error)
                               : SWATCH_OK;
}

int import_file(const char *path, const char *output, const swatch_import_options *options,
                swatch_import_summary *summary, swatch_error *error)
{
    struct import_classes classes = {0};
    struct import_tensors tensors;
    struct import_model model;
    const int choose = options->norm_epsilon != NULL;
    const float epsilon = choose ? (float)*options->norm_epsilon : 0;
    if (choose && !(epsilon >= 0 && epsilon <= 1))
        return error_set(error, SWATCH_USAGE, "the epsilon must be in 0-1");
    int status = import_read(path, &tensors, error);
    if (status)
        return status;
    status = import_convert(&tensors, choose ? &epsilon : NULL, &model, error);
    if (status) {
        import_tensors_free(&tensors);
        return status;
    }
    if ((status = find_classes(&model, path, options, &classes, error)) ||
        (status = save(output, path, &tensors, &model, &classes, options->replace, error)))
        goto done;
    *summary = (swatch_import_summary){.tensors = tensors.count, .classes = classes.count};
    snprintf(summary->kind, sizeof summary->kind, "%s", model.kind->title);
done:
    free(model.architecture);
    import_tensors_free(&tensors);
    return status;
}
