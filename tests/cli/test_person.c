// swatch person, and the person step of swatch extract, with models that find the same people in
// every photo or nobody.

#include <jansson.h>

#include "cli/command.h"
#include "image/image.h"
#include "image/rle.h"
#include "tiny_model.h"
#include "tiny_person.h"

#define WIDTH 150
#define HEIGHT 200

static json_t *read_json(const char *name)
{
    char *text = read_all(name);
    json_t *json = json_loads(text, 0, NULL);
    free(text);
    CHECK(json != NULL);
    return json;
}

static double number(const json_t *json, const char *key)
{
    return json_number_value(json_object_get(json, key));
}

static void make_photos(void)
{
    struct image photo;
    if (image_new(&photo, WIDTH, HEIGHT, 3, NULL))
        exit(1);
    free(tiny_photo(WIDTH, HEIGHT, photo.pixels));
    if (image_save_png(&photo, test_path("anna.png"), 3, NULL) ||
        image_save_png(&photo, test_path("000042.png"), 3, NULL))
        exit(1);
    memset(photo.pixels, 128, WIDTH * HEIGHT * 3);
    if (image_save_png(&photo, test_path("grey.png"), 3, NULL) ||
        image_save_png(&photo, test_path("grey2.png"), 3, NULL))
        exit(1);
    image_free(&photo);
    test_file("text.jpg", "this is no picture", 18);
}

static void test_usage(void)
{
    CHECK(run("$S person --help") == 0 && strstr(out_text, "--coco"));
    check_fails("$S person -o out", 2, "no photo");
    check_fails("$S person anna.png", 2, "-o DIR");
    check_fails("$S person anna.png -o out --score 0", 2, "--score must be 0.001 to 1, not 0");
    check_fails("$S person anna.png -o out", 1, "without a person model");
    check_fails("$S person anna.png -o out -m tiny.safetensors", 2, "finds no people");
    check_fails("$S extract anna.png -o out -m people.safetensors", 2, "not clothes");
    check_fails("$S extract anna.png -o out --person tiny.safetensors", 2, "finds no people");
    check_fails("$S extract anna.png -o out --person missing.safetensors", 1,
                "missing.safetensors: ");
    check_fails("$S extract anna.png -o out --people 0", 2,
                "--people must be largest, all, none or 1 to 255, not 0");
    check_fails("$S extract anna.png -o out --people some", 2,
                "--people must be largest, all, none");
    check_fails("$S extract anna.png -o out --people all", 1, "without a person model");
    check_fails("$S extract anna.png -o out --people 2 --person-mask anna.png", 2,
                "--people and --person-mask do not go together");
    check_fails("$S extract anna.png -o out --person-mask anna.png --person none", 2, "together");
    // Whatever their order.
    check_fails("$S extract anna.png -o out --person people.safetensors --people none", 2,
                "together");
    check_fails("$S extract anna.png -o out --people none --person people.safetensors", 2,
                "together");
    check_fails("$S extract anna.png -o out --person none --people all", 2, "together");
    check_fails("$S extract anna.png -o out --people all --person none", 2, "together");
    CHECK(run("$S info people.safetensors") == 0 && strstr(out_text, "mask-rcnn") &&
          strstr(out_text, "person") && !strstr(out_text, "null"));
}

