// A request and its answer, from the first header to the last byte.
#ifndef SERVER_EXCHANGE_H
#define SERVER_EXCHANGE_H

#include <microhttpd.h>
#include <stdatomic.h>

#include "answer.h"
#include "body.h"
#include "options.h"

#define KEY_SIZE 65 // bytes of a key (key.h), with the NUL

struct client;

// In which form files are wanted, by the Accept header.
enum accepts { ACCEPTS_ZIP, ACCEPTS_MULTIPART, ACCEPTS_PICTURE };

struct exchange {
    struct MHD_Connection *connection;
    struct client *client;
    void *service;     // whose it is
    const char *route; // its path where that is known, static; else "other"
    int task;          // a server_task, or -1: the answer is there already
    enum accepts accepts;
    char match[KEY_SIZE + 3]; // If-None-Match: the answer that the client has; "": none
    struct body body;
    struct server_wish wish;
    struct answer answer;
    atomic_int gone; // the client went
    int sent;        // all of the answer was handed over
    double begun;    // clock_seconds: of its headers,
    double received; // of its last byte,
    double taken;    // and when a worker took it; 0: not yet
};

#endif
