#include "train/recipe.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "train/task.h"

#define OF(member) offsetof(struct train_options, member)
#define OF_RECIPE(member) OF(recipe.member)

// clang-format off
// {name, argument, help, low, high, choices, of clothes, of people}, kind, offset, role, open
// limits, the article's value
static const struct field fields[] = {
    // Where from and where to
    {{"dataset", "KIND:DIR",
      "ccp:DIR, the CCP data; clothes also folder:DIR, photos/ and labels/", 0, 0, NULL, "", ""},
     FIELD_TEXT, OF(dataset), FIELD_DATA, 0, NULL},
    {{"split", "FILE", "names of photos, one a line; needed with ccp:DIR", 0, 0, NULL, "", ""},
     FIELD_TEXT, OF(split), FIELD_DATA, 0, NULL},
    {{"classes", "FILE", "classes to learn: 4, 18, 29, 59 or a class file", 0, 0, NULL, "", NULL},
     FIELD_TEXT, OF(classes), FIELD_DATA, 0, NULL},
    {{"garments", "FILE",
      "finer classes for a second head, which tells garments apart: as --classes", 0, 0, NULL, "",
      NULL},
     FIELD_TEXT, OF(garments), FIELD_DATA, 0, NULL},
    {{"people", "coco:FILE", "people outlined in COCO's format", 0, 0, NULL, NULL, ""},
     FIELD_TEXT, OF(people), FIELD_DATA, 0, NULL},
    {{"hold-out", "N", "keep every N-th photo for validation; 0: none", 0, 1e6, NULL, "10", "10"},
     FIELD_SIZE, OF(hold_out), FIELD_DATA, 0, NULL},
    {{"validation", "FILE",
      "validate on the photos named in FILE, in place of --hold-out", 0, 0, NULL, "", NULL},
     FIELD_TEXT, OF(validation), FIELD_DATA, 0, NULL},
    {{"start-from", "FILE", "begin with the weights in this safetensors file", 0, 0, NULL, "", ""},
     FIELD_TEXT, OF(start_from), FIELD_DATA, 0, NULL},
    {{"run", "DIR", "folder that the run is written to", 0, 0, NULL, "", ""},
     FIELD_TEXT, OF(run), FIELD_NOW, 0, NULL},
    {{"resume", NULL, "go on with the run in that folder", 0, 0, NULL, "no", "no"},
     FIELD_FLAG, OF(resume), FIELD_NOW, 0, NULL},
    // How long
    {{"steps", "N", "train for N steps in all", 1, 1e12, NULL, "5000", "5000"},
     FIELD_COUNT, OF_RECIPE(steps), FIELD_LENGTH, 0, NULL},
    {{"validate-every", "N",
      "measure on the validation photos after every N steps; 0: only at the end",
      0, 1e12, NULL, "500", "500"},
     FIELD_COUNT, OF(validate_every), FIELD_CALL, 0, NULL},
    {{"checkpoint-minutes", "M",
      "write a checkpoint after every M minutes", 0, 1e6, NULL, "10", "10"},
     FIELD_DOUBLE, OF(checkpoint_minutes), FIELD_CALL, 0, NULL},
    {{"device", "NAME",
      "where to train: cpu, cuda (an NVIDIA GPU), cuda:N (GPU number N) or auto",
      0, 0, NULL, "auto", "auto"},
     FIELD_TEXT, OF(device), FIELD_CALL, 0, NULL},
    {{"precision", "P",
      "the type of numbers to compute in; auto: the one that is faster on the device", 0, 0,
      "f32|bf16|auto", "auto", "auto"},
     FIELD_CHOICE, OF_RECIPE(dtype), FIELD_PART, 0, NULL},
    {{"loader-threads", "N", "threads that read and augment photos", 1, 256, NULL, "1", "1"},
     FIELD_SIZE, OF(loader_threads), FIELD_CALL, 0, NULL},
    {{"cache-mb", "N",
      "keep up to N MB of decoded photos in memory", 0, 1 << 20, NULL, "2048", "2048"},
     FIELD_SIZE, OF(cache_mb), FIELD_CALL, 0, NULL},
    // The network
    {{"article", NULL,
      "use the article's networks and recipe; other options still count", 0, 0, NULL, "no", NULL},
     FIELD_FLAG, OF(article), FIELD_CALL, 0, NULL},
    {{"generator", "NAME",
      "lite-unet, lite2-unet, keras-gan, pix2pix or pix2pix-256", 0, 0, NULL, "lite-unet", NULL},
     FIELD_NAME, OF_RECIPE(generator), FIELD_PART, 0, "keras-gan"},
    {{"output", "WHAT",
      "what the network answers: class scores or a color-coded map",
      0, 0, "scores|rgb", "scores", NULL},
     FIELD_CHOICE, OF_RECIPE(rgb), FIELD_PART, 0, "rgb"},
    {{"filters", "N",
      "filters of the generator's first layer; 0: its usual number", 0, 1024, NULL, "0", NULL},
     FIELD_SIZE, OF_RECIPE(filters), FIELD_PART, 0, NULL},
    {{"discriminator", "NAME",
      "the discriminator: keras-gan is the article's, patchgan the paper's",
      0, 0, "keras-gan|patchgan", "keras-gan", NULL},
     FIELD_CHOICE, OF_RECIPE(patchgan), FIELD_PART, 0, NULL},
    {{"discriminator-filters", "N",
      "filters of the discriminator's first layer", 1, 1024, NULL, "16", NULL},
     FIELD_SIZE, OF_RECIPE(discriminator_filters), FIELD_PART, 0, "64"},
    {{"height", "PX", "of the network's input", 1, 8192, NULL, "384", "448"},
     FIELD_SIZE, OF_RECIPE(height), FIELD_PART, 0, NULL},
    {{"width", "PX", "of the network's input", 1, 8192, NULL, "256", "448"},
     FIELD_SIZE, OF_RECIPE(width), FIELD_PART, 0, NULL},
    {{"frozen", NULL, NULL, 0, 7, NULL, NULL, "0"},
     FIELD_SIZE, OF_RECIPE(frozen), FIELD_PART, 0, NULL},
    // The losses
    {{"pixel-weight", "W", "weight of cross-entropy (scores) or L1 (rgb)", 0, 1e6, NULL, "1", NULL},
     FIELD_REAL, OF_RECIPE(pixel_weight), FIELD_PART, 0, "100"},
    {{"region-weight", "W",
      "weight of soft Dice, which counts rare classes like others", 0, 1e6, NULL, "0", NULL},
     FIELD_REAL, OF_RECIPE(region_weight), FIELD_PART, 0, NULL},
    {{"garment-weight", "W",
      "weight of the second head's cross-entropy", 0, 1e6, NULL, "0.5", NULL},
     FIELD_REAL, OF_RECIPE(garment_weight), FIELD_PART, 0, NULL},
    {{"class-balance", "B",
      "weigh each class by its frequency to the power of -B", 0, 1, NULL, "0", NULL},
     FIELD_REAL, OF_RECIPE(class_balance), FIELD_PART, 0, NULL},
    {{"gan-weight", "W",
      "weight of the adversarial loss; 0: no discriminator", 0, 1e6, NULL, "0.02", NULL},
     FIELD_REAL, OF_RECIPE(gan_weight), FIELD_PART, 0, "1"},
    {{"gan-loss", "KIND",
      "kind of the adversarial loss", 0, 0, "squares|logistic", "squares", NULL},
     FIELD_CHOICE, OF_RECIPE(logistic), FIELD_PART, 0, NULL},
    {{"anchors", NULL, NULL, 1, 4096, NULL, NULL, "128"},
     FIELD_SIZE, OF_RECIPE(anchors), FIELD_PART, 0, NULL},
    {{"regions", NULL, NULL, 1, 4096, NULL, NULL, "96"},
     FIELD_SIZE, OF_RECIPE(regions), FIELD_PART, 0, NULL},
    {{"mask-regions", NULL, NULL, 1, 4096, NULL, NULL, "6"},
     FIELD_SIZE, OF_RECIPE(mask_regions), FIELD_PART, 0, NULL},
    // The steps
    {{"batch", "N", "photos in a step", 1, 4096, NULL, "8", "8"},
     FIELD_SIZE, OF_RECIPE(batch), FIELD_PART, 0, "1"},
    {{"seed", "N", "seed of all random numbers", 0, 1e15, NULL, "1", "1"},
     FIELD_COUNT, OF_RECIPE(seed), FIELD_PART, 0, NULL},
    {{"rate", "R", "learning rate", 0, 10, NULL, "0.001", "0.001"},
     FIELD_REAL, OF_RECIPE(rate), FIELD_PART, 0, "0.0002"},
    {{"encoder-rate", "SHARE",
      "rate of a pretrained encoder, as a share of --rate", 0, 1, NULL, "1", "1"},
     FIELD_REAL, OF_RECIPE(encoder_rate), FIELD_PART, OPEN_LOW, NULL},
    {{"schedule", "KIND",
      "the rate stays constant, or falls to 0 along a cosine", 0, 0,
      "constant|cosine", "cosine", "cosine"},
     FIELD_CHOICE, OF_RECIPE(cosine), FIELD_PART, 0, "constant"},
    {{"warmup", "SHARE",
      "share of the steps in which the rate rises from 0", 0, 1, NULL, "0.05", "0.05"},
     FIELD_REAL, OF_RECIPE(warmup), FIELD_PART, OPEN_HIGH, "0"},
    {{"beta1", "B", "Adam's", 0, 1, NULL, "0.9", "0.9"},
     FIELD_REAL, OF_RECIPE(beta1), FIELD_PART, OPEN_HIGH, "0.5"},
    {{"beta2", "B", "Adam's", 0, 1, NULL, "0.999", "0.999"},
     FIELD_REAL, OF_RECIPE(beta2), FIELD_PART, OPEN_HIGH, NULL},
    {{"decay", "D", "weight decay (decoupled, as in AdamW)", 0, 10, NULL, "0.01", "0.02"},
     FIELD_REAL, OF_RECIPE(decay), FIELD_PART, 0, "0"},
    {{"average-decay", "D",
      "decay of the weights' moving average; 0: no average", 0, 1, NULL, "0.998", "0.998"},
     FIELD_REAL, OF_RECIPE(average_decay), FIELD_PART, OPEN_HIGH, "0"},
    {{"sync-norm", NULL,
      "normalize over the whole batch, where processes (mpirun) share it", 0, 0, NULL, "no", "no"},
     FIELD_FLAG, OF_RECIPE(sync_norm), FIELD_PART, 0, NULL},
    // The samples
    {{"repeat-rare", "S",
      "show a photo more often if less than a share S of the photos have one of its classes",
      0, 1, NULL, "0", NULL},
     FIELD_REAL, OF_RECIPE(repeat_rare), FIELD_PART, 0, NULL},
    {{"ccp-share", "S",
      "share of samples that come from --dataset, the others from --people",
      0, 1, NULL, NULL, "0.3"},
     FIELD_REAL, OF_RECIPE(ccp_share), FIELD_PART, 0, NULL},
    {{"paste", "S",
      "share of samples that mix the people of several photos", 0, 1, NULL, "0.2", "0.5"},
     FIELD_REAL, OF_RECIPE(augmentation.paste), FIELD_PART, 0, "0"},
    {{"no-flip", NULL, "do not mirror photos", 0, 0, NULL, "no", "no"},
     FIELD_CLEAR, OF_RECIPE(augmentation.flip), FIELD_PART, 0, NULL},
    {{"scale", "LOW,HIGH",
      "scale photos by LOW to HIGH; at 1 a photo fits the input",
      0.1, 10, NULL, "0.8,1.8", "0.75,1.75"},
     FIELD_RANGE, OF_RECIPE(augmentation.scale_low), FIELD_PART, 0, NULL},
    {{"rotation", "DEG", "turn photos by up to DEG degrees", 0, 180, NULL, "12", "6"},
     FIELD_REAL, OF_RECIPE(augmentation.rotation), FIELD_PART, 0, NULL},
    {{"close-ups", "SHARE", "share of samples that are close-ups", 0, 1, NULL, "0.25", "0.1"},
     FIELD_REAL, OF_RECIPE(augmentation.close_ups), FIELD_PART, 0, NULL},
    {{"close-scale", "S", "largest scale of close-ups", 0, 100, NULL, "4", "3"},
     FIELD_REAL, OF_RECIPE(augmentation.close_scale), FIELD_PART, 0, NULL},
    {{"persons", "SHARE",
      "share of samples that show one person, with the rest painted over", 0, 1, NULL, "0.5", "0"},
     FIELD_REAL, OF_RECIPE(augmentation.persons), FIELD_PART, 0, "0"},
    {{"color", "S", "strength of color changes", 0, 1, NULL, "0.7", "0.7"},
     FIELD_REAL, OF_RECIPE(augmentation.color), FIELD_PART, 0, NULL},
    {{"recolor", "SHARE",
      "share of samples whose hair and skin get other colors", 0, 1, NULL, "0.2", NULL},
     FIELD_REAL, OF_RECIPE(augmentation.recolor), FIELD_PART, 0, "0"},
    {{"camera", "SHARE",
      "share of samples that look taken by a poor camera: dark, noisy, soft",
      0, 1, NULL, "0.25", NULL},
     FIELD_REAL, OF_RECIPE(augmentation.camera), FIELD_PART, 0, "0"},
};
// clang-format on
#define FIELDS (sizeof fields / sizeof *fields)
_Static_assert(FIELDS <= FIELDS_MAX, "more room for fields");
_Static_assert(DTYPE_F32 == 0 && DTYPE_BF16 == 1 && PRECISION_AUTO == 2, "precision's choices");

