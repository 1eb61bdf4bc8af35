// swatch serve: a real process, asked over HTTP by good clients and by bad ones.

#include <errno.h>

#include "cli/command.h"
#include "image/image.h"
#include "server/ask.h"
#include "tiny_model.h"
#include "tiny_person.h"

static void *photo, *grey; // PNGs
static size_t photo_size, grey_size;

static void make_photos(void)
{
    struct image image;
    if (image_new(&image, 150, 200, 3, NULL))
        exit(1);
    free(tiny_photo(150, 200, image.pixels));
    if (image_encode_png(&image, 3, &photo, &photo_size, NULL))
        exit(1);
    memset(image.pixels, 128, (size_t)150 * 200 * 3);
    if (image_encode_png(&image, 3, &grey, &grey_size, NULL))
        exit(1);
    image_free(&image);
    test_file("anna.png", photo, photo_size);
}

// A form with the photo in the middle of `before` and `after`. *size is set; the caller frees it.
static char *form(const char *before, const char *after, size_t *size)
{
    char *text = malloc(photo_size + 4096);
    const int head = snprintf(text, 2048,
                              "%s--bound\r\nContent-Disposition: form-data; name=\"photo\"; "
                              "filename=\"C:\\x\\anna.png\"\r\n\r\n",
                              before);
    memcpy(text + head, photo, photo_size);
    *size = (size_t)head + photo_size;
    *size += (size_t)snprintf(text + *size, 2048, "\r\n%s", after);
    return text;
}

#define FORM "Content-Type: multipart/form-data; boundary=bound\r\n"
#define FIELD(name, value)                                                                         \
    "--bound\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"

static struct reply post(const char *path)
{
    return ask("POST", path, "", photo, photo_size);
}

static struct reply post_form(const char *before, const char *after)
{
    size_t size;
    char *text = form(before, after, &size);
    const struct reply r = ask("POST", "/v1/extract", FORM, text, size);
    free(text);
    return r;
}

// ---- What is asked rightly ---------------------------------------------------------------------

static void test_answers(void)
{
    CHECK_REPLY(ask("GET", "/healthz", "", NULL, 0), 200, "\"status\":\"ok\"");
    CHECK_REPLY(ask("GET", "/readyz", "", NULL, 0), 200, "ready");
    CHECK_REPLY(ask("GET", "/v1/models", "", NULL, 0), 200, "\"finds\":\"people\"");
    CHECK_REPLY(ask("GET", "/openapi.json", "", NULL, 0), 200, "\"white-balance\"");
    CHECK_REPLY(ask("GET", "/metrics", "", NULL, 0), 200, "swatch_queue_length 0\n");
    struct reply r = ask("HEAD", "/healthz", "", NULL, 0);
    CHECK(r.content_size == 0);
    CHECK_REPLY(r, 200, "Content-Length: 32");

    // As the command prints it, whichever way the options come.
    r = post("/v1/extract?colors=2&people=none");
    check_runs("$S extract - --json --colors 2 --person none --precision f32 <anna.png "
               "| sed 's/\"photo\":\"-\"/\"photo\":\"photo\"/'");
    out_text[strcspn(out_text, "\n")] = 0;
    CHECK_STRING(r.content, out_text);
    free(r.text);
    r = post_form(FIELD("colors", "2") FIELD("people", "none"), "--bound--\r\n");
    check_runs("$S extract anna.png --json --colors 2 --person none --precision f32");
    out_text[strcspn(out_text, "\n")] = 0;
    CHECK_STRING(r.content, out_text);
    free(r.text);
    r = post("/v1/palette?colors=3");
    check_runs("$S palette - --json --colors 3 <anna.png "
               "| sed 's/\"photo\":\"-\"/\"photo\":\"photo\"/'");
    out_text[strcspn(out_text, "\n")] = 0;
    CHECK_STRING(r.content, out_text);
    free(r.text);
    CHECK_REPLY(post("/v1/palette?format=gpl"), 200, "GIMP Palette");
    CHECK_REPLY(post("/v1/extract?people=2"), 200, "\"folder\":\"person-1\"");
}

