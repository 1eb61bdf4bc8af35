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

static void test_markup(void)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    text_markup(to, "<img src=\"x\" onerror='a&b'> \xc3\xa9");
    fclose(to);
    CHECK_STRING(text, "&lt;img src=&quot;x&quot; onerror=&#39;a&amp;b&#39;&gt; \xc3\xa9");
    free(text);
}

int main(void)
{
    test_characters();
    test_copies();
    test_markup();
    return test_end();
}
