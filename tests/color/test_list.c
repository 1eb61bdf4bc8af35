// Lists of named colors: what is read, what is refused and in which words, and what is nearest.
#include "color/list.h"

#include "base/file.h"
#include "folder.h"
#include "test.h"

static struct swatch_names *list;
static swatch_error error;

static int parse(const char *text)
{
    list_release(list);
    return list_parse("f.csv", text, strlen(text), &list, &error);
}

static const char *nearest(uint8_t r, uint8_t g, uint8_t b, double *distance)
{
    return list->names[list_nearest(list, (struct rgb){r, g, b}, distance)].name;
}

static void test_read(void)
{
    static const char *const same[] = {
        "navy,#1e2a4a\ncream,#f5f0dc\n",
        "navy,1E2A4A\r\ncream,F5F0DC",
        "navy;#1e2a4a;in stock\n\n\ncream;#f5f0dc\n",
        "hex,id,name\n#1e2a4a,1,navy\n#f5f0dc,2,cream\n",
        "\"navy\"\t#1e2a4a\ncream\t\"#f5f0dc\"\n",
        "Name,HEX\rnavy,#1e2a4a\rcream,#f5f0dc\r",
    };
    double distance;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        CHECK(parse(same[i]) == 0 && list && list->count == 2);
        if (!list)
            continue;
        CHECK_STRING(nearest(30, 42, 74, &distance), "navy");
        CHECK_NEAR(distance, 0, 1e-9);
        CHECK_STRING(nearest(255, 255, 240, &distance), "cream");
        CHECK(distance > 1);
    }
    CHECK(parse("\"Night; \"\"deep\"\"\",#101020\n") == 0);
    CHECK_STRING(nearest(0, 0, 0, &distance), "Night; \"deep\"");
    // A name without a second field that could be a color is no head.
    CHECK(parse("name,#000000\n") == 0 && list->count == 1);
    // Of two equal colors the first one's name holds.
    CHECK(parse("b,#808080\na,#808080\n") == 0);
    CHECK_STRING(nearest(128, 128, 128, &distance), "b");
}

static void test_refused(void)
{
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"", "f.csv: holds no color"},
        {"name,hex\n", "f.csv: holds no color"},
        {"navy\n", "f.csv:1: a row is a name and a color, as in navy,#1e2a4a"},
        {"navy,#1e2a4a\n\ncream\n", "f.csv:3: a row is a name and a color, as in navy,#1e2a4a"},
        {"navy,#1e2a4\n", "f.csv:1: \"#1e2a4\" is no color like #1e2a4a"},
        {"navy,#1e2a4g\n", "f.csv:1: \"#1e2a4g\" is no color like #1e2a4a"},
        {"navy,blue\n", "f.csv:1: \"blue\" is no color like #1e2a4a"},
        {",#1e2a4a\n", "f.csv:1: a color has no name"},
        {"\"a\nb\",#1e2a4a\n", "f.csv:1: a name must be at most 128 bytes of UTF-8, on one line"},
        {"x,#000000\n\"a\nb\",#111111\nc\n",
         "f.csv:2: a name must be at most 128 bytes of UTF-8, on one line"},
        {"\xff,#1e2a4a\n", "f.csv:1: a name must be at most 128 bytes of UTF-8, on one line"},
        {"\"navy,#1e2a4a\n", "f.csv:1: a quote is not closed"},
        {"\"navy\"x,#1e2a4a\n", "f.csv:1: something stands behind the quote that ends a field"},
    };
    char longest[200];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK(parse(wrong[i].text) == SWATCH_BAD_FILE && !list);
        CHECK_STRING(error.message, wrong[i].says);
    }
    CHECK(list_parse("f.csv", "a,#000000\0b", 11, &list, &error) == SWATCH_BAD_FILE);
    CHECK_STRING(error.message, "f.csv: is no text");
    snprintf(longest, sizeof longest, "%0128d,#000000", 1);
    CHECK(parse(longest) == 0);
    snprintf(longest, sizeof longest, "%0129d,#000000", 1);
    CHECK(parse(longest) == SWATCH_BAD_FILE);
}

// A byte order mark is no part of a name. A list outlives who opened it while another keeps it.
static void test_opened(void)
{
    static const char text[] = "\xef\xbb\xbfnavy,#1e2a4a\n";
    double distance;
    test_file("list.csv", text, strlen(text));
    CHECK(list_open(test_path("list.csv"), &list, &error) == 0);
    CHECK_STRING(nearest(0, 0, 0, &distance), "navy");
    list_keep(list);
    list_release(list);
    CHECK_STRING(nearest(0, 0, 0, &distance), "navy");
    list_release(list);
    list = NULL;
    CHECK(list_open(test_path("none.csv"), &list, &error) == SWATCH_NOT_FOUND && !list);
}

int main(void)
{
    test_folder_make();
    test_read();
    test_refused();
    list_release(list);
    test_opened();
    test_folder_remove();
    return test_end();
}