const struct field *field_at(size_t index)
{
    return index < FIELDS ? &fields[index] : NULL;
}

const struct field *field_find(const char *name)
{
    for (size_t i = 0; i < FIELDS; i++)
        if (strcmp(fields[i].option.name, name) == 0)
            return &fields[i];
    return NULL;
}

const char *field_default(const struct field *field, const struct task *task)
{
    return task == &task_people ? field->option.of_people : field->option.of_clothes;
}

static int inside(const struct field *f, double x)
{
    const double low = f->option.low, high = f->option.high;
    return isfinite(x) && (f->open & OPEN_LOW ? x > low : x >= low) &&
           (f->open & OPEN_HIGH ? x < high : x <= high);
}

static int wrong(const struct field *f, const char *text, const char *kind, swatch_error *error)
{
    return error_set(error, SWATCH_USAGE, "%s must be %s %s %s %s %s, not %s", f->option.name, kind,
                     f->open & OPEN_LOW ? "above" : "from", SHORT(f->option.low, 7),
                     f->open & OPEN_HIGH ? "to below" : "to", SHORT(f->option.high, 7), text);
}

static int set_count(const struct field *f, void *to, const char *text, swatch_error *error)
{
    double number = 0;
    if (!*text || strspn(text, "0123456789") != strlen(text) || !number_read(text, &number) ||
        !inside(f, number))
        return wrong(f, text, "a whole number", error);
    if (f->kind == FIELD_SIZE)
        *(size_t *)to = (size_t)number;
    else
        *(uint64_t *)to = (uint64_t)number;
    return SWATCH_OK;
}

