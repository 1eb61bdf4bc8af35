// swatch catalog, as users call it.

#include <jansson.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/numbered.h"
#include "test.h"
#include "tiny_model.h"

static void check_says(const char *text, const char *says)
{
    if (strstr(text, says))
        CHECK(1);
    else
        CHECK_STRING(text, says);
}

static void test_add(void)
{
    check_runs("mkdir -p in/b && cp 1.png in/a.png && cp 2.png in/b/b.png && cp 3.png in/c.png");
    check_runs("$S catalog add w.db -r in");
    check_says(err_text, "3 done, 0 failed\n");
    // By content and model, wherever it lies and whatever it is called.
    check_runs("mv in/c.png in/b/d.png; cp in/a.png in/e.png; $S catalog add w.db -r in");
    check_says(err_text, "0 done, 0 failed, 4 there already\n");
    check_runs("$S catalog list w.db");
    CHECK(lines(out_text) == 3);
    check_says(out_text, "/in/a.png\n");
    check_says(out_text, "/in/b/d.png\n");
    CHECK(!strstr(out_text, "c.png") && !strstr(out_text, "e.png"));
    // A new photo in an old one's place; another model.
    check_runs("cp 4.png in/a.png; rm in/e.png; $S catalog add w.db -r in");
    check_says(err_text, "1 done, 0 failed, 2 there already\n");
    check_runs("$S catalog add w.db in -r -m other.safetensors && $S catalog list w.db --limit 2");
    CHECK(lines(out_text) == 2);
    check_runs("$S catalog add w.db in/a.png --overwrite -m other.safetensors --json");
    CHECK(lines(out_text) == 1 && strstr(out_text, "{\"path\":\"/"));
    check_runs("$S catalog add w.db in/a.png -m other.safetensors --json");
    CHECK(lines(out_text) == 1 && strstr(out_text, "in/a.png\",\"sha256\":\""));
    // What fails for good is kept, and told again; the others are done.
    for (int again = 0; again < 2; again++) {
        CHECK(run("echo no >in/broken.png; $S catalog add w.db in -m other.safetensors") == 1);
        check_says(err_text, "in/broken.png: not a picture");
        check_says(err_text, "1 failed, 1 there already\n");
    }
    check_runs("$S catalog list w.db --limit 9 | grep 'failed .*/in/broken.png  (not a picture'");
    // By its new name, where it has one.
    CHECK(run("mv in/broken.png in/worse.png; $S catalog add w.db in -m other.safetensors") == 1);
    check_says(err_text, "swatch: in/worse.png: not a picture");
    CHECK(!strstr(err_text, "broken"));
    check_runs("rm in/worse.png; ls -a | grep '^w.db'");
    CHECK_STRING(out_text, "w.db\n");
}

// A photo that was cut off is told as damaged, kept, and not tried again until its file is another.
static void test_cut_off(void)
{
    check_runs("mkdir off && head -c 12000 " SOURCE_DIR "/examples/sweater.jpg >off/cut.jpg");
    for (int again = 0; again < 2; again++) {
        CHECK(run("$S catalog add off.db off --json") == 1);
        check_says(out_text, "\"photo\":\"off/cut.jpg\",\"error\":{\"status\":6,");
        check_says(err_text, "off/cut.jpg: ");
    }
    check_runs("$S catalog export off.db");
    check_says(out_text, "\"status\":6,");
    check_runs("cp " SOURCE_DIR "/examples/sweater.jpg off/cut.jpg && $S catalog add off.db off && "
               "$S catalog export off.db");
    CHECK(lines(out_text) == 1);
    check_says(out_text, "\"status\":0,");
}

// Of two files with the same content in one call the first one's path stays.
static void test_twins(void)
{
    check_runs(
        "mkdir twins && cp " SOURCE_DIR "/examples/sweater.jpg twins/a.jpg && cp "
        "twins/a.jpg twins/b.jpg && $S catalog add twins.db twins && $S catalog list twins.db");
    CHECK(lines(out_text) == 1);
    check_says(out_text, "/twins/a.jpg\n");
}

// What is mistyped makes no catalogue.
static void test_mistyped(void)
{
    check_fails("$S catalog add none.db mistyped.png", 1, "mistyped.png: ");
    CHECK(!exists("none.db"));
    CHECK(run("$S catalog add none.db mistyped.png 1.png") == 1 && exists("none.db"));
}

// A photo that only --strict refuses is done without it, and refused again with it.
static void test_strict(void)
{
    check_runs("mkdir cut && cp " SOURCE_DIR "/tests/image/golden/half.jpg cut");
    for (int again = 0; again < 2; again++) {
        CHECK(run("$S catalog add s.db --strict cut") == 1);
        check_says(err_text, "cut/half.jpg: ");
        check_runs("$S catalog add s.db cut && $S catalog list s.db");
        check_says(out_text, "/cut/half.jpg\n");
    }
}

