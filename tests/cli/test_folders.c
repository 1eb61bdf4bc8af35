// Folders of photos: where results go, what a second call does, and what is no photo
// (docs/folders.md).

#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/numbered.h"
#include "test.h"
#include "tiny_model.h"
#include "tiny_person.h"

// What the last run counted.
static void check_count(const char *counts)
{
    if (strstr(err_text, counts))
        CHECK(1);
    else
        CHECK_STRING(err_text, counts);
}

static void test_mirror(void)
{
    check_runs("mkdir -p day/b && cp 1.png day/b/IMG_1.png");
    check_runs("$S extract -r day -o out");
    CHECK(exists("out/b/IMG_1/colors.json") && test_names(test_path("out")) == 1);
    // A photo of the same name in a folder before it: each keeps its place, none is done twice.
    check_runs("touch -d 2001-01-01 out/b/IMG_1/card.png; mkdir day/a && cp 2.png day/a/IMG_1.png");
    check_runs("$S extract -r day -o out");
    check_count("1 done, 0 failed, 1 there already; results are in out\n");
    CHECK(exists("out/a/IMG_1/colors.json") && test_names(test_path("out")) == 2);
    check_runs("[ out/b/IMG_1/card.png -ot 1.png ] && $S extract -r day/ -o out");
    check_count("0 done, 0 failed, 2 there already; ");
    // One alone is where it was in the folder's call.
    check_runs("cp -r out/b/IMG_1 alone; $S extract day/b/IMG_1.png -o out/b");
    check_count("0 done, 0 failed, 1 there already; ");
}

static void test_changed(void)
{
    check_runs("cp 3.png day/b/IMG_1.png; $S extract -r day -o out");
    check_count("1 done, 0 failed, 1 there already; ");
    check_runs("! cmp -s out/b/IMG_1/colors.json alone/colors.json");
    // Other options, another model.
    check_runs("$S extract -r day -o out --colors 3");
    check_count("2 done, 0 failed; ");
    check_runs("$S extract -r day -o out --colors 3");
    check_count("0 done, 0 failed, 2 there already; ");
    check_runs("$S extract -r day -o out --colors 3 -m other.safetensors");
    check_count("2 done, 0 failed; ");
    check_runs("cp other.safetensors moved.safetensors; "
               "$S extract -r day -o out --colors 3 -m moved.safetensors");
    check_count("0 done, 0 failed, 2 there already; ");
    check_runs("$S extract -r day -o out --colors 3 -m moved.safetensors --overwrite");
    check_count("2 done, 0 failed; ");
    // Results that do not tell of what they are, and those of another photo, stay.
    check_fails("sed -i 's/\"source\"/\"sauce\"/' out/b/IMG_1/colors.json; "
                "$S extract -q -r day -o out --colors 3 -m moved.safetensors",
                1, "out/b/IMG_1: is there already, of another photo; --overwrite");
    check_fails("cp 5.png IMG_1.png; $S extract IMG_1.png -o out/a", 1,
                "out/a/IMG_1: is there already, of another photo");
    // The same words on the command line, but another folder: another photo.
    check_runs("mkdir -p trips/1 trips/2; cp 3.png trips/1/x.png; cp 5.png trips/2/x.png; "
               "cd trips/1; $S extract x.png -o ../out");
    check_fails("cd trips/2; $S extract x.png -o ../out", 1,
                "../out/x: is there already, of another photo");
    // Nor does what the user added go.
    check_fails("touch out/a/IMG_1/mine; cp 6.png day/a/IMG_1.png; $S extract day/a -o out/a", 1,
                "holds mine");
    CHECK(exists("out/a/IMG_1/card.png"));
}

