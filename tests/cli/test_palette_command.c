// swatch palette, and what swatch extract writes with --palette and --report, as a user meets them.

#include <jansson.h>
#include <signal.h>
#include <unistd.h>

#include "cli/command.h"
#include "image/image.h"
#include "test.h"
#include "tiny_model.h"

#define WIDTH 150
#define HEIGHT 200

static void make_photos(void)
{
    struct image photo;
    if (image_new(&photo, WIDTH, HEIGHT, 3, NULL))
        exit(1);
    free(tiny_photo(WIDTH, HEIGHT, photo.pixels));
    CHECK(image_save_png(&photo, test_path("anna.png"), 1, NULL) == 0);
    image_free(&photo);
    test_file("text.jpg", "this is no picture", 18);
    check_runs("mkdir photos nothing && cp anna.png photos/a.png && cp anna.png photos/b.png && "
               "cp text.jpg photos/c.jpg");
}

static json_t *parse_line(void)
{
    CHECK(lines(out_text) == 1);
    json_t *json = json_loads(out_text, 0, NULL);
    CHECK(json != NULL);
    return json;
}

static const char *hex_of(const json_t *json, size_t i)
{
    const char *hex = json_string_value(
        json_object_get(json_array_get(json_object_get(json, "colors"), i), "hex"));
    return hex ? hex : "";
}

static void test_printing(void)
{
    check_runs("$S palette anna.png");
    CHECK(!*err_text && strstr(out_text, "anna.png  30000 pixels\n") == out_text);
    CHECK(lines(out_text) == 5 && strstr(out_text, "\n  #808080 "));
    check_runs("$S palette anna.png --colors 2 --json");
    json_t *json = parse_line();
    CHECK_STRING(json_string_value(json_object_get(json, "photo")), "anna.png");
    CHECK(json_integer_value(json_object_get(json, "width")) == WIDTH);
    CHECK(json_integer_value(json_object_get(json, "pixels")) == WIDTH * HEIGHT);
    CHECK(json_is_false(json_object_get(json, "greyscale")));
    CHECK(json_array_size(json_object_get(json, "colors")) == 2);
    CHECK_STRING(hex_of(json, 0), "#808080");
    CHECK_STRING(hex_of(json, 1), "#1e3cc8");
    CHECK(!json_object_get(json, "reason"));
    json_decref(json);
    // A cut-out has the colors of what was cut out.
    check_runs("$S extract anna.png -o out && $S palette --json out/anna/clothes.png");
    json = parse_line();
    CHECK(json_array_size(json_object_get(json, "colors")) == 1);
    CHECK_STRING(hex_of(json, 0), "#1e3cc8");
    json_decref(json);
    check_runs("$S palette --json - < out/anna/hair.png");
    json = parse_line();
    CHECK_STRING(hex_of(json, 0), "#3c1e14");
    json_decref(json);
    // Nothing to measure is said, and no failure.
    check_runs("$S palette --json out/anna/hair.png --mask out/anna/skin.png");
    json = parse_line();
    CHECK(json_array_size(json_object_get(json, "colors")) == 0);
    CHECK_STRING(json_string_value(json_object_get(json, "reason")), "nothing found");
    json_decref(json);
    check_runs("$S palette out/anna/hair.png --mask out/anna/skin.png");
    CHECK(strstr(out_text, "no colors: nothing found") != NULL);
}

// A photo with damage is measured with a word, or strictly refused.
// The command starts libvips without its modules and reads with them what this program can read.
static void test_modules(void)
{
    static const char *const names[] = {"phone.heic", "phone.avif"};
    for (size_t i = 0; i < 2; i++) {
        char path[1024], line[2048];
        struct image image;
        snprintf(path, sizeof path, "%s/tests/image/golden/%s", SOURCE_DIR, names[i]);
        snprintf(line, sizeof line, "$S palette %s", path);
        const int readable = image_load(path, 0, &image, NULL) == 0;
        CHECK((run(line) == 0) == readable);
        if (readable)
            image_free(&image);
    }
}

