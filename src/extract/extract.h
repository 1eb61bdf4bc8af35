// All steps of a photo, in their order.
#ifndef EXTRACT_EXTRACT_H
#define EXTRACT_EXTRACT_H

#include "extract/photo.h"
#include "extract/result.h"
#include "extract/session.h"

// Colors of a region where the options name no number.
#define COLORS_DEFAULT 5

// Does what swatch_extract does, except that it makes no JSON.
int extract_photo(swatch_session *session, const swatch_photo *photo,
                  const swatch_extract_options *options, swatch_result **result,
                  swatch_error *error);

// Extracts the clothes of found people, the largest first, at most `most` of them. It skips those
// who turn out to be nobody (person_confirm). If nobody is left it looks for clothes without a
// person. `take` gets each result as soon as it is made, and owns it; SWATCH_CANCELLED if it
// returns nonzero. SWATCH_NO_PERSON: neither people nor clothes.
int extract_found(swatch_session *session, const swatch_photo *photo, const swatch_people *people,
                  const swatch_extract_options *options, size_t most, swatch_take take, void *user,
                  swatch_error *error);

// Counts the pixels of each region, from the result's classes and labels. It does not know how sure
// the regions are. Call it once for each result.
void result_count(swatch_result *result);

// Fills in what follows from the result's photo, classes, labels and counts: garments and colors.
// Uses the options about colors alone.
int result_describe(swatch_result *result, const swatch_extract_options *options,
                    swatch_error *error);

#endif
