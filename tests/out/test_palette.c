// Palette files: byte for byte those that other programs write (tools/golden/palettes.py), and read
// back here by readers of the test's own.

#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "color/fill.h"
#include "comma_locale.h"
#include "folder.h"
#include "test.h"

#define NAMES "\xc3\xa9t\xc3\xa9 \xc3\xa0 \xc2\xab Z\xc3\xbcrich \xc2\xbb"

static swatch_color clothes[2], summer[3];
static swatch_group groups[3];

static void make_groups(void)
{
    static const struct rgb colors[5] = {
        {0x05, 0x04, 0xaa}, {0xc0, 0x4e, 0x01}, {0xc0, 0x73, 0x7a}, {255, 255, 255}, {0, 0, 0}};
    for (size_t i = 0; i < 2; i++)
        clothes[i] = color_fill(colors[i], i ? 0.25 : 0.75);
    for (size_t i = 0; i < 3; i++)
        summer[i] = color_fill(colors[2 + i], i ? 0.0312 : 0.9);
    groups[0] = (swatch_group){"clothes", clothes, 2};
    groups[1] = (swatch_group){"nothing in it", NULL, 0};
    groups[2] = (swatch_group){NAMES, summer, 3};
}

// The file in a block of just its size, so that reading beyond it shows.
struct bytes {
    uint8_t *data;
    size_t size, at;
};

static struct bytes make(swatch_palette_format format, const char *title, const swatch_group *g,
                         size_t count)
{
    struct bytes b = {0};
    swatch_error error = {.message = ""};
    void *data = NULL;
    CHECK(swatch_palette_encode(format, title, g, count, &data, &b.size, &error) == 0);
    CHECK_STRING(error.message, "");
    b.data = malloc(b.size + !b.size);
    memcpy(b.data, data, b.size);
    free(data);
    return b;
}

static char *make_text(swatch_palette_format format, const char *title, const swatch_group *g,
                       size_t count)
{
    struct bytes b = make(format, title, g, count);
    char *text = strndup((char *)b.data, b.size);
    CHECK(strlen(text) == b.size);
    free(b.data);
    return text;
}

static void test_golden(void)
{
    static const swatch_palette_format formats[] = {SWATCH_PALETTE_ASE, SWATCH_PALETTE_ACO,
                                                    SWATCH_PALETTE_GPL};
    for (size_t i = 0; i < 3; i++) {
        char path[64], *want;
        size_t size;
        snprintf(path, sizeof path, "tests/out/golden/summer.%s",
                 swatch_palette_extension(formats[i]));
        if (file_read(path, 1 << 20, &want, &size, NULL)) {
            CHECK(!"the golden file");
            continue;
        }
        struct bytes got = make(formats[i], "summer", groups, 3);
        CHECK(got.size == size && memcmp(got.data, want, size) == 0);
        free(got.data);
        free(want);
    }
}

static uint32_t take(struct bytes *b, int bytes)
{
    uint32_t value = 0;
    while (bytes-- > 0) {
        CHECK(b->at < b->size);
        value = value << 8 | (b->at < b->size ? b->data[b->at++] : 0);
    }
    return value;
}

// UTF-16 of `units`, a NUL the last, to UTF-8.
static void take_name(struct bytes *b, size_t units, char name[1024])
{
    size_t used = 0;
    CHECK(units > 0);
    for (size_t i = 0; i < units; i++) {
        uint32_t code = take(b, 2);
        CHECK((code == 0) == (i + 1 == units));
        CHECK(code < 0xdc00 || code > 0xdfff);
        if (code >= 0xd800 && code < 0xdc00) {
            const uint32_t low = take(b, 2);
            CHECK(low >= 0xdc00 && low <= 0xdfff && ++i + 1 < units);
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        }
        if (code < 0x80)
            used += (size_t)sprintf(name + used, "%c", (int)code);
        else if (code < 0x800)
            used += (size_t)sprintf(name + used, "%c%c", 0xc0 | code >> 6, 0x80 | (code & 63));
        else if (code < 0x10000)
            used += (size_t)sprintf(name + used, "%c%c%c", 0xe0 | code >> 12,
                                    0x80 | (code >> 6 & 63), 0x80 | (code & 63));
        else
            used += (size_t)sprintf(name + used, "%c%c%c%c", 0xf0 | code >> 18,
                                    0x80 | (code >> 12 & 63), 0x80 | (code >> 6 & 63),
                                    0x80 | (code & 63));
        if (used > 1000)
            break;
    }
    name[used] = 0;
}

