// Messages: one line, cut at the struct's room, set only by what fails.

#include "base/error.h"

#include "test.h"

int main(void)
{
    swatch_error error = {SWATCH_OK, "untouched"};
    CHECK(error_set(NULL, SWATCH_USAGE, "nobody listens: %d", 1) == SWATCH_USAGE);
    CHECK(error_set(&error, SWATCH_FAILED, "%s: %s", "a\nb.jpg", "gr\xc3\xb6\xc3\x9f\x7f\t") ==
          SWATCH_FAILED);
    CHECK(error.status == SWATCH_FAILED);
    CHECK_STRING(error.message, "a\\x0ab.jpg: gr\xc3\xb6\xc3\x9f\\x7f\\x09");
    // Names that are not UTF-8, and a message within a message.
    error_set(&error, SWATCH_FAILED, "%s", "\xff\x1b[2J\xc2\x9b.jpg");
    CHECK(error_set(&error, SWATCH_FAILED, "again: %s", error.message) == SWATCH_FAILED);
    CHECK_STRING(error.message, "again: \\xff\\x1b[2J\\u009b.jpg");

    char *text = malloc(5001);
    memset(text, 'x', 5000);
    text[5000] = 0;
    CHECK(error_set(&error, SWATCH_NO_PERSON, "%s", text) == SWATCH_NO_PERSON);
    CHECK(error.status == SWATCH_NO_PERSON);
    CHECK(strlen(error.message) == sizeof error.message - 1);
    // Characters of several bytes are kept or left out whole.
    for (size_t shift = 0; shift < 4; shift++) {
        memset(text, 'x', shift);
        for (size_t i = 0; i < 1000; i++)
            memcpy(text + shift + 3 * i, "\xe2\x82\xac", 4);
        error_set(&error, SWATCH_FAILED, "%s", text);
        const size_t length = strlen(error.message);
        CHECK(length > sizeof error.message - 4 && (length - shift) % 3 == 0);
        CHECK(!strchr(error.message, '\\'));
    }
    free(text);

    CHECK(error_memory(&error) == SWATCH_NO_MEMORY);
    CHECK_STRING(error.message, "out of memory");
    return test_end();
}
