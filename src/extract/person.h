// The person of a photo, where a mask tells who that is.
#ifndef EXTRACT_PERSON_H
#define EXTRACT_PERSON_H

#include "extract/result.h"
#include "extract/session.h"

// Takes the options' person mask into the result; nobody in it is SWATCH_NO_PERSON.
int person_take(swatch_result *result, const swatch_extract_options *options, swatch_error *error);
// Finds the labels of a result whose person is known.
int person_segment(swatch_session *session, swatch_result *result,
                   const swatch_extract_options *options, swatch_error *error);

#endif
