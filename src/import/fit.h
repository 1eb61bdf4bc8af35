// Do these tensors make this network?
#ifndef IMPORT_FIT_H
#define IMPORT_FIT_H

#include "import/names.h"

// 0 if each parameter of the network is there, in its shape and finite, and nothing else.
// Otherwise the message counts and lists what is missing, misshapen and surplus.
int import_fit(const struct import_tensors *tensors, const struct import_model *model,
               swatch_error *error);

#endif
