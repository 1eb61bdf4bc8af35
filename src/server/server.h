// The HTTP service of `swatch serve`: photos come in, colors and cut-outs go out. docs/serve.md
// tells what users see of it.
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "options.h"

// Serves until SIGTERM or SIGINT, then ends what is under way and returns SWATCH_OK. Writes a line
// of JSON for each request to standard error. Once for each process.
int server_run(const struct server_options *options, swatch_error *error);

#endif
