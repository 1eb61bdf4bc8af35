// The command as a user meets it: what it writes, what it says and how it ends, with a tiny model
// of known answers.

#include <fcntl.h>
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
    char *data;
    size_t size;
    if (image_new(&photo, WIDTH, HEIGHT, 3, NULL))
        exit(1);
    free(tiny_photo(WIDTH, HEIGHT, photo.pixels));
    if (image_save_png(&photo, test_path("anna.png"), 3, NULL) ||
        file_read(test_path("anna.png"), (size_t)1 << 24, &data, &size, NULL))
        exit(1);
    image_free(&photo);
    test_file("empty.jpg", "", 0);
    test_file("text.jpg", "this is no picture", 18);
    test_file("truncated.png", data, size / 2);
    mkdir(test_path("photos"), 0777);
    mkdir(test_path("photos/below"), 0777);
    mkdir(test_path("photos/.hidden"), 0777);
    mkdir(test_path("nothing"), 0777);
    test_file("photos/b.PNG", data, size);
    test_file("photos/a.jpg", data, size);
    test_file("photos/notes.txt", "x", 1);
    test_file("photos/below/a.png", data, size);
    test_file("photos/.hidden/c.png", data, size);
    // Loops, and a second way to the same folder.
    if (symlink("..", test_path("photos/below/up")) || symlink("below", test_path("photos/again")))
        exit(1);
    free(data);
}

static void test_usage(void)
{
    CHECK(run("$S --help") == 0 && strstr(out_text, "extract") && !*err_text);
    CHECK(run("$S --version") == 0);
    CHECK_STRING(out_text, "swatch " SWATCH_VERSION "\n");
    CHECK(run("$S") == 2 && !*out_text);
    CHECK(run("$S extract --help") == 0 && strstr(out_text, "--person-mask"));
    CHECK(run("$S info --help") == 0);
    check_fails("$S paint anna.png", 2, "there is no verb paint; see swatch --help");
    check_fails("$S extrct anna.png", 2, "there is no verb extrct; did you mean extract?");
    check_runs("$S palette -rqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrqrq anna.png");
    check_fails("$S help trian", 2, "did you mean train?");
    check_runs("$S help >a && $S --help >b && cmp a b && $S version >a && $S --version >b && "
               "cmp a b && $S help extract >a && $S extract --help >b && cmp a b");
    check_fails("$S extract -o out", 2, "no photo");
    check_fails("$S extract anna.png", 2, "-o DIR");
    check_fails("$S extract anna.png -o", 2, "-o");
    check_fails("$S extract anna.png --json --colours 3", 2,
                "there is no option --colours; did you mean --colors?; see");
    check_fails("$S extract anna.png --json --bogus=3", 2, "there is no option --bogus; see");
    check_fails("$S extract anna.png --json --p 3", 2, "--p may be one of several options; see");
    check_runs("$S extract anna.png --json --col 3 --prec f32"); // short, but one alone begins so
    check_fails("$S extract anna.png --json --col 99", 2, "--colors must be 1 to 8, not 99");
    check_fails("$S extract anna.png --json -x", 2, "-x");
    check_fails("$S extract anna.png --json --quiet=yes", 2, "--quiet");
    check_fails("$S extract anna.png --json --colors 9", 2, "--colors must be 1 to 8, not 9");
    check_fails("$S extract anna.png --json --colors 2x", 2,
                "--colors must be a whole number, not 2x");
    check_fails("$S extract anna.png --json --colors -1", 2,
                "--colors must be a whole number, not -1");
    check_fails("$S extract anna.png --json --classes 7", 2, "--classes must be 4, 18, 29, 59");
    check_fails("$S eval --classes 7", 2, "--classes must be 4, 18, 29, 59");
    check_fails("$S extract anna.png --json --masks best", 2, "argmax");
    check_fails("$S extract anna.png --json --background green", 2, "grey");
    check_fails("$S extract anna.png --json --precision f16", 2, "bf16");
    check_fails("$S extract anna.png --json --max-pixels 0", 2, "--max-pixels must be 1 to");
    check_fails("$S extract - - --json", 2, "standard input");
    check_fails("$S extract anna.png photos/b.PNG --json --person-mask anna.png", 2, "one photo");
}

