// What the parts of `swatch extract` share.
#ifndef CLI_EXTRACT_H
#define CLI_EXTRACT_H

#include <limits.h>
#include <pthread.h>
#include <swatch.h>

#include "batch.h"
#include "telling.h"

struct extract_settings {
    struct batch_options batch;
    const char *model, *classes, *person, *person_mask;
    size_t people;    // so many a photo, each in a folder; 0: the largest, in the photo's folder
    int all_whole;    // --people none: the whole photo
    int needs_people; // --people asks for people, so there must be a model that finds them
    swatch_extract_options extract;
    int precision;     // a swatch_precision
    unsigned palettes; // a bit for each swatch_palette_format
    int report, csv_plain, xlsx, soft_person;
    int garments;             // --garments: --classes of GARMENT_CLASSES
    int article;              // all steps of the article, each with its picture
    int format, edges, card;  // a swatch_picture_format, a swatch_edges, a swatch_card
    swatch_save_options save; // but for these three, until the options are settled
    struct telling telling;
    int stream; // -o -: the one piece goes to standard output
};

// How pieces are written, once all options are read. ground, quality: 1 if they were given. Returns
// 0; or -1 where they have no effect on the format, with what is wrong in `message`, each option's
// name behind `dashes`.
int extract_settle_save(struct extract_settings *settings, int ground, int quality,
                        const char *dashes, char *message, size_t size);
// Read the arguments of --people and --classes into a struct extract_settings.
const char *extract_read_people(void *settings, const char *text);
const char *extract_read_classes(void *settings, const char *text);

// Photos to results: working threads open the models and compute, the main thread writes.
struct extractor {
    const struct extract_settings *settings;
    char model_path[PATH_MAX], person_path[PATH_MAX], class_room[PATH_MAX];
    const char *class_path; // NULL: the model's own classes
    unsigned how;           // to save: SWATCH_SAVE_ bits but for SWATCH_REPLACE
    struct batch *batch;
    struct folder_report *report;
    struct pool pool;    // its people: NULL without the person step
    pthread_t preparing; // a thread that makes the only worker's buffers for clothes
    int prepares;        //   1: it is to be waited for
    swatch_album *album; // of the photo whose people are being saved, or NULL
    const struct photo_entry *album_of;
};

// Finds the files of models. Returns SWATCH_OK, or an exit status after a message.
int extractor_start(struct extractor *extractor, const struct extract_settings *settings);
void extractor_end(struct extractor *extractor);
// What batch.h asks for; `user` is the extractor.
json_t *extractor_made(void *user);
int extractor_begin(void *user, swatch_error *error);
int extractor_work(void *user, struct job *job);
int extractor_write(void *user, struct job *job);
void extractor_release(struct job *job);
void extractor_close(void *user);

#endif
