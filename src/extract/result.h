// The result of a photo. The steps fill it in, one after the other.
#ifndef EXTRACT_RESULT_H
#define EXTRACT_RESULT_H

#include <swatch.h>

#include "color/balance.h"
#include "color/monochrome.h"
#include "extract/pattern.h"
#include "image/image.h"
#include "model/classes.h"

// The values of a person mask: from PERSON_INSIDE on a pixel is the person's, from PERSON_POSSIBLE
// on it may be.
#define PERSON_INSIDE 128
#define PERSON_POSSIBLE 32

struct swatch_result {
    char *name;
    char *source;              // as the photo's, or NULL
    char notice[IMAGE_NOTICE]; // as the photo's
    struct image photo;        // (H, W, 3), unpainted
    struct image labels;       // (H, W, 1) class indices
    struct image map;          // (H, W, 3) the colors that a model of color-coded maps painted, and
                               //   the background's where it did not look; other models: no pixels
    struct image first_map;    // with options.steps and a person mask: (H, W, 3) the map of the
                               //   whole photo, nothing painted
    struct image view;         // as well: (H, W, 3) the photo as the network saw it
    swatch_person who;         // with swatch_extract_options.person
    int has_who;
    struct image person; // (H, W, 1) 0-255, see PERSON_INSIDE; no pixels when there was no mask
    struct classes classes;
    char architecture[64];
    uint8_t region_of[CLASSES_MAX]; // class -> swatch_region, SWATCH_REGIONS for background
    size_t pixels[SWATCH_REGIONS];
    double expected[SWATCH_REGIONS];   // IoU, 0-1; NaN where there is no region, or no probability
    double confidence[SWATCH_REGIONS]; // that the IoU is above 0.8; NaN also where it was not
                                       //   measured for the model
    int alone;                         // clothes that nobody wears were looked for
    swatch_color colors[SWATCH_REGIONS][SWATCH_MAX_COLORS];
    size_t color_count[SWATCH_REGIONS];
    const char *reasons[SWATCH_REGIONS]; // why there are none, else NULL; static
    swatch_skin skin;
    swatch_hair hair;
    enum monochrome greyscale; // other than MONOCHROME_NOT: nothing was measured
    int wants_balance;         // white balance was asked for
    int balanced;              // ... and done: the next four are set
    struct balance balance;    // set when asked for
    swatch_color balanced_colors[SWATCH_REGIONS][SWATCH_MAX_COLORS];
    swatch_skin balanced_skin;
    swatch_hair balanced_hair;
    struct pattern pattern; // of all clothes; no name where it was not measured
    swatch_garment *garments;
    struct pattern *patterns; // of each garment
    size_t garment_count;
    struct image garment_of; // (H, W, 1) garment + 1, or 0; no pixels when there are no garments
    swatch_telling telling;  // its lists are kept by list_keep
    char *json;
    swatch_timings timings;
};

// Frees what a result owns and the result. NULL is fine.
void result_free(swatch_result *result);

// The command's names of the regions: "clothes", "skin", "hair".
extern const char *const region_names[SWATCH_REGIONS];

#endif
