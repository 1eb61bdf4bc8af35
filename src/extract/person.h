// The person step: labels one person, whom a mask shows.
#ifndef EXTRACT_PERSON_H
#define EXTRACT_PERSON_H

#include "extract/certainty.h"
#include "extract/result.h"
#include "extract/session.h"

// Copies the options' person mask into the result. An empty mask is SWATCH_NO_PERSON.
int person_take(swatch_result *result, const swatch_extract_options *options, swatch_error *error);
// Finds the labels of a result that has a person mask, and tells what the network saw; the caller
// frees seen->mask.
int person_segment(swatch_session *session, swatch_result *result,
                   const swatch_extract_options *options, struct seen *seen, swatch_error *error);
// SWATCH_NO_PERSON when someone was found (options->person) whom the clothes network does not
// confirm: it sees hardly anything, or clothes alone, and the finder is not certain either. Needs
// the counts of the result's pixels.
int person_confirm(const swatch_result *result, swatch_error *error);

#endif