static void test_damaged(void)
{
    check_runs("mkdir damaged && cp " SOURCE_DIR "/tests/image/golden/half.jpg damaged/half.jpg");
    check_runs("$S palette damaged/half.jpg --json");
    CHECK(
        strstr(err_text, "swatch: damaged/half.jpg: damaged, and some of its pixels are guessed"));
    json_t *json = parse_line();
    const char *notice = json_string_value(json_object_get(json, "notice"));
    CHECK(notice && strncmp(notice, "damaged, and", 12) == 0);
    json_decref(json);
    check_runs("$S extract damaged/half.jpg -m tiny.safetensors --person none --json -q");
    CHECK(!*err_text);
    json = parse_line();
    CHECK(json_string_value(json_object_get(json, "notice")) != NULL);
    json_decref(json);
    check_fails("$S palette damaged/half.jpg --strict", 1,
                "damaged/half.jpg: damaged, and some of its pixels are guessed");
    check_runs("$S palette anna.png --strict");
}

static void test_files(void)
{
    static const char *const begins[][2] = {{"gpl", "GIMP Palette\nName: anna.png\n"},
                                            {"ase", "ASEF"},
                                            {"css", "/* anna.png"},
                                            {"json", "{\"swatch\""},
                                            {"svg", "<svg "}};
    check_runs("mkdir files && for f in gpl ase aco css json svg; do "
               "$S palette anna.png -o files/anna.$f || exit 1; done");
    CHECK(test_names(test_path("files")) == 6 && !*out_text);
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
        char name[64];
        snprintf(name, sizeof name, "files/anna.%s", begins[i][0]);
        char *text = read_all(name);
        CHECK(strncmp(text, begins[i][1], strlen(begins[i][1])) == 0);
        free(text);
    }
    check_fails("$S palette anna.png -o files/anna.gpl", 1, "files/anna.gpl: is there already");
    check_runs("$S palette anna.png -o files/anna.gpl --format css --overwrite");
    check_runs("cmp files/anna.gpl files/anna.css");
    check_runs("$S palette anna.png --format css | cmp - files/anna.css");
    check_runs("$S palette anna.png --format css -o - | cmp - files/anna.css");
    // Several pictures: one palette with a group each, or a file each.
    check_runs("$S palette anna.png photos/a.png -o two.css");
    char *text = read_all("two.css");
    CHECK(strstr(text, "--anna-1: #808080") && strstr(text, "--a-1: #808080"));
    free(text);
    check_runs("$S palette anna.png photos/a.png -o each/deep/ --format ase");
    CHECK(test_names(test_path("each/deep")) == 2 && exists("each/deep/anna.ase"));
    // What fails is told of; the others are done.
    CHECK(run("$S palette photos -o each --format gpl") == 1);
    CHECK(lines(err_text) == 2 && strstr(err_text, "photos/c.jpg: ") &&
          strstr(err_text, "2 done, 1 failed; results are in each\n"));
    CHECK(run("$S palette photos -o each --format gpl") == 1);
    CHECK(strstr(err_text, "0 done, 1 failed, 2 there already; "));
    check_fails("echo >each/a.gpl; $S palette photos/a.png -o each --format gpl", 1,
                "each/a.gpl: is there already");
    CHECK(exists("each/a.gpl") && exists("each/b.gpl") && !exists("each/c.gpl"));
    CHECK(run("$S palette photos text.jpg -o some.gpl") == 1 && exists("some.gpl"));
    check_fails("$S palette text.jpg -o none.gpl", 1, "text.jpg: ");
    CHECK(!exists("none.gpl"));
    CHECK(run("ls -A . each files | grep '^[.].*[.][0-9a-f]\\{16\\}$'") == 1);
}

