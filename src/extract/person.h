// The person step: labels one person, whom a mask shows.
#ifndef EXTRACT_PERSON_H
#define EXTRACT_PERSON_H

#include "extract/result.h"
#include "extract/session.h"

// Copies the options' person mask into the result. An empty mask is SWATCH_NO_PERSON.
int person_take(swatch_result *result, const swatch_extract_options *options, swatch_error *error);
// Finds the labels of a result that has a person mask.
int person_segment(swatch_session *session, swatch_result *result,
                   const swatch_extract_options *options, swatch_error *error);

#endif
