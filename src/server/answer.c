#include "answer.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void answer_clear(struct answer *answer)
{
    if (answer->release)
        answer->release(answer->data);
    *answer = (struct answer){0};
}

void answer_set(struct answer *answer, const char *type, void *data, size_t size,
                void (*release)(void *data))
{
    answer_clear(answer);
    *answer = (struct answer){
        .status = 200, .type = type, .data = data, .size = size, .release = release};
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
    answer_set(answer, "application/json", line, line ? strlen(line) : 0, free);
    answer->status = status;
}

void answer_later(struct answer *answer, int status, int seconds, const char *message)
{
    answer_fault(answer, status, "%s", message);
    answer->retry_after = seconds;
}
