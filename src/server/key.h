// What an answer depends on, as one short text: the same for the same request, in every process
// that serves the same models.
#ifndef SERVER_KEY_H
#define SERVER_KEY_H

#include <swatch.h>

#include "exchange.h"

// The part that is the same for all requests. people: may be NULL.
void key_of_models(const struct server_options *options, const swatch_model *clothes,
                   const swatch_model *people, char key[KEY_SIZE]);
void key_of_request(const struct exchange *exchange, const char *models, char key[KEY_SIZE]);

#endif
