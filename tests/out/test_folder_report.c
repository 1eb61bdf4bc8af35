// The report of a folder: the table read back by a reader of RFC 4180, the page by looking for what
// must and must not be in it. Names are as bad as file systems allow.

#include <glib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "folder.h"
#include "image/image.h"
#include "photo.h"
#include "test.h"
#include "tiny_model.h"

#define FIELDS 27
#define NOTE 23
#define CONFIDENCE 26

static char *slurp(const char *name)
{
    char *text = NULL;
    size_t size;
    if (file_read(test_path(name), (size_t)1 << 26, &text, &size, NULL))
        return NULL;
    CHECK(strlen(text) == size);
    return text;
}

// Takes the next row apart, in place; returns how many fields it had, 0 at the end. Rows end with
// CRLF; a quote stands doubled inside quotes.
static size_t next_row(char **at, char *fields[FIELDS])
{
    size_t count = 0;
    char *c = *at;
    if (!*c)
        return 0;
    for (;;) {
        char *to = c, *start = c;
        if (*c == '"') {
            for (c++;; c++) {
                CHECK(*c);
                if (!*c || (*c == '"' && c[1] != '"'))
                    break;
                c += *c == '"';
                *to++ = *c;
            }
            c += *c == '"';
        } else {
            while (*c && !strchr(",\r\n\"", *c))
                *to++ = *c++;
        }
        if (count < FIELDS)
            fields[count] = start;
        count++;
        const char end = *c;
        CHECK(end == ',' || (end == '\r' && c[1] == '\n'));
        *to = 0;
        if (end != ',') {
            *at = end ? c + 2 : c;
            return count;
        }
        c++;
    }
}

static const char *const names[] = {"photos/anna.png", "<img src=x onerror=alert(1)>.png",
                                    "=cmd()\".png", "new\r\nline,\".png",
                                    "no\xffutf8 \xc3\xa9.png"};
#define PHOTOS (sizeof names / sizeof *names)

static swatch_result *extract(swatch_session *session, const char *name)
{
    static uint8_t rgb[150 * 200 * 3];
    swatch_result *result = NULL;
    free(tiny_photo(150, 200, rgb));
    swatch_photo *photo = photo_of(name, rgb, 150, 200);
    if (swatch_extract(session, photo, NULL, &result, NULL))
        CHECK(!"a result");
    swatch_photo_free(photo);
    return result;
}

static void make(const char *folder, swatch_session *session)
{
    swatch_report *report = NULL;
    swatch_error error = {.message = ""};
    CHECK(swatch_report_new(folder, 0, &report, &error) == 0);
    for (size_t i = 0; i < PHOTOS; i++) {
        char out[64], path[256];
        swatch_result *result = extract(session, names[i]);
        snprintf(out, sizeof out, i == 3 ? "<%zu>/person-1" : "a b%%%zu", i);
        snprintf(path, sizeof path, "%s/%s", folder, out);
        if (i == 3) {
            snprintf(path, sizeof path, "%s/<3>", folder);
            CHECK(mkdir(path, 0777) == 0);
            snprintf(path, sizeof path, "%s/%s", folder, out);
        }
        CHECK(swatch_result_save(result, path, 0, &error) == 0);
        CHECK(swatch_report_add(report, result, out, &error) == 0);
        swatch_result_free(result);
    }
    CHECK(swatch_report_fail(report, "=bad<b>.jpg", "=bad<b>.jpg: not a \"picture\"", &error) == 0);
    CHECK(swatch_report_save(report, &error) == 0);
    CHECK_STRING(error.message, "");
    swatch_report_free(report);
}

