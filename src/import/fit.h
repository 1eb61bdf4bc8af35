// Checks whether tensors are those of a network.
#ifndef IMPORT_FIT_H
#define IMPORT_FIT_H

#include "import/names.h"

// Returns 0 if the tensors are the network's parameters: none missing, none surplus, all of the
// right shape and finite. Else the message counts and lists the others.
int import_fit(const struct import_tensors *tensors, const struct import_model *model,
               swatch_error *error);

#endif
