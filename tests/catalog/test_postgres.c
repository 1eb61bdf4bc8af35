// Catalogues in PostgreSQL: a server of its own, without a network, in the test's folder. The
// server refuses to be root, so for root it is `nobody`.

#include <glob.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "catalog/checks.h"
#include "folder.h"

static char programs[PATH_MAX]; // of the server
static pid_t server;            // below 1: it does not run

// In a child: gives up what root may, and ends when the test does.
static void become_nobody(void)
{
    const struct passwd *nobody = getuid() == 0 ? getpwnam("nobody") : NULL;
    if (nobody && (setgroups(0, NULL) || setgid(nobody->pw_gid) || setuid(nobody->pw_uid))) {
        perror("nobody");
        _exit(127);
    }
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
    // Neither the server's locale nor its memory is what is tested.
    setenv("LC_ALL", "C", 1);
    unsetenv("LSAN_OPTIONS");
    if (chdir(test_folder))
        _exit(127);
}

static pid_t start(const char *name, char *const *words)
{
    char path[PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/%s", programs, name);
    const pid_t child = fork();
    if (child)
        return child;
    become_nobody();
    const int log = open("log", O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(log, 1);
    dup2(log, 2);
    execv(path, words);
    perror(path);
    _exit(127);
}

static int run(const char *name, char *const *words)
{
    int status;
    return waitpid(start(name, words), &status, 0) > 0 && WIFEXITED(status) ? WEXITSTATUS(status)
                                                                            : -1;
}

// At once, as if it had crashed.
static void stop_server(void)
{
    if (server > 0) {
        kill(server, SIGQUIT);
        waitpid(server, NULL, 0);
    }
    server = -1;
}

static void start_server(void)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", test_folder);
    server = start("postgres", (char *[]){"postgres", "-D", "data", "-k", folder, "-c",
                                          "listen_addresses=", NULL});
    for (int i = 0; i < 600; i++) {
        if (run("pg_isready", (char *[]){"pg_isready", "-q", "-h", folder, NULL}) == 0)
            return;
        if (waitpid(server, NULL, WNOHANG) == server) {
            server = -1;
            return;
        }
        usleep(100000);
    }
    stop_server();
}

static int make_server(void)
{
    const struct passwd *nobody = getuid() == 0 ? getpwnam("nobody") : NULL;
    if (nobody && chown(test_folder, nobody->pw_uid, nobody->pw_gid))
        return -1;
    if (run("initdb", (char *[]){"initdb", "-D", "data", "-U", "swatch", "-A", "trust", "-E",
                                 "UTF8", "--locale=C", "--no-sync", NULL}))
        return -1;
    start_server();
    return server > 0 ? 0 : -1;
}

static const char *place(const char *database)
{
    static char text[PATH_MAX + 128];
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", test_folder);
    if (run("createdb",
            (char *[]){"createdb", "-h", folder, "-U", "swatch", (char *)database, NULL}))
        CHECK(!"a database");
    snprintf(text, sizeof text, "postgresql://swatch:secret@/%s?host=%s", database, folder);
    return text;
}

static void check_refused(const char *at, int status, const char *says)
{
    struct catalog *catalog;
    swatch_error error = {0};
    CHECK(catalog_open(at, ENGINE_READ, &catalog, &error) == status && !catalog);
    if (!strstr(error.message, says) || strstr(error.message, "secret"))
        CHECK_STRING(error.message, says);
}

static void run_sql(const char *database, const char *sql)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", test_folder);
    CHECK(run("psql", (char *[]){"psql", "-q", "-h", folder, "-U", "swatch", "-c", (char *)sql,
                                 (char *)database, NULL}) == 0);
}

static void test_refused(void)
{
    check_refused(place("empty"), SWATCH_BAD_FILE, "postgresql:///empty: is empty");
    const char *mail = place("mail");
    run_sql("mail", "CREATE TABLE photos (mail TEXT)");
    check_refused(mail, SWATCH_BAD_FILE, "are of another program");
    const char *later = place("later");
    catalog_close(open_or_end(later, ENGINE_MAKE));
    run_sql("later", "UPDATE swatch_catalog SET version = 3");
    check_refused(later, SWATCH_BAD_FILE, "is a catalogue of version 3");
    check_refused("postgresql://swatch:secret@/gone?host=/nowhere", SWATCH_FAILED,
                  "/nowhere/gone: ");
}

