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
    CHECK_STRING(error.message, "a?b.jpg: gr\xc3\xb6\xc3\x9f??");

    char *text = malloc(5001);
    memset(text, 'x', 5000);
    text[5000] = 0;
    CHECK(error_set(&error, SWATCH_NO_PERSON, "%s", text) == SWATCH_NO_PERSON);
    CHECK(error.status == SWATCH_NO_PERSON);
    CHECK(strlen(error.message) == sizeof error.message - 1);
    free(text);

    CHECK(error_memory(&error) == SWATCH_FAILED);
    CHECK_STRING(error.message, "out of memory");
    return test_end();
}