// Names of one's own, matches and harmonies, printed, as JSON and in palette files.
static void test_telling(void)
{
    check_runs("printf 'name,hex\\nStone,#858585\\nInk,#1e3cc8\\nCoral,#ff7f50\\n' >list.csv");
    check_runs("$S palette anna.png --names list.csv --match list.csv --harmonies");
    CHECK(strstr(out_text, "Stone (") && strstr(out_text, "Ink ("));
    CHECK(strstr(out_text, " -> Ink #1e3cc8, 0.0 away\n"));
    CHECK(strstr(out_text, "      complementary #"));
    check_runs("$S palette anna.png --names list.csv --match list.csv --harmonies --json");
    json_t *json = parse_line(), *color;
    size_t i, named = 0;
    json_array_foreach(json_object_get(json, "colors"), i, color)
    {
        const json_t *name = json_object_get(json_object_get(color, "name"), "name");
        named += name != NULL && json_object_get(color, "match") && json_object_get(color, "shop");
        // Greys have no harmonies.
        const json_t *turned =
            json_object_get(json_object_get(color, "harmonies"), "complementary");
        CHECK(json_array_size(turned) == (strcmp(hex_of(json, i), "#808080") != 0));
    }
    CHECK(named == json_array_size(json_object_get(json, "colors")) && named > 1);
    json_decref(json);
    check_runs("$S palette anna.png --names list.csv --harmonies --format gpl");
    CHECK(strstr(out_text, "\tanna 1 Stone\n") && strstr(out_text, "\tanna triadic 2 "));
    // The words of the extraction's files, and photos that are done again as the list changes.
    check_runs("$S extract anna.png -m tiny.safetensors --person none -o told --names list.csv "
               "--palette gpl -q");
    char *text = read_all("told/anna/palette.gpl");
    CHECK(strstr(text, "\tclothes 1 Ink\n") && strstr(text, "\tskin 1\n"));
    free(text);
    check_runs("$S extract anna.png -m tiny.safetensors --person none -o told --names list.csv "
               "--palette gpl && echo 'Extra,#000000' >>list.csv");
    CHECK(strstr(err_text, "1 there already"));
    check_runs("$S extract anna.png -m tiny.safetensors --person none -o told --names list.csv "
               "--palette gpl");
    CHECK(strstr(err_text, "1 done"));
    check_fails("$S palette anna.png --names none.csv", 1, "none.csv: ");
    check_fails("$S extract anna.png --json --match text.jpg", 1,
                "text.jpg:1: a row is a name and a color, as in navy,#1e2a4a");
}

static void test_usage(void)
{
    check_fails("$S palette", 2, "no photo");
    check_fails("$S palette anna.png --format bmp", 2,
                "--format must be gpl, ase, aco, css, json or svg, not bmp");
    check_fails("$S palette anna.png --colors 9", 2, "--colors must be 1 to 8, not 9");
    check_fails("$S palette anna.png -o x", 2, "x: its name tells no format");
    check_fails("$S palette anna.png -o nothing", 2, "nothing: its name tells no format");
    check_fails("$S palette anna.png -o ''", 2, "--output must be");
    check_fails("$S palette anna.png --json --format gpl", 2, "--json");
    check_fails("$S palette - -", 2, "standard input");
    check_fails("$S palette anna.png photos/a.png --mask anna.png", 2, "one photo");
    check_fails("$S palette nothing", 1, "nothing: no pictures");
    check_fails("$S palette missing.png", 1, "missing.png: ");
    check_fails("$S palette anna.png --mask text.jpg", 1, "text.jpg: ");
    check_fails("$S palette anna.png --max-pixels 100", 1, "100");
    check_fails("$S palette anna.png >/dev/full", 1, "standard output");
    check_fails("$S palette anna.png --json >/dev/full", 1, "standard output");
    check_fails("$S palette anna.png --format ase >/dev/full", 1, "standard output");
    check_fails("$S palette anna.png -o anna.png/x.gpl", 1, "anna.png/x.gpl: ");
    check_fails("trap '' XFSZ; ulimit -f 2; $S palette anna.png photos/a.png photos/b.png "
                "-o full.json",
                1, "full.json: ");
    CHECK(!exists("full.json"));
    CHECK(run("$S palette --help") == 0 && strstr(out_text, "--mask") && !*err_text);
}

