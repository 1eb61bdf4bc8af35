// swatch extract --article: the article's whole way, with a model that paints the photo's own
// colors and one that finds the same people in every photo.

#include "cli/command.h"
#include "image/image.h"
#include "tiny_model.h"
#include "tiny_person.h"

#define WIDTH 150
#define HEIGHT 200
#define DEFAULT_MODEL "models/pix2pix-4.safetensors" // may not be shipped

// A person in the colors of the classes, washed out a little, before something nearly black.
static void make_photo(void)
{
    static const uint8_t painted[4][3] = {
        {25, 20, 30}, {230, 30, 25}, {20, 35, 235}, {30, 220, 20}};
    struct image photo;
    if (image_new(&photo, WIDTH, HEIGHT, 3, NULL))
        exit(1);
    uint8_t *labels = tiny_photo(WIDTH, HEIGHT, photo.pixels);
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        memcpy(photo.pixels + 3 * i, painted[labels[i]], 3);
    if (image_save_png(&photo, test_path("anna.png"), 3, NULL))
        exit(1);
    free(labels);
    image_free(&photo);
}

static void test_wrong(void)
{
    check_fails("$A --background white", 2, "--article and --background do not go together");
    check_fails("$A --masks argmax", 2, "--article and --masks do not go together");
    check_fails("$A --classes 4", 2, "--article and --classes do not go together");
    check_fails("$S extract anna.png --article -m rgb.safetensors --people none -o x", 2,
                "--article looks for the person");
    check_fails("$S extract anna.png --article -m rgb.safetensors --person none -o x", 2,
                "--article looks for the person");
    check_fails("$S extract anna.png --article -m rgb.safetensors -o x", 1,
                "without a person model");
    check_fails("$S extract anna.png --article -m tiny.safetensors --person people.safetensors "
                "-o x",
                2, "tiny.safetensors: paints no color-coded map, as --article needs");
    check_fails("$S extract anna.png --article -m tiny.safetensors --person people.safetensors "
                "--json",
                2, "tiny.safetensors: paints no color-coded map, as --article needs");
    check_fails("$S extract anna.png --article -m nothing-4 -o x", 1, "nothing-4: no such file");
    CHECK(!exists("x/anna"));
}

// The model that is not named.
static void test_default(void)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/" DEFAULT_MODEL, getenv("SWATCH_DATA"));
    if (access(path, F_OK))
        check_fails("$S extract anna.png --article -o x", 1,
                    "the model pix2pix-4 is not here: name one that paints color-coded maps");
    check_runs("mkdir models && cp rgb.safetensors " DEFAULT_MODEL);
    check_runs("SWATCH_DATA=$PWD $S extract anna.png --article --person people.safetensors "
               "-o default");
    CHECK(exists("default/anna/step-4-map.png"));
}

// What is in a folder, and that each step is what the options say that it stands for.
static void test_steps(void)
{
    static const char *const files[] = {
        "step-1-map-of-photo", "step-2-person",       "step-3-view",
        "step-4-map",          "step-5-segmentation", "step-6-clothes",
        "step-7-skin",         "step-8-hair",         "step-9-colors"};
    char name[128];
    check_runs("$A -o out");
    CHECK(test_names(test_path("out/anna")) == 11);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(name, sizeof name, "out/anna/%s.png", files[i]);
        CHECK(exists(name));
    }
    check_runs("$S extract anna.png -m rgb.safetensors -o - --only map | "
               "cmp - out/anna/step-1-map-of-photo.png");
    check_runs("$S extract anna.png -m rgb.safetensors --person people.safetensors "
               "--background grey -o plain");
    CHECK(test_names(test_path("plain/anna")) == 9); // seven, the person and the map
    check_runs("cd plain/anna; cmp person.png ../../out/anna/step-2-person.png; "
               "for i in 4-map 5-segmentation 6-clothes 7-skin 8-hair; do "
               "cmp ${i#*-}.png ../../out/anna/step-$i.png || exit; done");
    check_runs("cmp out/anna/card.png plain/anna/card.png");
}

// The person as in the photo, and grey around.
static void test_view(void)
{
    struct image photo = {0}, view = {0}, person = {0};
    size_t inside = 0, kept = 0, outside = 0, grey = 0;
    if (image_load(test_path("anna.png"), 0, &photo, NULL) ||
        image_load(test_path("out/anna/step-3-view.png"), 0, &view, NULL) ||
        image_load(test_path("out/anna/step-2-person.png"), 0, &person, NULL))
        exit(1);
    for (size_t i = 0; i < WIDTH * HEIGHT; i++) {
        const uint8_t *p = view.pixels + 3 * i;
        const int same = memcmp(p, photo.pixels + 3 * i, 3) == 0;
        inside += person.pixels[3 * i] == 255;
        kept += person.pixels[3 * i] == 255 && same;
        outside += !same;
        grey += !same && p[0] == 128 && p[1] == 128 && p[2] == 128;
    }
    CHECK(inside > 0 && kept == inside);
    CHECK(outside > 0 && grey == outside);
    image_free(&photo);
    image_free(&view);
    image_free(&person);
}

static void test_other_ways(void)
{
    check_runs("$A -o out");
    CHECK(strstr(err_text, "1 there already"));
    // A folder of steps gives way to one without.
    check_runs("$S extract anna.png -m rgb.safetensors --person people.safetensors -o out");
    CHECK(strstr(err_text, "1 done") && !exists("out/anna/step-4-map.png"));
    CHECK(exists("out/anna/map.png"));
    check_runs("$A -o chosen --only clothes,map --format webp");
    CHECK(test_names(test_path("chosen/anna")) == 12 && exists("chosen/anna/map.webp") &&
          exists("chosen/anna/step-9-colors.webp"));
    check_runs("$A -o - --only map | cmp - plain/anna/map.png");
    check_runs("$A --json");
    CHECK(lines(out_text) == 1 && strstr(out_text, "\"person_mask\":true"));
    check_runs("$A -o all --people 2");
    CHECK(exists("all/anna/person-1/step-4-map.png"));
    check_runs("$S extract anna.png --article -m rgb.safetensors --person-mask "
               "plain/anna/person.png -o masked");
    CHECK(exists("masked/anna/step-3-view.png"));
    // Where nobody is found there is no step of the person's.
    check_runs("$S extract anna.png --article -m rgb.safetensors --person nobody.safetensors "
               "-o nobody");
    CHECK(test_names(test_path("nobody/anna")) == 8 && exists("nobody/anna/step-4-map.png") &&
          !exists("nobody/anna/step-1-map-of-photo.png"));
}

int main(void)
{
    test_folder_make();
    tiny_model(test_path("tiny.safetensors"), 0);
    tiny_model(test_path("rgb.safetensors"), 1);
    tiny_person(test_path("people.safetensors"), 1);
    tiny_person(test_path("nobody.safetensors"), 0);
    make_photo();
    setenv("A",
           SWATCH_COMMAND " extract anna.png --article -m rgb.safetensors --person "
                          "people.safetensors",
           1);
    test_wrong();
    test_default();
    test_steps();
    test_view();
    test_other_ways();
    run_end();
    test_folder_remove();
    return test_end();
}
