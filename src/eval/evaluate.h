// Measures a model against the labels of a data set, with the steps of extraction.
#ifndef EVAL_EVALUATE_H
#define EVAL_EVALUATE_H

#include <swatch_train.h>

#include "extract/session.h"

// Does what swatch_evaluate says. The options must be checked and whole. *scores is only written on
// success.
int evaluate(swatch_session *session, const swatch_evaluate_options *options, swatch_scores *scores,
             swatch_error *error);

#endif
