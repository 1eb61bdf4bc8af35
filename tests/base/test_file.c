// Files that are whole or not there: what is read back, what is left behind, what is never
// replaced, and what the messages say when a disk is full or a path is no file.

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "folder.h"
#include "test.h"

static swatch_error error;

static int begins(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

static void test_write_and_read(void)
{
    char *data, bytes[100000];
    size_t size;
    struct stat info;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7);
    const char *path = test_path("a b[n=1].bin");
    umask(027);
    CHECK(file_write(path, bytes, sizeof bytes, 1, &error) == 0);
    CHECK(stat(path, &info) == 0 && (info.st_mode & 0777) == 0640);
    umask(022);
    CHECK(file_read(path, sizeof bytes, &data, &size, &error) == 0);
    CHECK(size == sizeof bytes && memcmp(data, bytes, size) == 0 && data[size] == 0);
    free(data);

    // Over an old file its mode stays.
    chmod(path, 0604);
    CHECK(file_write_quick(path, "new", 3, &error) == 0);
    CHECK(stat(path, &info) == 0 && (info.st_mode & 0777) == 0604 && info.st_size == 3);
    CHECK(file_read(path, 3, &data, &size, &error) == 0);
    CHECK_STRING(data, "new");
    free(data);
    CHECK(file_read(path, 2, &data, &size, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, "larger than 2 bytes"));

    CHECK(file_write(path, NULL, 0, 1, &error) == 0);
    CHECK(file_read(path, 100, &data, &size, &error) == 0);
    CHECK(size == 0 && data[0] == 0);
    free(data);
    CHECK(test_names(test_folder) == 1);
    unlink(path);
}

// From a pipe the size is not known beforehand.
static void test_read_input(void)
{
    int ends[2];
    char *data, bytes[60000];
    size_t size;
    const int input = dup(STDIN_FILENO);
    memset(bytes, 'p', sizeof bytes);
    CHECK(pipe(ends) == 0 && write(ends[1], bytes, sizeof bytes) == sizeof bytes);
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    CHECK(file_read("-", 1 << 20, &data, &size, &error) == 0);
    CHECK(size == sizeof bytes && memcmp(data, bytes, size) == 0);
    free(data);
    close(ends[0]);

    CHECK(pipe(ends) == 0 && write(ends[1], bytes, sizeof bytes) == sizeof bytes);
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    CHECK(file_read("-", 100, &data, &size, &error) == SWATCH_FAILED);
    CHECK_STRING(error.message, "standard input: larger than 100 bytes");
    close(ends[0]);
    if (input >= 0)
        dup2(input, STDIN_FILENO);
    close(input);
}

static void test_faults(void)
{
    char *data, *deep = malloc(PATH_MAX + 10), want[1200];
    size_t size;
    memset(deep, 'd', PATH_MAX + 9);
    deep[PATH_MAX + 9] = 0;
    CHECK(file_read(test_path("none"), 10, &data, &size, &error) == SWATCH_NOT_FOUND);
    snprintf(want, sizeof want, "%s: cannot be opened: No such file or directory",
             test_path("none"));
    CHECK_STRING(error.message, want);
    CHECK(file_read(test_folder, 1 << 20, &data, &size, &error) == SWATCH_FAILED);
    CHECK(begins(error.message, test_folder) && strstr(error.message, "Is a directory"));
    CHECK(file_write(test_path("no/file"), "x", 1, 1, &error) == SWATCH_FAILED);
    CHECK(begins(error.message, test_path("no/file")));
    CHECK(file_write(deep, "x", 1, 1, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, "too long"));
    free(deep);

    // A folder stands where the file shall go.
    mkdir(test_path("taken"), 0755);
    CHECK(file_write(test_path("taken"), "x", 1, 1, &error) == SWATCH_EXISTS);
    CHECK(begins(error.message, test_path("taken")));
    rmdir(test_path("taken"));
    CHECK(test_names(test_folder) == 0);

    CHECK(file_load(test_path("none"), &data, &size, &error) == SWATCH_NOT_FOUND);
    CHECK(begins(error.message, test_path("none")));
    CHECK(file_load(test_folder, &data, &size, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, "not a file"));
    CHECK(mkfifo(test_path("pipe"), 0600) == 0);
    CHECK(file_load(test_path("pipe"), &data, &size, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, "not a file"));
    unlink(test_path("pipe"));
    CHECK(file_load(test_file("empty", "", 0), &data, &size, &error) == 0 && size == 0);
    free(data);
    CHECK(file_load(test_file("empty", "abc", 3), &data, &size, &error) == 0);
    CHECK(size == 3 && strcmp(data, "abc") == 0);
    free(data);
    CHECK(truncate(test_path("empty"), ((off_t)4 << 30) + 1) == 0);
    CHECK(file_load(test_path("empty"), &data, &size, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, "larger than 4294967296 bytes"));
    unlink(test_path("empty"));
}