// The files of swatch person agree with each other.
static void test_people(void)
{
    struct image map = {0};
    uint8_t mask[WIDTH * HEIGHT];
    size_t counts[256] = {0};
    check_runs("$S person 000042.png anna.png -o found -m people.safetensors --coco coco.json");
    CHECK(strstr(err_text, "2 done, 0 failed") != NULL);
    CHECK(test_names(test_path("found")) == 2 && test_names(test_path("found/000042")) == 2);
    json_t *people = read_json("found/000042/people.json"), *coco = read_json("coco.json");
    const json_t *list = json_object_get(people, "people");
    const size_t count = json_array_size(list);
    CHECK(number(people, "width") == WIDTH && number(people, "height") == HEIGHT);
    CHECK(count >= 2 && count <= 8);
    CHECK(json_array_size(coco) == 2 * count);
    CHECK(image_load_index(test_path("found/000042/people.png"), 0, &map, NULL) == 0);
    CHECK(map.width == WIDTH && map.height == HEIGHT);
    for (size_t i = 0; i < map.width * map.height; i++)
        counts[map.pixels[i]]++;
    for (size_t k = 0; k < count; k++) {
        const json_t *person = json_array_get(list, k), *box = json_object_get(person, "box");
        const json_t *result = json_array_get(coco, k);
        const json_t *shape = json_object_get(result, "segmentation");
        struct rle rle = {0};
        CHECK(number(result, "image_id") == 42 && number(result, "category_id") == 1);
        CHECK_NEAR(number(result, "score"), number(person, "score"), 1e-4);
        CHECK_NEAR(json_number_value(json_array_get(json_object_get(result, "bbox"), 2)),
                   number(box, "width"), 1e-9);
        CHECK(rle_from_string("coco.json", json_string_value(json_object_get(shape, "counts")),
                              WIDTH, HEIGHT, &rle, NULL) == 0);
        CHECK((double)rle_area(&rle) == number(person, "pixels"));
        // The mask fills the box but for its rim, and shows in the map but for better ones.
        const double area = number(box, "width") * number(box, "height");
        CHECK(number(person, "pixels") > 0.7 * area && number(person, "pixels") < 1.2 * area);
        rle_decode(&rle, mask);
        size_t shown = 0, better = 0;
        for (size_t i = 0; i < WIDTH * HEIGHT; i++)
            if (mask[i]) {
                shown += map.pixels[i] == k + 1;
                better += map.pixels[i] >= 1 && map.pixels[i] <= k;
            }
        CHECK(shown == counts[k + 1] && shown + better == rle_area(&rle));
        rle_free(&rle);
    }
    const json_t *anna = json_array_get(coco, count);
    CHECK_STRING(json_string_value(json_object_get(anna, "image_id")), "anna");
    json_decref(people);
    json_decref(coco);
    image_free(&map);
    // Again: it is done, then done anew; what is not swatch's stays.
    check_runs("$S person anna.png -o found -m people.safetensors");
    CHECK(strstr(err_text, "0 done, 0 failed, 1 there already, "));
    check_fails("$S person anna.png -m people.safetensors --coco coco.json", 1, "coco.json: is");
    check_runs("$S person anna.png -o found -m people.safetensors --coco coco.json --overwrite");
    // The file of results is whole where a folder is there.
    check_runs("$S person anna.png -o found -m people.safetensors --coco second.json");
    CHECK(strstr(err_text, "1 there already"));
    check_runs("cmp coco.json second.json");
    check_fails("touch found/anna/mine; $S person anna.png -o found -m people.safetensors "
                "--overwrite",
                1, "holds mine");
    // Nor does one verb take the other's results.
    check_runs("$S extract anna.png -o cut --person none");
    check_fails("$S person anna.png -o cut -m people.safetensors --overwrite", 1,
                "which is not swatch person's; it is not replaced");
    check_runs("rm found/anna/mine");
    check_fails("$S extract anna.png -o found --person none --overwrite", 1,
                "which is not swatch extract's; it is not replaced");
    CHECK(exists("cut/anna/card.png") && exists("found/anna/people.json"));
    CHECK(run("$S person text.jpg anna.png -o some -m people.safetensors") == 1);
    CHECK(strstr(err_text, "1 done, 1 failed") && exists("some/anna/people.png"));
}

static void test_nobody(void)
{
    // Everybody has a score of 0.55.
    check_fails("$S person anna.png -o unsure -m unsure.safetensors", 3, "nobody is found");
    check_runs("$S person anna.png -o unsure -m unsure.safetensors --score 0.5 --overwrite");
    check_fails("$S person anna.png -o none -m nobody.safetensors --coco none.json", 3,
                "anna.png: nobody is found");
    char *text = read_all("none.json");
    CHECK_STRING(text, "[]");
    free(text);
    CHECK(exists("none/anna/people.png") && exists("none/anna/people.json"));
    check_fails("$S extract grey.png -o nobody --person nobody.safetensors", 3,
                "grey.png: neither a person nor clothes are found");
    check_fails("$S extract grey.png --json --people all --person nobody.safetensors", 3,
                "neither a person nor clothes");
    // Who is found where the clothes model sees nothing is nobody.
    check_fails("$S extract grey.png --json --person likely.safetensors", 3,
                "neither a person nor clothes");
    check_runs("$S extract grey.png --json --person people.safetensors"); // which is certain
    CHECK(test_names(test_path("nobody")) == 0);
    CHECK(run("$S extract -q grey.png grey2.png -o nobody --person nobody.safetensors") == 3);
    CHECK(run("$S extract -q grey.png text.jpg -o nobody --person nobody.safetensors") == 1);
    check_runs("$S extract anna.png -o nobody --person none");
    CHECK(test_names(test_path("nobody/anna")) == 7);
    check_runs("SWATCH_PERSON_MODEL=nobody.safetensors $S extract anna.png --json --people none");
    CHECK(!strstr(out_text, "\"person\""));
}

