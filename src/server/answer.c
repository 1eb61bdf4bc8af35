#include "answer.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void answer_clear(struct answer *answer)
{
    if (answer->content)
        g_bytes_unref(answer->content);
    *answer = (struct answer){0};
}

void answer_set(struct answer *answer, const char *type, GBytes *content)
{
    answer_clear(answer);
    if (!content) {
        answer_later(answer, 503, 1, "there is no memory for the answer now");
        return;
    }
    answer->status = 200;
    answer->content = content;
    snprintf(answer->type, sizeof answer->type, "%s", type);
}

void answer_text(struct answer *answer, const char *type, char *text)
{
    answer_set(answer, type,
               text ? g_bytes_new_with_free_func(text, strlen(text), free, text) : NULL);
}

void answer_fault(struct answer *answer, int status, const char *format, ...)
{
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    // Text from outside may end within a character, or be none.
    json_t *text = json_string(message);
    if (!text)
        text = json_string("the request cannot be understood");
    json_t *json = json_pack("{si, so}", "status", status, "message", text);
    char *line = json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII);
    json_decref(json);
    answer_clear(answer);
    answer->status = status;
    if (!line)
        return;
    answer_text(answer, JSON_TYPE, line);
    answer->status = status;
}

void answer_later(struct answer *answer, int status, int seconds, const char *message)
{
    answer_fault(answer, status, "%s", message);
    answer->retry_after = seconds;
}