static int set_real(const struct field *f, void *to, const char *text, swatch_error *error)
{
    double number = 0;
    const char *end = number_read(text, &number);
    if (!end || *end || !inside(f, number))
        return wrong(f, text, "a number", error);
    if (f->kind == FIELD_DOUBLE)
        *(double *)to = number;
    else
        *(float *)to = (float)number;
    return SWATCH_OK;
}

static int set_range(const struct field *f, void *to, const char *text, swatch_error *error)
{
    double low = 0, high = 0;
    float *pair = to;
    const char *comma = number_read(text, &low);
    const char *end = comma && *comma == ',' ? number_read(comma + 1, &high) : NULL;
    if (!end || *end || !inside(f, low) || !inside(f, high) || low > high)
        return wrong(f, text, "LOW,HIGH", error);
    pair[0] = (float)low;
    pair[1] = (float)high;
    return SWATCH_OK;
}

static int set_flag(const struct field *f, void *to, const char *text, swatch_error *error)
{
    const int yes = strcmp(text, "yes") == 0;
    if (!yes && strcmp(text, "no") != 0)
        return error_set(error, SWATCH_USAGE, "%s must be yes or no, not %s", f->option.name, text);
    *(int *)to = f->kind == FIELD_FLAG ? yes : !yes;
    return SWATCH_OK;
}