// Two files that differ in their endings.
static void test_stems(void)
{
    check_runs("mkdir stems && cp 1.png stems/x.png && cp 2.png stems/x.tif.png && cp 3.png "
               "stems/x.JPG && cp 4.png stems/report.html.png && cp 4.png stems/report.xlsx.png && "
               "mkdir stems/y && cp 5.png "
               "stems/y.png && cp 6.png stems/y/z.png");
    check_runs("$S extract -r stems -o stemmed --report");
    check_count("7 done, 0 failed; ");
    CHECK(exists("stemmed/x.png/card.png") && exists("stemmed/x.JPG/card.png") &&
          exists("stemmed/x.tif/card.png") && exists("stemmed/y.png/card.png") &&
          exists("stemmed/y/z/card.png") && exists("stemmed/report.html.png/card.png") &&
          exists("stemmed/report.xlsx.png/card.png"));
    // The names do not hang on what else is in the call,
    check_runs("$S extract stems/x.JPG -o stemmed && $S extract stems/y.png -o stemmed");
    check_count("1 there already");
    // and who came first keeps its name when another comes, and when it has gone again.
    check_runs("mkdir late && cp 1.png late/x.png && $S extract late -o later && cp 2.png "
               "late/x.jpg && $S extract late -o later");
    check_count("1 done, 0 failed, 1 there already; ");
    CHECK(exists("later/x/card.png") && exists("later/x.jpg/card.png"));
    check_runs("rm late/x.png && $S extract late -o later");
    check_count("0 done, 0 failed, 1 there already; ");
    CHECK(test_names(test_path("later")) == 2);
}

static void test_collisions(void)
{
    check_runs("mkdir one two && cp 1.png one/p.png && cp 2.png two/p.png");
    for (int again = 0; again < 2; again++) {
        CHECK(run("$S extract one two -o both") == 1);
        check_count(again ? "0 done, 1 failed, 1 there already; " : "1 done, 1 failed; ");
        CHECK(strstr(err_text, "two/p.png: one/p.png goes into both/p, too; -r with a folder"));
    }
    check_runs("cp one/p.png two/p.png; $S extract one two -o both");
    check_count("0 done, 0 failed, 2 there already; ");
    check_runs("$S extract one ./one/../one/p.png -o twice");
    check_count("1 done, 0 failed, 1 there already; ");
    // What cannot be read takes no name away.
    CHECK(run("$S extract missing/p.png one/p.png -o some") == 1 && exists("some/p/card.png"));
}

static void test_kinds(void)
{
    check_fails("$S extract https://example.com/a.jpg -o k", 1,
                "https://example.com/a.jpg: is an address; swatch reads files");
    check_fails("cp 1.png clip.MP4; $S extract clip.MP4 -o k", 1, "clip.MP4: is a video");
    check_fails("cp 1.png a.nef; $S person a.nef -o k -m people.safetensors", 1,
                "a.nef: is a RAW photo");
    check_fails("echo '<x/>' >1.xmp; $S extract 1.xmp -o k", 1,
                "1.xmp: is what another program keeps beside a photo");
    check_fails("$S palette /dev/zero", 1, "/dev/zero: is no file");
    check_fails("mkdir raw && cp 1.png raw/a.dng && $S palette raw", 1,
                "raw: no pictures in this folder, but videos or RAW photos");
    check_fails("$S extract \"$(printf 'no\\033[31m')\" -o k", 1, "no\\x1b[31m: cannot be");
}

// swatch's own files are no photos.
static void test_own_output(void)
{
    check_runs("mkdir own && cp 1.png own/a.png && mkdir own/sub && cp 2.png own/sub/b.png");
    for (int again = 0; again < 2; again++) {
        check_runs("$S extract -r own -o own/out --report");
        check_count(again ? "0 done, 0 failed, 2 there already; " : "2 done, 0 failed; ");
        check_runs("$S extract -r own -o elsewhere");
        check_count(again ? "0 done, 0 failed, 2 there already; " : "2 done, 0 failed; ");
        check_runs("$S person -r own -o own/people -m people.safetensors");
        check_count(again ? "0 done, 0 failed, 2 there already, " : "2 done, 0 failed, ");
    }
    // In place.
    check_runs("$S extract -r own -o own");
    check_count("2 done, 0 failed; ");
    CHECK(exists("own/a/card.png") && exists("own/sub/b/card.png"));
    check_runs("$S extract -r own -o own");
    check_count("0 done, 0 failed, 2 there already; ");
    check_fails("$S extract own/a -o k", 1, "own/a: holds what swatch made, and no photos");
    check_runs("$S palette own/a/clothes.png");
}