static void test_files(void)
{
    struct reply r = post("/v1/extract?only=clothes,card&palette=gpl,css&people=none");
    CHECK(memcmp(r.content, "PK\3\4", 4) == 0);
    CHECK(memmem(r.text, r.size, "palette.gpl", 11) && memmem(r.text, r.size, "card.png", 8));
    CHECK_REPLY(r, 200, "application/zip");
    r = ask("POST", "/v1/extract?only=clothes&people=none", "Accept: image/*\r\n", photo,
            photo_size);
    CHECK(memcmp(r.content, "\x89PNG", 4) == 0);
    CHECK_REPLY(r, 200, "Content-Type: image/png");
    r = ask("POST", "/v1/extract?only=labels,hair&format=webp&people=none",
            "Accept: multipart/mixed\r\n", photo, photo_size);
    CHECK(memmem(r.text, r.size, "\"labels.png\"", 12) &&
          memmem(r.text, r.size, "\"hair.webp\"", 11));
    CHECK_REPLY(r, 200, "multipart/mixed; boundary=");
    r = ask("POST",
            "/v1/extract?only=skin&format=jpg&max-side=64&crop&ground=%2300ff00&people=none",
            "Accept: image/*\r\n", photo, photo_size);
    CHECK(memcmp(r.content, "\xff\xd8\xff", 3) == 0);
    CHECK_REPLY(r, 200, "Content-Type: image/jpeg");
    // The model paints no map.
    r = ask("POST", "/v1/extract?only=map,hair&people=none", "Accept: image/*\r\n", photo,
            photo_size);
    CHECK(memcmp(r.content, "\x89PNG", 4) == 0);
    CHECK_REPLY(r, 200, "Content-Type: image/png");
    CHECK_REPLY(post("/v1/extract?only=colors&people=none&harmonies"), 200, "\"complementary\"");
    CHECK_REPLY(post("/v1/palette?harmonies"), 200, "\"complementary\"");
    r = post("/v1/extract?only=skin&people=2");
    CHECK(memmem(r.text, r.size, "person-2/skin.png", 17) != NULL);
    CHECK_REPLY(r, 200, "application/zip");
}

// The sandbox reads what this program can read: libheif loads its decoders late.
static void test_formats(void)
{
    static const char *const names[] = {"phone.heic", "phone.avif"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[1024], content[4096];
        struct image image;
        snprintf(path, sizeof path, "%s/tests/image/golden/%s", SOURCE_DIR, names[i]);
        FILE *from = fopen(path, "rb");
        const size_t size = from ? fread(content, 1, sizeof content, from) : 0;
        if (from)
            fclose(from);
        CHECK(size > 0);
        const int readable = image_load(path, 0, &image, NULL) == 0;
        CHECK_REPLY(ask("POST", "/v1/palette", "", content, size), readable ? 200 : 415, "");
        if (readable)
            image_free(&image);
        else
            fprintf(stderr, "SKIPPED: %s cannot be read here\n", names[i]);
    }
}

static void test_cache(void)
{
    const double hits = metric("swatch_cache_hits_total");
    struct reply first = post("/v1/extract?colors=7"), second = post("/v1/extract?colors=7");
    CHECK(metric("swatch_cache_hits_total") == hits + 1);
    CHECK_STRING(first.content, second.content);
    char header[128] = "If-None-Match: ";
    const char *tag = strstr(first.text, "ETag: ");
    CHECK(tag != NULL);
    if (tag)
        snprintf(header + strlen(header), 100, "%.*s\r\n", (int)strcspn(tag + 6, "\r"), tag + 6);
    struct reply third = ask("POST", "/v1/extract?colors=7", header, photo, photo_size);
    CHECK(third.content_size == 0);
    CHECK_REPLY(third, 304, "ETag: ");
    CHECK_REPLY(ask("POST", "/v1/extract?colors=6", header, photo, photo_size), 200, "clothes");
    free(first.text);
    free(second.text);
}

// ---- What is asked wrongly ---------------------------------------------------------------------

// A PNG that says it has so many pixels, and holds none.
static size_t bomb(uint8_t png[64], uint32_t side)
{
    static const uint8_t head[] = {137, 80, 78, 71, 13,  10,  26,  10,
                                   0,   0,  0,  13, 'I', 'H', 'D', 'R'};
    uint8_t *at = png + sizeof head;
    memcpy(png, head, sizeof head);
    for (int i = 0; i < 8; i++)
        *at++ = (uint8_t)(side >> (24 - i % 4 * 8));
    memcpy(at, "\10\2\0\0", 5);
    at += 5;
    uint32_t sum = ~0u;
    for (const uint8_t *p = png + 12; p < at; p++) {
        sum ^= *p;
        for (int bit = 0; bit < 8; bit++)
            sum = sum >> 1 ^ (sum & 1 ? 0xedb88320u : 0);
    }
    sum = ~sum;
    for (int i = 0; i < 4; i++)
        *at++ = (uint8_t)(sum >> (24 - i * 8));
    memcpy(at, "\0\0\0\0IDAT\x35\xaf\x06\x1e", 12);
    return (size_t)(at + 12 - png);
}

