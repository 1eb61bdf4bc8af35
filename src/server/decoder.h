// A process that decodes photos for the service, one after the other, in a sandbox.
#ifndef SERVER_DECODER_H
#define SERVER_DECODER_H

#include <stddef.h>

// Decodes what comes over the connection until it is closed; never returns. memory: bytes that the
// process may take for a photo.
void decoder_run(int connection, size_t memory) __attribute__((noreturn));

#endif
