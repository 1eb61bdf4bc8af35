// What the service and its decoders tell each other, over sockets that keep messages whole.
#ifndef SERVER_WIRE_H
#define SERVER_WIRE_H

#include <stddef.h>
#include <stdint.h>

#define WIRE_NAME 256

// A photo to decode; its file comes with it, in memory.
struct wire_photo {
    uint64_t bytes, max_pixels, max_memory;
    char name[WIRE_NAME];
};

// What became of it. With status 0 the pixels come with it, in memory: (height, width, 3), and
// behind them (height, width) of alpha where has_alpha is 1.
struct wire_pixels {
    int32_t status; // a swatch_status
    uint32_t has_alpha;
    uint64_t width, height;
    char notice[256], message[1024]; // "": none
};

// To the process that starts decoders: what to do, and with which.
struct wire_order {
    int32_t end; // 1: end the decoder; 0: start one
    int32_t process;
};

// Two ends of a new connection. 0, or -1 and errno.
int wire_pair(int ends[2]);
// Sends a message, and a descriptor with it if `pass` is not -1. 0, or -1.
int wire_send(int to, const void *message, size_t size, int pass);
// Receives a message of this size. *passed is a descriptor that came with it, or -1. 0, or -1: the
// other end is closed, or sent something else.
int wire_receive(int from, void *message, size_t size, int *passed);

#endif