static void test_one_photo(void)
{
    static const char *const files[] = {"labels.png", "segmentation.png", "clothes.png", "skin.png",
                                        "hair.png",   "colors.json",      "card.png"};
    check_runs("$S extract anna.png -o one/deep --json");
    CHECK_STRING(err_text, "1 done, 0 failed; results are in one/deep\n");
    CHECK(test_names(test_path("one/deep")) == 1 && test_names(test_path("one/deep/anna")) == 7);
    for (size_t i = 0; i < 7; i++) {
        char name[64];
        snprintf(name, sizeof name, "one/deep/anna/%s", files[i]);
        CHECK(exists(name));
    }
    char *json = read_all("one/deep/anna/colors.json");
    CHECK_STRING(out_text, json);
    json_t *parsed = json_loads(json, 0, NULL);
    CHECK(json_integer_value(json_object_get(parsed, "width")) == WIDTH);
    CHECK(json_object_size(json_object_get(parsed, "regions")) == 3);
    json_decref(parsed);
    free(json);
    // The same bytes from standard input but for the name, and without a folder.
    check_runs("$S extract - --json < anna.png");
    CHECK(lines(out_text) == 1);
    check_runs("$S extract - -o piped < anna.png");
    CHECK(test_names(test_path("piped/stdin")) == 7 && !*out_text);
    // Again: it is done; then it is done anew.
    check_runs(
        "touch -d 2001-01-01 one/deep/anna/card.png; $S extract anna.png -o one/deep --json");
    CHECK_STRING(err_text, "0 done, 0 failed, 1 there already; results are in one/deep\n");
    json = read_all("one/deep/anna/colors.json");
    CHECK_STRING(out_text, json);
    free(json);
    check_runs("[ one/deep/anna/card.png -ot anna.png ]");
    CHECK(test_names(test_path("one/deep/anna")) == 7);
    check_runs("$S extract anna.png -o one/deep --overwrite --person-mask anna.png");
    CHECK(test_names(test_path("one/deep/anna")) == 8 && exists("one/deep/anna/person.png"));
    CHECK(test_names(test_path("one/deep")) == 1);
    // What is not ours is never replaced.
    check_runs("mkdir -p mine/anna && echo precious >mine/anna/diary.txt");
    check_fails("$S extract anna.png -o mine --overwrite", 1, "mine/anna");
    CHECK(exists("mine/anna/diary.txt") && test_names(test_path("mine")) == 1);
}

static void test_folders(void)
{
    check_runs("$S extract photos -o flat");
    CHECK(test_names(test_path("flat")) == 2 && exists("flat/a/card.png") &&
          exists("flat/b/card.png"));
    CHECK_STRING(err_text, "2 done, 0 failed; results are in flat\n");
    // Each folder is visited once.
    check_runs("$S extract -r photos -o all");
    CHECK(test_names(test_path("all")) == 3 && test_names(test_path("all/again")) == 1 &&
          exists("all/again/a/card.png"));
    CHECK(strstr(err_text, "3 done, 0 failed; ") == err_text);
    check_runs("$S extract -q anna.png ./anna.png photos -o quiet");
    CHECK(test_names(test_path("quiet")) == 3 && exists("quiet/anna/card.png") && !*err_text);
    check_fails("$S extract nothing -o none", 1, "nothing: no pictures");
    // JSON comes in the photos' order, a line each.
    check_runs("$S extract -r photos --json");
    CHECK(lines(out_text) == 3);
    const char *a = strstr(out_text, "photos/a.jpg"), *b = strstr(out_text, "photos/b.PNG");
    CHECK(a && b && a < b);
}

