// The body of a request as it arrives: a photo's bytes, or a form (multipart/form-data) with a
// photo and fields.
#ifndef SERVER_BODY_H
#define SERVER_BODY_H

#include <microhttpd.h>
#include <stdatomic.h>
#include <stddef.h>

#include "answer.h"
#include "options.h"

#define BODY_FIELDS 32   // of a request, at most
#define BODY_VALUE 1024u // bytes of a field's value, at most
#define BODY_NAME 256    // bytes of a photo's name, with a NUL

// Bytes that the bodies of all requests hold, and may hold.
struct body_room {
    atomic_size_t held;
    size_t most;
};

struct body {
    struct body_room *room;
    size_t most;                    // bytes that may come
    size_t arrived;                 // bytes that came
    struct MHD_PostProcessor *form; // NULL: the body is the photo
    unsigned char *photo;
    size_t size, capacity; // of the photo, bytes
    char name[BODY_NAME];  // of the photo, from the form; "": not told
    int photos;            // parts of the form that are photos
    int bare;              // the last part has no bytes yet: 1: a photo, 2: a field
    struct server_field fields[BODY_FIELDS];
    size_t count;
    struct answer fault; // what is wrong with it; status 0: nothing
};

// `type` is the Content-Type header or NULL. What is wrong is in body->fault, as below.
void body_begin(struct body *body, struct MHD_Connection *connection, const char *type,
                struct body_room *room, size_t most);
// Takes the next bytes. After a fault they are dropped.
void body_feed(struct body *body, const char *data, size_t size);
// There is no more.
void body_end(struct body *body);
// Adds a field, copied, as those of the query.
void body_field(struct body *body, const char *name, const char *value, size_t size);
void body_free(struct body *body);

#endif