// Reads a Swatch Exchange file into a line for each block, "(name", "name rrggbb", ")".
static char *read_ase(struct bytes b)
{
    char *text = NULL, name[1024];
    size_t size;
    FILE *to = open_memstream(&text, &size);
    CHECK(take(&b, 4) == 0x41534546 && take(&b, 4) == 0x00010000);
    for (uint32_t left = take(&b, 4); left > 0 && b.at < b.size; left--) {
        const uint32_t type = take(&b, 2), length = take(&b, 4);
        const size_t end = b.at + length;
        if (type == 0xc002) {
            CHECK(length == 0);
            fputs(")\n", to);
            continue;
        }
        take_name(&b, take(&b, 2), name);
        fprintf(to, "%s%s", type == 0xc001 ? "(" : "", name);
        if (type == 1) {
            CHECK(take(&b, 4) == 0x52474220); // "RGB "
            putc(' ', to);
            for (int i = 0; i < 3; i++) {
                const uint32_t bits = take(&b, 4);
                float value;
                memcpy(&value, &bits, 4);
                fprintf(to, "%02lx", lroundf(value * 255));
                CHECK(fabsf(value * 255 - roundf(value * 255)) < 1e-4f);
            }
            CHECK(take(&b, 2) == 2);
        }
        CHECK(b.at == end);
        putc('\n', to);
    }
    CHECK(b.at == b.size);
    fclose(to);
    return text;
}

// The same of a color file: both its versions.
static char *read_aco(struct bytes b)
{
    char *text = NULL, name[1024] = "";
    size_t size;
    FILE *to = open_memstream(&text, &size);
    for (uint32_t version = 1; version <= 2; version++) {
        CHECK(take(&b, 2) == version);
        for (uint32_t left = take(&b, 2); left > 0; left--) {
            CHECK(take(&b, 2) == 0);
            uint32_t rgb[3];
            for (int i = 0; i < 3; i++) {
                rgb[i] = take(&b, 2);
                CHECK(rgb[i] % 257 == 0);
            }
            CHECK(take(&b, 2) == 0);
            if (version == 2)
                take_name(&b, take(&b, 4), name);
            fprintf(to, "%s%s%02x%02x%02x\n", name, *name ? " " : "", rgb[0] / 257, rgb[1] / 257,
                    rgb[2] / 257);
        }
    }
    CHECK(b.at == b.size);
    fclose(to);
    return text;
}

static void check_reads(swatch_palette_format format, const swatch_group *g, size_t count,
                        const char *want)
{
    struct bytes b = make(format, "x", g, count);
    char *got = format == SWATCH_PALETTE_ASE ? read_ase(b) : read_aco(b);
    CHECK_STRING(got, want);
    free(got);
    free(b.data);
}