static void test_wrong(void)
{
    uint8_t png[64];
    char *large = calloc(1, 400000);
    CHECK_REPLY(ask("GET", "/nothing", "", NULL, 0), 404, "{\"status\":404,\"message\":");
    CHECK_REPLY(ask("GET", "/v1/extract", "", NULL, 0), 405, "Allow: POST");
    CHECK_REPLY(ask("POST", "/healthz", "", "x", 1), 405, "Allow: GET, HEAD");
    CHECK_REPLY(post("/v1/extract?colrs=2"), 400, "did you mean colors?");
    CHECK_REPLY(post("/v1/extract?colors=9"), 400, "colors must be 1 to 8, not 9");
    CHECK_REPLY(post("/v1/extract?colors=2&colors=3"), 400, "colors is given twice");
    CHECK_REPLY(post("/v1/extract?no-flip=perhaps"), 400, "no-flip must be true or false");
    CHECK_REPLY(post("/v1/extract?only=shoes"), 400, "only must be labels, ");
    CHECK_REPLY(post("/v1/extract?quality=50"), 400, "quality needs format");
    CHECK_REPLY(post("/v1/extract?format=png&quality=50"), 400, "no effect on png");
    CHECK_REPLY(post("/v1/extract?format=jpg&ground=transparent"), 400, "do not go together");
    CHECK_REPLY(post("/v1/extract?names=/etc/passwd"), 400, "there is no option names");
    CHECK_REPLY(post("/v1/extract?output=/tmp"), 400, "there is no option output");
    CHECK_REPLY(post("/v1/extract?person-mask=/etc/passwd"), 400, "there is no option");
    CHECK_REPLY(post("/v1/extract?%00=%ff%00"), 400, "\"status\":400");
    CHECK_REPLY(ask("POST", "/v1/extract", "", NULL, 0), 400, "there is no photo");
    CHECK_REPLY(ask("POST", "/v1/extract", "", "text", 4), 415, "not a picture");
    CHECK_REPLY(ask("POST", "/v1/extract", "", photo, photo_size / 2), 415, "\"status\":415");
    CHECK_REPLY(ask("POST", "/v1/extract", "", large, 400000), 413, "larger than 200000 bytes");
    CHECK_REPLY(ask("POST", "/v1/extract", "", png, bomb(png, 60000)), 413, "pixels");
    CHECK_REPLY(ask("POST", "/v1/extract", "", png, bomb(png, 1 << 30)), 415, "");
    free(large);
}

static void test_forms(void)
{
    char many[8192] = "";
    for (int i = 0; i < 40; i++)
        strcat(many, FIELD("colors", "2"));
    CHECK_REPLY(ask("POST", "/v1/extract", "Content-Type: multipart/form-data\r\n", "x", 1), 400,
                "boundary");
    CHECK_REPLY(ask("POST", "/v1/extract", FORM, "nothing of the kind", 19), 400, "\"status\":400");
    CHECK_REPLY(ask("POST", "/v1/extract", FORM, "--bound--\r\n", 11), 400, "there is no photo");
    CHECK_REPLY(post_form("", ""), 400, "the form has no end");
    CHECK_REPLY(post_form("", FIELD("photo", "second") "--bound--\r\n"), 400, "one photo");
    CHECK_REPLY(post_form("", FIELD("colors", "nine") "--bound--\r\n"), 400, "whole number");
    CHECK_REPLY(post_form("", FIELD("colors", "2") FIELD("colors", "3") "--bound--\r\n"), 400,
                "given twice");
    CHECK_REPLY(ask("POST", "/v1/extract", FORM, many, strlen(many)), 400, "more than 32");
}

// ---- Clients that are slow, gone or many -------------------------------------------------------

static void test_slow(void)
{
    static const char half[] = "POST /v1/extract HTTP/1.1\r\nHost: test\r\nContent-Length: 999\r\n";
    int fd = ask_connect();
    ask_send(fd, half, sizeof half - 1);
    CHECK_REPLY(ask_receive(fd), 408, "did not come in time");
    fd = ask_connect();
    ask_send(fd, half, sizeof half - 1);
    ask_send(fd, "\r\nbegin", 7);
    for (int i = 0; i < 40; i++, pause_ms(100)) // each byte comes before long
        ask_send(fd, "x", 1);
    CHECK_REPLY(ask_receive(fd), 408, "did not come in time");
    // Many of them hold up nobody.
    int many[40];
    for (size_t i = 0; i < sizeof many / sizeof *many; i++) {
        many[i] = ask_connect();
        ask_send(many[i], half, i % 2 ? sizeof half - 1 : 20);
    }
    CHECK_REPLY(post("/v1/palette?colors=3"), 200, "colors");
    for (size_t i = 0; i < sizeof many / sizeof *many; i++)
        close(many[i]);
    // One that is cut leaves nothing behind.
    fd = ask_connect();
    ask_send(fd, half, sizeof half - 1);
    ask_send(fd, "\r\nbegin", 7);
    close(fd);
    CHECK(metric_becomes("swatch_body_bytes", 0));
}

