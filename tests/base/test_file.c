// Files and folders that are whole or not there: what is read back, what is left behind, and what
// the messages say when a disk is full, a path is no file, or a name is taken.

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
    CHECK(file_write(path, bytes, sizeof bytes, &error) == 0);
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

    CHECK(file_write(path, NULL, 0, &error) == 0);
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
    struct file_map map;
    memset(deep, 'd', PATH_MAX + 9);
    deep[PATH_MAX + 9] = 0;
    CHECK(file_read(test_path("none"), 10, &data, &size, &error) == SWATCH_FAILED);
    snprintf(want, sizeof want, "%s: cannot be opened: No such file or directory",
             test_path("none"));
    CHECK_STRING(error.message, want);
    CHECK(file_read(test_folder, 1 << 20, &data, &size, &error) == SWATCH_FAILED);
    CHECK(begins(error.message, test_folder) && strstr(error.message, "Is a directory"));
    CHECK(file_write(test_path("no/file"), "x", 1, &error) == SWATCH_FAILED);
    CHECK(begins(error.message, test_path("no/file")));
    CHECK(file_write(deep, "x", 1, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, "too long"));
    CHECK(folder_make(deep, &error) == SWATCH_FAILED);
    free(deep);

    // A folder stands where the file shall go.
    mkdir(test_path("taken"), 0755);
    CHECK(file_write(test_path("taken"), "x", 1, &error) == SWATCH_FAILED);
    CHECK(begins(error.message, test_path("taken")));
    rmdir(test_path("taken"));
    CHECK(test_names(test_folder) == 0);

    CHECK(file_map_open(test_path("none"), &map, &error) == SWATCH_FAILED && !map.data);
    CHECK(file_map_open(test_folder, &map, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, "not a file"));
    CHECK(file_map_open(test_file("empty", "", 0), &map, &error) == 0);
    CHECK(!map.data && map.size == 0);
    file_map_close(&map);
    CHECK(file_map_open(test_file("empty", "abc", 3), &map, &error) == 0);
    CHECK(map.size == 3 && memcmp(map.data, "abc", 3) == 0);
    file_map_close(&map);
    CHECK(!map.data);
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
    CHECK(file_write(path, bytes, sizeof bytes, &error) == SWATCH_FAILED);
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

static void test_folders(void)
{
    char temporary[PATH_MAX], inner[PATH_MAX + 16];
    CHECK(folder_make(test_path("one/two//three/"), &error) == 0);
    CHECK(folder_make(test_path("one/two"), &error) == 0);
    CHECK(folder_make("", &error) == SWATCH_FAILED);
    test_file("one/file", "x", 1);
    CHECK(folder_make(test_path("one/file"), &error) == SWATCH_FAILED);
    CHECK(folder_make(test_path("one/file/two"), &error) == SWATCH_FAILED);
    CHECK(begins(error.message, test_path("one/file")));

    const char *path = test_path("result");
    CHECK(folder_begin(path, temporary, &error) == 0);
    snprintf(inner, sizeof inner, "%s/a", temporary);
    CHECK(file_write_quick(inner, "1", 1, &error) == 0);
    CHECK(access(path, F_OK) != 0);
    CHECK(folder_commit(temporary, path, 0, &error) == 0);
    CHECK(test_names(path) == 1);
    CHECK(access(temporary, F_OK) != 0);

    // A second one of the name: refused, then put in the first one's place.
    CHECK(folder_begin(path, temporary, &error) == 0);
    CHECK(folder_commit(temporary, path, 0, &error) == SWATCH_FAILED);
    CHECK(begins(error.message, path) && strstr(error.message, "is there already"));
    CHECK(test_names(path) == 1);
    CHECK(folder_commit(temporary, path, 1, &error) == 0);
    CHECK(test_names(path) == 0);
    CHECK(access(temporary, F_OK) != 0);

    // A file of the name is never replaced by a folder.
    rmdir(path);
    test_file("result", "x", 1);
    CHECK(folder_begin(path, temporary, &error) == 0);
    CHECK(folder_commit(temporary, path, 1, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, "no folder"));

    // What is given up is deleted with all that is in it, but not what links in it point to.
    snprintf(inner, sizeof inner, "%s/deep", temporary);
    mkdir(inner, 0755);
    snprintf(inner, sizeof inner, "%s/deep/link", temporary);
    CHECK(symlink(test_path("one"), inner) == 0);
    folder_abort(temporary);
    CHECK(access(temporary, F_OK) != 0);
    CHECK(access(test_path("one/file"), F_OK) == 0);
    CHECK(folder_begin(test_path("none/result"), temporary, &error) == SWATCH_FAILED);
    CHECK(test_names(test_folder) == 2);
}

int main(void)
{
    test_folder_make();
    test_write_and_read();
    test_read_input();
    test_faults();
    test_full_disk();
    test_folders();
    test_folder_remove();
    return test_end();
}