static void test_adobe(void)
{
    check_reads(SWATCH_PALETTE_ASE, groups, 3,
                "(clothes\nclothes 1 royal blue 0504aa\nclothes 2 burnt orange c04e01\n)\n(" NAMES
                "\n" NAMES " 1 dusty rose c0737a\n" NAMES " 2 white ffffff\n" NAMES
                " 3 black 000000\n)\n");
    check_reads(SWATCH_PALETTE_ACO, groups, 2,
                "0504aa\nc04e01\nclothes 1 royal blue 0504aa\nclothes 2 burnt orange c04e01\n");
    check_reads(SWATCH_PALETTE_ASE, NULL, 0, "");
    check_reads(SWATCH_PALETTE_ACO, NULL, 0, "");
    // Surrogate pairs, control characters, no UTF-8.
    const swatch_group hostile = {"\xf0\x9f\x91\x97\n\xff\x01", clothes, 1};
    check_reads(SWATCH_PALETTE_ASE, &hostile, 1,
                "(\xf0\x9f\x91\x97 \xef\xbf\xbd \n\xf0\x9f\x91\x97 \xef\xbf\xbd  1 royal blue "
                "0504aa\n)\n");
    // A name as long as a path: cut off, between characters, with the number still there.
    char name[4097], *got;
    for (size_t i = 0; i < 4096; i += 4)
        memcpy(name + i, "\xf0\x9f\x91\x97", 5);
    const swatch_group tall = {name, clothes, 2};
    struct bytes b = make(SWATCH_PALETTE_ACO, "x", &tall, 1);
    got = read_aco(b);
    CHECK(strstr(got, "\x97 1 royal blue 0504aa\n") && strstr(got, "\x97 2 burnt orange c04e01\n"));
    CHECK(strstr(got, "\xef\xbf\xbd") == NULL);
    free(got);
    free(b.data);
    b = make(SWATCH_PALETTE_ASE, "x", &tall, 1);
    got = read_ase(b);
    CHECK(strstr(got, "\x97 2 burnt orange c04e01\n)\n") != NULL);
    free(got);
    free(b.data);
    // Without a name the group is not named, and as many colors as the format can count are
    // written.
    const swatch_group plain = {"", clothes, 1};
    check_reads(SWATCH_PALETTE_ACO, &plain, 1, "0504aa\n1 royal blue 0504aa\n");
    static swatch_color many[65540];
    for (size_t i = 0; i < 65540; i++)
        many[i] = clothes[0];
    const swatch_group most = {"m", many, 65540};
    b = make(SWATCH_PALETTE_ACO, "x", &most, 1);
    CHECK(b.data[2] == 255 && b.data[3] == 255);
    CHECK(memcmp(b.data + 4 + 65535 * 10, "\0\2\xff\xff", 4) == 0);
    free(b.data);
}

static void test_text_formats(void)
{
    const swatch_group hostile = {"a */ } b\n<c>", clothes, 2};
    const swatch_group twice[] = {groups[0], {"Clothes", clothes, 1}, {"clothes", clothes, 1}};
    char *text = make_text(SWATCH_PALETTE_GPL, "a\nb", &hostile, 1);
    CHECK_STRING(text, "GIMP Palette\nName: a b\nColumns: 0\n# swatch " SWATCH_VERSION
                       "\n  5   4 170\ta */ } b <c> 1 royal blue\n"
                       "192  78   1\ta */ } b <c> 2 burnt orange\n");
    free(text);
    text = make_text(SWATCH_PALETTE_CSS, "x*/y", &hostile, 1);
    CHECK_STRING(text, "/* x* /y: main colors, by swatch " SWATCH_VERSION " */\n:root {\n"
                       "  --a------b--c--1: #0504aa; /* royal blue, 75.0 % */\n"
                       "  --a------b--c--2: #c04e01; /* burnt orange, 25.0 % */\n}\n");
    free(text);
    text = make_text(SWATCH_PALETTE_CSS, "x", twice, 3);
    CHECK(strstr(text, "--clothes-1:") && strstr(text, "--clothes_2-1:") &&
          strstr(text, "--clothes_3-1:"));
    free(text);
    text = make_text(SWATCH_PALETTE_SVG, "<t>&", &hostile, 1);
    CHECK(strstr(text, "<title>&lt;t&gt;&amp;</title>") && strstr(text, "&lt;c&gt;</text>"));
    CHECK(strstr(text, "x=\"0\" y=\"26\" width=\"720\" height=\"72\" fill=\"#0504aa\"") != NULL);
    CHECK(strstr(text, "x=\"720\" y=\"26\" width=\"240\" height=\"72\" fill=\"#c04e01\"") != NULL);
    CHECK(strstr(text, "royal blue #0504aa 75.0 %") != NULL);
    free(text);
    text = make_text(SWATCH_PALETTE_JSON, NAMES, groups, 3);
    json_t *json = json_loads(text, 0, NULL);
    CHECK_STRING(json_string_value(json_object_get(json, "palette")), NAMES);
    const json_t *list = json_object_get(json, "groups");
    CHECK(json_array_size(list) == 2);
    const json_t *colors = json_object_get(json_array_get(list, 1), "colors");
    CHECK(json_array_size(colors) == 3);
    const json_t *first = json_array_get(colors, 0);
    CHECK_STRING(json_string_value(json_object_get(first, "hex")), "#c0737a");
    CHECK_STRING(json_string_value(json_object_get(first, "xkcd")), "dusty rose");
    CHECK_NEAR(json_number_value(json_object_get(first, "share")), 0.9, 1e-9);
    json_decref(json);
    free(text);
}

