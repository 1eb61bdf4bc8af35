// The steps on the way of a photo, and the structs between them. swatch_extract (extract.c) calls
// them in this order; each is one file.
#ifndef EXTRACT_PIPELINE_H
#define EXTRACT_PIPELINE_H

#include <jansson.h>

#include "color/balance.h"
#include "image/image.h"
#include "model/model.h"

struct detector; // model/detector.h
struct detector_session;
struct detection;

struct swatch_photo {
    char *name;
    struct image image; // (H, W, 3)
    struct image alpha; // (H, W, 1); no pixels when all is opaque
    double seconds;     // decoding took
};

struct swatch_model {
    struct model *model;       // one of the two, the other is NULL
    struct detector *detector; // finds people
    struct classes classes;    // that it answers in: the network's, or coarser ones
    uint8_t fold[CLASSES_MAX]; // the network's class -> of these
    char *json;
};

struct swatch_session {
    const swatch_model *model;
    struct model_session *session;
    struct detector_session *people; // of a model that finds people; then nothing else is there
    float *canvas;                   // of the last look: the network's input (H, W, 3)
    float *scores[2];                // what it said of the photo, near and far (segment.c)
    size_t canvas_room, scores_room[2];
};

#define REGION_COLORS 8

// A person mask says how surely a pixel is the person's: from 128 on it is, from 32 on it may be.
#define PERSON_INSIDE 128
#define PERSON_POSSIBLE 32

struct swatch_result {
    char *name;
    struct image photo;  // (H, W, 3), unpainted
    struct image labels; // (H, W, 1) class indices
    swatch_person who;   // with swatch_extract_options.person
    int has_who;
    struct image person; // (H, W, 1) 0-255, see PERSON_INSIDE; no pixels when there was no mask
    struct classes classes;
    char architecture[64];
    uint8_t region_of[CLASSES_MAX]; // class -> swatch_region, SWATCH_REGIONS for background
    size_t pixels[SWATCH_REGIONS];
    swatch_color colors[SWATCH_REGIONS][REGION_COLORS];
    size_t color_count[SWATCH_REGIONS];
    const char *reasons[SWATCH_REGIONS]; // why there are none, else NULL; static
    swatch_skin skin;
    swatch_hair hair;
    int greyscale;          // the photo is; nothing was measured
    int wants_balance;      // white balance was asked for
    int balanced;           // ... and done: the next four are set
    struct balance balance; // set when asked for
    swatch_color balanced_colors[SWATCH_REGIONS][REGION_COLORS];
    swatch_skin balanced_skin;
    swatch_hair balanced_hair;
    swatch_garment *garments;
    size_t garment_count;
    struct image garment_of; // (H, W, 1) garment + 1, or 0; no pixels when there are no garments
    char *json;
    swatch_timings timings;
};

// mask.c: a caller's mask of a picture (above 127 inside) at the photo's size, 0 or 255. It must be
// of the photo's shape, to within rounding; `name` is the photo's and `what` the mask's in
// messages.
int mask_fit(const char *name, const char *what, const uint8_t *given, size_t width, size_t height,
             const struct image *photo, struct image *mask, swatch_error *error);
// The same as it is, 0-255.
int mask_scale(const char *name, const char *what, const uint8_t *given, size_t width,
               size_t height, const struct image *photo, struct image *mask, swatch_error *error);

#define PEOPLE_MAX 255 // so many fit a palette
#define PEOPLE_PNG "people.png"
#define PEOPLE_JSON "people.json"

struct swatch_people {
    char *name; // of the photo
    size_t width, height;
    struct detection *detections; // best first
    swatch_person *list;
    size_t *by_size;     // indices, largest first
    size_t count, found; // that are kept, and all there are
};

// people.c: {"score", "box", "pixels"} of one person; NULL without memory.
json_t *person_json(const swatch_person *person);

// save.c: the files of a result into a folder that is there; messages name the folder.
int result_write(const swatch_result *result, const char *folder, unsigned how,
                 swatch_error *error);
int save_is_file(const char *name); // whether it could be one of those

// ours.c: a folder may be replaced when all in it could be what is about to be written: `-o src`
// must not cost anyone a src/anna, nor people.json the card that lies there. No folder at all is
// fine, too.
enum ours { OURS_RESULT, OURS_PEOPLE }; // of swatch_result_save and albums; of swatch_people_save
int ours_check(const char *folder, enum ours whose, swatch_error *error);
// ours.c: a message about something in a folder's temporary stand-in, for a user who knows only the
// folder. Returns the status of `failed`.
int ours_say(const swatch_error *failed, const char *temporary, const char *folder,
             swatch_error *error);

