// What is sent for a request.
#ifndef SERVER_ANSWER_H
#define SERVER_ANSWER_H

#include <glib.h>
#include <stddef.h>

#define ANSWER_GONE 499 // the client went before there was an answer; counted, never sent

#define JSON_TYPE "application/json"

struct answer {
    int status;        // of HTTP; 0: there is none yet
    char type[128];    // of the content; "": none is told
    const char *allow; // methods, for 405; or NULL, static
    const char *more;  // a header for pages (Content-Security-Policy), or NULL, static
    int retry_after;   // seconds; 0: not told
    char tag[68];      // ETag; "": none
    GBytes *content;   // or NULL
    size_t size;       // of the content, once it is handed over
};

// Frees the content. The answer is then as at first: none.
void answer_clear(struct answer *answer);
// Replaces the answer by content, which it owns from now on; NULL is a lack of memory.
void answer_set(struct answer *answer, const char *type, GBytes *content);
// The same with text that malloc gave.
void answer_text(struct answer *answer, const char *type, char *text);
// Replaces the answer by {"status", "message"}.
void answer_fault(struct answer *answer, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// The same for a fault that passes: it tells when to come again.
void answer_later(struct answer *answer, int status, int seconds, const char *message);

#endif
