// What a process may no longer do: open files, make sockets, start programs, take much memory.
#ifndef SERVER_SANDBOX_H
#define SERVER_SANDBOX_H

#include <stddef.h>

// From here on, for good. memory: bytes that it may take besides what it has. 0, or -1.
int sandbox_enter(size_t memory);

#endif
