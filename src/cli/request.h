// The options of a request to `swatch serve`: those of the verbs' tables that are marked as served.
#ifndef CLI_REQUEST_H
#define CLI_REQUEST_H

#include "server/options.h"
#include "table.h"

// Makes the tables of what requests may say from those of the verbs. Call it before the others.
void request_options_make(void);
// For server_options.read.
int request_read(enum server_task task, const struct server_field *fields, size_t count,
                 struct server_wish *wish, char *message, size_t size);
// The options of a task, for openapi.c.
const struct option_entry *request_options(enum server_task task);

#endif
