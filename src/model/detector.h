// A Mask R-CNN model file and how it is run on a photo. The file is a safetensors file with the
// same metadata keys as other models (model/model.h): swatch.architecture as in maskrcnn_text, and
// swatch.classes, of which the first is the background.
#ifndef MODEL_DETECTOR_H
#define MODEL_DETECTOR_H

#include "image/image.h"
#include "model/model.h"
#include "model/networks/maskrcnn.h"

// One thing found, in pixels of the photo.
struct detection {
    float box[4];               // x1, y1, x2, y2
    float score;                // 0-1
    size_t label;               // 1 .. classes - 1
    size_t x, y, width, height; // the rectangle of whole pixels that the mask covers
    uint8_t *mask;              // (height, width): how surely inside, 255 the surest; 128 and more
                                //   is inside
    float *cells; // within detector_run: the mask as the network gives it, 0-1, before
                  //   it is brought to pixels
};

struct detector;
struct detector_session;

// 1 if the file says that it is such a model, whatever else is right or wrong with it.
int detector_is(const char *path);
// A file that is damaged, of another architecture or with other tensors than its architecture needs
// is an error. It runs on `backend`, which MODEL_AUTO asks what it is good at.
int detector_open(const char *path, enum model_precision precision, const struct backend *backend,
                  struct detector **detector, swatch_error *error);
void detector_free(struct detector *detector);
const struct maskrcnn *detector_network(const struct detector *detector);
// The name of a class; NULL for a label out of range.
const char *detector_class_name(const struct detector *detector, size_t label);
// JSON text of the training history.
const char *detector_history(const struct detector *detector);

// Buffers for one thread. Graphs are built at the first use of a canvas and kept.
int detector_session_new(const struct detector *detector, struct detector_session **session,
                         swatch_error *error);
void detector_session_free(struct detector_session *session);

// Finds what has at least `least_score` in a photo (3 bands), best first; where the model has a
// closer look and the first finds nobody large, by both (looks.h). A lower `least_score` only adds
// to what is found. The caller frees the detections with detections_free.
int detector_run(struct detector_session *session, const struct image *photo, float least_score,
                 struct detection **detections, size_t *count, swatch_error *error);
void detections_free(struct detection *detections, size_t count);

#endif
