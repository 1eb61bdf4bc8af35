#include "tokens.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void hash(const char *token, char text[65])
{
    gchar *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, token, -1);
    snprintf(text, 65, "%s", sum);
    g_free(sum);
}

static int add(struct tokens *t, const char *token)
{
    char(*more)[65] = reallocarray(t->hashes, t->count + 1, sizeof *more);
    if (!more)
        return -1;
    t->hashes = more;
    hash(token, t->hashes[t->count++]);
    return 0;
}

int tokens_read(struct tokens *t, const char *path, swatch_error *error)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    FILE *from = fopen(path, "re");
    *t = (struct tokens){0};
    error->status = SWATCH_OK;
    while (from && !error->status && (length = getline(&line, &room, from)) >= 0) {
        line[strcspn(line, "\r\n")] = 0;
        if (*line && add(t, line)) {
            snprintf(error->message, sizeof error->message, "out of memory");
            error->status = SWATCH_NO_MEMORY;
        }
    }
    if (!error->status && (!from || ferror(from))) {
        snprintf(error->message, sizeof error->message, "%s: %s", path, strerror(errno));
        error->status = SWATCH_FAILED;
    } else if (!error->status && !t->count) {
        snprintf(error->message, sizeof error->message, "%s: there is no token in it", path);
        error->status = SWATCH_USAGE;
    }
    free(line);
    if (from)
        fclose(from);
    return error->status;
}

void tokens_free(struct tokens *t)
{
    free(t->hashes);
    *t = (struct tokens){0};
}

int tokens_allow(const struct tokens *t, const char *header)
{
    static const char scheme[] = "Bearer ";
    char given[65];
    int found = 0;
    if (!header || strncasecmp(header, scheme, sizeof scheme - 1) != 0)
        return 0;
    // Hashes are compared, so the time that it takes tells nothing of a token.
    hash(header + sizeof scheme - 1, given);
    for (size_t i = 0; i < t->count; i++)
        found |= strcmp(given, t->hashes[i]) == 0;
    return found;
}
