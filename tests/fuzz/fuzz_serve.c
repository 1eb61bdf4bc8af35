// Requests to `swatch serve`: bytes on a connection, as far as the answer that the queue is full.

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/request.h"
#include "server/http.h"

#define TURNS 64 // of the service, after which it has done what it can; it reads 1 KB in each

static struct service service;

static void start(void)
{
    static struct server_options options = {.model = "ccp-4",
                                            .max_bytes = 4096,
                                            .timeout = 60,
                                            .quiet = 1,
                                            .read = request_read,
                                            .openapi = "{}"};
    swatch_error error;
    request_options_make();
    service.options = &options;
    service.room.most = 1 << 20;
    metrics_start(&service.metrics);
    workers_begin(&service.workers, &options, &service.metrics, NULL, http_done);
    if (swatch_model_open("ccp-4", NULL, &service.workers.pool.clothes, &error) ||
        clients_start(&service.clients, options.timeout) || http_start(&service, -1, &error))
        abort();
    atomic_store(&service.workers.ready, 1);
}

// Lets the service read and answer. Returns 1 once it has closed the connection.
static int turn(int fd)
{
    char answer[16384];
    ssize_t got;
    for (int i = 0; i < TURNS; i++) {
        MHD_run(service.daemon);
        while ((got = recv(fd, answer, sizeof answer, MSG_DONTWAIT)) > 0)
            i = 0;
        if (got == 0 || errno == ECONNRESET) // it was closed, with bytes unread
            return 1;
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct sockaddr address = {.sa_family = AF_UNIX};
    static int started;
    int ends[2], closed = 0;
    if (!started++)
        start();
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) ||
        MHD_add_connection(service.daemon, ends[1], &address, sizeof address) != MHD_YES)
        abort();
    while (size && !closed) {
        const ssize_t sent = send(ends[0], data, size, MSG_NOSIGNAL);
        if (sent > 0) {
            data += sent;
            size -= (size_t)sent;
        }
        closed = turn(ends[0]);
    }
    // An end that comes with the last bytes is not seen, so it comes now.
    shutdown(ends[0], SHUT_WR);
    if (!closed && !turn(ends[0]))
        abort(); // the service would keep it
    close(ends[0]);
    if (atomic_load(&service.open) || atomic_load(&service.room.held))
        abort(); // something of the request is left
    return 0;
}
