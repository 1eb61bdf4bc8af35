// Several photos at the same time, each in a thread of its own: what comes out is in the photos'
// order, and the same as with one thread.

#include "cli/command.h"
#include "cli/numbered.h"
#include "test.h"
#include "tiny_model.h"
#include "tiny_person.h"

// Lines, folders, messages and the count, with a photo that takes longer, one that is damaged, and
// people who travel one by one.
static void test_extract(void)
{
    check_runs("mkdir several; for i in $(seq 10 20); do cp $((i % 6 + 1)).png several/$i.png; "
               "done; echo no >several/15.png; cp " SOURCE_DIR "/examples/grace_hopper.jpg "
               "several/18.jpg; rm several/18.png");
    check_runs("for people in 1 all; do for t in 1 3; do ! $S extract several gone.jpg -o by$t "
               "--threads $t --json --person people.safetensors --people $people --only clothes "
               "--overwrite "
               ">lines$t 2>said$t || exit 1; done; cmp lines1 lines3 && sed s/by3/by1/ said3 | cmp "
               "said1 - && diff -r by1 by3 || exit 1; done");
    check_runs("[ $(wc -l <lines3) = 12 ] && [ $(grep -c '\"error\"' lines3) = 2 ] && "
               "[ \"$(ls by3)\" = \"$(ls several | grep -v 15 | sed s/.[jp][pn]g//)\" ]");
    CHECK(run("cat said3") == 0 && strstr(out_text, "\n10 done, 2 failed; results are in by3\n"));
}

static void test_person(void)
{
    check_runs("for t in 1 4; do $S person several/1[0-4].png several/18.jpg -m people.safetensors "
               "--coco by$t.json --threads $t || exit 1; done; cmp by1.json by4.json");
}

// Photos that are there already are passed over between those that are worked on.
static void test_again(void)
{
    check_runs(
        "rm -r by3/1[1-9] by3/20; ! $S extract several -o by3 --threads 3 --json --person "
        "people.safetensors --people all --only clothes >again && head -n 11 lines3 | cmp - again");
    CHECK(strstr(err_text, "\n9 done, 1 failed, 1 there already; ") != NULL);
}

// More workers than photos; one reader who goes; a user who interrupts.
static void test_ends(void)
{
    check_runs("for t in 1 9; do $S extract 1.png 2.png --json --threads $t >two$t || exit 1; "
               "done; cmp two1 two9");
    check_runs("! $S extract several --json --threads 4 >whole && head -n 1 whole >one && "
               "$S extract several --json --threads 4 2>.no | head -n 1 | cmp - one");
    CHECK(run("mkdir long; for i in $(seq 200); do ln -s ../1.png long/$i.png; done; "
              "$S extract long -o cut --only clothes --threads 4 & pid=$!; while [ ! -d cut/1 ]; "
              "do sleep 0.02; "
              "done; kill -INT $pid; wait $pid") == 1);
    CHECK(strstr(err_text, " 0 failed, ") && strstr(err_text, " not begun: interrupted"));
}

int main(void)
{
    test_folder_make();
    tiny_model(test_path("tiny.safetensors"), 0);
    tiny_person(test_path("people.safetensors"), 1);
    for (unsigned i = 1; i <= 6; i++) {
        char name[24];
        snprintf(name, sizeof name, "%u.png", i);
        make_photo(name, i);
    }
    test_extract();
    test_person();
    test_again();
    test_ends();
    run_end();
    test_folder_remove();
    return test_end();
}
