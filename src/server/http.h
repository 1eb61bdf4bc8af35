// HTTP: which requests there are, and how they become answers.
#ifndef SERVER_HTTP_H
#define SERVER_HTTP_H

#include "service.h"

// Starts to answer on a listening socket, which it owns from now on. SWATCH_FAILED: it cannot, and
// the socket stays the caller's. socket: -1: for tests that add connections (MHD_add_connection)
// and have the service answer in their own thread (MHD_run).
int http_start(struct service *service, int socket, swatch_error *error);
// An answer is there: for workers.h.
void http_done(struct exchange *exchange);
// Takes the connections that wait at the socket and no others, and closes it.
void http_drain(struct service *service);
// Ends all connections. Nothing may be worked on any more.
void http_stop(struct service *service);

#endif
