// The service as its parts see it.
#ifndef SERVER_SERVICE_H
#define SERVER_SERVICE_H

#include <microhttpd.h>
#include <stdatomic.h>

#include "body.h"
#include "clients.h"
#include "options.h"
#include "tokens.h"
#include "workers.h"

struct service {
    const struct server_options *options;
    struct MHD_Daemon *daemon;
    struct clients clients;
    struct workers workers;
    struct metrics metrics;
    struct decoders decoders;
    struct tokens tokens;  // none: everybody may ask
    struct body_room room; // of the bodies of all requests
    atomic_int open;       // requests that have begun and are not answered
    atomic_int draining;   // the service ends; connections are not kept
};

#endif
