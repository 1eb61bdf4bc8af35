// What a catalogue does, whatever keeps it.
#ifndef TESTS_CATALOG_CHECKS_H
#define TESTS_CATALOG_CHECKS_H

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catalog/brute.h"

static inline struct catalog *open_or_end(const char *place, enum engine_open how)
{
    struct catalog *catalog;
    swatch_error error;
    if (catalog_open(place, how, &catalog, &error)) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
    return catalog;
}

static inline void check_record(struct catalog *catalog, unsigned number, int there)
{
    char sha256[65];
    json_t *want = photo_record(number), *got = NULL;
    swatch_error error;
    photo_sha256(number, sha256);
    const int status = catalog_get(catalog, catalog_id(sha256), &got, &error);
    if (there)
        CHECK(status == 0 && json_equal(got, want));
    else
        CHECK(status == SWATCH_NOT_FOUND && !got);
    json_decref(want);
    json_decref(got);
}

static inline int count_photo(void *user, const json_t *record)
{
    (void)record;
    ++*(int *)user;
    return 0;
}

static inline int photos_in(struct catalog *catalog, const char *garment)
{
    int count = 0;
    CHECK(catalog_each(catalog, garment, count_photo, &count, NULL) == 0);
    return count;
}

// In a new catalogue.
static inline void check_records(const char *place)
{
    struct catalog *c = open_or_end(place, ENGINE_MAKE);
    struct known known;
    char sha256[65], other[65];
    swatch_error error;
    json_t *record = photo_record(10), *failed;
    CHECK(photos_in(c, NULL) == 0);
    for (int again = 0; again < 2; again++)
        CHECK(catalog_put(c, record, NULL) == 0);
    check_record(c, 10, 1);
    check_record(c, 11, 0);
    CHECK(photos_in(c, NULL) == 1 && photos_in(c, "coat") == 1 && photos_in(c, "hat") == 0);
    photo_sha256(10, sha256);
    CHECK(catalog_known(c, sha256, &known, NULL) == 0 && known.there && known.status == 0);
    CHECK_STRING(known.path, "/photos/000010.jpg");
    CHECK_STRING(known.model, "a model");
    CHECK(!known.message);
    catalog_known_clear(&known);
    // A text is a text, whatever it says and in whatever letters.
    photo_sha256(99, other);
    const char *path = "/it's/\"b\"; DROP TABLE photos; --/$1/\xc3\xa4\xe2\x82\xac.jpg";
    failed = record_new(path, other, 5, "m", SWATCH_NO_PERSON, "nobody's here");
    CHECK(catalog_put(c, failed, NULL) == 0);
    CHECK(catalog_known(c, other, &known, NULL) == 0 && known.status == SWATCH_NO_PERSON);
    CHECK_STRING(known.message, "nobody's here");
    CHECK_STRING(known.path, path);
    catalog_known_clear(&known);
    // Moved to where another was, which is gone with all it had.
    CHECK(catalog_move(c, other, "/photos/000010.jpg", NULL) == 0);
    check_record(c, 10, 0);
    CHECK(photos_in(c, NULL) == 1 && photos_in(c, "coat") == 0);
    // The file there is a new one.
    CHECK(catalog_put(c, record, NULL) == 0 && photos_in(c, NULL) == 1);
    check_record(c, 10, 1);
    // Of what cannot be put in, nothing stays.
    json_t *region = json_array_get(json_object_get(record, "regions"), 2);
    json_object_del(region, "share");
    CHECK(catalog_put(c, record, &error) != 0 && *error.message);
    check_record(c, 10, 1);
    // Another photo with the same first 16 digits.
    memset(sha256 + 16, '0', 48);
    json_object_set_new(record, "sha256", json_string(sha256));
    CHECK(catalog_put(c, record, &error) == SWATCH_FAILED && strstr(error.message, "has the id"));
    check_record(c, 10, 1);
    // Taken out: by its path, and by the folder above.
    char *paths[] = {(char *)"/photos/000010", (char *)"/photos/000010.jpg", (char *)"/it's"};
    size_t removed[3];
    CHECK(catalog_delete(c, paths, 3, removed, NULL) == 0);
    CHECK(removed[0] == 0 && removed[1] == 1 && removed[2] == 0 && photos_in(c, NULL) == 0);
    check_record(c, 10, 0);
    for (unsigned i = 10; i < 13; i++) {
        json_t *more = photo_record(i);
        CHECK(catalog_put(c, more, NULL) == 0);
        json_decref(more);
    }
    paths[0] = (char *)"/photos";
    CHECK(catalog_delete(c, paths, 1, removed, NULL) == 0 && removed[0] == 3);
    CHECK(photos_in(c, NULL) == 0 && photos_in(c, "coat") == 0);
    json_t *ten = photo_record(10);
    CHECK(catalog_put(c, ten, NULL) == 0);
    json_decref(ten);
    CHECK(catalog_id("") == -1 && catalog_id("/etc") == -1);
    json_decref(record);
    json_decref(failed);
    catalog_close(c);
    // Who only reads cannot write.
    c = open_or_end(place, ENGINE_READ);
    record = photo_record(11);
    CHECK(catalog_put(c, record, &error) != 0);
    CHECK(catalog_delete(c, paths, 1, removed, &error) != 0 && *error.message);
    check_record(c, 10, 1);
    check_record(c, 11, 0);
    json_decref(record);
    catalog_close(c);
}

