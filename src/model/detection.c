// Frees detections.

#include "model/detection.h"

#include <stdlib.h>

void detection_free(struct detection *d)
{
    free(d->mask);
    free(d->cells);
}

void detections_free(struct detection *detections, size_t count)
{
    for (size_t i = 0; detections && i < count; i++)
        detection_free(&detections[i]);
    free(detections);
}