// A limit on the size of files stands in for a full disk.
static void test_full_disk(void)
{
    static const char bytes[8192] = {0};
    struct rlimit old, small;
    getrlimit(RLIMIT_FSIZE, &old);
    small = (struct rlimit){4096, old.rlim_max};
    const char *path = test_file("kept", "before", 6);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    CHECK(file_write(path, bytes, sizeof bytes, 1, &error) == SWATCH_FAILED);
    setrlimit(RLIMIT_FSIZE, &old);
    CHECK(begins(error.message, path) && strstr(error.message, "cannot be written"));
    char *data;
    size_t size;
    CHECK(file_read(path, 100, &data, &size, &error) == 0 && size == 6);
    CHECK_STRING(data, "before");
    free(data);
    CHECK(test_names(test_folder) == 1);
    unlink(path);
}

// Only a regular file is replaced: no link, whose target may be anybody's, no device and no pipe.
static void test_never_replaced(void)
{
    struct stat info;
    char *data;
    size_t size;
    char target[64];
    snprintf(target, sizeof target, "%s", test_file("target", "theirs", 6));
    chmod(target, 04755);
    CHECK(symlink(target, test_path("link")) == 0 && mkfifo(test_path("fifo"), 0666) == 0);
    static const char *const names[] = {"link", "fifo"};
    for (size_t i = 0; i < 2; i++) {
        CHECK(file_write(test_path(names[i]), "x", 1, 1, &error) == SWATCH_EXISTS);
        CHECK(strstr(error.message, "is there already, and no file"));
        CHECK(file_check_free(test_path(names[i]), 1, &error) == SWATCH_EXISTS);
    }
    CHECK(lstat(test_path("link"), &info) == 0 && S_ISLNK(info.st_mode));
    CHECK(lstat(test_path("fifo"), &info) == 0 && S_ISFIFO(info.st_mode));
    CHECK(file_read(target, 100, &data, &size, &error) == 0);
    CHECK_STRING(data, "theirs");
    free(data);

    CHECK(file_check_free(test_path("none"), 0, &error) == 0);
    CHECK(file_check_free(target, 1, &error) == 0);
    CHECK(file_check_free(target, 0, &error) == SWATCH_EXISTS);
    CHECK(begins(error.message, target) && strstr(error.message, "is there already"));
    // What replaces a program that runs as its owner does not run so.
    CHECK(file_write(target, "ours", 4, 1, &error) == 0);
    CHECK(stat(target, &info) == 0 && (info.st_mode & 07777) == 0755);
    CHECK(test_names(test_folder) == 3);
    unlink(test_path("link"));
    unlink(test_path("fifo"));
    unlink(target);
}

static int write_two(FILE *to, const void *what)
{
    fprintf(to, "%s", (const char *)what);
    putc(0, to);
    return 0;
}

static int write_none(FILE *to, const void *what)
{
    (void)to, (void)what;
    return -1;
}

static void test_composed(void)
{
    char *data;
    size_t size;
    CHECK(file_compose(write_two, "ab", &data, &size, &error) == 0 && size == 3);
    CHECK(memcmp(data, "ab\0", 4) == 0);
    free(data);
    CHECK(file_compose(write_none, NULL, &data, &size, &error) == SWATCH_NO_MEMORY);
    CHECK_STRING(error.message, "out of memory");
    CHECK(file_put(test_path("line"), "1", 1, 0, &error) == 0);
    CHECK(file_put(test_path("line"), "2", 1, 0, &error) == SWATCH_EXISTS);
    CHECK(strstr(error.message, "is there already"));
    CHECK(file_put(test_path("line"), "3", 1, 1, &error) == 0);
    CHECK(file_write_line(test_path("line"), "{}", &error) == 0);
    CHECK(file_read(test_path("line"), 100, &data, &size, &error) == 0);
    CHECK_STRING(data, "{}\n");
    free(data);
    unlink(test_path("line"));
    char path[PATH_MAX], *deep = malloc(PATH_MAX);
    memset(deep, 'd', PATH_MAX - 1);
    deep[PATH_MAX - 1] = 0;
    CHECK(file_join(path, "a/b", "c", &error) == 0);
    CHECK_STRING(path, "a/b/c");
    CHECK(file_join(path, deep, "c", &error) == SWATCH_FAILED && strstr(error.message, "too long"));
    free(deep);
}

int main(void)
{
    test_folder_make();
    test_write_and_read();
    test_read_input();
    test_faults();
    test_full_disk();
    test_never_replaced();
    test_composed();
    test_folder_remove();
    return test_end();
}