#define WRITERS 4
#define OWN 25    // photos of each
#define SHARED 10 // photos that all put in

static inline int write_some(const char *place, unsigned writer)
{
    struct catalog *c = open_or_end(place, ENGINE_MAKE);
    swatch_error error;
    int failed = 0;
    for (unsigned i = 0; i < OWN + SHARED; i++) {
        json_t *record = photo_record(i < SHARED ? i : 1000 * (writer + 1) + i);
        if (catalog_put(c, record, &error)) {
            fprintf(stderr, "%s\n", error.message);
            failed = 1;
        }
        json_decref(record);
    }
    catalog_close(c);
    return failed;
}

// Several processes that make a new catalogue together.
static inline void check_writers(const char *place)
{
    for (unsigned w = 0; w < WRITERS; w++)
        if (fork() == 0)
            _exit(write_some(place, w));
    for (unsigned w = 0; w < WRITERS; w++) {
        int status;
        CHECK(wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    struct catalog *c = open_or_end(place, ENGINE_READ);
    CHECK(photos_in(c, NULL) == SHARED + WRITERS * OWN);
    for (unsigned w = 0; w < WRITERS; w++)
        for (unsigned i = 0; i < OWN + SHARED; i++)
            check_record(c, i < SHARED ? i : 1000 * (w + 1) + i, 1);
    catalog_close(c);
}

#define KILLS 12

// Puts photos in from `from` on, and says of each on `to` that it is done.
static inline void write_until_killed(const char *place, unsigned from, int to)
{
    struct catalog *c = open_or_end(place, ENGINE_MAKE);
    for (unsigned i = from;; i++) {
        json_t *record = photo_record(i);
        if (catalog_put(c, record, NULL) || write(to, &i, sizeof i) != sizeof i)
            _exit(1);
        json_decref(record);
    }
}

static inline void kill_writer(pid_t writer)
{
    kill(writer, SIGKILL);
    waitpid(writer, NULL, 0);
}

// Writers that are stopped on their way, `kills` times: what they said is there, and nothing is
// half there. stop(): ends the writer and waits for it.
static inline void check_kills(const char *place, int kills, void (*stop)(pid_t writer))
{
    unsigned done = 0, last;
    for (int kill_at = 0; kill_at < kills; kill_at++) {
        int ends[2];
        if (pipe(ends))
            exit(1);
        const pid_t writer = fork();
        if (writer == 0) {
            close(ends[0]);
            write_until_killed(place, done, ends[1]);
        }
        close(ends[1]);
        // It is well under way, and somewhere in the middle.
        CHECK(read(ends[0], &last, sizeof last) == sizeof last);
        usleep((useconds_t)(700 * kill_at));
        stop(writer);
        done = last + 1;
        while (read(ends[0], &last, sizeof last) == sizeof last)
            done = last + 1;
        close(ends[0]);
    }
    struct catalog *c = open_or_end(place, ENGINE_READ);
    const int there = photos_in(c, NULL);
    fprintf(stderr, "%d kills: %u photos said, %d there\n", kills, done, there);
    CHECK(done >= (unsigned)kills && (there == (int)done || there == (int)done + 1));
    for (unsigned i = 0; i < (unsigned)there; i++)
        check_record(c, i, 1);
    catalog_close(c);
}

#endif