static void test_json(void)
{
    check_runs("mkdir mixed && cp 1.png mixed/a.png && echo no >mixed/b.png && cp 2.png "
               "mixed/c.png");
    for (int again = 0; again < 2; again++) {
        CHECK(run("$S extract mixed gone.jpg -o mixed/out --json") == 1);
        CHECK(lines(out_text) == 4);
        const char *line = out_text;
        static const char *const photos[] = {"mixed/a.png", "mixed/b.png", "mixed/c.png",
                                             "gone.jpg"};
        for (size_t i = 0; i < 4 && line; i++) {
            json_t *json = json_loads(line, JSON_DISABLE_EOF_CHECK, NULL);
            const json_t *error = json_object_get(json, "error");
            CHECK_STRING(json_string_value(json_object_get(json, "photo")), photos[i]);
            CHECK((error != NULL) == (i % 2 == 1));
            CHECK(!error || json_integer_value(json_object_get(error, "status")) > 0);
            CHECK(!error ||
                  strstr(json_string_value(json_object_get(error, "message")), photos[i]));
            CHECK(error || json_object_get(json, "source"));
            json_decref(json);
            line = strchr(line, '\n') + 1;
        }
    }
    check_count("0 done, 2 failed, 2 there already; ");
    CHECK(run("$S palette mixed gone.jpg --json") == 1 && lines(out_text) == 4);
    CHECK(run("$S palette \"$(printf 'b\\377d')\" --json") == 1);
    CHECK(strstr(out_text, "\"b\\uFFFDd\"") && lines(out_text) == 1);
}

static void test_lists(void)
{
    check_runs("mkdir -p l/m && cp 1.png 'l/a b.png' && cp 2.png l/m/c.png && "
               "printf '\\357\\273\\277l/a b.png\\r\\n\\n./l/m/../m/c.png' >list");
    check_runs("$S extract --files-from list -o listed");
    check_count("2 done, 0 failed; ");
    CHECK(exists("listed/l/a b/card.png") && exists("listed/l/m/m/c/card.png"));
    check_runs("find l -name '*.png' -print0 | $S extract --files-from - -0 -o zero");
    check_count("2 done, 0 failed; ");
    CHECK(exists("zero/l/a b/card.png") && exists("zero/l/m/c/card.png"));
    check_runs("echo l | $S extract -r --files-from - -o zero");
    check_count("0 done, 0 failed, 2 there already; ");
    check_fails("$S extract --files-from nolist -o zero", 1, "nolist: cannot be opened");
    check_fails("$S extract 1.png -0 -o zero", 2, "--null needs --files-from FILE");
    check_fails("$S extract - --files-from - -o zero", 2, "only one");
    // Parts of it.
    check_runs("mkdir many && for i in $(seq 20); do cp 1.png many/$i.png; done");
    check_runs("for k in 1 2 3; do $S extract many --shard $k/3 -o parts$k || exit 1; done");
    int all = 0;
    for (int k = 1; k <= 3; k++) {
        char name[24];
        snprintf(name, sizeof name, "parts%d", k);
        const int part = test_names(test_path(name));
        CHECK(part > 1 && part < 15);
        all += part;
    }
    CHECK(all == 20);
    check_runs("[ $( (ls parts1; ls parts2; ls parts3) | sort | uniq | wc -l) = 20 ]");
    check_fails("$S extract many --shard 4/3 -o parts", 2,
                "--shard must be K/N with K from 1 to N");
    check_fails("$S extract many --shard 0/3 -o parts", 2, "--shard must be");
    check_fails("$S extract many --shard 1 -o parts", 2, "--shard must be");
}

