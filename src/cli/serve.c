// swatch serve: the service over HTTP (server/server.h).

#include <stdlib.h>
#include <swatch.h>

#include "model_file.h"
#include "openapi.h"
#include "request.h"
#include "say.h"
#include "server/server.h"
#include "shared.h"
#include "telling.h"
#include "verbs.h"

struct settings {
    struct server_options server;
    const char *model, *person, *classes;
    struct batch_options batch; // for max_memory
    struct telling telling;     // its lists
    int precision;
};

static const char *read_classes(void *settings, const char *text)
{
    ((struct settings *)settings)->classes = text;
    return class_file_known(text) ? NULL : "must be " CLASS_SETS;
}

static const char *read_cache(void *settings, const char *text)
{
    struct settings *s = settings;
    char *end;
    const unsigned long n = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || n > 1 << 20)
        return "must be 0 to 1048576";
    s->server.cache = n << 20;
    return NULL;
}

static void defaults(void *settings)
{
    struct settings *s = settings;
    s->server.listen = "127.0.0.1:8080";
    s->server.queue = 64;
    s->server.max_bytes = (size_t)32 << 20;
    s->server.max_pixels = 50000000;
    s->server.cache = 64 << 20;
    s->server.max_seconds = 60;
    s->server.timeout = 30;
}

static const struct option_entry entries[] = {
    {"listen", 'l', OPTION_TEXT, "ADDRESS:PORT",
     "where to listen; port 0: any that is free; a socket from a service manager is used instead",
     "127.0.0.1:8080", .offset = offsetof(struct settings, server.listen)},
    SHARED_MODEL(struct settings, model,
                 "the model: a file, or ccp-4 or ccp-59, which come with swatch; otherwise "
                 "$SWATCH_MODEL, then " MODEL_DEFAULT),
    {"classes", 0, OPTION_OTHER, "N", "answer in the classes of " CLASS_SETS, "those of the model",
     .read = read_classes},
    {"person", 0, OPTION_FILE, "FILE",
     "the model that finds people, or none: look at the whole photo; otherwise "
     "$SWATCH_PERSON_MODEL, then " PERSON_MODEL_DEFAULT ", if it is there",
     .offset = offsetof(struct settings, person)},
    SHARED_PRECISION(struct settings, precision),
    TELLING_LISTS(struct settings, telling),
    {"workers", 'w', OPTION_SIZE, "N", "photos that are worked on at once, at most",
     "one a core, as far as memory reaches", .offset = offsetof(struct settings, server.workers),
     .low = 1, .high = 256},
    {"threads", 0, OPTION_SIZE, "N", "threads of each worker",
     "the cores shared out; a worker that works alone has up to 8",
     .offset = offsetof(struct settings, server.threads), .low = 1, .high = 1024},
    {"queue", 0, OPTION_SIZE, "N",
     "requests that may wait; further ones are told to try again later", "64",
     .offset = offsetof(struct settings, server.queue), .low = 1, .high = 100000},
    {"max-bytes", 0, OPTION_SIZE, "N", "refuse larger files", "33554432",
     .offset = offsetof(struct settings, server.max_bytes), .low = 1024, .high = 1 << 30},
    {"max-pixels", 0, OPTION_SIZE, "N", "refuse photos of more than N pixels", "50000000",
     .offset = offsetof(struct settings, server.max_pixels), .low = 1, .high = 1e12},
    SHARED_MAX_MEMORY(struct settings, batch),
    {"max-seconds", 0, OPTION_REAL, "N", "seconds that the work on a photo may take", "60",
     .offset = offsetof(struct settings, server.max_seconds), .low = 0.001, .high = 86400},
    {"timeout", 0, OPTION_REAL, "N",
     "seconds within which a request must come, and its answer be taken", "30",
     .offset = offsetof(struct settings, server.timeout), .low = 0.1, .high = 86400},
    {"drain-seconds", 0, OPTION_REAL, "N",
     "at SIGTERM go on for so long while /readyz says 503, so that a proxy sees it first", "0",
     .offset = offsetof(struct settings, server.drain), .low = 0, .high = 3600},
    {"in-process", 0, OPTION_FLAG, NULL,
     "decode photos within the service, where it can start no processes for that",
     .offset = offsetof(struct settings, server.in_process)},
    {"quiet", 'q', OPTION_FLAG, NULL, "log only requests that the service failed",
     .offset = offsetof(struct settings, server.quiet)},
    {"cache-mb", 0, OPTION_OTHER, "N",
     "megabytes of answers that are kept for repeated requests; 0: none", "64", .read = read_cache},
    {"token-file", 0, OPTION_FILE, "FILE",
     "answer only requests that bring a token from FILE, which has one on each line",
     .offset = offsetof(struct settings, server.token_file)},
    {"cors", 0, OPTION_TEXT, "ORIGIN",
     "let web pages of ORIGIN, such as https://shop.example, use the service; *: all pages",
     .offset = offsetof(struct settings, server.cors)},
    {0},
};

static int run(const struct verb *verb, void *settings, const struct arguments *arguments)
{
    struct settings *s = settings;
    char model[PATH_MAX], person[PATH_MAX], class_room[PATH_MAX];
    swatch_error error;
    if (arguments->count)
        return table_wrong(verb, "%s: photos come by HTTP", arguments->words[0]);
    if (s->classes && !(s->server.classes = class_file(s->classes, class_room)))
        return SWATCH_FAILED;
    if (!model_file(s->model, s->classes, model) || person_model_file(s->person, 0, person))
        return SWATCH_FAILED;
    s->server.model = model;
    s->server.person = *person ? person : NULL;
    s->server.precision = (swatch_precision)s->precision;
    s->server.max_memory = s->batch.max_memory;
    s->server.read = request_read;
    request_options_make();
    char *openapi = openapi_text();
    if (!openapi) {
        say("swatch: out of memory");
        return SWATCH_FAILED;
    }
    s->server.openapi = openapi;
    s->server.names_file = s->telling.names_file;
    s->server.match_file = s->telling.match_file;
    int status = telling_open(&s->telling);
    s->server.names = s->telling.names;
    s->server.match = s->telling.match;
    if (!status && (status = server_run(&s->server, &error)))
        say("swatch: %s", error.message);
    telling_close(&s->telling);
    free(openapi);
    return status;
}

const struct verb verb_serve = {
    .name = "serve",
    .usage = "[OPTION]...",
    .summary = "answer photos that come by HTTP",
    .more = "A service for one machine or for many behind a proxy. Photos are posted to "
            "/v1/extract, as they are or in a form, with options of swatch extract as query or "
            "form fields; the answer is what swatch extract --json prints. Nothing is kept on "
            "disk. SIGTERM ends it, after the requests that have begun. docs/serve.md has all "
            "paths, fields and answers.\n"
            "\n"
            "  swatch serve\n"
            "  curl --data-binary @anna.jpg '127.0.0.1:8080/v1/extract?colors=3'\n"
            "  curl -F photo=@anna.jpg -F people=all 127.0.0.1:8080/v1/extract\n",
    .options = entries,
    .many_shapes = 1,
    .settings_size = sizeof(struct settings),
    .defaults = defaults,
    .run = run,
};
