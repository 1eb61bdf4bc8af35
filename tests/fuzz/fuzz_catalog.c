// A catalogue in a file of SQLite: it is listed and searched, and its photos become a page.

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "catalog/find.h"
#include "catalog/page.h"
#include "catalog/record.h"
#include "catalog/store.h"

static int take(void *user, const json_t *record)
{
    char *line = record_line(record);
    page_photo(user, record, NULL);
    free(line);
    return 0;
}

static void look(struct catalog *catalog, FILE *page)
{
    struct find_wish wish = {.count = 1, .part = "clothes", .within = 10, .limit = 20};
    struct find_hit *hits = NULL;
    size_t count = 0;
    wish.colors[0].weight = 1;
    find_read_color("#141416", &wish.colors[0].lab);
    if (find_photos(catalog, &wish, &hits, &count, NULL) == 0)
        for (size_t i = 0; i < count; i++) {
            json_t *record = NULL;
            catalog_get(catalog, hits[i].photo, &record, NULL);
            json_decref(record);
        }
    free(hits);
    catalog_each(catalog, NULL, take, page, NULL);
    catalog_each(catalog, "coat", take, page, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[] = "/tmp/swatch-fuzz.XXXXXX", beside[64];
    struct catalog *catalog;
    FILE *page = fopen("/dev/null", "w");
    const int file = mkstemp(path);
    if (file < 0 || !page || write(file, data, size) != (ssize_t)size)
        abort();
    close(file);
    if (catalog_open(path, ENGINE_READ, &catalog, NULL) == 0)
        look(catalog, page);
    catalog_close(catalog);
    fclose(page);
    unlink(path);
    for (int i = 0; i < 2; i++) {
        snprintf(beside, sizeof beside, "%s-%s", path, i ? "wal" : "shm");
        unlink(beside);
    }
    return 0;
}
