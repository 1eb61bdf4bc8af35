#include "http.h"

#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "log.h"
#include "page.h"
#include "routes.h"

#define CONNECTIONS_MOST 512
#define FORM_MORE 65536u // bytes of a form around its photo

// ---- Connections -------------------------------------------------------------------------------

static void connection_changed(void *user, struct MHD_Connection *connection, void **own,
                               enum MHD_ConnectionNotificationCode what)
{
    struct service *s = user;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        *own = info ? clients_add(&s->clients, info->connect_fd) : NULL;
    } else if (*own) {
        clients_remove(&s->clients, *own);
        *own = NULL;
    }
}

static struct client *client_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

// ---- Answers -----------------------------------------------------------------------------------

static void release(void *content)
{
    g_bytes_unref(content);
}

// The content belongs to the response from now on.
static struct MHD_Response *response_of(struct answer *a)
{
    char number[16];
    gsize size = 0;
    const void *data = a->content ? g_bytes_get_data(a->content, &size) : NULL;
    struct MHD_Response *r =
        a->content ? MHD_create_response_from_buffer_with_free_callback_cls(size, (void *)data,
                                                                            release, a->content)
                   : MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (!r)
        return NULL;
    a->content = NULL;
    a->size = size;
    snprintf(number, sizeof number, "%d", a->retry_after);
    const struct {
        const char *name, *value;
    } headers[] = {
        {"Content-Type", *a->type ? a->type : NULL},
        {"Allow", a->allow},
        {"Retry-After", a->retry_after ? number : NULL},
        {"ETag", *a->tag ? a->tag : NULL},
        {"Content-Security-Policy", a->more},
        {"Cache-Control", a->more ? "no-cache" : "no-store"},
        {"WWW-Authenticate", a->status == 401 ? "Bearer" : NULL},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        if (headers[i].value)
            MHD_add_response_header(r, headers[i].name, headers[i].value);
    return r;
}

// Pages of the named origin may ask, too (Fetch Standard, "CORS protocol").
static void allow_origin(const struct service *s, struct MHD_Response *r)
{
    if (!s->options->cors)
        return;
    MHD_add_response_header(r, "Access-Control-Allow-Origin", s->options->cors);
    MHD_add_response_header(r, "Access-Control-Allow-Methods", "GET, POST");
    MHD_add_response_header(r, "Access-Control-Allow-Headers", "Authorization, Content-Type");
    MHD_add_response_header(r, "Access-Control-Expose-Headers", "ETag, Retry-After");
    MHD_add_response_header(r, "Access-Control-Max-Age", "86400");
    MHD_add_response_header(r, "Vary", "Origin");
}

static enum MHD_Result send_answer(struct service *s, struct exchange *e)
{
    struct MHD_Response *response = response_of(&e->answer);
    if (!response)
        return MHD_NO;
    allow_origin(s, response);
    if (atomic_load(&s->draining))
        MHD_add_response_header(response, "Connection", "close");
    clients_phase(&s->clients, e->client, CLIENT_TAKES, NULL);
    const enum MHD_Result queued =
        MHD_queue_response(e->connection, (unsigned)e->answer.status, response);
    MHD_destroy_response(response);
    return queued;
}

void http_done(struct exchange *e)
{
    MHD_resume_connection(e->connection);
}

static void request_ended(void *user, struct MHD_Connection *connection, void **own,
                          enum MHD_RequestTerminationCode how)
{
    struct service *s = user;
    struct exchange *e = *own;
    (void)connection;
    if (!e)
        return;
    e->sent = how == MHD_REQUEST_TERMINATED_COMPLETED_OK;
    if (!e->sent)
        e->answer.status =
            !e->answer.status && clients_dropped(&s->clients, e->client) ? 408 : ANSWER_GONE;
    const double now = clock_seconds();
    metrics_count(&s->metrics, e->answer.status);
    metrics_time(&s->metrics, STAGE_WHOLE, now - e->begun);
    if (!s->options->quiet || e->answer.status >= 500)
        log_exchange(e, now);
    clients_phase(&s->clients, e->client, CLIENT_SENDS, NULL);
    answer_clear(&e->answer);
    body_free(&e->body);
    free(e);
    *own = NULL;
    atomic_fetch_sub(&s->open, 1);
}

// ---- Requests ----------------------------------------------------------------------------------

static enum MHD_Result take_query(void *user, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    struct body *body = user;
    (void)kind;
    body_field(body, name, value ? value : "", value ? strlen(value) : 0);
    return MHD_YES;
}

static const char *header(const struct exchange *e, const char *name)
{
    return MHD_lookup_connection_value(e->connection, MHD_HEADER_KIND, name);
}

static void take_accept(struct exchange *e)
{
    const char *accept = header(e, "Accept"), *match = header(e, "If-None-Match");
    if (accept && strstr(accept, "multipart/"))
        e->accepts = ACCEPTS_MULTIPART;
    else if (accept && strstr(accept, "image/"))
        e->accepts = ACCEPTS_PICTURE;
    if (match && strlen(match) < sizeof e->match)
        strcpy(e->match, match);
}

// What can be said of a request by its headers: sets the answer, or leaves it to the body.
static void look_at_headers(struct service *s, struct exchange *e, const char *path,
                            const char *method)
{
    const struct route *route = route_find(path);
    const int get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    if (route)
        e->route = route->path;
    else if (get)
        page_answer(path, &e->answer);
    if (s->options->cors && strcmp(method, "OPTIONS") == 0)
        e->answer.status = 204;
    else if (!route && !e->answer.status)
        answer_fault(&e->answer, 404, "there is no %.200s", path);
    if (e->answer.status)
        return;
    if (route->task < 0 ? !get : strcmp(method, "POST") != 0) {
        answer_fault(&e->answer, 405, "%s takes %s", route->path, route->method);
        e->answer.allow = route->task < 0 ? "GET, HEAD" : "POST";
    } else if (s->tokens.count && !route->open &&
               !tokens_allow(&s->tokens, header(e, "Authorization"))) {
        answer_fault(&e->answer, 401, "a token is needed");
    } else if (route->task < 0) {
        route->get(s, &e->answer);
    } else if (!atomic_load(&s->workers.ready)) {
        answer_later(&e->answer, 503, 1, "the service ends");
    } else {
        e->task = route->task;
        take_accept(e);
    }
}

// Whether the headers say that the body is larger than allowed.
static int is_too_large(const struct service *s, const struct exchange *e)
{
    const char *length = header(e, "Content-Length");
    char *end;
    return length && strtoull(length, &end, 10) > s->options->max_bytes + FORM_MORE;
}

static enum MHD_Result begin(struct service *s, struct MHD_Connection *connection, const char *path,
                             const char *method, void **own)
{
    struct exchange *e = calloc(1, sizeof *e);
    struct client *client = client_of(connection);
    if (!e || !client) {
        free(e);
        return MHD_NO;
    }
    *own = e;
    atomic_fetch_add(&s->open, 1);
    *e = (struct exchange){.connection = connection,
                           .client = client,
                           .service = s,
                           .route = "other",
                           .task = -1,
                           .begun = clock_seconds()};
    clients_begun(&s->clients, client);
    look_at_headers(s, e, path, method);
    body_begin(&e->body, connection, e->task < 0 ? NULL : header(e, "Content-Type"), &s->room,
               s->options->max_bytes + FORM_MORE);
    if (e->answer.status != 401 && !is_too_large(s, e))
        return MHD_YES;
    // Answered at once: nobody should send what nobody will read.
    if (!e->answer.status)
        answer_fault(&e->answer, 413, "the body is larger than %zu bytes", s->options->max_bytes);
    return send_answer(s, e);
}

static enum MHD_Result take(struct exchange *e, const char *data, size_t *size)
{
    // One that goes on and on after an answer is certain is cut off.
    if (e->body.arrived > 2 * e->body.most)
        return MHD_NO;
    if (e->answer.status)
        e->body.arrived += *size;
    else
        body_feed(&e->body, data, *size);
    *size = 0;
    return MHD_YES;
}

// Reads what the request wants and hands it to the workers. 0: the answer will come; else it is
// there.
static int hand_over(struct service *s, struct exchange *e)
{
    char message[600];
    body_end(&e->body);
    MHD_get_connection_values(e->connection, MHD_GET_ARGUMENT_KIND, take_query, &e->body);
    if (e->body.fault.status) {
        e->answer = e->body.fault;
        e->body.fault = (struct answer){0};
        return -1;
    }
    if (s->options->read((enum server_task)e->task, e->body.fields, e->body.count, &e->wish,
                         message, sizeof message)) {
        answer_fault(&e->answer, 400, "%s", message);
        return -1;
    }
    // A worker may be done before workers_put returns, so the connection waits from now on.
    clients_phase(&s->clients, e->client, CLIENT_WAITS, &e->gone);
    MHD_suspend_connection(e->connection);
    if (workers_put(&s->workers, e) == 0)
        return 0;
    answer_later(&e->answer, 429, 1, "too many requests wait");
    MHD_resume_connection(e->connection);
    return 0;
}

static enum MHD_Result take_request(void *user, struct MHD_Connection *connection, const char *path,
                                    const char *method, const char *version, const char *data,
                                    size_t *size, void **own)
{
    struct service *s = user;
    struct exchange *e = *own;
    (void)version;
    if (!e)
        return begin(s, connection, path, method, own);
    if (*size)
        return take(e, data, size);
    if (e->received <= 0) {
        e->received = clock_seconds();
        metrics_time(&s->metrics, STAGE_RECEIVE, e->received - e->begun);
    }
    if (!e->answer.status && hand_over(s, e) == 0)
        return MHD_YES;
    return send_answer(s, e);
}

// ---- Life --------------------------------------------------------------------------------------

int http_start(struct service *s, int socket, swatch_error *error)
{
    const unsigned how = socket < 0 ? MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET
                                    : MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC;
    s->daemon = MHD_start_daemon(
        how | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, take_request, s, MHD_OPTION_NOTIFY_COMPLETED,
        request_ended, s, MHD_OPTION_NOTIFY_CONNECTION, connection_changed, s,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MOST,
        socket < 0 ? MHD_OPTION_END : MHD_OPTION_LISTEN_SOCKET, socket, MHD_OPTION_END);
    if (s->daemon)
        return SWATCH_OK;
    snprintf(error->message, sizeof error->message, "the service cannot be started");
    return error->status = SWATCH_FAILED;
}

void http_drain(struct service *s)
{
    struct sockaddr_storage from;
    const int socket = MHD_quiesce_daemon(s->daemon);
    int connection;
    if (socket < 0)
        return;
    for (;;) {
        socklen_t length = sizeof from;
        connection =
            accept4(socket, (struct sockaddr *)&from, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (connection < 0)
            break;
        MHD_add_connection(s->daemon, connection, (struct sockaddr *)&from, length);
    }
    close(socket);
}

void http_stop(struct service *s)
{
    MHD_stop_daemon(s->daemon);
}