// Killed at any moment, the same command goes on, and its report tells of all.
static void test_killed(void)
{
    check_runs("mkdir kill && for i in $(seq 30); do ln -s ../1.png kill/$i.png; done; echo no "
               ">kill/bad.png");
    for (int i = 1; i <= 3; i++) {
        char line[512];
        snprintf(line, sizeof line,
                 "$S extract kill -o killed --report & pid=$!; while [ $(ls killed 2>/dev/null | "
                 "wc -l) -lt %d ] && kill -0 $pid; do sleep 0.02; done; kill -%s $pid; wait $pid; "
                 "true",
                 6 * i, i == 2 ? "INT" : "KILL");
        check_runs(line);
    }
    CHECK(run("$S extract kill -o killed --report") == 1);
    CHECK(strstr(err_text, " 1 failed, ") && strstr(err_text, " there already; "));
    check_runs("[ $(grep -c '<article' killed/report.html) = 30 ] && grep -q 'kill/bad.png: ' "
               "killed/report.html && [ $(grep -c ,clothes,1, killed/report.csv) = 30 ]");
    // So does one that was killed between the two files of the report.
    CHECK(run("rm killed/report.html; $S extract kill -o killed --report") == 1);
    CHECK(exists("killed/report.html") && !strstr(err_text, "is there already"));
    // Every picture that the page links to is there.
    check_runs("cd killed && for f in $(grep -o 'src=\"[^\"]*' report.html | cut -c6- | grep -v "
               "^data:); do [ -s "
               "\"$f\" ] || exit 1; done");
}

// bench/kills in short: results of a call that was killed again and again are those of one that was
// left alone, and no temporary file is left.
static void test_kills(void)
{
    check_runs("SWATCH=$S PHOTO=1.png LONGEST=0.6 sh " SOURCE_DIR
               "/bench/kills 8 6 $PWD/tiny.safetensors");
    CHECK(strstr(out_text, " 0 after it; 0 differences"));
}

// Two calls over one folder at the same time: each photo is done by one of them.
static void test_two_calls(void)
{
    check_runs("mkdir twice; for i in $(seq 12); do ln -s ../1.png twice/$i.png; done; $S extract "
               "twice -o both-of -q & $S extract twice -o both-of -q; one=$?; wait $!; "
               "[ $one$? = 00 ] && [ $(ls both-of | wc -l) = 12 ] && [ $(ls -A both-of | wc -l) = "
               "12 ]");
}

// Every person has a card, also in a report of results that were there.
static void test_people(void)
{
    check_runs("mkdir who && cp 1.png who/a.png && cp 2.png who/b.png");
    for (int again = 0; again < 2; again++) {
        check_runs("$S extract who -o whole --person people.safetensors --people all --report");
        check_count(again ? "0 done, 0 failed, 2 there already; " : "2 done, 0 failed; ");
        check_runs(
            "n=$(ls -d whole/?/person-* | wc -l); [ $n -gt 2 ] && [ $(grep -c '<article' "
            "whole/report.html) = $n ] && [ $(grep -c '<img loading' whole/report.html) = $n ] && "
            "grep -q 'a.png, person-2' whole/report.html");
    }
    // A photo of which a person fails is no row but a failure.
    CHECK(run("ulimit -f 16; $S extract who/a.png -o cut --person people.safetensors "
              "--people all --report") == 1);
    CHECK(run("grep '<article' cut/report.html") == 1 && !exists("cut/a"));
}

#define WAIT_FOR                                                                                   \
    "wait_for() { i=0; while [ ! -e $1 ]; do sleep 0.05; i=$((i+1)); [ $i -lt 600 ] || exit 9; "   \
    "done; }; "