// person.c: takes the options' person mask into the result; nobody in it is SWATCH_NO_PERSON.
int person_take(swatch_result *result, const swatch_extract_options *options, swatch_error *error);
// person.c: finds the labels of a result whose person is known.
int person_segment(swatch_session *session, swatch_result *result,
                   const swatch_extract_options *options, swatch_error *error);

// What is known of a photo before the network looks at it.
struct known {
    const uint8_t *classes; // (classes of the session's model) 0: nothing of this class is in it
    float sure;             // a label whose share of the known classes' probability is below this
                            //   becomes LABEL_UNSURE, 0-1
};
#define LABEL_UNSURE 255

// segment.c: photo (H, W, 3) -> labels (H, W, 1), by the session's network and the options' `masks`
// and `no_flip`. known: NULL where nothing is; heeded where classes are told by their scores alone.
int segment(swatch_session *session, const struct image *photo,
            const swatch_extract_options *options, const struct known *known, struct image *labels,
            swatch_timings *timings, swatch_error *error);

// hsv.c: the thresholds that cut each class's color out of a color-coded map. Boxes in OpenCV's
// 8-bit HSV around the class colors, disjoint; what is in none belongs to the nearest class color.
struct hsv_box {
    int h, s, v;                   // the class's color
    int h_reach, s_reach, v_reach; // inside: nearer than this (hue goes round at 180), twice over
};
void hsv_boxes(const struct classes *classes, struct hsv_box boxes[CLASSES_MAX]);
size_t hsv_class(const struct classes *classes, const struct hsv_box *boxes, const uint8_t rgb[3]);
// The nearest class color, in RGB.
size_t nearest_class(const struct classes *classes, const uint8_t rgb[3]);

// clean.c: gives pieces too small to be real to the class that surrounds them the most. A piece is
// 4-connected and too small below 0.02 % of the photo or, unless it is background, below 0.1 % of
// the largest piece of its class.
int clean_labels(struct image *labels, size_t classes, swatch_error *error);

// garments.c: the garments of the labels, with all but their colors; at most GARMENTS_MAX.
#define GARMENTS_MAX 255
int garments_find(swatch_result *result, swatch_error *error);
// The name of a garment's cut-out, "garment-1-coat.png".
void garments_file(const swatch_result *result, size_t index, char name[64]);
int garments_is_file(const char *name); // whether it could be one

// cutout.c: the alpha of a region at pixel (x, y): 255 inside, falling over the outermost pixels.
// Never above 0 outside, so that no fringe of the background shows.
uint8_t cutout_alpha(const swatch_result *result, swatch_region region, size_t x, size_t y);

// face.c: the skin that borders the hair: of all pieces of skin, the one with the longest border
// with hair, and those right next to it. Sets mask (H, W) to 1 there and 0 elsewhere; *found is 0
// when no skin borders hair.
int face_find(const swatch_result *result, uint8_t *mask, int *found, swatch_error *error);

// extract.c: everything that follows from photo, classes and labels: regions, garments, colors and
// the JSON. Of the options those that are about colors count.
int result_describe(swatch_result *result, const swatch_extract_options *options,
                    swatch_error *error);

// measure.c: everything about colors that a result holds; `most` (1-8) colors a region.
int result_measure(swatch_result *result, size_t most, int white_balance, swatch_error *error);

// measure.c: rows from the topmost to the lowest pixel that is not background.
size_t person_height(const struct image *labels);

// describe.c: the JSON.
int describe_json(swatch_result *result, swatch_error *error);

// palette.c: saves the colors of all regions and garments as a palette file.
int palette_of_result(const swatch_result *result, swatch_palette_format format, const char *path,
                      swatch_error *error);
// The groups of such a palette: the regions, then the garments. The caller frees *groups.
struct palette_group {
    swatch_group group; // its name is the one below
    char name[64];      // "clothes", "coat", "shoe 2"
    const char *reason; // why it has no colors, or NULL
};
int palette_groups(const swatch_result *result, struct palette_group **groups, size_t *count,
                   swatch_error *error);

// card.c: photo, cut-outs and swatches in one picture (H, W, 3).
int card_draw(const swatch_result *result, struct image *card, swatch_error *error);

// The command's names of the regions: "clothes", "skin", "hair".
extern const char *const region_names[SWATCH_REGIONS];

#endif
