// Memory of `swatch serve` over many requests: test_serve_soak [REQUESTS]. Good requests of all
// kinds, wrong ones and cut ones; after the first 500 the service and its helpers may grow by 10
// MB.

#include "image/image.h"
#include "server/ask.h"
#include "tiny_model.h"
#include "tiny_person.h"

#define GROWTH 10240 // kB

static void *photo;
static size_t photo_size;

static long resident(pid_t pid)
{
    char path[64], line[128];
    long size = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *from = fopen(path, "r");
    while (from && fgets(line, sizeof line, from))
        sscanf(line, "VmRSS: %ld", &size);
    if (from)
        fclose(from);
    return size;
}

// kB
static long memory(void)
{
    pid_t pids[HELPERS_MOST];
    long sum = resident(service_process);
    for (size_t i = service_helpers(pids); i--;)
        sum += resident(pids[i]);
    return sum;
}

// The n-th request. The photo's last bytes are its number, so none is known already.
static void request(unsigned n)
{
    static const struct {
        const char *path;
        int status;
    } kinds[] = {{"/v1/palette?colors=8", 200},
                 {"/v1/extract?people=none", 200},
                 {"/v1/palette?format=ase", 200},
                 {"/v1/extract", 200},
                 {"/v1/palette?colors=9", 400},
                 {"/v1/extract?only=clothes,card&palette=gpl&people=none", 200},
                 {"/v1/palette?harmonies", 200},
                 {"/v1/extract?people=2&only=skin", 200}};
    const size_t kind = n % (sizeof kinds / sizeof *kinds);
    memcpy((char *)photo + photo_size - sizeof n, &n, sizeof n);
    if (n % 50 == 49) {
        close(ask_begin("POST", kinds[kind].path, "", photo, photo_size));
    } else if (n % 50 == 48) {
        CHECK_REPLY(ask("POST", "/v1/palette", "", photo, 100), 415, "status");
    } else {
        CHECK_REPLY(ask("POST", kinds[kind].path, "", photo, photo_size), kinds[kind].status, "");
    }
}

int main(int argc, char **argv)
{
    const unsigned requests = argc > 1 ? (unsigned)atoi(argv[1]) : 300;
    const unsigned settling = requests > 1000 ? 500 : requests / 2;
    char options[512];
    struct image image;
    test_folder_make();
    tiny_model(test_path("tiny.safetensors"), 0);
    tiny_person(test_path("people.safetensors"), 1);
    if (image_new(&image, 48, 64, 3, NULL))
        return 1;
    free(tiny_photo(48, 64, image.pixels));
    if (image_encode_png(&image, 3, &photo, &photo_size, NULL))
        return 1;
    image_free(&image);
    photo = realloc(photo, photo_size += sizeof(unsigned)); // behind a picture anything may stand
    // What AddressSanitizer keeps of freed memory would look like growth.
    setenv("ASAN_OPTIONS", "quarantine_size_mb=1:thread_local_quarantine_size_kb=64", 1);
    snprintf(options, sizeof options,
             "--person %s/people.safetensors --workers 2 --cache-mb 1 --quiet", test_folder);
    service_start(options);
    long settled = 0;
    for (unsigned n = 0; n < requests; n++) {
        request(n);
        if (n == settling)
            settled = memory();
    }
    CHECK(metric_becomes("swatch_workers_busy", 0) && metric_becomes("swatch_body_bytes", 0));
    const long last = memory();
    fprintf(stderr, "%u requests: %ld kB after %u, %ld kB at the end\n", requests, settled,
            settling, last);
    CHECK(last - settled < GROWTH);
    CHECK(service_end() == 0);
    free(photo);
    test_folder_remove();
    return test_end();
}
