// A folder of the test's own under /tmp, and what tests do with files.
#ifndef TESTS_FOLDER_H
#define TESTS_FOLDER_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char test_folder[32];

// Makes the folder; its name is test_folder.
static inline void test_folder_make(void)
{
    strcpy(test_folder, "/tmp/swatch-test.XXXXXX");
    if (!mkdtemp(test_folder)) {
        perror(test_folder);
        exit(1);
    }
}

// Deletes a folder and all that is in it. The path must need no quoting in a shell.
static inline void test_remove(const char *folder)
{
    char command[256];
    snprintf(command, sizeof command, "chmod -R u+rwx %.100s && rm -rf %.100s", folder, folder);
    if (system(command))
        fprintf(stderr, "%s is left behind\n", folder);
}

// Deletes the test's own folder.
static inline void test_folder_remove(void)
{
    test_remove(test_folder);
}

// Returns the path of a file in the test's folder. The last eight paths stay valid.
static inline const char *test_path(const char *name)
{
    static char paths[8][512];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", test_folder, name);
    return path;
}

// Writes a file in the test's folder and returns its path.
static inline const char *test_file(const char *name, const void *data, size_t size)
{
    const char *path = test_path(name);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file)) {
        perror(path);
        exit(1);
    }
    return path;
}

// Returns the number of names in a folder, hidden ones included, to find files left behind.
static inline int test_names(const char *path)
{
    DIR *dir = opendir(path);
    int count = -2;
    if (!dir)
        return -1;
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

#endif
