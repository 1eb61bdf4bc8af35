// Starts the service as a process of its own, and asks it over plain sockets.
#ifndef TESTS_SERVER_ASK_H
#define TESTS_SERVER_ASK_H

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "folder.h"
#include "test.h"

#define PATIENCE 120000 // milliseconds until a test gives up; machines are slow under sanitizers

static pid_t service_process;
static uint16_t service_port;

static inline void pause_ms(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

// The port in the line that says that the service is ready, or 0.
static inline uint16_t read_port(const char *log)
{
    char text[8192];
    FILE *from = fopen(log, "rb");
    const size_t size = from ? fread(text, 1, sizeof text - 1, from) : 0;
    text[size] = 0;
    if (from)
        fclose(from);
    const char *ready = strstr(text, "\"ready\""), *at = ready ? strstr(ready, "http://") : NULL;
    at = at ? strchr(at + 7, ':') : NULL;
    return at ? (uint16_t)atoi(at + 1) : 0;
}

// Starts it on a free port with more options, and waits until it is ready.
static inline void service_start(const char *options)
{
    char command[2048];
    snprintf(command, sizeof command,
             "exec %s serve --listen 127.0.0.1:0 -m %s/tiny.safetensors --precision f32 "
             "%s 2>%s/log",
             SWATCH_COMMAND, test_folder, options, test_folder);
    unlink(test_path("log")); // that of the one before says a port, too
    service_process = fork();
    if (service_process == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    service_port = 0;
    for (int waited = 0; !service_port && waited < PATIENCE; waited += 20) {
        pause_ms(20);
        service_port = read_port(test_path("log"));
    }
    CHECK(service_port != 0);
}

// Sends SIGTERM and returns the exit status, or -1.
static inline int service_end(void)
{
    int status;
    kill(service_process, SIGTERM);
    return waitpid(service_process, &status, 0) == service_process && WIFEXITED(status)
               ? WEXITSTATUS(status)
               : -1;
}

static inline int ask_connect(void)
{
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons(service_port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static inline void ask_send(int fd, const void *data, size_t size)
{
    const char *at = data;
    while (size) {
        const ssize_t sent = send(fd, at, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return; // what the service says of it is read
        at += sent;
        size -= (size_t)sent;
    }
}

struct reply {
    int status; // 0: none came
    char *text; // all of it, NUL-terminated
    size_t size;
    char *content; // within
    size_t content_size;
};

// Reads an answer until the connection is closed, and closes it.
static inline struct reply ask_receive(int fd)
{
    struct reply r = {.text = malloc(1 << 24)};
    struct pollfd state = {.fd = fd, .events = POLLIN};
    ssize_t got;
    while (poll(&state, 1, PATIENCE) > 0 &&
           (got = recv(fd, r.text + r.size, (1 << 24) - 1 - r.size, 0)) > 0)
        r.size += (size_t)got;
    close(fd);
    r.text[r.size] = 0;
    if (strncmp(r.text, "HTTP/1.1 ", 9) == 0)
        r.status = atoi(r.text + 9);
    r.content = strstr(r.text, "\r\n\r\n");
    r.content = r.content ? r.content + 4 : r.text + r.size;
    r.content_size = r.size - (size_t)(r.content - r.text);
    return r;
}

// Sends a request; its answer is still to be received. headers: lines with \r\n, or "".
static inline int ask_begin(const char *method, const char *path, const char *headers,
                            const void *body, size_t size)
{
    char head[2048];
    const int fd = ask_connect();
    if (fd < 0)
        return fd;
    const int length = snprintf(
        head, sizeof head,
        "%s %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: %zu\r\n%s\r\n",
        method, path, size, headers);
    ask_send(fd, head, (size_t)length);
    ask_send(fd, body, size);
    return fd;
}

static inline struct reply ask(const char *method, const char *path, const char *headers,
                               const void *body, size_t size)
{
    const int fd = ask_begin(method, path, headers, body, size);
    return fd < 0 ? (struct reply){.text = NULL} : ask_receive(fd);
}

// Checks the status, and that the answer holds a text. Frees it.
static inline void check_reply(struct reply r, int status, const char *says, const char *file,
                               int line)
{
    test_checks++;
    if (!r.text || r.status != status || !memmem(r.text, r.size, says, strlen(says))) {
        test_failures++;
        fprintf(stderr, "%s:%d: the answer was not %d with %s, but: %.600s\n", file, line, status,
                says, r.text ? r.text : "(none)");
    }
    free(r.text);
}
#define CHECK_REPLY(reply, status, says) check_reply(reply, status, says, __FILE__, __LINE__)

// A number of /metrics, or -1.
static inline double metric(const char *name)
{
    struct reply r = ask("GET", "/metrics", "", NULL, 0);
    char line[128];
    snprintf(line, sizeof line, "\n%s ", name);
    const char *at = r.text ? strstr(r.text, line) : NULL;
    const double value = at ? atof(at + strlen(line)) : -1;
    free(r.text);
    return value;
}

// Waits until a number of /metrics is `wanted`: 1; or 0 if that does not come.
static inline int metric_becomes(const char *name, double wanted)
{
    for (int waited = 0; waited < PATIENCE; waited += 50) {
        if (metric(name) == wanted)
            return 1;
        pause_ms(50);
    }
    return 0;
}

// The helpers of the service that run: the process that starts decoders, its only child, and behind
// it these. Returns how many there are.
#define HELPERS_MOST 64
static inline size_t service_helpers(pid_t pids[HELPERS_MOST])
{
    DIR *all = opendir("/proc");
    size_t count = 0;
    for (int pass = 0; pass < 2; pass++, rewinddir(all))
        for (struct dirent *entry; (entry = readdir(all));) {
            char path[300];
            int parent = -1;
            char state = 0;
            snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
            FILE *from = *entry->d_name > '0' && *entry->d_name <= '9' ? fopen(path, "r") : NULL;
            if (from && fscanf(from, "%*d %*s %c %d", &state, &parent) != 2)
                parent = -1;
            if (from)
                fclose(from);
            if (parent <= 0 || state == 'Z' || count == HELPERS_MOST)
                continue;
            if (pass == 0 ? parent == service_process : count && parent == pids[0])
                pids[count++] = atoi(entry->d_name);
        }
    closedir(all);
    return count;
}

// Sends a signal to all decoders. Returns how many there are.
static inline int signal_decoders(int number)
{
    pid_t pids[HELPERS_MOST];
    const size_t count = service_helpers(pids);
    for (size_t i = 1; i < count; i++)
        kill(pids[i], number);
    return count ? (int)count - 1 : 0;
}

#endif
