// UTF-8 from outside: the examples of RFC 3629 and of the Unicode standard (table 3-7), and what is
// none.
#include "base/text.h"
#include "test.h"

static void check_copy(char *copy, const char *want)
{
    CHECK_STRING(copy, want);
    free(copy);
}

static void test_characters(void)
{
    static const struct {
        const char *text;
        uint32_t code;
    } good[] = {{"A", 'A'},
                {"\x7f", 0x7f},
                {"\xc2\x80", 0x80},
                {"\xc3\xa9", 0xe9},
                {"\xdf\xbf", 0x7ff},
                {"\xe0\xa0\x80", 0x800},
                {"\xe2\x82\xac", 0x20ac},
                {"\xed\x9f\xbf", 0xd7ff},
                {"\xee\x80\x80", 0xe000},
                {"\xef\xbf\xbf", 0xffff},
                {"\xf0\x90\x80\x80", 0x10000},
                {"\xf0\x9f\x98\x80", 0x1f600},
                {"\xf4\x8f\xbf\xbf", 0x10ffff}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        const char *at = good[i].text;
        CHECK(text_next(&at) == good[i].code);
        CHECK(*at == 0 && text_next(&at) == 0 && *at == 0);
        check_copy(text_utf8(good[i].text), good[i].text);
    }
    // Lone, overlong, surrogate, too large, cut short: each byte counts by itself.
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\xaf",
                                      "\xc1\xbf",
                                      "\xff",
                                      "\xfe",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xc3",
                                      "\xe2\x82",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf5\x80\x80\x80",
                                      "\xf0\x9f",
                                      "\xf4\x90\x80\x80"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        // In a block of just its size, so that reading on would show.
        char *exact = strdup(bad[i]);
        const char *at = exact;
        size_t count = 0;
        for (uint32_t code; (code = text_next(&at)); count++)
            CHECK(code == 0xfffd);
        CHECK(count == strlen(bad[i]) && *at == 0);
        free(exact);
    }
}

static void test_copies(void)
{
    check_copy(text_utf8(""), "");
    check_copy(text_utf8("a\xff\nb"), "a\xef\xbf\xbd\nb");
    check_copy(text_line("a\xff\nb\r\x1b\x7f"), "a\xef\xbf\xbd b   ");
    // NEL, line and paragraph separators, and two that XML knows not.
    check_copy(text_line("\xc2\x85|\xe2\x80\xa8|\xe2\x80\xa9|\xef\xbf\xbe|\xef\xbf\xbf"),
               " | | | | ");
}

static void check_shown(const char *text, const char *want)
{
    check_copy(text_shown(text), want);
    check_copy(text_shown(want), want);
}

// What a terminal obeys, what cannot be seen, what turns the direction of writing.
static void test_shown(void)
{
    check_shown("", "");
    check_shown("gr\xc3\xb6\xc3\x9f \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x8e\xa8 a\\b",
                "gr\xc3\xb6\xc3\x9f \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x8e\xa8 a\\b");
    check_shown("\x1b]0;title\x07", "\\x1b]0;title\\x07");
    check_shown("a\nb\r\t\x7f", "a\\x0ab\\x0d\\x09\\x7f");
    check_shown("\x9b"
                "31m\xc2\x9b",
                "\\x9b31m\\u009b");
    check_shown("gpj\xe2\x80\xae.exe\xe2\x81\xa6\xef\xbb\xbf", "gpj\\u202e.exe\\u2066\\ufeff");
    check_shown("\xff\xc3", "\\xff\\xc3");
    check_shown("\xef\xbf\xbd", "\xef\xbf\xbd"); // U+FFFD itself

    // What does not fit is left out from a whole character on.
    char small[8];
    CHECK(text_show("abc\xc3\xa9\x1b", small, 6) == 5);
    CHECK_STRING(small, "abc\xc3\xa9");
    CHECK(text_show("abc\xc3\xa9", small, 5) == 3);
    CHECK_STRING(small, "abc");
    CHECK(text_show("a\x1b", small, 5) == 1);
    CHECK(text_show("x", small, 1) == 0);
    CHECK_STRING(small, "");
}

static void test_file_name(void)
{
    CHECK_STRING(text_file_name("a/b/c.jpg"), "c.jpg");
    CHECK_STRING(text_file_name("c.jpg"), "c.jpg");
    CHECK_STRING(text_file_name("/"), "/");
    CHECK_STRING(text_file_name("a/"), "a/");
}

int main(void)
{
    test_characters();
    test_copies();
    test_shown();
    test_file_name();
    return test_end();
}
