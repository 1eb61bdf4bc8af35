// Numbers as text and back: against printf and strtod under the C locale, whose words are known to
// be right, and the same under a locale whose decimal point is a comma.

#include "base/number.h"

#include <float.h>

#include "base/rng.h"
#include "comma_locale.h"
#include "test.h"

static const struct {
    double value;
    int digits;
    const char *text;
} fixed[] = {{0.5, 4, "0.5000"},       {0.125, 2, "0.12"},
             {-2.5, 0, "-2"},          {1234567.891, 1, "1234567.9"},
             {-0.00001, 4, "0.0000"},  {-0.0, 0, "0"},
             {-0.00006, 4, "-0.0001"}, {999999999999999.0, 9, "999999999999999.000000000"},
             {1e15, 4, "1e+15"},       {DBL_MAX, 2, "1.7976931348623157e+308"},
             {NAN, 4, "nan"},          {INFINITY, 0, "inf"},
             {-INFINITY, 9, "-inf"}},
  significant[] =
      {{0.25, 6, "0.25"},      {0.1f, 6, "0.1"}, {1234567, 6, "1.23457e+06"},
       {1e-5, 4, "1e-05"},     {-0.0, 3, "0"},   {100, 6, "100"},
       {1.0 / 3, 4, "0.3333"}, {NAN, 6, "nan"},  {-DBL_MIN, 17, "-2.2250738585072014e-308"},
       {INFINITY, 6, "inf"}},
  exact[] = {{0.1, 0, "0.1"},
             {1.0 / 3, 0, "0.3333333333333333"},
             {5e-324, 0, "5e-324"},
             {DBL_MAX, 0, "1.7976931348623157e+308"},
             {0.1f, 0, "0.10000000149011612"},
             {-12, 0, "-12"},
             {NAN, 0, "nan"}};

static const struct {
    const char *text;
    double value;
    const char *rest;
} numbers[] = {{"0", 0, ""},      {"-1.5", -1.5, ""}, {"+.5", 0.5, ""},
               {"5.", 5, ""},     {"1e3", 1000, ""},  {"1.5e-3x", 0.0015, "x"},
               {"2e", 2, "e"},    {"2e+", 2, "e+"},   {"0.5,1.5", 0.5, ",1.5"},
               {"1,5", 1, ",5"},  {"0x10", 0, "x10"}, {"1.2.3", 1.2, ".3"},
               {"00012", 12, ""}, {"1e-400", 0, ""},  {"3 ", 3, " "}};

static const char *const none[] = {
    "",    " 1",  "-",    ".",     "+.", "e5",  ".e5",
    "nan", "inf", "-inf", "1e400", "x",  "--1", "1e999999999999999999999"};

#define COUNT(list) (sizeof(list) / sizeof *(list))

static void check_texts(void)
{
    char text[NUMBER_TEXT];
    for (size_t i = 0; i < COUNT(fixed); i++)
        CHECK_STRING(number_fixed(fixed[i].value, fixed[i].digits, text), fixed[i].text);
    for (size_t i = 0; i < COUNT(significant); i++)
        CHECK_STRING(SHORT(significant[i].value, significant[i].digits), significant[i].text);
    for (size_t i = 0; i < COUNT(exact); i++)
        CHECK_STRING(number_exact(exact[i].value, text), exact[i].text);
    snprintf(text, sizeof text, "%s %5s", FIXED(1.25, 1), FIXED(2, 1));
    CHECK_STRING(text, "1.2   2.0");
}

static void check_reading(void)
{
    for (size_t i = 0; i < COUNT(numbers); i++) {
        double value = -7;
        const char *rest = number_read(numbers[i].text, &value);
        CHECK(rest && value == numbers[i].value);
        CHECK_STRING(rest ? rest : "none", numbers[i].rest);
    }
    for (size_t i = 0; i < COUNT(none); i++) {
        double value = -7;
        CHECK(!number_read(none[i], &value) && value == -7);
    }
    // Longer than any number we write: read to its end, or refused whole.
    char *digits = malloc(2001);
    double value = -7;
    memset(digits, '1', 2000);
    digits[2000] = 0;
    CHECK(!number_read(digits, &value));
    digits[300] = 0;
    CHECK(number_read(digits, &value) == digits + 300);
    CHECK_NEAR(value / 1.111111111111111e299, 1, 1e-14);
    free(digits);
}

// Any bits that make a number come back as the same bits.
static void check_round_trip(void)
{
    struct rng rng = {1, 2, 0};
    for (int i = 0; i < 20000; i++) {
        union {
            uint64_t bits;
            double value;
        } drawn = {.bits = rng_u64(&rng)}, back = {0};
        char text[NUMBER_TEXT];
        if (!isfinite(drawn.value))
            continue;
        number_exact(drawn.value, text);
        CHECK(strlen(text) < NUMBER_TEXT);
        CHECK(number_read(text, &back.value) == text + strlen(text) && back.bits == drawn.bits);
    }
}

static void check_colors(void)
{
    char hex[8];
    number_hex((const uint8_t[]){0x0a, 0xf0, 0xff}, hex);
    CHECK_STRING(hex, "#0af0ff");
    uint8_t rgb[3];
    CHECK(number_read_hex("#0aF0fF", 7, rgb) == 0 && rgb[0] == 10 && rgb[1] == 240 &&
          rgb[2] == 255);
    static const char *const wrong[] = {"", "#0af0f", "0af0ff0", "#0af0fg", "# af0ff", "#-1f0ff"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK(number_read_hex(wrong[i], strlen(wrong[i]), rgb) != 0);
}

int main(void)
{
    check_texts();
    check_reading();
    check_round_trip();
    check_colors();

    char comma[32];
    test_comma_locale();
    snprintf(comma, sizeof comma, "%.1f", 0.5);
    CHECK_STRING(comma, "0,5");
    check_texts();
    check_reading();
    check_round_trip();
    return test_end();
}
