// What is sent for a request.
#ifndef SERVER_ANSWER_H
#define SERVER_ANSWER_H

#include <stddef.h>

#define ANSWER_GONE 499 // the client went before there was an answer; counted, never sent

struct answer {
    int status;        // of HTTP; 0: there is none yet
    const char *type;  // of the content, static
    const char *allow; // methods, for 405; or NULL
    int retry_after;   // seconds; 0: not told
    void *data;
    size_t size;
    void (*release)(void *data); // frees it; NULL: it is static
};

// Frees the content. The answer is then as at first: none.
void answer_clear(struct answer *answer);
// Replaces the answer by content, which it owns from now on: `release` frees it, NULL leaves it.
void answer_set(struct answer *answer, const char *type, void *data, size_t size,
                void (*release)(void *data));
// Replaces the answer by {"status", "message"}. A lack of memory leaves it empty.
void answer_fault(struct answer *answer, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// The same for a fault that passes: it tells when to come again.
void answer_later(struct answer *answer, int status, int seconds, const char *message);

#endif