// Photos that appear in a watched folder are done once each, when they are whole.
static void test_watch(void)
{
    check_runs(
        WAIT_FOR
        "mkdir w && cp 1.png w/a.png; $S extract -r w -o watched --watch --report --json "
        ">lines & pid=$!; wait_for watched/a; "
        "cp 2.png w/.b; mv w/.b w/b.png; wait_for watched/b; " // moved into place
        "(head -c 100 3.png; sleep 0.5; tail -c +101 3.png) >w/c.png; wait_for watched/c; "
        "mkdir -p w/new/deep; cp 4.png w/new/deep/d.png; wait_for watched/new/deep/d; "
        "ln -s ../5.png w/e.png; wait_for watched/e; "
        "cp 6.png w/a.png; " // changed
        "i=0; while [ $(grep -c . lines) -lt 6 ] && [ $i -lt 600 ]; do sleep 0.05; i=$((i+1)); "
        "done; kill -INT $pid; wait $pid");
    CHECK(!strstr(err_text, "1 failed") && !strstr(err_text, "not begun"));
    check_runs("[ $(grep -c . lines) = 6 ] && [ $(grep -c '<article' watched/report.html) = 5 ]");
    // Started again, it does what came in between, and ends when it is told to.
    check_runs("cp 1.png w/f.png; $S extract -r w -o watched --watch & pid=$!; i=0; while [ ! -e "
               "watched/f ] && [ $i -lt 600 ]; do sleep 0.05; i=$((i+1)); done; kill -TERM $pid; "
               "wait $pid");
    CHECK(strstr(err_text, "1 done, 0 failed, 5 there already; ") != NULL);
    // A folder that is renamed: its photos go to its new name. One that is moved away is let go.
    check_runs(WAIT_FOR
               "$S extract -r w -o watched --watch & pid=$!; sleep 0.3; mkdir w/box; cp 1.png "
               "w/box/1.png; wait_for watched/box/1; mv w/box w/case; wait_for watched/case/1; "
               "cp 2.png w/case/2.png; wait_for watched/case/2; mv w/case gone; "
               "cp 3.png gone/3.png; cp 4.png w/late.png; wait_for watched/late; kill -INT $pid; "
               "wait $pid");
    CHECK(!strstr(err_text, " 1 failed") && !exists("watched/case/3"));
    // More than the system remembers while the command sleeps: a look at everything.
    check_runs(WAIT_FOR
               "most=$(cat /proc/sys/fs/inotify/max_queued_events || echo 16384); "
               "$S extract -r w -o watched --watch 2>flooded & pid=$!; i=0; while ! grep -q "
               "'there already' flooded; do sleep 0.05; i=$((i+1)); [ $i -lt 600 ] || exit 9; "
               "done; kill -STOP $pid; i=0; while [ $i -lt $((most + 100)) ]; do : "
               ">w/$((i % 2)).txt; i=$((i+1)); done; cp 5.png w/last.png; kill -CONT $pid; "
               "wait_for watched/last; kill -INT $pid; wait $pid");
    check_fails("$S extract w --json --watch", 2, "--watch needs --output DIR");
    check_fails("$S palette w -o x.gpl --watch", 2, "--watch needs a folder");
}

// What all photos of a call may take together.
static void test_memory(void)
{
    check_fails("$S extract 1.png --json --max-memory 100K 2>.no | grep -q '\"status\":7' && "
                "$S extract 1.png -o fat --max-memory 100K",
                1, "1.png: its work takes");
    check_fails("$S extract 1.png -o fat --max-memory 1M", 1,
                "tiny.safetensors: its network takes");
    CHECK(!exists("fat/1"));
    // Room for one at a time.
    check_runs("$S palette [1-6].png --json --max-memory 150K >thin; [ $(wc -l <thin) = 6 ]");
    check_runs("mkdir bad; cp 1.png 2.png bad; echo no >bad/0.png; ! $S extract -r bad -o thinner "
               "--person people.safetensors --people all --max-memory 50M");
    check_count("2 done, 1 failed; ");
    check_fails("$S palette 1.png --max-memory 3X", 2, "must be a number of bytes, as 800M");
    check_fails("$S palette 1.png --max-memory -1", 2, "must be a number of bytes");
}