static void test_table(void)
{
    // As the table gives them: what begins like a formula is led by "./", the same file.
    static const char *const said[PHOTOS] = {"photos/anna.png", "<img src=x onerror=alert(1)>.png",
                                             "./=cmd()\".png", "new\r\nline,\".png",
                                             "no\xef\xbf\xbdutf8 \xc3\xa9.png"};
    static const char *const regions[] = {"clothes", "skin", "hair"};
    static const char *const hexes[] = {"#1e3cc8", "#e8bea0", "#3c1e14"};
    char *text = slurp("r/report.csv"), *fields[FIELDS];
    CHECK(text != NULL);
    if (!text)
        return;
    CHECK(strncmp(text, "\xef\xbb\xbf", 3) == 0); // or Excel takes it for its own code page
    char *at = text + 3;
    CHECK(next_row(&at, fields) == FIELDS);
    CHECK_STRING(fields[0], "photo");
    CHECK_STRING(fields[5], "hex");
    CHECK_STRING(fields[NOTE], "note");
    CHECK_STRING(fields[NOTE + 1], "name");
    CHECK_STRING(fields[NOTE + 2], "pattern");
    CHECK_STRING(fields[CONFIDENCE], "confidence");
    for (size_t i = 0; i < PHOTOS; i++)
        for (size_t k = 0; k < 3; k++) {
            CHECK(next_row(&at, fields) == FIELDS);
            CHECK_STRING(fields[0], said[i]);
            CHECK_STRING(fields[2], regions[k]);
            CHECK_STRING(fields[3], "1");
            CHECK_STRING(fields[4], "1.0000");
            CHECK_STRING(fields[5], hexes[k]);
            CHECK(atoi(fields[6]) == tiny_colors[k == 0 ? 3 : k][0]);
            CHECK_STRING(fields[NOTE], "");
            CHECK_STRING(fields[NOTE - 2], k == 1 ? "" : k == 0 ? "blue blue" : "chocolate");
            CHECK_STRING(fields[NOTE + 1], k == 1 ? "" : k == 0 ? "blue" : "brown");
            CHECK_STRING(fields[NOTE + 2], k == 0 ? "plain" : "");
            CHECK_STRING(fields[CONFIDENCE], ""); // the model has none
        }
    CHECK(next_row(&at, fields) == FIELDS);
    CHECK_STRING(fields[0], "./=bad<b>.jpg");
    CHECK_STRING(fields[2], "");
    CHECK_STRING(fields[5], "");
    CHECK_STRING(fields[NOTE], "'=bad<b>.jpg: not a \"picture\"");
    CHECK(next_row(&at, fields) == 0);
    free(text);
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *c = text; (c = strstr(c, what)); c += strlen(what))
        n++;
    return n;
}

// For paper each card is in the page as a small JPEG.
static void check_small(const char *text)
{
    static const char start[] = "<img class=\"small\" alt=\"\" src=\"data:image/jpeg;base64,";
    const char *at = strstr(text, start);
    CHECK(count(text, start) == PHOTOS && at);
    if (!at)
        return;
    at += strlen(start);
    char *coded = g_strndup(at, strcspn(at, "\""));
    struct image small = {0};
    gsize size = 0;
    guchar *jpeg = g_base64_decode(coded, &size);
    CHECK(size > 1000 && image_load_memory("small", jpeg, size, 0, &small, NULL) == 0);
    CHECK(small.width == 288 && small.height == 360);
    image_free(&small);
    g_free(jpeg);
    g_free(coded);
}

// The hash in the policy is that of the script between its tags.
static void check_policy(const char *text)
{
    char want[128];
    guint8 sum[32];
    gsize size = sizeof sum;
    const char *start = strstr(text, "<script>"), *end = strstr(text, "</script>");
    CHECK(start && end);
    if (!start || !end)
        return;
    start += strlen("<script>");
    GChecksum *checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(checksum, (const guchar *)start, end - start);
    g_checksum_get_digest(checksum, sum, &size);
    gchar *base64 = g_base64_encode(sum, size);
    snprintf(want, sizeof want, "script-src 'sha256-%s'", base64);
    CHECK(strstr(text, want) != NULL);
    g_free(base64);
    g_checksum_free(checksum);
}

