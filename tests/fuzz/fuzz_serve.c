// Requests to `swatch serve`: bytes on a connection, as far as the answer that the queue is full.

#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/request.h"
#include "server/http.h"

static struct sockaddr_un place = {.sun_family = AF_UNIX}; // abstract: no file
static socklen_t place_size;

static void start(void)
{
    static struct service service;
    static struct server_options options = {.model = "ccp-4",
                                            .max_bytes = 4096,
                                            .timeout = 1,
                                            .quiet = 1,
                                            .read = request_read,
                                            .openapi = "{}"};
    swatch_error error;
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    place_size = sizeof place;
    if (fd < 0 || bind(fd, (struct sockaddr *)&place, sizeof place.sun_family) ||
        getsockname(fd, (struct sockaddr *)&place, &place_size) || listen(fd, 16))
        abort();
    request_options_make();
    service.options = &options;
    service.room.most = 1 << 20;
    metrics_start(&service.metrics);
    works_begin(&service.works, &options, &service.metrics, NULL, http_done);
    if (swatch_model_open("ccp-4", NULL, &service.works.clothes, &error) ||
        clients_start(&service.clients, options.timeout) || http_start(&service, fd, &error))
        abort();
    atomic_store(&service.works.ready, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int started;
    char answer[4096];
    if (!started++)
        start();
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&place, place_size))
        abort();
    // libmicrohttpd does not see an end that comes with the last bytes, so it comes a little later;
    // what is still open then ends by the service's own timeout.
    struct pollfd state = {.fd = fd, .events = POLLIN};
    const struct timeval most = {.tv_usec = 100000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    if (send(fd, data, size, MSG_NOSIGNAL) >= 0 && poll(&state, 1, 2) == 0)
        shutdown(fd, SHUT_WR);
    while (recv(fd, answer, sizeof answer, 0) > 0) {
    }
    close(fd);
    return 0;
}