// Returns the place of a text among choices "a|b|c"; -1 if it is none of them.
static int choice_find(const char *choices, const char *text)
{
    const size_t length = strlen(text);
    for (int i = 0; choices && !strchr(text, '|'); i++) {
        if (strncmp(choices, text, length) == 0 && (!choices[length] || choices[length] == '|'))
            return i;
        choices = strchr(choices, '|');
        choices = choices ? choices + 1 : NULL;
    }
    return -1;
}

int field_set(const struct field *f, struct train_options *options, const char *text,
              swatch_error *error)
{
    void *to = (char *)options + f->offset;
    int choice;
    switch (f->kind) {
    case FIELD_TEXT:
        *(const char **)to = *text ? text : NULL;
        return SWATCH_OK;
    case FIELD_NAME:
        if (strlen(text) >= sizeof options->recipe.generator)
            return error_set(error, SWATCH_USAGE, "%s %.40s...: there is none of that name",
                             f->option.name, text);
        strcpy(to, text);
        return SWATCH_OK;
    case FIELD_SIZE:
    case FIELD_COUNT:
        return set_count(f, to, text, error);
    case FIELD_REAL:
    case FIELD_DOUBLE:
        return set_real(f, to, text, error);
    case FIELD_RANGE:
        return set_range(f, to, text, error);
    case FIELD_FLAG:
    case FIELD_CLEAR:
        return set_flag(f, to, text, error);
    case FIELD_CHOICE:
        choice = choice_find(f->option.choices, text);
        if (choice < 0)
            return error_set(error, SWATCH_USAGE, "%s must be one of %s, not %s", f->option.name,
                             f->option.choices, text);
        *(int *)to = choice;
    }
    return SWATCH_OK;
}

