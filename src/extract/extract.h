// The way of a photo: all steps in their order.
#ifndef EXTRACT_EXTRACT_H
#define EXTRACT_EXTRACT_H

#include "extract/photo.h"
#include "extract/result.h"
#include "extract/session.h"

// Finds clothes, skin and hair as swatch_extract does, but for the JSON.
int extract_photo(swatch_session *session, const swatch_photo *photo,
                  const swatch_extract_options *options, swatch_result **result,
                  swatch_error *error);

// Everything that follows from photo, classes and labels: regions, garments and
// colors. Of the options those that are about colors count.
int result_describe(swatch_result *result, const swatch_extract_options *options,
                    swatch_error *error);

#endif
