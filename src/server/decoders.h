// The service's side of its decoders. They are processes of their own, so that a photo that breaks
// one costs its request and nothing else. A process that was forked before there were threads
// starts them.
#ifndef SERVER_DECODERS_H
#define SERVER_DECODERS_H

#include <pthread.h>
#include <stddef.h>
#include <swatch.h>

struct decoders {
    pthread_mutex_t lock;
    int starter; // the connection to the process that starts decoders
    int process; // which it is
};

// A worker's decoder. All 0 but `connection`, which is -1, at first.
struct decoder {
    struct decoders *all;
    int connection; // -1: there is none
    int process;
};

// Forks the process that starts decoders. To be called while there is one thread alone. memory:
// bytes that a decoder may take for a photo.
int decoders_start(struct decoders *decoders, size_t memory, swatch_error *error);
// After decoder_end of each.
void decoders_end(struct decoders *decoders);

// Starts it, if it is not there. 0, or -1.
int decoder_begin(struct decoder *decoder);
// As swatch_photo_from_memory. go_on ends it when it returns other than 0. *died is 1 where the
// photo, or somebody, ended the decoder.
int decoder_decode(struct decoder *decoder, const char *name, const void *data, size_t bytes,
                   const swatch_photo_options *options, swatch_progress go_on, void *user,
                   swatch_photo **photo, int *died, swatch_error *error);
void decoder_end(struct decoder *decoder);

#endif