int options_default(struct train_options *options, swatch_error *error)
{
    for (size_t i = 0; i < FIELDS; i++) {
        const char *text = field_default(&fields[i], options->task);
        if (text && field_set(&fields[i], options, text, error))
            return SWATCH_USAGE;
    }
    return SWATCH_OK;
}

static json_t *choice_json(const struct field *f, int choice)
{
    const char *from = f->option.choices;
    for (int i = 0; i < choice && from; i++)
        from = strchr(from, '|') ? strchr(from, '|') + 1 : NULL;
    return from ? json_stringn(from, strcspn(from, "|")) : json_null();
}

static json_t *field_json(const struct field *f, const struct train_options *options)
{
    const void *from = (const char *)options + f->offset;
    const char *text;
    switch (f->kind) {
    case FIELD_TEXT:
        text = *(const char *const *)from;
        return text ? json_string(text) : json_null();
    case FIELD_NAME:
        return json_string(from);
    case FIELD_SIZE:
        return json_integer((json_int_t) * (const size_t *)from);
    case FIELD_COUNT:
        return json_integer((json_int_t) * (const uint64_t *)from);
    case FIELD_REAL:
        return json_real((double)*(const float *)from);
    case FIELD_DOUBLE:
        return json_real(*(const double *)from);
    case FIELD_RANGE:
        return json_pack("[f, f]", (double)((const float *)from)[0],
                         (double)((const float *)from)[1]);
    case FIELD_FLAG:
        return json_boolean(*(const int *)from);
    case FIELD_CLEAR:
        return json_boolean(!*(const int *)from);
    case FIELD_CHOICE:
        return choice_json(f, *(const int *)from);
    }
    return NULL;
}

