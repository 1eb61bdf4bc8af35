// Who may use the service: bearer tokens (RFC 6750), from a file with one a line.
#ifndef SERVER_TOKENS_H
#define SERVER_TOKENS_H

#include <stddef.h>
#include <swatch.h>

struct tokens {
    char (*hashes)[65]; // SHA-256 of each, as text
    size_t count;
};

// SWATCH_FAILED: the file cannot be read. SWATCH_USAGE: there is no token in it.
int tokens_read(struct tokens *tokens, const char *path, swatch_error *error);
void tokens_free(struct tokens *tokens);
// Whether an Authorization header (or NULL) holds one of the tokens.
int tokens_allow(const struct tokens *tokens, const char *header);

#endif
