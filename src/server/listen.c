#include "listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MANAGED 3 // the first socket of a service manager
#define BACKLOG 512

static int fail(swatch_error *error, const char *where, const char *why)
{
    snprintf(error->message, sizeof error->message, "%s: %s", where, why);
    return error->status = SWATCH_FAILED;
}

// Splits "ADDRESS:PORT". 0, or -1.
static int split(const char *where, char host[256], char port[16])
{
    const char *colon = strrchr(where, ':');
    if (!colon || colon == where || !colon[1] || strlen(colon + 1) >= 16)
        return -1;
    size_t length = (size_t)(colon - where);
    if (*where == '[' && colon[-1] == ']') {
        where++;
        length -= 2;
    }
    if (!length || length >= 256)
        return -1;
    memcpy(host, where, length);
    host[length] = 0;
    strcpy(port, colon + 1);
    // getaddrinfo takes larger numbers modulo 65536.
    return strspn(port, "0123456789") == strlen(port) && strtoul(port, NULL, 10) <= 65535 ? 0 : -1;
}

static int open_one(const struct addrinfo *at)
{
    const int on = 1;
    const int fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) ||
        bind(fd, at->ai_addr, at->ai_addrlen)) {
        const int wrong = errno;
        close(fd);
        errno = wrong;
        return -1;
    }
    return fd;
}

static int open_socket(const char *where, int *fd, swatch_error *error)
{
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found;
    char host[256], port[16];
    if (split(where, host, port)) {
        fail(error, where, "must be ADDRESS:PORT, with a port up to 65535");
        return error->status = SWATCH_USAGE;
    }
    const int status = getaddrinfo(host, port, &wanted, &found);
    if (status)
        return fail(error, where, gai_strerror(status));
    *fd = -1;
    for (const struct addrinfo *at = found; at && *fd < 0; at = at->ai_next)
        *fd = open_one(at);
    const int wrong = errno;
    freeaddrinfo(found);
    return *fd < 0 ? fail(error, where, strerror(wrong)) : SWATCH_OK;
}

int listen_begin(int fd, swatch_error *error)
{
    return listen(fd, BACKLOG) ? fail(error, "the socket", strerror(errno)) : SWATCH_OK;
}

// Whether a service manager gave this process a socket (sd_listen_fds(3)).
static int is_managed(void)
{
    const char *process = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
    return process && count && strtol(process, NULL, 10) == (long)getpid() &&
           strcmp(count, "1") == 0;
}

int listen_open(const char *where, int *fd, char *address, size_t size, swatch_error *error)
{
    struct sockaddr_storage bound;
    socklen_t length = sizeof bound;
    char host[256], port[16];
    if (is_managed()) {
        *fd = MANAGED;
        if (fcntl(*fd, F_SETFD, FD_CLOEXEC) || fcntl(*fd, F_SETFL, O_NONBLOCK))
            return fail(error, "LISTEN_FDS", strerror(errno));
    } else {
        const int status = open_socket(where, fd, error);
        if (status)
            return status;
    }
    if (getsockname(*fd, (struct sockaddr *)&bound, &length) ||
        getnameinfo((struct sockaddr *)&bound, length, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV))
        snprintf(address, size, "%s", where);
    else
        snprintf(address, size, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
    return SWATCH_OK;
}
