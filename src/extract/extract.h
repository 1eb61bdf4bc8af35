// All steps of a photo, in their order.
#ifndef EXTRACT_EXTRACT_H
#define EXTRACT_EXTRACT_H

#include "extract/photo.h"
#include "extract/result.h"
#include "extract/session.h"

// Does what swatch_extract does, except that it makes no JSON.
int extract_photo(swatch_session *session, const swatch_photo *photo,
                  const swatch_extract_options *options, swatch_result **result,
                  swatch_error *error);

// Fills in what follows from the result's photo, classes and labels: regions, garments and colors.
// Uses the options about colors alone.
int result_describe(swatch_result *result, const swatch_extract_options *options,
                    swatch_error *error);

#endif