static void test_page(void)
{
    char *text = slurp("r/report.html");
    CHECK(text != NULL);
    if (!text)
        return;
    CHECK(strstr(text, "<h1>Colors of 5 photos</h1>") && strstr(text, ">1 failed</a>"));
    CHECK(count(text, "<article ") == PHOTOS && count(text, "loading=\"lazy\"") == PHOTOS);
    CHECK(count(text, "<img loading") == PHOTOS); // none of the names'
    CHECK(count(text, "<b>") == 0);
    CHECK(strstr(text, "&lt;img src=x onerror=alert(1)&gt;.png") != NULL);
    CHECK(strstr(text, "new  line,&quot;.png, person-1") != NULL);
    CHECK(strstr(text, "no\xef\xbf\xbdutf8 \xc3\xa9.png") && !strchr(text, '\xff'));
    CHECK(strstr(text, "src=\"a%20b%250/card.png\"") && strstr(text, "%3C3%3E/person-1/card.png"));
    CHECK(strstr(text, "<li>=bad&lt;b&gt;.jpg: not a &quot;picture&quot;</li>") != NULL);
    CHECK(count(text, "background:#1e3cc8") == 2 * PHOTOS); // in the strip and below the card
    check_small(text);
    // Offline: nothing from elsewhere, and no script but our own, which the policy knows.
    CHECK(!strstr(text, "http:") && !strstr(text, "https:") && !strstr(text, "@import") &&
          !strstr(text, "url("));
    CHECK(count(text, "<script>") == 1 && count(text, "</script>") == 1);
    check_policy(text);
    // What the script filters by, and a link to each cut-out that is there.
    CHECK(count(text, "data-color=\"blue\n\" data-garment=\"\" data-pattern=\"plain\n\"") ==
          PHOTOS);
    CHECK(count(text, "data-doubts=\"none told\n\"") == PHOTOS && !strstr(text, "class=\"doubt\""));
    CHECK(strstr(text, "<select name=\"doubts\">") != NULL);
    CHECK(count(text, ">cut-out</a>") == 3 * PHOTOS);
    CHECK(strstr(text, "href=\"a%20b%250/clothes.png\">cut-out</a>") != NULL);
    CHECK(!strstr(text, "ITA") && strstr(text, "<p>appears as Monk ") != NULL);
    // The size that the page says is the card's.
    struct image card;
    char size[64];
    CHECK(image_load(test_path("r/a b%0/card.png"), 0, &card, NULL) == 0);
    snprintf(size, sizeof size, "width=\"%zu\" height=\"%zu\"", card.width, card.height);
    CHECK(strstr(text, size) != NULL);
    image_free(&card);
    free(text);
}

