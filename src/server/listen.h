// The socket that the service listens on.
#ifndef SERVER_LISTEN_H
#define SERVER_LISTEN_H

#include <stddef.h>
#include <swatch.h>

// Opens it for "ADDRESS:PORT" or "[ADDRESS]:PORT", to be shared with other processes of the same
// user (SO_REUSEPORT); or takes the one that a service manager opened ($LISTEN_FDS). *socket is to
// be closed by the caller. address: at most `size` bytes, where it listens in truth.
int listen_open(const char *where, int *socket, char *address, size_t size, swatch_error *error);

// Lets connections come. Until then those of a shared address go to the other processes.
int listen_begin(int socket, swatch_error *error);

#endif