// With decoders that stand still, the one worker is busy for as long as the test likes.
static void test_full(void)
{
    CHECK(signal_decoders(SIGSTOP) == 1);
    const double busy = metric("swatch_requests_total{status=\"429\"}");
    const int first = ask_begin("POST", "/v1/extract?colors=1", "", photo, photo_size);
    CHECK(metric_becomes("swatch_workers_busy", 1));
    const int second = ask_begin("POST", "/v1/palette?colors=1", "", photo, photo_size);
    CHECK(metric_becomes("swatch_queue_length", 1));
    CHECK_REPLY(post("/v1/extract?colors=3"), 429, "Retry-After: 1");
    CHECK(metric_becomes("swatch_requests_total{status=\"429\"}", busy + 1));
    signal_decoders(SIGCONT);
    CHECK_REPLY(ask_receive(first), 200, "clothes");
    CHECK_REPLY(ask_receive(second), 200, "colors");

    // A client that goes ends its work.
    const double gone = metric("swatch_requests_total{status=\"499\"}");
    signal_decoders(SIGSTOP);
    close(ask_begin("POST", "/v1/palette?colors=8", "", photo, photo_size));
    CHECK(metric_becomes("swatch_requests_total{status=\"499\"}", gone + 1));
    CHECK(metric_becomes("swatch_workers_busy", 0));

    // A decoder that is killed costs the request that it worked on, and no other.
    CHECK_REPLY(post("/v1/palette?colors=2"), 200, "colors");
    CHECK(signal_decoders(SIGSTOP) == 1);
    const int lost = ask_begin("POST", "/v1/palette?colors=7", "", photo, photo_size);
    CHECK(metric_becomes("swatch_workers_busy", 1));
    const int waiting = ask_begin("POST", "/v1/palette?colors=6", "", photo, photo_size);
    CHECK(metric_becomes("swatch_queue_length", 1));
    signal_decoders(SIGKILL);
    CHECK_REPLY(ask_receive(lost), 503, "Retry-After: 1");
    CHECK_REPLY(ask_receive(waiting), 200, "colors");
    // Killed while it had nothing to do, it costs none.
    while (signal_decoders(SIGKILL))
        pause_ms(20);
    CHECK_REPLY(post("/v1/palette?colors=5"), 200, "colors");
}

static void test_drain(void)
{
    CHECK(signal_decoders(SIGSTOP) == 1);
    const int open = ask_begin("POST", "/v1/palette?colors=4", "", photo, photo_size);
    CHECK(metric_becomes("swatch_workers_busy", 1));
    kill(service_process, SIGTERM);
    int refused = -1;
    for (int waited = 0; waited < PATIENCE && (refused = ask_connect()) >= 0; waited += 20) {
        close(refused);
        pause_ms(20);
    }
    CHECK(refused < 0);
    signal_decoders(SIGCONT);
    CHECK_REPLY(ask_receive(open), 200, "colors");
    int status;
    CHECK(waitpid(service_process, &status, 0) == service_process && WIFEXITED(status) &&
          WEXITSTATUS(status) == 0);
    char *log = read_all("log");
    CHECK(strstr(log, "\"event\":\"request\"") && !strstr(log, "anna"));
    free(log);
}

// At SIGTERM it says so first, and goes on.
static void test_drain_slowly(void)
{
    service_start("--person none --workers 1 --drain-seconds 300 --in-process");
    kill(service_process, SIGTERM);
    int status = 0;
    for (int waited = 0; waited < PATIENCE && status != 503; waited += 20) {
        struct reply r = ask("GET", "/readyz", "", NULL, 0);
        status = r.status;
        free(r.text);
        pause_ms(20);
    }
    CHECK(status == 503);
    CHECK_REPLY(post("/v1/palette"), 200, "Connection: close");
    CHECK_REPLY(ask("GET", "/healthz", "", NULL, 0), 200, "ok");
    CHECK(service_end() == 0); // the second signal
}