// What results left in their folders gives the same report as the results themselves.
static void test_saved(void)
{
    static const char *const wrong[] = {
        "",
        "[]",
        "{\"photo\": 1}",
        "{\"photo\": \"a\", \"width\": 1, \"height\": 1}",
        "{\"photo\": \"a\", \"width\": 1, \"height\": 1, \"regions\": {\"clothes\": {\"colors\": "
        "[{\"hex\": \"#12345\", \"share\": 1}]}}}",
        "{\"photo\": \"a\", \"width\": 1, \"height\": 1, \"regions\": {\"clothes\": {\"colors\": "
        "[{\"hex\": \"#123456\", \"share\": 2}]}}}",
        "{\"photo\": \"a\", \"width\": 1, \"height\": 1, \"regions\": {\"clothes\": {\"colors\": "
        "[]}, "
        "\"skin\": {\"colors\": []}, \"hair\": {\"colors\": []}}, \"garments\": [{}]}",
        "{\"photo\": \"a\", \"width\": 1, \"height\": 1, \"regions\": {\"clothes\": {\"colors\": "
        "[], \"confidence\": 1.5}, \"skin\": {\"colors\": []}, \"hair\": {\"colors\": []}}}",
        "{\"photo\": \"a\", \"width\": 1, \"height\": 1, \"regions\": {\"clothes\": {\"colors\": "
        "[]}, \"skin\": {\"colors\": []}, \"hair\": {\"colors\": []}}, \"doubts\": [1]}",
        "{\"photo\": \"a\", \"width\": 1, \"height\": 1, \"regions\": {\"clothes\": {\"colors\": "
        "[]}, \"skin\": {\"colors\": []}, \"hair\": {\"colors\": []}}, \"doubts\": [\"1\", "
        "\"2\", \"3\", \"4\"]}",
        "{\"people\": [1]}"};
    swatch_report *report = NULL;
    swatch_error error;
    char *page = slurp("r/report.html"), *table = slurp("r/report.csv");
    CHECK(swatch_report_new(test_path("r"), SWATCH_REPLACE, &report, &error) == 0);
    for (size_t i = 0; i < PHOTOS; i++) {
        char out[64];
        snprintf(out, sizeof out, i == 3 ? "<%zu>/person-1" : "a b%%%zu", i);
        CHECK(swatch_report_add_saved(report, out, &error) == 0);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        mkdir(test_path("r/wrong"), 0777);
        test_file("r/wrong/colors.json", wrong[i], strlen(wrong[i]));
        CHECK(swatch_report_add_saved(report, "wrong", &error) != 0);
        CHECK(strstr(error.message, "r/wrong/colors.json: is not as swatch") != NULL);
    }
    CHECK(swatch_report_add_saved(report, "missing", &error) != 0);
    CHECK(swatch_report_fail(report, "=bad<b>.jpg", "=bad<b>.jpg: not a \"picture\"", &error) == 0);
    CHECK(swatch_report_save(report, &error) == 0);
    swatch_report_free(report);
    char *page_now = slurp("r/report.html"), *table_now = slurp("r/report.csv");
    CHECK_STRING(page_now, page);
    CHECK_STRING(table_now, table);
    free(page);
    free(table);
    free(page_now);
    free(table_now);
}

// Writes a card.png that is nothing but the begin of a PNG of this size, and the page anew. The
// caller frees what it returns, the page.
static char *page_with_card(unsigned width, unsigned height)
{
    unsigned char head[24] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    swatch_report *report = NULL;
    swatch_error error;
    for (int i = 0; i < 4; i++) {
        head[16 + i] = (unsigned char)(width >> (24 - 8 * i));
        head[20 + i] = (unsigned char)(height >> (24 - 8 * i));
    }
    test_file("r/a b%0/card.png", head, sizeof head);
    CHECK(swatch_report_new(test_path("r"), SWATCH_REPLACE, &report, &error) == 0);
    CHECK(swatch_report_add_saved(report, "a b%0", &error) == 0);
    CHECK(swatch_report_save(report, &error) == 0);
    swatch_report_free(report);
    return slurp("r/report.html");
}

// A card without a size is none, and a size is read whole.
static void test_damaged_card(void)
{
    static const unsigned sizes[][2] = {{0, 0}, {0, 9}, {9, 0}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *page = page_with_card(sizes[i][0], sizes[i][1]);
        CHECK(page && count(page, "<article ") == 1 && !strstr(page, "card.png"));
        free(page);
    }
    char *page = page_with_card(65536, 131072);
    CHECK(page && strstr(page, "card.png\" width=\"65536\" height=\"131072\""));
    CHECK(page && !strstr(page, "<img class=\"small\"")); // it cannot be read
    free(page);
}