char *options_text(const struct train_options *options, int roles)
{
    json_t *json = json_object();
    int failed = json_object_set_new(json, "task", json_string(options->task->name));
    for (size_t i = 0; i < FIELDS; i++)
        if ((fields[i].role & roles) && field_default(&fields[i], options->task))
            failed |=
                json_object_set_new(json, fields[i].option.name, field_json(&fields[i], options));
    char *text = failed ? NULL : json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(7));
    json_decref(json);
    return text;
}

int options_parse(const char *name, const char *text, const struct task **task,
                  char *texts[FIELDS_MAX], swatch_error *error)
{
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL), *value;
    const char *of = json_string_value(json_object_get(json, "task")), *key;
    json_t *options = json_object_get(json, "options");
    int status = SWATCH_OK;
    *task = of ? task_find(of) : NULL;
    if (!*task || !json_is_object(options))
        status =
            error_set(error, SWATCH_FAILED, "%s: not the options of a run of swatch train", name);
    json_object_foreach(options, key, value)
    {
        const struct field *f = field_find(key);
        if (!f || !json_is_string(value))
            continue;
        char **text_of = &texts[f - fields];
        free(*text_of);
        if (!(*text_of = strdup(json_string_value(value))))
            status = error_memory(error);
    }
    json_decref(json);
    return status;
}

void recipe_difference(const char *there, const char *here, char text[RECIPE_DIFFERENCE])
{
    const size_t flags = JSON_ENCODE_ANY | JSON_REAL_PRECISION(7);
    json_t *a = json_loads(there, 0, NULL), *b = json_loads(here, 0, NULL), *value;
    const char *key;
    size_t used = 0;
    text[0] = 0;
    json_object_foreach(b, key, value)
    {
        json_t *other = json_object_get(a, key);
        if (!a || json_equal(value, other) || used >= RECIPE_DIFFERENCE)
            continue;
        char *before = json_dumps(other, flags), *now = json_dumps(value, flags);
        used += (size_t)snprintf(text + used, RECIPE_DIFFERENCE - used, "%s%s (there %s, here %s)",
                                 used ? ", " : "", key, before ? before : "absent",
                                 now ? now : "absent");
        free(before);
        free(now);
    }
    json_decref(a);
    json_decref(b);
}

float recipe_rate(const struct recipe *r, uint64_t step)
{
    const double done = (double)step / (double)r->steps, warmup = (double)r->warmup;
    if (done < warmup)
        return r->rate * (float)((double)(step + 1) / (warmup * (double)r->steps + 1));
    if (!r->cosine)
        return r->rate;
    const double along = (done - warmup) / (1 - warmup);
    return r->rate * (float)(0.5 * (1 + cos(3.14159265358979 * fmin(along, 1))));
}

struct adam recipe_adam(const struct recipe *r, uint64_t step)
{
    const float forgets = (float)(step + 1) / (float)(step + 10);
    return (struct adam){.rate = recipe_rate(r, step),
                         .beta1 = r->beta1,
                         .beta2 = r->beta2,
                         .epsilon = 1e-8f,
                         .decay = r->decay,
                         .average_decay = fminf(r->average_decay, forgets)};
}