static void test_bad_photos(void)
{
    check_fails("$S extract missing.jpg -o bad", 1, "missing.jpg: ");
    check_fails("$S extract https://example.org/a.jpg -o bad", 1, "is an address");
    CHECK(!exists("bad")); // what is mistyped leaves no folder
    check_fails("$S extract empty.jpg -o bad", 1, "empty.jpg: ");
    check_fails("$S extract text.jpg -o bad", 1, "text.jpg: ");
    check_fails("$S extract truncated.png -o bad", 1, "truncated.png: ");
    check_fails("$S extract /dev/null -o bad", 1, "/dev/null: ");
    check_fails("$S extract - -o bad </dev/null", 1, "standard input");
    check_fails("$S extract anna.png --max-pixels 29999 -o bad", 1, "29999");
    check_fails("$S extract anna.png --person-mask text.jpg -o bad", 1, "text.jpg: ");
    CHECK(test_names(test_path("bad")) == 0);
    if (getuid() != 0) {
        check_fails("cp anna.png secret.png; chmod 0 secret.png; $S extract secret.png -o bad", 1,
                    "secret.png: ");
        check_fails("mkdir -m 0555 locked; $S extract anna.png -o locked", 1, "locked/anna: ");
        check_fails("$S extract anna.png -o locked/below", 1, "locked/below: ");
    }
    // The good among the bad are done.
    CHECK(run("$S extract text.jpg anna.png missing.jpg nothing photos -o mixed") == 1);
    CHECK(test_names(test_path("mixed")) == 3 && exists("mixed/anna/card.png"));
    CHECK(strstr(err_text, "3 done, 3 failed; ") && lines(err_text) == 4);
}

static void test_bad_output(void)
{
    check_fails("$S extract anna.png -o anna.png", 1, "anna.png: ");
    check_fails("$S extract anna.png -o anna.png/below", 1, "anna.png/below: ");
    check_fails("$S extract anna.png -o /proc/swatch", 1, "/proc/swatch: ");
    check_fails("$S extract anna.png --json >/dev/full", 1, "standard output");
    check_fails("$S --help >/dev/full", 1, "standard output");
    // A disk that fills up: the limit on a file's size does it for everyone. The signal it raises
    // is ignored, as the error that write() then returns is what a full disk gives.
    check_fails("trap '' XFSZ; ulimit -f 2; $S extract anna.png -o full", 1, "full/anna");
    CHECK(test_names(test_path("full")) == 0);
}

static void test_models(void)
{
    char *data;
    size_t size;
    if (file_read(test_path("tiny.safetensors"), (size_t)1 << 24, &data, &size, NULL))
        exit(1);
    test_file("short.safetensors", data, size - 100);
    test_file("stump.safetensors", data, 12);
    test_file("none.safetensors", data, 0);
    char *name = memmem(data, size, "keras-gan", 9);
    CHECK(name != NULL);
    if (name) {
        memcpy(name, "terasegan", 9);
        test_file("other.safetensors", data, size);
    }
    memset(data, 255, 8); // the length of the header
    test_file("hostile.safetensors", data, size);
    free(data);
    check_fails("$S extract anna.png -o m -m missing.safetensors", 1, "missing.safetensors: ");
    check_fails("$S extract anna.png -o m -m short.safetensors", 1, "short.safetensors: ");
    check_fails("$S extract anna.png -o m -m stump.safetensors", 1, "stump.safetensors: ");
    check_fails("$S extract anna.png -o m -m none.safetensors", 1, "none.safetensors: ");
    check_fails("$S extract anna.png -o m -m other.safetensors", 1, "other.safetensors: ");
    check_fails("$S extract anna.png -o m -m hostile.safetensors", 1, "hostile.safetensors: ");
    check_fails("$S extract anna.png -o m -m anna.png", 1, "anna.png: ");
    check_fails("$S extract anna.png -o m -m photos", 1, "photos: ");
    check_fails("$S info hostile.safetensors", 1, "hostile.safetensors: ");
    CHECK(test_names(test_path("m")) == 0);
    check_runs("$S info tiny.safetensors --json");
    json_t *json = json_loads(out_text, 0, NULL);
    CHECK_STRING(json_string_value(json_object_get(json, "architecture")), "keras-gan");
    CHECK(json_array_size(json_object_get(json, "classes")) == 4);
    json_decref(json);
    check_runs("$S info ccp-59 >i1 && $S info " SOURCE_DIR "/models/ccp-59.safetensors >i2 && "
               "tail -n +2 i1 >i3 && tail -n +2 i2 | cmp - i3");
    check_fails("$S info ccp-5", 1, "ccp-5");
    check_runs("$S info");
    CHECK(strstr(out_text, "keras-gan") && strstr(out_text, "clothes") &&
          strstr(out_text, "#00ff00"));
}

