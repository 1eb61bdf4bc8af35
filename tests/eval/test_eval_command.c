// Tests swatch eval as a user runs it: figures of people, and JSON when a figure is undefined.

#include <jansson.h>

#include "cli/command.h"
#include "tiny_model.h"
#include "tiny_person.h"

// Makes two photos without people, so that there is no average precision.
static void make_empty(void)
{
    static const char text[] =
        "{\"images\": [{\"id\": 1, \"file_name\": \"a.png\", \"width\": 64, \"height\": 96},"
        "{\"id\": 2, \"file_name\": \"b.png\", \"width\": 64, \"height\": 96}],"
        "\"categories\": [{\"id\": 1, \"name\": \"person\"}], \"annotations\": []}";
    uint8_t *pixels = calloc(64 * 96, 3);
    const struct image photo = {64, 96, 3, pixels};
    CHECK(image_save_png(&photo, test_path("a.png"), 1, NULL) == 0);
    CHECK(image_save_png(&photo, test_path("b.png"), 1, NULL) == 0);
    test_file("empty.json", text, sizeof text - 1);
    free(pixels);
}

static void test_people(void)
{
    check_runs("$S eval nobody.safetensors --people coco:empty.json --json");
    json_t *json = json_loads(out_text, 0, NULL);
    CHECK(json && json_integer_value(json_object_get(json, "photos")) == 2);
    CHECK(json && json_integer_value(json_object_get(json, "false_alarms")) == 0);
    CHECK(json && json_is_null(json_object_get(json, "mask_ap")));
    json_decref(json);
    test_file("one.txt", "b.png\n", 6);
    check_runs("$S eval nobody.safetensors --people coco:empty.json --split one.txt "
               "--precision f32");
    CHECK(strstr(out_text, "photos          1\n"));
    check_fails("$S eval nobody.safetensors --people coco:empty.json --no-flip", 2,
                "--people and --no-flip do not go together");
    check_fails("$S eval tiny.safetensors --people coco:empty.json", 2, "finds no people");
    check_fails("$S eval nobody.safetensors --people x", 2, "coco:FILE");
}

int main(void)
{
    test_folder_make();
    tiny_model(test_path("tiny.safetensors"), 0);
    tiny_person(test_path("nobody.safetensors"), 0);
    make_empty();
    test_people();
    run_end();
    test_folder_remove();
    return test_end();
}
