// Makes labels for photos that have tags alone. A model that was trained on labelled photos looks
// at each, and may answer only with the photo's tags, background, skin and hair. The data set's own
// paper has the idea (Yang, Luo, Lin, CVPR 2014); here a network is the parser.
//
//     co-parse MODEL CCP SPLIT CLASSES SURE DIR
//
// writes a data set for `swatch train --dataset folder:DIR`:
//
//     labels/      for SPLIT's photos their own labels, for the tagged photos those of MODEL; 255
//                  where MODEL is less sure than SURE (0-1)
//     classes.txt  the classes of CLASSES by number; MODEL's must be the same or finer
//     split.txt    all names
//
// DIR/photos must exist: make it a link to CCP/photos.
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/folder.h"
#include "data/dataset.h"
#include "extract/photo.h"
#include "extract/segment.h"

#define FIRST_TAGGED 1005 // of CCP's photos
#define LAST_TAGGED 2098

struct work {
    swatch_session *session;
    struct dataset data;
    const char *folder;
    float sure;
    FILE *split;
};

static int save(struct work *w, const char *name, const struct image *labels, swatch_error *error)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/labels/%s.png", w->folder, name) >= (int)sizeof path)
        return error_set(error, SWATCH_FAILED, "%s: the path is too long", w->folder);
    fprintf(w->split, "%s\n", name);
    return image_save_png(labels, path, 6, error);
}

static int take_labelled(struct work *w, const char *name, swatch_error *error)
{
    struct image photo = {0}, classes = {0};
    int status = dataset_load(&w->data, name, &photo, &classes, error);
    status = status ? status : save(w, name, &classes, error);
    image_free(&photo);
    image_free(&classes);
    return status;
}

static int take_tagged(struct work *w, const char *name, swatch_error *error)
{
    char path[PATH_MAX];
    uint8_t tags[CCP_TAGS], classes[CLASSES_MAX] = {1};
    struct image photo = {0}, labels = {0}, map = {0};
    swatch_timings timings = {0};
    const swatch_extract_options options = {0};
    const struct known known = {.classes = classes, .sure = w->sure};
    snprintf(path, sizeof path, "%s/photos/%s.jpg", w->data.ccp.folder, name);
    int status = ccp_load_tags(&w->data.ccp, name, tags, error);
    for (size_t tag = 0; tag < CCP_TAGS; tag++)
        if (tags[tag] || strcmp(w->data.ccp.tag_names[tag], "skin") == 0 ||
            strcmp(w->data.ccp.tag_names[tag], "hair") == 0)
            classes[w->data.map.of_tag[tag]] = 1;
    status = status ? status : image_load(path, 0, &photo, error);
    status = status ? status
                    : segment(w->session, &photo, &options, &known, &labels, &map, &timings, error);
    status = status ? status : save(w, name, &labels, error);
    image_free(&photo);
    image_free(&labels);
    image_free(&map);
    return status;
}

static int write_classes(const struct work *w, swatch_error *error)
{
    char path[PATH_MAX];
    const struct classes *classes = &w->data.map.classes;
    snprintf(path, sizeof path, "%s/classes.txt", w->folder);
    FILE *file = fopen(path, "w");
    if (!file)
        return error_set(error, SWATCH_FAILED, "%s: %s", path, strerror(errno));
    for (size_t c = 0; c < classes->count; c++)
        fprintf(file, "%s #%02x%02x%02x: %zu\n", classes->names[c], classes->colors[c][0],
                classes->colors[c][1], classes->colors[c][2], c);
    return fclose(file) ? error_set(error, SWATCH_FAILED, "%s: %s", path, strerror(errno))
                        : SWATCH_OK;
}

static int run(struct work *w, const char *split, swatch_error *error)
{
    char path[PATH_MAX], **names;
    size_t count;
    snprintf(path, sizeof path, "%s/labels", w->folder);
    if (ccp_split_load(split, &names, &count, error))
        return SWATCH_FAILED;
    int status = folder_make(path, error);
    status = status ? status : write_classes(w, error);
    snprintf(path, sizeof path, "%s/split.txt", w->folder);
    if (!status && !(w->split = fopen(path, "w")))
        status = error_set(error, SWATCH_FAILED, "%s: %s", path, strerror(errno));
    for (size_t i = 0; !status && i < count; i++)
        status = take_labelled(w, names[i], error);
    for (int i = FIRST_TAGGED; !status && i <= LAST_TAGGED; i++) {
        char name[16];
        snprintf(name, sizeof name, "%04d", i);
        status = take_tagged(w, name, error);
    }
    if (w->split && fclose(w->split) && !status)
        status = error_set(error, SWATCH_FAILED, "%s: %s", path, strerror(errno));
    ccp_split_free(names, count);
    return status;
}

int main(int count, char **arguments)
{
    char dataset[PATH_MAX];
    swatch_error error;
    swatch_model *model = NULL;
    struct work work = {0};
    if (count != 7) {
        fprintf(stderr, "Usage: co-parse MODEL CCP SPLIT CLASSES SURE DIR\n");
        return SWATCH_USAGE;
    }
    snprintf(dataset, sizeof dataset, "ccp:%s", arguments[2]);
    work.sure = strtof(arguments[5], NULL);
    work.folder = arguments[6];
    swatch_model_options options = SWATCH_MODEL_OPTIONS_INIT;
    options.classes = arguments[4];
    const int status = swatch_model_open(arguments[1], &options, &model, &error) ||
                       swatch_session_new(model, NULL, &work.session, &error) ||
                       dataset_open(dataset, arguments[4], &work.data, &error) ||
                       run(&work, arguments[3], &error);
    if (status)
        fprintf(stderr, "co-parse: %s\n", error.message);
    dataset_close(&work.data);
    swatch_session_free(work.session);
    swatch_model_free(model);
    return status ? SWATCH_FAILED : SWATCH_OK;
}
