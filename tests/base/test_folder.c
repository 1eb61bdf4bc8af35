// Folders that appear whole or not at all: what is replaced and what is not, what is left behind,
// and what becomes of drafts whose maker was killed.

#include "base/folder.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/error.h"
#include "base/file.h"
#include "folder.h"
#include "test.h"

static swatch_error error;
static char result[64], model_file[64]; // paths

static int begins(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

static int owns(const char *name, int is_folder, int inner)
{
    return is_folder ? !inner && strcmp(name, "part") == 0 : strcmp(name, "ours") == 0;
}

static const struct draft_owner owner = {"swatch test", owns};

static void put(const struct folder *folder, const char *name)
{
    char path[PATH_MAX];
    CHECK(file_join(path, folder->draft.path, name, &error) == 0);
    CHECK(file_write_quick(path, "1", 1, &error) == 0);
}

static int begin(struct folder *folder, const char *path, int replace)
{
    return folder_begin(folder, path, &owner, replace, &error);
}

static int end(struct folder *folder)
{
    return folder_end(folder, SWATCH_OK, NULL, &error);
}

static void test_make(void)
{
    char *deep = malloc(PATH_MAX + 10);
    memset(deep, 'd', PATH_MAX + 9);
    deep[PATH_MAX + 9] = 0;
    CHECK(folder_make(deep, &error) == SWATCH_FAILED);
    struct folder folder;
    CHECK(begin(&folder, deep, 0) == SWATCH_FAILED && strstr(error.message, "too long"));
    folder_abort(&folder);
    free(deep);
    CHECK(folder_make(test_path("one/two//three/"), &error) == 0);
    CHECK(folder_make(test_path("one/two"), &error) == 0);
    CHECK(folder_make("", &error) == SWATCH_FAILED);
    test_file("one/file", "x", 1);
    CHECK(folder_make(test_path("one/file"), &error) == SWATCH_FAILED);
    CHECK(folder_make(test_path("one/file/two"), &error) == SWATCH_FAILED);
    CHECK(begins(error.message, test_path("one/file")));
}

static void test_whole(void)
{
    struct folder folder = {0};
    folder_abort(&folder);
    const char *path = result;
    CHECK(begin(&folder, path, 0) == 0);
    put(&folder, "ours");
    CHECK(access(path, F_OK) != 0);
    CHECK(end(&folder) == 0);
    CHECK(test_names(path) == 1 && test_names(test_folder) == 2);

    // A second one of the name: refused, then put in the first one's place.
    CHECK(begin(&folder, path, 0) == 0);
    CHECK(end(&folder) == SWATCH_EXISTS);
    CHECK(begins(error.message, path) && strstr(error.message, "is there already"));
    CHECK(test_names(path) == 1 && test_names(test_folder) == 2);
    CHECK(begin(&folder, path, 1) == 0 && end(&folder) == 0);
    CHECK(test_names(path) == 0 && test_names(test_folder) == 2);

    // A fault in a draft is told of the folder, even if its name is odd.
    char odd[64];
    snprintf(odd, sizeof odd, "%s", test_path("od\033d"));
    char inner[PATH_MAX], want[600];
    swatch_error wrong;
    CHECK(begin(&folder, odd, 0) == 0);
    CHECK(file_join(inner, folder.draft.path, "no/a", &error) == 0);
    const int status = file_write_quick(inner, "1", 1, &wrong);
    CHECK(folder_end(&folder, status, &wrong, &error) == SWATCH_FAILED);
    snprintf(want, sizeof want, "%s/od\\x1bd/no/a: cannot be written: No such file or directory",
             test_folder);
    CHECK_STRING(error.message, want);
    CHECK(begin(&folder, test_path("none/result"), 0) == SWATCH_FAILED);
    CHECK(begins(error.message, test_path("none/result")));
    CHECK(test_names(test_folder) == 2);
}

// What is given up is deleted with all that is in it, but not what links in it point to.
static void test_given_up(void)
{
    struct folder folder;
    char inner[PATH_MAX];
    CHECK(begin(&folder, test_path("result"), 1) == 0);
    CHECK(file_join(inner, folder.draft.path, "deep", &error) == 0 && mkdir(inner, 0755) == 0);
    CHECK(file_join(inner, folder.draft.path, "deep/link", &error) == 0);
    CHECK(symlink(test_path("one"), inner) == 0);
    folder_abort(&folder);
    folder_abort(&folder);
    CHECK(access(test_path("one/file"), F_OK) == 0 && test_names(test_folder) == 2);
}

static void check_refused(const char *name, const char *foreign)
{
    struct folder folder;
    CHECK(begin(&folder, test_path(name), 1) == SWATCH_FAILED);
    CHECK(begins(error.message, test_path(name)) && strstr(error.message, foreign));
    CHECK(test_names(test_folder) == 2);
}

// With `replace`, nothing goes that is not the owner's.
static void test_replaced(void)
{
    struct folder folder;
    const char *path = result;
    test_file("result/ours", "1", 1);
    mkdir(test_path("result/part"), 0755);
    test_file("result/part/ours", "1", 1);
    CHECK(begin(&folder, path, 1) == 0);
    put(&folder, "ours");
    CHECK(end(&folder) == 0 && test_names(path) == 1);

    // A folder or a link that has a file's name, a file that has a folder's, one too deep.
    unlink(test_path("result/ours"));
    mkdir(test_path("result/ours"), 0755);
    test_file("result/ours/thesis", "x", 1);
    check_refused("result", "holds ours, which is not swatch test's");
    CHECK(access(test_path("result/ours/thesis"), F_OK) == 0);
    unlink(test_path("result/ours/thesis"));
    rmdir(test_path("result/ours"));
    CHECK(symlink(test_path("one/file"), test_path("result/ours")) == 0);
    check_refused("result", "holds ours");
    unlink(test_path("result/ours"));
    test_file("result/part", "x", 1);
    check_refused("result", "holds part");
    unlink(test_path("result/part"));
    CHECK(folder_make(test_path("result/part/part"), &error) == 0);
    check_refused("result", "holds part");
    rmdir(test_path("result/part/part"));
    rmdir(test_path("result/part"));

    // A link to a folder, and a file.
    CHECK(rename(path, test_path("target")) == 0 && symlink("target", path) == 0);
    test_file("target/ours", "1", 1);
    CHECK(begin(&folder, path, 1) == SWATCH_FAILED && strstr(error.message, "no folder"));
    CHECK(access(test_path("target/ours"), F_OK) == 0);
    unlink(path);
    test_file("result", "x", 1);
    CHECK(begin(&folder, path, 1) == SWATCH_FAILED && strstr(error.message, "no folder"));
    CHECK(begin(&folder, path, 0) == 0 && end(&folder) == SWATCH_EXISTS);
    CHECK(strstr(error.message, "no folder"));
    unlink(path);
    CHECK(rename(test_path("target"), path) == 0);
}

// What comes in while the work is done: it stays, and so does the folder it is in.
static void test_meanwhile(void)
{
    struct folder folder;
    const char *path = result;
    CHECK(begin(&folder, path, 1) == 0);
    put(&folder, "ours");
    test_file("result/notes", "x", 1);
    CHECK(end(&folder) == SWATCH_FAILED);
    CHECK(strstr(error.message, "holds notes, which is not swatch test's; it is not replaced"));
    CHECK(access(test_path("result/notes"), F_OK) == 0 && test_names(test_folder) == 2);
    unlink(test_path("result/notes"));

    // The folder becomes a link: what it points to stays.
    CHECK(begin(&folder, path, 1) == 0);
    CHECK(rename(path, test_path("away")) == 0 && symlink("away", path) == 0);
    CHECK(end(&folder) == SWATCH_EXISTS && strstr(error.message, "no folder"));
    CHECK(access(test_path("away/ours"), F_OK) == 0);
    unlink(path);
    CHECK(rename(test_path("away"), path) == 0 && test_names(test_folder) == 2);
}

// A process that makes a draft, puts something into it, says so and waits to be killed.
static pid_t start_and_hold(const char *path, const char *name)
{
    int ends[2];
    char byte;
    CHECK(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) {
        struct folder folder;
        struct draft draft;
        char inner[PATH_MAX];
        if (begin(&folder, path, 1) || file_join(inner, folder.draft.path, name, &error) ||
            file_write_quick(inner, "1", 1, &error) ||
            file_join(inner, folder.draft.path, "ours", &error) ||
            draft_make(inner, DRAFT_FILE, NULL, &draft, &error) ||
            draft_make(test_path("model"), DRAFT_FILE, NULL, &draft, &error) ||
            write(ends[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ends[1]);
    CHECK(child > 0 && read(ends[0], &byte, 1) == 1);
    close(ends[0]);
    return child;
}

static void stop(pid_t child)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void test_killed(void)
{
    struct folder folder;
    const char *path = result, *model = model_file;
    // As long as its maker lives, a draft stays; when it was killed, the next one removes it.
    const pid_t child = start_and_hold(path, "ours");
    CHECK(test_names(test_folder) == 4);
    CHECK(begin(&folder, path, 1) == 0);
    CHECK(file_write(model, "new", 3, 1, &error) == 0);
    CHECK(test_names(test_folder) == 6);
    CHECK(end(&folder) == 0 && test_names(test_folder) == 5);
    stop(child);
    CHECK(test_names(test_folder) == 5);
    CHECK(begin(&folder, path, 1) == 0 && test_names(test_folder) == 5);
    CHECK(end(&folder) == 0 && test_names(test_folder) == 4);
    CHECK(file_write(model, "new", 3, 1, &error) == 0 && test_names(test_folder) == 3);
    unlink(model);

    // Not if there is something else in it.
    stop(start_and_hold(path, "thesis"));
    CHECK(begin(&folder, path, 1) == 0 && end(&folder) == 0);
    CHECK(file_write(model, "new", 3, 1, &error) == 0);
    CHECK(access(test_path(".result.swatch-0/thesis"), F_OK) == 0);
    CHECK(test_names(test_folder) == 4);
    unlink(test_path(".result.swatch-0/thesis"));
    unlink(test_path(".result.swatch-0/.ours.swatch-0"));
    rmdir(test_path(".result.swatch-0"));
    unlink(model);

    // Nor what somebody put where a draft would be.
    CHECK(symlink(test_path("one"), test_path(".result.swatch-0")) == 0);
    CHECK(symlink(test_path("one/file"), test_path(".model.swatch-0")) == 0);
    CHECK(begin(&folder, path, 1) == 0 && end(&folder) == 0);
    CHECK(file_write(model, "new", 3, 1, &error) == 0);
    CHECK(access(test_path("one/file"), F_OK) == 0 && test_names(test_folder) == 5);
    unlink(test_path(".result.swatch-0"));
    unlink(test_path(".model.swatch-0"));
    unlink(model);
}

// Many at the same time on one name: each has a draft of its own, and one of them wins.
static void test_together(void)
{
    struct folder folders[12];
    char path[64];
    snprintf(path, sizeof path, "%s", test_path("many"));
    for (size_t i = 0; i < 12; i++)
        CHECK(begin(&folders[i], path, 0) == 0);
    CHECK(test_names(test_folder) == 2 + 12);
    for (size_t i = 0; i < 12; i++)
        CHECK(end(&folders[i]) == (i ? SWATCH_EXISTS : 0));
    CHECK(test_names(test_folder) == 3);
    rmdir(path);
}

int main(void)
{
    test_folder_make();
    snprintf(result, sizeof result, "%s", test_path("result"));
    snprintf(model_file, sizeof model_file, "%s", test_path("model"));
    test_make();
    test_whole();
    test_given_up();
    test_replaced();
    test_meanwhile();
    test_killed();
    test_together();
    test_folder_remove();
    return test_end();
}
