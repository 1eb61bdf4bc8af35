// JSON as we write it: rounded, ASCII, one line, the same in every locale.

#include "base/json.h"

#include "comma_locale.h"
#include "test.h"

// Takes the reference.
static void check(json_t *json, const char *want)
{
    char *line = json_line(json);
    CHECK_STRING(line ? line : "nothing", want);
    free(line);
    json_decref(json);
}

static json_t *wrap(json_t *value)
{
    return json_pack("[o]", value);
}

static void check_all(void)
{
    check(wrap(json_rounded(0.123456)), "[0.1235]");
    check(wrap(json_rounded(1234.5)), "[1234.5]");
    check(wrap(json_rounded(-0.00001)), "[0.0]");
    check(wrap(json_rounded(NAN)), "[null]");
    check(wrap(json_rounded(-INFINITY)), "[null]");
    check(json_rounded_array((const double[]){0.5, NAN, 2}, 3), "[0.5,null,2.0]");
    check(json_rounded_array(NULL, 0), "[]");
    check(wrap(json_hex((const uint8_t[]){0x0a, 0xf0, 0xff})), "[\"#0af0ff\"]");
}

int main(void)
{
    check_all();
    check(wrap(json_text("na\xc3\xafve\xff.png")), "[\"na\\u00EFve\\uFFFD.png\"]");
    check(wrap(json_text_or_null(NULL)), "[null]");
    check(wrap(json_text_or_null("")), "[\"\"]");
    check(json_unless(0, json_object()), "{}");
    CHECK(!json_unless(1, json_object()));
    CHECK(!json_unless(1, NULL));
    CHECK(!json_line(NULL));

    test_comma_locale();
    check_all();
    return test_end();
}
