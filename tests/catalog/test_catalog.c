// Catalogues in files of SQLite.

#include <sqlite3.h>
#include <sys/stat.h>

#include "base/file.h"
#include "catalog/checks.h"
#include "folder.h"

static void check_refused(const char *name, enum engine_open how, int status, const char *says)
{
    struct catalog *catalog;
    swatch_error error = {0};
    const int got = catalog_open(test_path(name), how, &catalog, &error);
    if (got != status || !strstr(error.message, says) || !strstr(error.message, name))
        CHECK_STRING(error.message, says);
    CHECK(got == status && !catalog);
}

static void run_sql(const char *name, const char *sql)
{
    sqlite3 *db = NULL;
    CHECK(sqlite3_open(test_path(name), &db) == SQLITE_OK &&
          sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close(db);
}

static void test_others(void)
{
    struct stat before, later;
    check_refused("gone.db", ENGINE_READ, SWATCH_NOT_FOUND, "cannot be opened");
    check_refused("no/folder.db", ENGINE_MAKE, SWATCH_NOT_FOUND, "cannot be opened");
    test_file("empty.db", "", 0);
    check_refused("empty.db", ENGINE_READ, SWATCH_BAD_FILE, "is empty, and no catalogue");
    test_file("text.db", "Many words that are no database, and more of them: a shopping list.", 67);
    check_refused("text.db", ENGINE_READ, SWATCH_BAD_FILE, "is damaged, or no catalogue");
    check_refused("text.db", ENGINE_MAKE, SWATCH_BAD_FILE, "is damaged, or no catalogue");
    // Another program's database stays as it is.
    run_sql("mail.db", "CREATE TABLE mails (id INTEGER)");
    CHECK(stat(test_path("mail.db"), &before) == 0);
    check_refused("mail.db", ENGINE_READ, SWATCH_BAD_FILE, "is a database of another program");
    check_refused("mail.db", ENGINE_MAKE, SWATCH_BAD_FILE, "is a database of another program");
    CHECK(stat(test_path("mail.db"), &later) == 0 && before.st_size == later.st_size &&
          before.st_mtim.tv_nsec == later.st_mtim.tv_nsec);
    run_sql("marked.db", "PRAGMA application_id = 7");
    check_refused("marked.db", ENGINE_MAKE, SWATCH_BAD_FILE, "is a database of another program");
    // One of a swatch to come.
    catalog_close(open_or_end(test_path("new.db"), ENGINE_MAKE));
    run_sql("new.db", "PRAGMA user_version = 3");
    check_refused("new.db", ENGINE_READ, SWATCH_BAD_FILE,
                  "is a catalogue of version 3, and this swatch knows version 2");
    check_refused("new.db", ENGINE_WRITE, SWATCH_BAD_FILE, "is a catalogue of version 3");
}

static int look_at(void *user, const json_t *record)
{
    return count_photo(user, record);
}

// Bytes of a catalogue are changed all over: what is told is a status with a message, or photos.
static void test_damaged(void)
{
    char *bytes;
    size_t size;
    int refused = 0;
    struct catalog *c = open_or_end(test_path("whole.db"), ENGINE_MAKE);
    CHECK(photos_fill(c, 200) == 0);
    catalog_close(c);
    CHECK(file_load(test_path("whole.db"), &bytes, &size, NULL) == 0);
    const struct find_wish wish = wish_of((struct rgb){20, 20, 22}, "clothes", 10, 20);
    uint64_t state = 3;
    for (int i = 0; i < 60; i++) {
        struct find_hit *hits = NULL;
        swatch_error error = {0};
        size_t found;
        int photos = 0;
        char *changed = malloc(size);
        memcpy(changed, bytes, size);
        for (int k = 0; k < 200; k++)
            changed[100 + photo_random(&state, (unsigned)size - 100)] =
                (char)photo_random(&state, 256);
        test_file("damaged.db", changed, i % 10 == 9 ? size / 3 : size);
        free(changed);
        int status = catalog_open(test_path("damaged.db"), ENGINE_READ, &c, &error);
        status = status ? status : find_photos(c, &wish, &hits, &found, &error);
        status = status ? status : catalog_each(c, NULL, look_at, &photos, &error);
        refused += status != 0;
        CHECK(!status || (strstr(error.message, "damaged.db") != NULL));
        free(hits);
        catalog_close(c);
    }
    CHECK(refused > 20);
    free(bytes);
    c = open_or_end(test_path("broken.db"), ENGINE_MAKE);
    catalog_close(c);
    run_sql("broken.db", "DROP TABLE colors");
    swatch_error error;
    size_t found;
    struct find_hit *hits;
    c = open_or_end(test_path("broken.db"), ENGINE_READ);
    CHECK(find_photos(c, &wish, &hits, &found, &error) == SWATCH_BAD_FILE);
    CHECK(strstr(error.message, "broken.db: is damaged (no such table: colors)"));
    catalog_close(c);
}

// Fills the table of photos by SQL, as anyone may, and lists it. `path` is an expression of n, 1 to
// 300: more than a page of rows.
static void check_listed(const char *name, const char *path, const char *later, const char *says)
{
    char sql[512];
    swatch_error error = {0};
    int photos = 0;
    catalog_close(open_or_end(test_path(name), ENGINE_MAKE));
    snprintf(sql, sizeof sql,
             "WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 300) "
             "INSERT INTO photos (id, sha256, path, bytes, status, swatch, model, added) SELECT n, "
             "'', %s, 1, 0, '', '', 0 FROM t",
             path);
    run_sql(name, sql);
    run_sql(name, later);
    struct catalog *c = open_or_end(test_path(name), ENGINE_READ);
    const int status = catalog_each(c, NULL, look_at, &photos, &error);
    if (!says)
        CHECK(status == 0 && photos == 300);
    else if (status != SWATCH_BAD_FILE || !strstr(error.message, says))
        CHECK_STRING(error.message, says);
    catalog_close(c);
}

// Lists of such files end.
static void test_hostile(void)
{
    static const char damaged[] = "is damaged (paths that are no text, or in no order)";
    check_listed("fine.db", "printf('/%03d', n)", "", NULL);
    check_listed("blobs.db", "CAST(printf('/%03d', n) AS BLOB)", "", damaged);
    check_listed("zeros.db", "'a' || char(0) || n", "", damaged);
    // The index of paths keeps the order of a collation that is not theirs any more.
    check_listed("order.db", "printf('%s%03d', iif(n < 280, 'b', 'C'), n)",
                 "ALTER TABLE photos RENAME TO old; "
                 "CREATE TABLE photos (id BIGINT PRIMARY KEY, sha256, path TEXT COLLATE NOCASE "
                 "UNIQUE, bytes, width, height, status, message, swatch, model, added); "
                 "INSERT INTO photos SELECT * FROM old; PRAGMA writable_schema = ON; "
                 "UPDATE sqlite_master SET sql = replace(sql, 'COLLATE NOCASE', '')",
                 damaged);
    check_listed("view.db", "n",
                 "ALTER TABLE photos RENAME TO old; CREATE VIEW photos AS SELECT * "
                 "FROM old",
                 "view.db: is damaged (access to view \"photos\" prohibited)");
}

// What is told of a database: its host and name, nothing that may be secret.
static void test_shown(void)
{
    static const char *const places[][2] = {
        {"postgresql://me:s3cret@db.example/shop?password=s3cret", "postgresql://db.example/shop"},
        {"postgres:///shop?user=a&password=s3cret", "postgres:///shop"},
        {"postgresql://db.example/shop?application_name=a@b", "postgresql://db.example/shop"},
        {"postgresql://me:s3?cret@db.example", "postgresql://db.example"},
        {"postgresql://db.example?sslpassword=s3cret", "postgresql://db.example"},
        {"a@b?c.db", "a@b?c.db"},
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char *text = catalog_shown(places[i][0]);
        CHECK_STRING(text, places[i][1]);
        free(text);
    }
}

static int one_text(void *user, int count, char **values, char **names)
{
    (void)count;
    (void)names;
    snprintf(user, 64, "%s", values[0]);
    return 0;
}

static void check_whole(const char *name)
{
    sqlite3 *db = NULL;
    char answer[64] = "";
    CHECK(sqlite3_open(test_path(name), &db) == SQLITE_OK &&
          sqlite3_exec(db, "PRAGMA integrity_check", one_text, answer, NULL) == SQLITE_OK);
    CHECK_STRING(answer, "ok");
    answer[0] = 0;
    CHECK(sqlite3_exec(db, "PRAGMA foreign_key_check", one_text, answer, NULL) == SQLITE_OK);
    CHECK_STRING(answer, "");
    sqlite3_close(db);
}

int main(void)
{
    test_folder_make();
    check_records(test_path("a.db"));
    check_writers(test_path("writers.db"));
    check_whole("writers.db");
    check_kills(test_path("kills.db"), KILLS, kill_writer);
    check_whole("kills.db");
    test_others();
    test_damaged();
    test_hostile();
    test_shown();
    test_folder_remove();
    return test_end();
}
