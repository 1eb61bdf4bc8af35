// The page of swatch serve: each of its files comes as what it is, and nothing in them needs more
// than the policy lets browsers do. tests/server/page.py uses the page in a browser.

#include "server/ask.h"
#include "tiny_model.h"

#define PAGE SOURCE_DIR "/src/server/page"

static char *read_file(const char *path, size_t *size)
{
    FILE *from = fopen(path, "rb");
    char *text = calloc(1, 1 << 20);
    *size = from ? fread(text, 1, (1 << 20) - 1, from) : 0;
    if (from)
        fclose(from);
    return text;
}

static const char *type_of(const char *name)
{
    const char *ending = strrchr(name, '.');
    return strcmp(ending, ".html") == 0  ? "text/html; charset=utf-8"
           : strcmp(ending, ".js") == 0  ? "text/javascript; charset=utf-8"
           : strcmp(ending, ".css") == 0 ? "text/css; charset=utf-8"
                                         : "image/svg+xml";
}

// A file comes byte by byte, with its type and the policy.
static void check_file(const char *path, const char *name)
{
    char line[128], file[600];
    size_t size;
    snprintf(file, sizeof file, PAGE "/%s", name);
    char *text = read_file(file, &size);
    struct reply r = ask("GET", path, "", NULL, 0);
    CHECK(size > 0 && r.text != NULL);
    if (r.text) {
        CHECK(r.content_size == size && memcmp(r.content, text, size) == 0);
        r.content[-1] = 0; // the headers alone
        snprintf(line, sizeof line, "\r\nContent-Type: %s\r\n", type_of(name));
        CHECK(strstr(r.text, line) != NULL);
        CHECK(strstr(r.text, "\r\nContent-Security-Policy: default-src 'none'; "
                             "script-src 'self'; style-src 'self'; ") != NULL);
        CHECK(strstr(r.text, "unsafe") == NULL);
        CHECK(strstr(r.text, "\r\nX-Content-Type-Options: nosniff\r\n") != NULL);
        CHECK_REPLY(r, 200, "HTTP/1.1 200");
    }
    free(text);
}

// What the policy forbids, or what would come from elsewhere.
static void check_plain(const char *name)
{
    static const char *const never[] = {"<style", " style=", " onclick=", " onload=", "javascript:",
                                        "eval(",  "@import", "innerHTML", "https://"};
    char file[600];
    size_t size;
    snprintf(file, sizeof file, PAGE "/%s", name);
    char *text = read_file(file, &size);
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        CHECK_STRING(strstr(text, never[i]) ? name : "", "");
    const char *script = strstr(text, "<script");
    CHECK(!script || strncmp(script, "<script type=\"module\" src=\"", 27) == 0);
    free(text);
}

static void test_files(void)
{
    DIR *folder = opendir(PAGE);
    int count = 0;
    CHECK(folder != NULL);
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (*entry->d_name != '.') {
            char path[300];
            snprintf(path, sizeof path, "/%s", entry->d_name);
            check_file(path, entry->d_name);
            check_plain(entry->d_name);
            count++;
        }
    if (folder)
        closedir(folder);
    CHECK(count >= 5);
    check_file("/", "index.html");
}

static void test_others(void)
{
    CHECK_REPLY(ask("GET", "/app.mjs", "", NULL, 0), 404, "{\"status\":404");
    CHECK_REPLY(ask("GET", "/../page/app.js", "", NULL, 0), 404, "{\"status\":404");
    CHECK_REPLY(ask("POST", "/app.js", "", "x", 1), 404, "{\"status\":404");
    struct reply r = ask("HEAD", "/style.css", "", NULL, 0);
    CHECK(r.content_size == 0);
    CHECK_REPLY(r, 200, "Content-Type: text/css");
}

int main(void)
{
    test_folder_make();
    tiny_model(test_path("tiny.safetensors"), 0);
    service_start("--person none");
    test_files();
    test_others();
    CHECK(service_end() == 0);
    test_folder_remove();
    return test_end();
}
