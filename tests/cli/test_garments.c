// Colors by way of the command: white balance, and a model whose clothes have a class of their own.

#include <jansson.h>

#include "cli/command.h"
#include "image/image.h"
#include "test.h"
#include "tiny_model.h"

#define WIDTH 300
#define HEIGHT 400

static void make_photo(void)
{
    struct image photo;
    if (image_new(&photo, WIDTH, HEIGHT, 3, NULL))
        exit(1);
    free(tiny_photo(WIDTH, HEIGHT, photo.pixels));
    if (image_save_png(&photo, test_path("anna.png"), 3, NULL))
        exit(1);
    image_free(&photo);
}

static json_t *printed(void)
{
    json_t *json = json_loads(out_text, 0, NULL);
    CHECK(json != NULL && lines(out_text) == 1);
    return json;
}

static void test_white_balance(void)
{
    CHECK(run("$S extract anna.png --json -q") == 0);
    json_t *plain = printed();
    CHECK(json_object_get(plain, "white_balance") == NULL);
    CHECK(run("$S extract anna.png --json -q --white-balance") == 0);
    json_t *both = printed();
    CHECK(json_object_get(both, "white_balance") != NULL);
    json_t *hair = json_object_get(json_object_get(both, "regions"), "hair");
    json_t *plain_hair = json_object_get(json_object_get(plain, "regions"), "hair");
    CHECK(json_object_get(hair, "balanced") != NULL);
    CHECK(json_equal(json_object_get(hair, "colors"), json_object_get(plain_hair, "colors")));
    CHECK(json_object_get(both, "garments") == NULL); // a model of four classes has none
    json_decref(plain);
    json_decref(both);
}

static void test_garments(void)
{
    struct stat info;
    CHECK(run("$S extract anna.png -o out -m fine.safetensors --json -q") == 0);
    json_t *json = printed(), *garments = json_object_get(json, "garments");
    CHECK(json_array_size(garments) == 1);
    json_t *dress = json_array_get(garments, 0);
    CHECK_STRING(json_string_value(json_object_get(dress, "class")), "dresses");
    CHECK_STRING(json_string_value(json_object_get(dress, "file")), "garment-1-dresses.png");
    CHECK(json_number_value(json_object_get(dress, "probability")) > 0.5);
    CHECK(json_object_get(dress, "or") == NULL); // there is no other class of clothes
    json_t *box = json_object_get(dress, "box");
    // tiny_photo: from 0.3 to 0.7 of the width, from 0.4 to 0.95 of the height.
    CHECK_NEAR(json_number_value(json_object_get(box, "left")), 90, 4);
    CHECK_NEAR(json_number_value(json_object_get(box, "top")), 160, 4);
    CHECK_NEAR(json_number_value(json_object_get(box, "width")), 120, 8);
    CHECK_NEAR(json_number_value(json_object_get(box, "height")), 220, 8);
    CHECK(stat(test_path("out/anna/garment-1-dresses.png"), &info) == 0 && info.st_size > 0);
    // A second run replaces it, cut-outs of garments included.
    CHECK(run("$S extract anna.png -o out -m fine.safetensors -q --overwrite") == 0);
    CHECK(run("$S extract anna.png -o out -q --overwrite") == 0);
    CHECK(stat(test_path("out/anna/garment-1-dresses.png"), &info) != 0);
    json_decref(json);
}

// --garments is one of the sets of --classes.
static void test_set(void)
{
    static const char *const photo = SOURCE_DIR "/examples/sweater.jpg";
    char line[1000];
    snprintf(line, sizeof line,
             "unset SWATCH_MODEL; $S extract %s --json -q --garments >apart; $S extract %s --json "
             "-q --classes 29 >set; cmp apart set && grep -q '\"garments\": *\\[{' set",
             photo, photo);
    check_runs(line);
    check_fails("$S extract anna.png --json --garments --classes 18", 2,
                "--garments and --classes do not");
}

int main(void)
{
    test_folder_make();
    tiny_model(test_path("tiny.safetensors"), 0);
    make_photo();
    tiny_fine_model(test_path("fine.safetensors"));
    test_white_balance();
    test_garments();
    test_set();
    free(out_text);
    free(err_text);
    test_folder_remove();
    return test_end();
}