// The search reads the index alone.
static void test_plan(void)
{
    const char *at = place("plan");
    struct catalog *c = open_or_end(at, ENGINE_MAKE);
    CHECK(photos_fill(c, 2000) == 0);
    check_searches(c, 2000);
    catalog_close(c);
    run_sql("plan", "VACUUM ANALYZE colors");
    run_sql("plan", "DO $$ DECLARE plan TEXT; line TEXT; BEGIN plan := ''; "
                    "FOR line IN EXPLAIN SELECT photo, hex, share FROM colors WHERE part = "
                    "'clothes' AND cell BETWEEN 4000 AND 4003 LOOP plan := plan || line; END LOOP; "
                    "ASSERT plan LIKE '%Index Only Scan using colors_near%', plan; END $$");
}

// The writer ends by itself, as it cannot go on.
static void crash_under(pid_t writer)
{
    stop_server();
    waitpid(writer, NULL, 0);
    start_server();
}

static void restart_server(void)
{
    stop_server();
    start_server();
}

// A server that was restarted is found again, and only what was between begin and end has failed.
static void test_restart(void)
{
    const char *at = place("restart");
    struct catalog *writer = open_or_end(at, ENGINE_MAKE), *reader = open_or_end(at, ENGINE_READ);
    json_t *records[] = {photo_record(0), photo_record(1), photo_record(2)};
    swatch_error error;
    CHECK(catalog_put(writer, records[0], &error) == 0);
    check_record(reader, 0, 1);
    restart_server();
    CHECK(catalog_put(writer, records[1], &error) == 0);
    check_record(reader, 1, 1);
    CHECK(catalog_put(reader, records[2], &error) != 0);
    CHECK(writer->engine->begin(writer->connection, &error) == 0);
    CHECK(record_put(writer, records[0], &error) == 0);
    restart_server();
    CHECK(record_put(writer, records[2], &error) == SWATCH_FAILED);
    CHECK(writer->engine->end(writer->connection, 1, &error) == SWATCH_FAILED);
    check_record(writer, 2, 0);
    // While it is away, that is told; later all is well.
    stop_server();
    CHECK(catalog_put(writer, records[2], &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, "connection to server") && !strstr(error.message, "secret"));
    start_server();
    CHECK(catalog_put(writer, records[2], &error) == 0);
    for (unsigned i = 0; i < 3; i++) {
        check_record(reader, i, 1);
        json_decref(records[i]);
    }
    catalog_close(writer);
    catalog_close(reader);
}

int main(void)
{
    glob_t found;
    struct stat info;
    if (stat(BUILD_DIR "/" ENGINE_POSTGRES_FILE, &info))
        TEST_SKIP("catalogues in PostgreSQL were not built (Debian: libpq-dev)");
    if (glob("/usr/lib/postgresql/*/bin/postgres", 0, NULL, &found) || !found.gl_pathc)
        TEST_SKIP("there is no PostgreSQL server here (Debian: postgresql)");
    const char *newest = found.gl_pathv[found.gl_pathc - 1];
    snprintf(programs, sizeof programs, "%.*s", (int)(strrchr(newest, '/') - newest), newest);
    globfree(&found);
    test_folder_make();
    const int made = make_server();
    CHECK(made == 0);
    if (made == 0) {
        check_records(place("records"));
        check_writers(place("writers"));
        check_kills(place("kills"), KILLS, kill_writer);
        check_kills(place("crashes"), 4, crash_under);
        test_refused();
        test_plan();
        test_restart();
        stop_server();
    } else {
        char command[64];
        snprintf(command, sizeof command, "cat %s/log >&2", test_folder);
        CHECK(system(command) == 0);
    }
    test_folder_remove();
    return test_end();
}