// How sure each region is stands in the table, what somebody should check on the page: both as
// colors.json has them.
static void test_doubts(void)
{
    static const char doubtful[] =
        "{\"photo\": \"d.jpg\", \"width\": 9, \"height\": 9, \"regions\": {\"clothes\": "
        "{\"confidence\": 0.975, \"colors\": []}, \"skin\": {\"confidence\": 0.25, \"colors\": "
        "[{\"hex\": \"#e8bea0\", \"share\": 0.5}, {\"hex\": \"#e0b090\", \"share\": 0.5}]}, "
        "\"hair\": {\"confidence\": null, \"colors\": []}}, \"garments\": [{\"class\": \"coat\", "
        "\"colors\": []}], \"doubts\": [\"Check the skin: <25 %.\"]}";
    static const char *const want[] = {"0.9750", "0.2500", "0.2500", "", ""};
    swatch_report *report = NULL;
    swatch_error error = {.message = ""};
    mkdir(test_path("d"), 0777);
    mkdir(test_path("d/d"), 0777);
    test_file("d/d/colors.json", doubtful, strlen(doubtful));
    CHECK(swatch_report_new(test_path("d"), SWATCH_REPORT_PLAIN, &report, &error) == 0);
    CHECK(swatch_report_add_saved(report, "d", &error) == 0);
    CHECK(swatch_report_save(report, &error) == 0);
    CHECK_STRING(error.message, "");
    swatch_report_free(report);
    char *page = slurp("d/report.html"), *table = slurp("d/report.csv"), *fields[FIELDS];
    CHECK(page && table);
    if (page && table) {
        char *at = table;
        CHECK(next_row(&at, fields) == FIELDS);
        for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
            CHECK(next_row(&at, fields) == FIELDS);
            CHECK_STRING(fields[CONFIDENCE], want[i]);
        }
        CHECK(next_row(&at, fields) == 0);
        CHECK(strstr(page, "<p class=\"doubt\">Check the skin: &lt;25 %.</p>") != NULL);
        CHECK(strstr(page, "data-doubts=\"only doubtful\n\"") != NULL);
    }
    free(page);
    free(table);
}

static void test_source(swatch_session *session)
{
    static uint8_t rgb[150 * 200 * 3];
    swatch_result *result = NULL;
    swatch_error error;
    free(tiny_photo(150, 200, rgb));
    swatch_photo *photo = photo_of("a.jpg", rgb, 150, 200);
    CHECK(swatch_photo_set_source(photo, "[1]", &error) == SWATCH_USAGE);
    CHECK(swatch_photo_set_source(photo, "{", &error) == SWATCH_USAGE);
    CHECK_STRING(error.message, "a.jpg: its source is no JSON object");
    CHECK(swatch_photo_set_source(photo, "{\"k\": [1]}", &error) == 0);
    CHECK(swatch_extract(session, photo, NULL, &result, NULL) == 0);
    CHECK(strstr(swatch_result_json(result), "\"source\":{\"k\":[1]}") != NULL);
    swatch_result_free(result);
    CHECK(swatch_photo_set_source(photo, NULL, &error) == 0);
    CHECK(swatch_extract(session, photo, NULL, &result, NULL) == 0);
    CHECK(!strstr(swatch_result_json(result), "source"));
    swatch_result_free(result);
    swatch_photo_free(photo);
}

static void test_again(void)
{
    swatch_report *report = NULL;
    swatch_error error;
    // A report that is there is told of before the work, and replaced only when asked for.
    CHECK(swatch_report_new(test_path("r"), 0, &report, &error) == SWATCH_EXISTS);
    CHECK(strstr(error.message, "r/report.html: is there already") != NULL);
    CHECK(swatch_report_new(test_path("r"), SWATCH_REPLACE, &report, &error) == 0);
    CHECK(swatch_report_save(report, &error) == 0);
    swatch_report_free(report);
    char *table = slurp("r/report.csv");
    CHECK(table && strncmp(table,
                           "\xef\xbb\xbf"
                           "photo,",
                           9) == 0);
    free(table);
    CHECK(swatch_report_new(test_path("r"), SWATCH_REPLACE | SWATCH_REPORT_PLAIN, &report,
                            &error) == 0);
    CHECK(swatch_report_save(report, &error) == 0);
    swatch_report_free(report);
    table = slurp("r/report.csv");
    CHECK(table && strncmp(table, "photo,", 6) == 0);
    free(table);
    char *text = slurp("r/report.html");
    CHECK(text && strstr(text, "<h1>Colors of 0 photos</h1>") && !strstr(text, "failed</a>"));
    free(text);
    // A folder or a link of that name stays.
    CHECK(unlink(test_path("r/report.csv")) == 0 && mkdir(test_path("r/report.csv"), 0777) == 0);
    CHECK(swatch_report_new(test_path("r"), SWATCH_REPLACE, &report, &error) == SWATCH_EXISTS);
    CHECK(strstr(error.message, "report.csv: is there already, and no file") != NULL);
    // A folder that goes away.
    CHECK(swatch_report_new(test_path("gone"), 0, &report, &error) == 0);
    CHECK(swatch_report_save(report, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, "gone/report.csv: ") != NULL);
    swatch_report_free(report);
}