// Nobody is found, but clothes are, as where a garment lies on the floor.
static void test_alone(void)
{
    check_runs("$S extract anna.png -o alone --person nobody.safetensors --json");
    CHECK(strstr(out_text, "\"person\":null") && strstr(out_text, "\"person_mask\":false"));
    CHECK(test_names(test_path("alone/anna")) == 7 && !exists("alone/anna/person.png"));
    check_runs("$S extract anna.png -o album --person nobody.safetensors --people all --json");
    CHECK(strstr(out_text, "\"person\":null") && exists("album/anna/person-1/clothes.png"));
}

static void test_extract(void)
{
    struct image mask = {0};
    check_runs("$S person anna.png -o who -m people.safetensors");
    json_t *people = read_json("who/anna/people.json");
    json_t *list = json_object_get(people, "people");
    const size_t count = json_array_size(list);
    double largest = 0, smallest = WIDTH * HEIGHT;
    for (size_t i = 0; i < count; i++) {
        largest = fmax(largest, number(json_array_get(list, i), "pixels"));
        smallest = fmin(smallest, number(json_array_get(list, i), "pixels"));
    }
    json_decref(people);

    check_runs("$S extract anna.png -o one --person people.safetensors");
    CHECK(test_names(test_path("one/anna")) == 8);
    json_t *json = read_json("one/anna/colors.json");
    CHECK(number(json_object_get(json, "person"), "pixels") == largest);
    json_decref(json);
    CHECK(image_load_mask(test_path("one/anna/person.png"), 0, &mask, NULL) == 0);
    size_t inside = 0, between = 0;
    for (size_t i = 0; i < mask.width * mask.height; i++) {
        inside += mask.pixels[i] == 255;
        between += mask.pixels[i] != 0 && mask.pixels[i] != 255;
    }
    CHECK((double)inside == largest && between == 0);
    image_free(&mask);
    check_runs("$S extract anna.png -o soft --person people.safetensors --soft-person");
    CHECK(image_load_mask(test_path("soft/anna/person.png"), 0, &mask, NULL) == 0);
    for (size_t i = 0; i < mask.width * mask.height; i++)
        between += mask.pixels[i] != 0 && mask.pixels[i] != 255;
    CHECK(between > 0);
    image_free(&mask);

    check_runs("$S extract anna.png -o all --person people.safetensors --people all --json");
    CHECK(lines(out_text) == 1);
    char *text = read_all("all/anna/colors.json");
    CHECK_STRING(out_text, text);
    free(text);
    CHECK(test_names(test_path("all/anna")) == (int)count + 1);
    CHECK(test_names(test_path("all/anna/person-1")) == 8);
    json = read_json("all/anna/colors.json");
    list = json_object_get(json, "people");
    CHECK(json_array_size(list) == count && number(json, "width") == WIDTH);
    const json_t *first = json_array_get(list, 0), *last = json_array_get(list, count - 1);
    CHECK(number(json_object_get(first, "person"), "pixels") == largest);
    CHECK(number(json_object_get(last, "person"), "pixels") == smallest);
    CHECK_STRING(json_string_value(json_object_get(first, "folder")), "person-1");
    json_decref(json);
    // With other options it is done anew.
    check_runs("$S extract anna.png -o all --person people.safetensors --people 1");
    CHECK(strstr(err_text, "1 done") && test_names(test_path("all/anna")) == 2);
    check_runs("$S extract -q anna.png 000042.png -o all --person people.safetensors --people 1 "
               "--overwrite --report");
    CHECK(test_names(test_path("all/anna")) == 2 && test_names(test_path("all/000042")) == 2);
    CHECK(test_names(test_path("all")) == 4);
    text = read_all("all/report.csv");
    CHECK(strstr(text, "anna") != NULL);
    free(text);
    check_fails("touch all/anna/person-1/mine; $S extract anna.png -o all --person "
                "people.safetensors --overwrite",
                1, "holds mine");
    CHECK(run("rm all/anna/person-1/mine; $S extract anna.png -o all --person people.safetensors "
              "--overwrite") == 0);
    CHECK(test_names(test_path("all/anna")) == 8);
    // A full disk: nothing is left, neither of the first person nor of the others.
    check_fails("trap '' XFSZ; ulimit -f 2; $S extract anna.png -o full --person "
                "people.safetensors --people all",
                1, "full/anna");
    CHECK(test_names(test_path("full")) == 0);
}

int main(void)
{
    test_folder_make();
    tiny_model(test_path("tiny.safetensors"), 0);
    tiny_person(test_path("people.safetensors"), 1);
    tiny_person(test_path("nobody.safetensors"), 0);
    tiny_person_looking(test_path("likely.safetensors"), 1, 0); // a score of 0.88
    tiny_person_looking(test_path("unsure.safetensors"), 0.1f, 0);
    make_photos();
    test_usage();
    test_people();
    test_nobody();
    test_alone();
    test_extract();
    run_end();
    test_folder_remove();
    return test_end();
}