// A worker that is alone has sessions with more threads, the other one those of its own.
static void test_alone(void)
{
    char options[512];
    int asked[2];
    struct reply replies[3];
    snprintf(options, sizeof options, "--person %s/people.safetensors --workers 2 --cache-mb 0",
             test_folder);
    service_start(options);
    for (int waited = 0; signal_decoders(SIGSTOP) < 2 && waited < PATIENCE; waited += 20)
        pause_ms(20); // they begin with the workers
    for (int i = 0; i < 2; i++) {
        asked[i] = ask_begin("POST", "/v1/extract?people=2", "", photo, photo_size);
        CHECK(metric_becomes("swatch_workers_busy", i + 1));
    }
    signal_decoders(SIGCONT);
    for (int i = 0; i < 3; i++) {
        replies[i] = i < 2 ? ask_receive(asked[i]) : post("/v1/extract?people=2");
        CHECK(replies[i].status == 200);
        CHECK_STRING(replies[i].content, replies[0].content);
    }
    for (int i = 0; i < 3; i++)
        free(replies[i].text);
    CHECK(service_end() == 0);
}

static void test_tokens(void)
{
    char options[512];
    test_file("tokens", "secret\nsecond\n", 14);
    snprintf(options, sizeof options,
             "--person none --token-file %s/tokens --cors https://shop.example --max-seconds 1 "
             "--workers 1 --cache-mb 0",
             test_folder);
    service_start(options);
    CHECK_REPLY(ask("GET", "/healthz", "", NULL, 0), 200, "ok");
    CHECK_REPLY(post("/v1/palette"), 401, "WWW-Authenticate: Bearer");
    CHECK_REPLY(ask("POST", "/v1/palette", "Authorization: Bearer secre\r\n", photo, photo_size),
                401, "a token is needed");
    CHECK_REPLY(ask("POST", "/v1/palette", "Authorization: Bearer second\r\n", photo, photo_size),
                200, "Access-Control-Allow-Origin: https://shop.example");
    CHECK_REPLY(ask("OPTIONS", "/v1/palette", "", NULL, 0), 204, "Access-Control-Allow-Headers");
    CHECK_REPLY(
        ask("POST", "/v1/extract?people=1", "Authorization: Bearer secret\r\n", photo, photo_size),
        400, "no model here that finds people");
    // Work that takes too long ends.
    signal_decoders(SIGSTOP);
    CHECK_REPLY(ask("POST", "/v1/palette", "Authorization: Bearer second\r\n", photo, photo_size),
                503, "took too long");
    CHECK(service_end() == 0);
}

static void test_nobody(void)
{
    char options[512];
    test_file("names.csv", "name,hex\nMidnight Plum,#201028\n", 31);
    snprintf(options, sizeof options,
             "--person %s/nobody.safetensors --in-process --names %s/names.csv", test_folder,
             test_folder);
    service_start(options);
    CHECK(signal_decoders(0) == 0);
    CHECK_REPLY(ask("POST", "/v1/extract", "", grey, grey_size), 422, "\"status\":422");
    CHECK_REPLY(post("/v1/extract?people=none"), 200, "Midnight Plum");
    CHECK_REPLY(post("/v1/palette?format=css"), 200, "Midnight Plum");
    CHECK(service_end() == 0);
}

static void test_usage(void)
{
    check_fails("$S serve photo.jpg", 2, "photos come by HTTP");
    check_fails("$S serve --listen nowhere", 2, "must be ADDRESS:PORT");
    check_fails("$S serve --listen 127.0.0.1:99999", 2, "with a port up to 65535");
    check_fails("$S serve --listen 127.0.0.1:0 --token-file missing", 1, "missing: ");
    check_fails("$S serve --listen 127.0.0.1:0 --names missing", 1, "missing: ");
    check_fails("$S serve --cache-mb many", 2, "must be 0 to 1048576");
    check_fails("$S serve --listen 127.0.0.1:0 --person tiny.safetensors", 2, "finds no people");
    check_fails("$S serve --listen 127.0.0.1:0 -m people.safetensors", 2, "not clothes");
}

int main(void)
{
    char options[512];
    test_folder_make();
    tiny_model(test_path("tiny.safetensors"), 0);
    tiny_person(test_path("people.safetensors"), 1);
    tiny_person(test_path("nobody.safetensors"), 0);
    make_photos();
    test_usage();
    snprintf(options, sizeof options,
             "--person %s/people.safetensors --workers 1 --threads 1 --queue 1 --timeout 2 "
             "--max-bytes 200000",
             test_folder);
    service_start(options);
    test_answers();
    test_files();
    test_formats();
    test_cache();
    test_wrong();
    test_forms();
    test_slow();
    test_full();
    test_drain();
    test_drain_slowly();
    test_alone();
    test_tokens();
    test_nobody();
    free(photo);
    free(grey);
    run_end();
    test_folder_remove();
    return test_end();
}