// A photo that was done and is damaged since: its results stay, and the report has both.
static void test_damaged_since(void)
{
    check_runs("mkdir since && cp 1.png since/a.png && cp 2.png since/z.png && $S extract since -o "
               "kept");
    CHECK(run("echo no >since/z.png; $S extract since -o kept --report") == 1);
    check_runs("[ $(grep -c '<article' kept/report.html) = 2 ] && grep -q 'since/z.png: ' "
               "kept/report.html");
}

// A list that is read from a pipe is no file by which results could be known.
static void test_list_of_pipe(void)
{
    check_fails("echo 'name,hex' | $S extract 1.png -o listless --names -", 2,
                "--names must be a file where -o names a folder");
    CHECK(!exists("listless"));
}

// A report that somebody put there while photos were done stays.
static void test_report_stays(void)
{
    CHECK(run("mkdir long; for i in $(seq 20); do ln -s ../1.png long/$i.png; done; $S extract "
              "long -o longer --report & pid=$!; while [ ! -e longer/1 ]; do sleep 0.02; done; "
              "echo mine >longer/report.html; wait $pid") == 1);
    CHECK(strstr(err_text, "report.html: is there already"));
    check_runs("grep -q mine longer/report.html; [ ! -e longer/report.csv ]");
}

// The bar fits the window; there is none where standard error is no terminal.
static void test_progress(void)
{
    const struct winsize size = {.ws_col = 64, .ws_row = 20};
    char line[512], text[1 << 16];
    size_t got = 0;
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal < 0 || grantpt(terminal) || unlockpt(terminal))
        return;
    const int held = open(ptsname(terminal), O_RDWR | O_NOCTTY);
    ioctl(held, TIOCSWINSZ, &size);
    snprintf(line, sizeof line, "$S extract many -o bar 2>%s", ptsname(terminal));
    check_runs(line);
    fcntl(terminal, F_SETFL, O_NONBLOCK);
    for (ssize_t n; (n = read(terminal, text + got, sizeof text - 1 - got)) > 0;)
        got += (size_t)n;
    text[got] = 0;
    close(held);
    close(terminal);
    CHECK(strstr(text, " photos/s  ") && strstr(text, " left "));
    CHECK(strstr(text, "20 done, 0 failed; results are in bar"));
    size_t bars = 0;
    for (char *rest = text, *bar; (bar = strsep(&rest, "\r\n")); bars++)
        CHECK(strlen(bar) <= 64 + strlen("\033[K"));
    CHECK(bars > 3);
    check_runs("$S extract many -o bar");
    CHECK(lines(err_text) == 1 && !strchr(err_text, '\r'));
}

int main(void)
{
    test_folder_make();
    tiny_model(test_path("tiny.safetensors"), 0);
    tiny_model(test_path("other.safetensors"), 1);
    tiny_person(test_path("people.safetensors"), 1);
    for (unsigned i = 1; i <= 6; i++) {
        char name[24];
        snprintf(name, sizeof name, "%u.png", i);
        make_photo(name, i);
    }
    test_mirror();
    test_changed();
    test_stems();
    test_collisions();
    test_kinds();
    test_own_output();
    test_json();
    test_lists();
    test_killed();
    test_kills();
    test_two_calls();
    test_people();
    test_watch();
    test_memory();
    test_damaged_since();
    test_list_of_pipe();
    test_report_stays();
    test_progress();
    run_end();
    test_folder_remove();
    return test_end();
}
