// The paths of the service.
#ifndef SERVER_ROUTES_H
#define SERVER_ROUTES_H

#include "service.h"

struct route {
    const char *path;
    const char *method; // "GET" (which is HEAD, too) or "POST"
    int task;           // of POST: a server_task; else -1
    // Of GET: sets the answer.
    void (*get)(struct service *service, struct answer *answer);
    int open; // 1: everybody may ask, with or without a token
};

// The route of a path; NULL: there is none, unless it is a file of the page.
const struct route *route_find(const char *path);

#endif
