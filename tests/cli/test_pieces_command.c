// Pieces by way of the command: which are written, how, and where to.

#include "cli/command.h"
#include "image/image.h"
#include "test.h"
#include "tiny_model.h"

static void make_photo(void)
{
    struct image photo;
    if (image_new(&photo, 150, 200, 3, NULL))
        exit(1);
    free(tiny_photo(150, 200, photo.pixels));
    if (image_save_png(&photo, test_path("anna.png"), 3, NULL) ||
        image_save_png(&photo, test_path("b.png"), 3, NULL))
        exit(1);
    image_free(&photo);
}

static void test_wrong(void)
{
    check_fails("$S extract anna.png -o x --only clothes,hats", 2, "--only must be labels, segm");
    check_fails("$S extract anna.png -o x --only clothes,", 2, "several with commas between");
    check_fails("$S extract anna.png -o x --format gif", 2, "png, webp, avif or jpg");
    check_fails("$S extract anna.png -o x --ground green", 2, "a color like #ff8800, not green");
    check_fails("$S extract anna.png -o x --format jpg --ground transparent", 2, "do not go");
    check_fails("$S extract anna.png -o x --quality 50", 2, "--quality needs --format");
    check_fails("$S extract anna.png -o x --format png --quality 50", 2, "has no effect on png");
    check_fails("$S extract anna.png --json --crop", 2, "--crop needs --output");
    check_fails("$S extract anna.png -o -", 2, "name one piece with --only");
    check_fails("$S extract anna.png -o - --only skin,hair", 2, "name one piece with --only");
    check_fails("$S extract anna.png -o - --only garments", 2, "name one piece with --only");
    check_fails("$S extract anna.png -o - --only skin --json", 2, "--json does not go with -o -");
    check_fails("$S extract anna.png -o - --only skin --people 2", 2, "--people may find several");
    check_fails("$S extract anna.png b.png -o - --only skin", 2, "one photo");
    check_fails("$S person anna.png -o -", 2, "--output must be a folder");
    check_fails("$S extract anna.png -o x --only clothes --card story", 2, "--card changes card,");
    check_fails("$S extract anna.png -o x --only skin --card-ground dark", 2, "--card-ground chan");
    check_fails("$S extract anna.png -o x --only skin --soft-person", 2, "which --only leaves out");
    CHECK(!exists("x") && !exists("-"));
}

// One piece to standard output, and pieces that are chosen.
static void test_pieces(void)
{
    check_runs("$S extract - -o - --only clothes <anna.png >clothes.png");
    CHECK(!*err_text && !exists("-"));
    check_runs("$S extract anna.png -o chosen --only clothes && cmp chosen/anna/clothes.png "
               "clothes.png");
    CHECK(test_names(test_path("chosen/anna")) == 2 && exists("chosen/anna/colors.json"));
    check_runs("$S extract anna.png -o - --only colors | grep -q '^{.swatch'");
    // Nobody listens, or the disk is full.
    check_fails("$S extract anna.png -o - --only clothes >/dev/full", 1, "standard output: No spa");
    check_fails("$S extract anna.png -o - --only hair >&-", 1, "standard output");
    check_fails("(trap '' PIPE; $S extract anna.png -o - --only clothes; echo $? >status) | true; "
                "exit $(cat status)",
                1, "standard output: Broken pipe");
    // The same again is done; anything else is not.
    check_runs("$S extract anna.png -o chosen --only clothes");
    CHECK(strstr(err_text, "1 there already"));
    static const char *const others[] = {"--only clothes,skin",
                                         "--only clothes --format webp",
                                         "--only clothes --format webp --quality 40",
                                         "--only clothes --crop",
                                         "--only clothes --max-side 99",
                                         "--only clothes --ground '#ff00ff'",
                                         "--only clothes --strict"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        char line[200];
        snprintf(line, sizeof line, "$S extract anna.png -o chosen %s", others[i]);
        check_runs(line);
        CHECK(strstr(err_text, "1 done"));
        CHECK(test_names(test_path("chosen/anna")) == (i == 0 ? 3 : 2));
    }
}

int main(void)
{
    test_folder_make();
    tiny_model(test_path("tiny.safetensors"), 0);
    make_photo();
    test_wrong();
    test_pieces();
    run_end();
    test_folder_remove();
    return test_end();
}
