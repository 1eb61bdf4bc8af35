// A model measured against the labels of a data set, by the steps that extraction takes.
#ifndef EVAL_EVALUATE_H
#define EVAL_EVALUATE_H

#include <swatch_train.h>

#include "extract/session.h"

// As swatch_evaluate, of options that are whole; *scores is only written on success.
int evaluate(swatch_session *session, const swatch_evaluate_options *options, swatch_scores *scores,
             swatch_error *error);

#endif