static void test_find(void)
{
    check_runs(
        "$S catalog add empty.db && $S catalog find empty.db --color '#1e3cc8' && $S catalog "
        "export empty.db");
    CHECK_STRING(out_text, "");
    // The model's clothes are as blue as #1e3cc8.
    check_runs("$S catalog find w.db --color '#1e3cc8'");
    CHECK(lines(out_text) == 3);
    check_says(out_text, "  0.00  #1e3cc8  /");
    check_runs("$S catalog find w.db --color '#1E3CC8' --limit 1 --json");
    json_t *json = json_loads(out_text, 0, NULL);
    CHECK(json_number_value(json_object_get(json, "distance")) < 0.01);
    CHECK_STRING(json_string_value(json_object_get(json, "found")), "#1e3cc8");
    CHECK(json_array_size(json_object_get(json, "regions")) == 3);
    CHECK(json_is_null(json_object_get(json, "message")));
    json_decref(json);
    check_runs("$S catalog find w.db --color '#00ff00'");
    CHECK_STRING(out_text, "");
    check_runs("$S catalog find w.db --color '#e8bea0' --part skin --within 3 --share 0.5");
    CHECK(lines(out_text) == 3);
    check_runs("$S catalog find w.db --color '#e8bea0' --within 3");
    CHECK_STRING(out_text, "");
    check_runs("$S catalog find w.db --color '#1e3cc8' --part clothes --garment coat");
    CHECK_STRING(out_text, "");
    // A photo that is there, one that is not, and standard input.
    check_runs("$S catalog find w.db --like in/a.png");
    CHECK(lines(out_text) == 2 && !strstr(out_text, "/in/a.png"));
    check_runs("$S catalog find w.db --like 5.png --json && $S catalog find w.db --like - <5.png");
    CHECK(lines(out_text) == 6);
    // A name that is no UTF-8 is no matter: the photo is only looked at.
    check_runs(
        "cp 5.png \"$(printf 'f\\377.png')\" && $S catalog find w.db --like f*.png && rm f*.png");
    CHECK(lines(out_text) == 3);
    check_fails("$S catalog find w.db --like in/a.png --garment coat", 1,
                "in/a.png: has no colors of coat");
    check_fails("$S catalog find w.db --like in/b", 2, "--like goes with one photo, not with 2");
    check_fails("$S catalog find w.db --like gone.png", 1, "gone.png");
}

static void test_print(void)
{
    check_runs("cp in/a.png 'in/<b> & \"c\" #1.png'; printf x >>'in/<b> & \"c\" #1.png'; "
               "$S catalog add -q w.db in && $S catalog list w.db --html");
    check_says(out_text, "<!DOCTYPE html>");
    check_says(out_text, "/in/%3Cb%3E%20%26%20%22c%22%20%231.png\" alt=\"&lt;b&gt; &amp; ");
    check_says(out_text, "<i style=\"background:#1e3cc8;flex:1000\" title=\"#1e3cc8 100 % ");
    check_says(out_text, "<footer>5 photos"); // one is broken, and gone since
    CHECK(!strstr(out_text, "<b>") && !strstr(out_text, "<script"));
    check_runs("$S catalog find w.db --color '#1e3cc8' --html --limit 1");
    check_says(out_text, "<h1>clothes of #1e3cc8</h1>");
    check_says(out_text, "<span>#1e3cc8, 0.0 away</span>");
    check_runs("$S catalog export w.db");
    CHECK(lines(out_text) == 5);
    check_fails("$S catalog export w.db >/dev/full", 1, "standard output");
}

static void test_removed(void)
{
    check_runs("mkdir -p out/a/b out/c && cp 1.png out && cp 2.png out/a && cp 3.png out/a/b && cp "
               "4.png out/c && cp 5.png out/a.png && $S catalog add r.db -r out");
    check_says(err_text, "5 done");
    // Of what is not there the rest is removed nevertheless.
    CHECK(run("$S catalog remove r.db out/gone.png out/1.png") == 1);
    CHECK_STRING(err_text, "swatch: out/gone.png: is not in the catalogue\n1 removed\n");
    CHECK(exists("out/1.png"));
    // An empty name, as of a variable that is not set, is not the current folder.
    CHECK(run("$S catalog remove r.db ''") == 2);
    check_says(err_text, "a photo has no name");
    // A folder stands for what lies below it, and no name for another that begins like it.
    check_runs("rm -r out/a; $S catalog remove r.db out/a/../a/");
    check_says(err_text, "2 removed\n");
    check_runs("$S catalog list r.db");
    CHECK(lines(out_text) == 2);
    check_says(out_text, "/out/a.png\n");
    check_says(out_text, "/out/c/4.png\n");
    check_runs("rm -r out/c; $S catalog remove r.db --missing && $S catalog export r.db");
    check_says(err_text, "1 removed\n");
    CHECK(lines(out_text) == 1);
    check_says(out_text, "/out/a.png\"");
    check_runs("cd out && $S catalog remove ../r.db a.png && $S catalog export ../r.db");
    CHECK_STRING(out_text, "");
    check_runs("$S catalog remove r.db --missing && $S catalog add r.db -r out");
    check_says(err_text, "2 done");
}