// Interrupted, it finishes what it is at and leaves nothing half-written.
static void test_interrupt(void)
{
    check_runs("mkdir many; i=0; while [ $i -lt 200 ]; do ln -s ../anna.png many/$i.png; "
               "i=$((i+1)); done");
    const int status = run("$S extract many -o cut & pid=$!; while [ ! -e cut/0 ]; do sleep 0.02; "
                           "done; kill -INT $pid; wait $pid");
    CHECK(status == 1);
    CHECK(strstr(err_text, "not begun: interrupted") != NULL && lines(err_text) == 1);
    const int made = test_names(test_path("cut"));
    CHECK(made >= 1 && made < 200);
    CHECK(run("ls -A cut | grep '^[.]'") == 1);
    CHECK(run("for d in cut/*; do [ -s $d/card.png ] && [ -s $d/colors.json ] || exit 1; done") ==
          0);
}

static void test_import(void)
{
    check_runs("$S import " SOURCE_DIR "/tests/import/golden/torchvision.pth -o found.st");
    CHECK_STRING(out_text, "found.st: torchvision's Mask R-CNN, 127 tensors, 3 classes\n");
    CHECK(exists("found.st") && !*err_text);
    // What is there stays, unless it is a file and the user says so.
    check_fails("cp found.st kept; $S import found.st -o found.st", 1,
                "found.st: is there already; --overwrite replaces it");
    check_fails("ln -s kept link; $S import " SOURCE_DIR
                "/tests/import/golden/torchvision.pth -o link --overwrite",
                1, "link: is there already, and no file");
    check_fails("mkfifo fifo; $S import " SOURCE_DIR
                "/tests/import/golden/torchvision.pth -o fifo --overwrite",
                1, "fifo: is there already, and no file");
    check_runs("cmp kept found.st && [ -p fifo ] && echo old >found.st");
    check_runs("$S import " SOURCE_DIR
               "/tests/import/golden/torchvision.pth -o found.st --overwrite && cmp kept found.st");
    check_fails("$S import", 2, "no file");
    check_fails("$S import tiny.safetensors", 2, "--output MODEL");
    check_fails("$S import a b -o c", 2, "one file");
    check_fails("$S import a -o c --norm-epsilon 2", 2, "--norm-epsilon must be 0 to 1, not 2");
    check_fails("$S import missing.pth -o c", 1, "missing.pth: ");
    check_fails("$S import anna.png -o c", 1, "anna.png: ");
    check_fails("$S import " SOURCE_DIR "/tests/fuzz/corpus/pth/system -o c", 1, "os.system");
    check_fails("$S import " SOURCE_DIR "/tests/import/golden/torchvision.pth -o no/c", 1,
                "no/c: ");
    CHECK(!exists("c"));
}

int main(void)
{
#ifndef SWATCH_COMMAND
    TEST_SKIP("the command is not built");
#else
    test_folder_make();
    tiny_model(test_path("tiny.safetensors"), 0);
    make_photos();
    test_usage();
    test_one_photo();
    test_folders();
    test_bad_photos();
    test_bad_output();
    test_models();
    test_import();
    test_interrupt();
    run_end();
    test_folder_remove();
    return test_end();
#endif
}