static void test_extract(void)
{
    check_runs("$S extract anna.png -o p --palette gpl,ase,aco,css,json,svg");
    CHECK(test_names(test_path("p/anna")) == 13 && exists("p/anna/palette.ase"));
    char *text = read_all("p/anna/palette.gpl");
    CHECK(strstr(text, "\n 30  60 200\tclothes 1 ") && strstr(text, "\n232 190 160\tskin 1\n") &&
          strstr(text, "\n 60  30  20\thair 1 "));
    free(text);
    // They are swatch's, and go when the folder is replaced.
    check_runs("$S extract anna.png -o p --palette svg --overwrite");
    CHECK(test_names(test_path("p/anna")) == 8 && exists("p/anna/palette.svg"));
    check_fails("$S extract anna.png -o p2 --palette gpl,,ase", 2, "--palette must be gpl");
    check_fails("$S extract anna.png -o p2 --palette bmp", 2,
                "svg, or several with commas between, not bmp");
    check_fails("$S extract anna.png --json --palette gpl", 2, "--palette needs --output DIR");
    check_fails("$S extract anna.png --json --report", 2, "--report needs --output DIR");
}

// A spreadsheet of swatch is written anew; what another program saved there stays.
static void test_spreadsheet(void)
{
    if (run("$S extract -q anna.png -o book --report --xlsx")) {
        CHECK(strstr(err_text, "writes no spreadsheets") != NULL);
        return;
    }
    check_runs("$S extract -q anna.png -o book --report --xlsx");
    check_fails("head -c -14 book/report.xlsx >theirs && cp theirs book/report.xlsx; "
                "$S extract anna.png -o book --report --xlsx",
                1, "book/report.xlsx: is there already; --overwrite");
    check_runs("cmp theirs book/report.xlsx && $S extract anna.png -o book --report");
    check_runs("$S extract anna.png -o book --report --xlsx --overwrite");
    check_runs("! cmp -s theirs book/report.xlsx");
}

static void test_report(void)
{
    check_runs("mkdir bad && cp anna.png 'bad/<b>&.png' && cp anna.png 'bad/report.html.png'");
    CHECK(run("$S extract -q photos bad -o r --report") == 1);
    CHECK(test_names(test_path("r")) == 6);
    char *page = read_all("r/report.html"), *table = read_all("r/report.csv");
    CHECK(strstr(page, "Colors of 4 photos") && strstr(page, "<li>photos/c.jpg: "));
    CHECK(strstr(page, "&lt;b&gt;&amp;.png") && strstr(page, "src=\"%3Cb%3E%26/card.png\""));
    CHECK(strstr(page, "src=\"report.html.png/card.png\"") != NULL);
    CHECK(lines(table) == 1 + 4 * 3 + 1);
    free(page);
    free(table);
    // A report of swatch is written anew, of all that the folder holds; what else has its name
    // stays.
    check_runs("$S extract -q anna.png -o r --report");
    page = read_all("r/report.html");
    CHECK(strstr(page, "Colors of 5 photos<") != NULL);
    free(page);
    check_fails("echo mine >r/report.csv; $S extract anna.png -o r --report", 1,
                "r/report.csv: is there already; --overwrite");
    check_runs("[ $(cat r/report.csv) = mine ] && $S extract anna.png -o r --report --overwrite");
    check_fails("rm r/report.csv; mkdir r/report.csv; $S extract anna.png -o r --report "
                "--overwrite",
                1, "r/report.csv: is there already, and no file");
    test_spreadsheet();
    // Interrupted, it reports what was done.
    check_runs("mkdir many; i=0; while [ $i -lt 200 ]; do ln -s ../anna.png many/$i.png; "
               "i=$((i+1)); done");
    CHECK(run("$S extract many -o cut --report & pid=$!; while [ ! -e cut/0 ]; do sleep 0.02; "
              "done; kill -INT $pid; wait $pid") == 1);
    CHECK(exists("cut/report.html") && exists("cut/report.csv"));
    CHECK(run("[ $(grep -c '<article' cut/report.html) = $(ls -d cut/*/ | wc -l) ]") == 0);
}

int main(void)
{
#ifndef SWATCH_COMMAND
    TEST_SKIP("the command is not built");
#else
    test_folder_make();
    tiny_model(test_path("tiny.safetensors"), 0);
    make_photos();
    test_printing();
    test_modules();
    test_damaged();
    test_files();
    test_telling();
    test_usage();
    test_extract();
    test_report();
    run_end();
    test_folder_remove();
    return test_end();
#endif
}
