// HTML and CSV: names of any bytes neither end a tag nor a field, nor begin a formula.

#include "base/csv.h"
#include "base/html.h"
#include "test.h"

static char *text;
static size_t size;

static FILE *start(void)
{
    FILE *to = open_memstream(&text, &size);
    if (!to)
        exit(1);
    return to;
}

static void check(FILE *to, const char *want)
{
    fclose(to);
    CHECK_STRING(text, want);
    free(text);
}

static void check_text(const char *from, const char *want)
{
    FILE *to = start();
    html_text(to, from);
    check(to, want);
}

static void check_path(const char *from, const char *want)
{
    FILE *to = start();
    html_path(to, from);
    check(to, want);
}

static void check_field(const char *from, const char *guard, const char *want)
{
    FILE *to = start();
    csv_field(to, from, guard);
    check(to, want);
}

static void test_html(void)
{
    check_text("<img src=\"x\" onerror='a&b'> \xc3\xa9",
               "&lt;img src=&quot;x&quot; onerror=&#39;a&amp;b&#39;&gt; \xc3\xa9");
    check_text("a\xff\nb\x1b\xe2\x80\xa8", "a\xef\xbf\xbd b  ");
    check_path("a b/\xc3\xa9\xff?#%\"'&.png", "a%20b/%C3%A9%FF%3F%23%25%22%27%26.png");
    check_path("Az09-._~/x", "Az09-._~/x");

    FILE *to = start();
    html_begin(to, "<b>", NULL, "p{width:50%}");
    html_end(to);
    check(to, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
              "<meta name=\"generator\" content=\"swatch\">\n"
              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
              "<title>&lt;b&gt;</title>\n<style>p{width:50%}</style></head>\n"
              "<body></body></html>\n");
}

static void test_csv(void)
{
    check_field("plain.jpg", "./", "plain.jpg");
    check_field("", "./", "");
    check_field("a,\"b\".jpg", "./", "\"a,\"\"b\"\".jpg\"");
    check_field("a\nb", "'", "\"a\nb\"");
    check_field("=cmd()", "./", "./=cmd()");
    check_field("-x,y", "'", "\"'-x,y\"");
    check_field("@x", "'", "'@x");
    check_field("a=b-c", "'", "a=b-c");
    // Cells of a spreadsheet that parts them at semicolons.
    check_field("a;=1+1.jpg", "./", "\"a;'=1+1.jpg\"");
    check_field("a;b", "./", "\"a;b\"");
    check_field("a\n+b\t@c", "./", "\"a\n'+b\t'@c\"");
    check_field(";;=x", "./", "\";;'=x\"");
    // Neither a terminal's escapes nor bytes that are not UTF-8.
    check_field("a\x1b[2J\xff", "./", "a\\x1b[2J\xef\xbf\xbd");
}

int main(void)
{
    test_html();
    test_csv();
    return test_end();
}