// Languages with a decimal comma change no byte.
static void test_locale(void)
{
    test_comma_locale();
    char *text = make_text(SWATCH_PALETTE_SVG, "t", groups, 1);
    CHECK(strstr(text, "75.0 %") != NULL);
    free(text);
    text = make_text(SWATCH_PALETTE_JSON, "t", groups, 1);
    CHECK(strstr(text, "\"share\":0.75") != NULL);
    free(text);
    setlocale(LC_ALL, "C");
}

static int mode_of(const char *path)
{
    struct stat info;
    return lstat(path, &info) ? -1 : (int)(info.st_mode & S_IFMT);
}

static void test_files(void)
{
    swatch_error error;
    const char *path = test_path("a.gpl");
    CHECK(swatch_palette_save(SWATCH_PALETTE_GPL, "a", groups, 3, path, 0, &error) == 0);
    CHECK(swatch_palette_save(SWATCH_PALETTE_GPL, "a", groups, 3, path, 0, &error) ==
          SWATCH_EXISTS);
    CHECK(strstr(error.message, "a.gpl: is there already") != NULL);
    CHECK(swatch_palette_save(SWATCH_PALETTE_GPL, "a", groups, 1, path, 1, &error) == 0);
    // Neither a link nor a folder is replaced by a file.
    CHECK(symlink("nowhere", test_path("link")) == 0 && mkdir(test_path("d"), 0777) == 0);
    CHECK(swatch_palette_save(SWATCH_PALETTE_GPL, "a", groups, 1, test_path("link"), 1, &error));
    CHECK(swatch_palette_save(SWATCH_PALETTE_GPL, "a", groups, 1, test_path("d"), 1, &error));
    CHECK(mode_of(test_path("link")) == S_IFLNK && mode_of(test_path("d")) == S_IFDIR);
    CHECK(swatch_palette_save(SWATCH_PALETTE_GPL, "a", groups, 1, test_path("no/a"), 1, &error));
    CHECK(test_names(test_folder) == 3);
}

static void test_usage(void)
{
    swatch_error error;
    void *data = NULL;
    size_t size;
    swatch_color nameless = clothes[0];
    nameless.xkcd = NULL;
    const swatch_group bad[] = {{NULL, clothes, 1}, {"a", &nameless, 1}, {"a", NULL, 1}};
    for (size_t i = 0; i < 3; i++)
        CHECK(swatch_palette_encode(SWATCH_PALETTE_CSS, "t", &bad[i], 1, &data, &size, &error) ==
              SWATCH_USAGE);
    CHECK(swatch_palette_encode(SWATCH_PALETTE_FORMATS, "t", groups, 1, &data, &size, NULL) ==
          SWATCH_USAGE);
    CHECK(data == NULL);
    CHECK(swatch_palette_extension(SWATCH_PALETTE_FORMATS) == NULL);
    CHECK_STRING(swatch_palette_extension(SWATCH_PALETTE_ASE), "ase");
}

int main(void)
{
    make_groups();
    test_golden();
    test_adobe();
    test_text_formats();
    test_locale();
    test_folder_make();
    test_files();
    test_folder_remove();
    test_usage();
    return test_end();
}
