// What swatch may replace, and how it speaks of folders that are not there yet.

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "out/files.h"
#include "out/ours.h"

// "person-1", with nothing behind the number.
static int is_person_folder(const char *name)
{
    int end = 0;
    return sscanf(name, "person-%*[0-9]%n", &end) == 0 && end > 0 && name[end] == 0;
}

static int is_own(const char *name, enum ours whose)
{
    return whose == OURS_PEOPLE ? files_is_people(name) : files_is_result(name);
}

static int check(const char *folder, enum ours whose, int inner, swatch_error *error)
{
    static const char *const verbs[] = {[OURS_RESULT] = "extract", [OURS_PEOPLE] = "person"};
    DIR *dir = opendir(folder);
    int status = SWATCH_OK;
    if (!dir)
        return SWATCH_OK; // none is there, or folder_commit will say what is wrong with it
    for (struct dirent *entry; !status && (entry = readdir(dir));) {
        const char *name = entry->d_name;
        char path[PATH_MAX];
        struct stat info;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || is_own(name, whose))
            continue;
        if (whose == OURS_RESULT && !inner && is_person_folder(name) &&
            snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path &&
            lstat(path, &info) == 0 && S_ISDIR(info.st_mode))
            status = check(path, whose, 1, error);
        else
            status = error_set(error, SWATCH_FAILED,
                               "%s: holds %s, which is not swatch %s's; it is not replaced", folder,
                               name, verbs[whose]);
    }
    closedir(dir);
    return status;
}

int ours_check(const char *folder, enum ours whose, swatch_error *error)
{
    return check(folder, whose, 0, error);
}

int ours_say(const swatch_error *failed, const char *temporary, const char *folder,
             swatch_error *error)
{
    const char *said = failed->message;
    const size_t prefix = strlen(temporary);
    if (strncmp(said, temporary, prefix) == 0)
        return error_set(error, failed->status, "%s%s", folder, said + prefix);
    return error_set(error, failed->status, "%s: %s", folder, said);
}