// People of one photo are added before the photo's folder is there, as an album's is at its end.
// A photo of which one person fails is not in the report but as failed.
static void test_people(swatch_session *session)
{
    swatch_report *report = NULL;
    swatch_album *album = NULL;
    swatch_error error;
    char folder[64];
    mkdir(test_path("p"), 0777);
    snprintf(folder, sizeof folder, "%s", test_path("p/anna"));
    swatch_result *anna = extract(session, "anna.png"), *bert = extract(session, "bert.png");
    CHECK(swatch_report_new(test_path("p"), 0, &report, &error) == 0);
    CHECK(swatch_album_new(folder, 0, &album, &error) == 0);
    for (int i = 1; i <= 3; i++) {
        char name[32];
        snprintf(name, sizeof name, "anna/person-%d", i);
        CHECK(swatch_album_add(album, anna, &error) == 0);
        CHECK(swatch_report_add(report, anna, name, &error) == 0);
    }
    CHECK(swatch_album_finish(album, &error) == 0);
    swatch_album_free(album);
    CHECK(swatch_report_add(report, bert, "bert/person-1", &error) == 0);
    CHECK(swatch_report_add(report, bert, "bert/person-2", &error) == 0);
    CHECK(swatch_report_fail(report, "bert.png", "bert.png: no memory", &error) == 0);
    CHECK(swatch_report_fail(report, "bert.png", "bert.png: again", &error) == 0);
    CHECK(swatch_report_save(report, &error) == 0);
    char *page = slurp("p/report.html"), *table = slurp("p/report.csv");
    CHECK(page && table);
    if (page && table) {
        CHECK(count(page, "<img loading") == 3 && count(page, "<article ") == 3);
        CHECK(strstr(page, "src=\"anna/person-1/card.png\"") != NULL);
        CHECK(!strstr(page, "person-4") && !strstr(page, "bert/"));
        CHECK(strstr(page, "<h1>Colors of 1 photo</h1>") != NULL);
        CHECK(strstr(page, "2 failed") && count(table, "bert.png,") == 2);
        CHECK(count(table, "anna.png,") == 9 && !strstr(table, "bert/"));
    }
    free(page);
    free(table);
    swatch_report_free(report);
    swatch_result_free(anna);
    swatch_result_free(bert);
}

int main(void)
{
    swatch_model *model = NULL;
    swatch_session *session = NULL;
    test_folder_make();
    tiny_model(test_path("tiny.safetensors"), 0);
    if (mkdir(test_path("r"), 0777) ||
        swatch_model_open(test_path("tiny.safetensors"), &in_f32, &model, NULL) ||
        swatch_session_new(model, NULL, &session, NULL)) {
        fprintf(stderr, "no session\n");
        return 1;
    }
    make(test_path("r"), session);
    test_table();
    test_page();
    test_saved();
    test_damaged_card();
    test_doubts();
    test_source(session);
    test_again();
    test_people(session);
    swatch_session_free(session);
    swatch_model_free(model);
    test_folder_remove();
    return test_end();
}
