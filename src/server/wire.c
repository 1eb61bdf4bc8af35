#include "wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int wire_pair(int ends[2])
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
}

int wire_send(int to, const void *message, size_t size, int pass)
{
    union {
        char room[CMSG_SPACE(sizeof(int))];
        struct cmsghdr header;
    } control = {{0}};
    struct iovec part = {.iov_base = (void *)message, .iov_len = size};
    struct msghdr whole = {.msg_iov = &part, .msg_iovlen = 1};
    ssize_t sent;
    if (pass >= 0) {
        whole.msg_control = control.room;
        whole.msg_controllen = sizeof control.room;
        struct cmsghdr *c = CMSG_FIRSTHDR(&whole);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof pass);
        memcpy(CMSG_DATA(c), &pass, sizeof pass);
    }
    do
        sent = sendmsg(to, &whole, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)size ? 0 : -1;
}

int wire_receive(int from, void *message, size_t size, int *passed)
{
    union {
        char room[CMSG_SPACE(sizeof(int))];
        struct cmsghdr header;
    } control;
    struct iovec part = {.iov_base = message, .iov_len = size};
    struct msghdr whole = {.msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = control.room,
                           // CMSG_SPACE would let a second descriptor in, which nobody closes.
                           .msg_controllen = CMSG_LEN(sizeof *passed)};
    ssize_t got;
    *passed = -1;
    do
        got = recvmsg(from, &whole, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    const struct cmsghdr *c = got >= 0 ? CMSG_FIRSTHDR(&whole) : NULL;
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
        c->cmsg_len == CMSG_LEN(sizeof *passed))
        memcpy(passed, CMSG_DATA(c), sizeof *passed);
    if (got == (ssize_t)size && !(whole.msg_flags & MSG_TRUNC))
        return 0;
    if (*passed >= 0)
        close(*passed);
    *passed = -1;
    return -1;
}