static void test_usage(void)
{
    static const char *const wrong[][2] = {
        {"$S catalog", "add, remove, find, list or export is needed"},
        {"$S catalog lsit w.db", "there is no catalog lsit; did you mean list?"},
        {"$S catalog list", "no catalogue is named"},
        {"$S catalog add '' in", "no catalogue is named"},
        {"$S catalog list w.db in", "list takes one catalogue, and nothing behind it"},
        {"$S catalog add", "no catalogue is named"},
        {"$S catalog find w.db", "find needs --color or --like"},
        {"$S catalog find w.db --color red", "--color must be a color like #7a1f2b"},
        {"$S catalog find w.db --color '#1e3cc8' --like in/a.png", "do not go together"},
        {"$S catalog find w.db --color '#1e3cc8' --part skin --garment hat", "a garment is a part"},
        {"$S catalog find w.db --color '#1e3cc8' -r", "find has no --recursive"},
        {"$S catalog list w.db --color '#1e3cc8'", "list has no --color"},
        {"$S catalog export w.db --json", "export has no --json"},
        {"$S catalog add w.db in --html", "add has no --html"},
        {"$S catalog add w.db in --missing", "add has no --missing"},
        {"$S catalog remove w.db", "remove needs photos or --missing, and not both"},
        {"$S catalog remove w.db in --missing", "remove needs photos or --missing, and not both"},
        {"$S catalog add w.db in --person none --people all", "do not go together"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        check_fails(wrong[i][0], 2, wrong[i][1]);
    check_fails("$S catalog list gone.db", 1, "gone.db: cannot be opened: No such file");
    check_fails("$S catalog remove gone.db in", 1, "gone.db: cannot be opened: No such file");
    check_fails("$S catalog list in", 1, "in: is no file, but a folder");
    check_fails("$S catalog add - in", 2, "not -");
    CHECK(!exists("gone.db"));
    check_runs(
        "$S catalog add :memory: && $S catalog list :memory: && $S catalog add file:x?mode=ro");
    CHECK(exists(":memory:") && exists("file:x?mode=ro"));
    check_fails("$S catalog list 1.png", 1, "1.png: is damaged, or no catalogue");
    check_fails("$S catalog add 1.png in", 1, "1.png: is damaged, or no catalogue");
    check_fails("$S catalog list postgresql://me:secret@/x?host=/nowhere", 1, "");
    CHECK(!strstr(err_text, "secret"));
}

// One call is killed while another adds: what either said is there.
static void test_killed(void)
{
    check_runs("mkdir many; for i in 1 2 3 4 5 6 7 8 9; do for k in 1 2 3; do "
               "{ cat $k.png; echo $i; } >many/$i-$k.png; done; done; "
               "$S catalog add k.db many/1-1.png; "
               "$S catalog add k.db many --json >said.1 & first=$!; "
               "while [ $(wc -l <said.1) -lt 5 ]; do sleep 0.01; done; "
               "$S catalog add k.db many --json >said.2 & "
               "kill -9 $first; wait $!");
    check_runs("cat said.1 said.2 | grep -o '\"path\":\"[^\"]*\"' | sort -u >said; "
               "$S catalog export k.db | grep -o '\"path\":\"[^\"]*\"' | sort >there; "
               "cmp said there");
    check_runs("$S catalog export k.db");
    CHECK(lines(out_text) == 27);
    const char *line = out_text;
    while (*line) {
        json_t *json = json_loads(line, JSON_DISABLE_EOF_CHECK, NULL);
        CHECK(json_array_size(json_object_get(json, "regions")) == 3);
        json_decref(json);
        line = strchr(line, '\n') + 1;
    }
}

int main(void)
{
    char name[16];
    test_folder_make();
    tiny_model(test_path("tiny.safetensors"), 0);
    tiny_model_made(test_path("other.safetensors"), 0, 1);
    for (unsigned i = 1; i <= 5; i++) {
        snprintf(name, sizeof name, "%u.png", i);
        make_photo(name, i);
    }
    test_add();
    test_twins();
    test_mistyped();
    test_strict();
    test_cut_off();
    test_find();
    test_print();
    test_removed();
    test_usage();
    test_killed();
    run_end();
    test_folder_remove();
    return test_end();
}
