// Reads annotation files in COCO's format, and checks what is refused and the message.
#include <stdio.h>
#include <string.h>

#include "data/coco.h"
#include "folder.h"
#include "test.h"

static int parse(const char *text, struct coco *coco, swatch_error *error)
{
    return coco_parse("people.json", text, strlen(text), "person", coco, error);
}

static void test_reads(void)
{
    FILE *file = fopen("tests/fuzz/corpus/coco/small.json", "r");
    static char text[4000];
    struct coco coco;
    swatch_error error = {0};
    uint8_t mask[200];
    CHECK(file && fread(text, 1, sizeof text - 1, file) > 100);
    if (file)
        fclose(file);
    if (parse(text, &coco, &error)) {
        CHECK_STRING(error.message, "");
        return;
    }
    CHECK(coco.count == 2);
    CHECK(coco.images[0].id == 7 && coco.images[0].width == 20 && coco.images[0].height == 10);
    CHECK_STRING(coco.images[0].file, "a.jpg");
    CHECK(coco.images[0].count == 2); // without the dog
    CHECK(coco.images[1].count == 2 && coco.images[1].annotations[0].crowd);
    CHECK_NEAR(coco.images[0].annotations[0].box[2], 6, 0);

    CHECK(coco_mask(&coco, &coco.images[0], &coco.images[0].annotations[0], mask, &error) == 0);
    CHECK(mask[2 * 20 + 1] == 255 && mask[6 * 20 + 6] == 255); // the corners of the rectangle
    CHECK(mask[7 * 20 + 6] == 0 && mask[2 * 20 + 7] == 0 && mask[1 * 20 + 1] == 0);
    CHECK(mask[3 * 20 + 10] == 255); // the triangle
    // Only the box is known, and it reaches out of the picture.
    CHECK(coco_mask(&coco, &coco.images[0], &coco.images[0].annotations[1], mask, &error) == 0);
    CHECK(mask[18] == 255 && mask[9 * 20 + 19] == 255 && mask[17] == 0);
    // Run lengths go down the columns: rows 0 and 1 of the first two.
    for (size_t k = 0; k < 2; k++) {
        CHECK(coco_mask(&coco, &coco.images[1], &coco.images[1].annotations[k], mask, &error) == 0);
        for (size_t i = 0; i < 16; i++)
            CHECK(mask[i] == (i % 4 < 2 && i / 4 < 2 ? 255 : 0));
    }
    coco_close(&coco);
}

// Areas and outlines may be missing, null or empty.
static void test_lacks(void)
{
    static const char text[] =
        "{\"categories\": [{\"id\": 1, \"name\": \"person\"}], \"images\": [{\"id\": 1, "
        "\"file_name\": \"a.jpg\", \"width\": 4, \"height\": 4}], \"annotations\": ["
        "{\"image_id\": 1, \"category_id\": 1, \"bbox\": [0, 0, 2, 2], \"area\": 3},"
        "{\"image_id\": 1, \"category_id\": 1, \"bbox\": [0, 0, 2, 2], \"area\": null, "
        "\"segmentation\": null},"
        "{\"image_id\": 1, \"category_id\": 1, \"bbox\": [0, 0, 2, 2], \"segmentation\": []},"
        "{\"image_id\": 1, \"category_id\": 1, \"bbox\": [0, 0, 2, 2], \"segmentation\": "
        "[[0, 0, 2, 0, 2, 2]]}]}";
    static const double areas[] = {3, -1, -1, -1};
    struct coco coco;
    swatch_error error = {0};
    CHECK(parse(text, &coco, &error) == 0 && coco.images[0].count == 4);
    for (size_t i = 0; coco.count && i < 4; i++) {
        CHECK_NEAR(coco.images[0].annotations[i].area, areas[i], 0);
        CHECK(coco_has_outline(&coco.images[0].annotations[i]) == (i == 3));
    }
    coco_close(&coco);
}

static void test_mark(void)
{
    static const char text[] = "\xef\xbb\xbf{\"categories\": [{\"id\": 1, \"name\": "
                               "\"person\"}], \"images\": [], \"annotations\": []}";
    struct coco coco;
    swatch_error error = {0};
    const char *path = test_file("marked.json", text, sizeof text - 1);
    CHECK(coco_open(path, "person", &coco, &error) == 0);
    CHECK_STRING(error.message, "");
    coco_close(&coco);
}

// The size in the file tells whether people are outlined on the photo as turned or as stored.
static void test_turned(void)
{
    static const struct {
        size_t width, height;
        int status, stored;
    } sizes[] = {{32, 16, 0, 0}, {16, 32, 0, 1}, {32, 32, SWATCH_FAILED, 0}};
    for (size_t i = 0; i < 3; i++) {
        struct coco_image image = {
            .file = "exif-6.jpg", .width = sizes[i].width, .height = sizes[i].height};
        const struct coco coco = {.path = "people.json",
                                  .photos = SOURCE_DIR "/tests/image/golden"};
        struct image photo;
        swatch_error error = {0};
        int stored;
        CHECK(coco_photo(&coco, &image, &photo, &stored, &error) == sizes[i].status);
        CHECK(sizes[i].status ? !photo.pixels : photo.width == sizes[i].width);
        CHECK(stored == sizes[i].stored);
        CHECK(!sizes[i].status || strstr(error.message, "it is 32x16, but people.json says 32x32"));
        image_free(&photo);
    }
}

static void test_refuses(void)
{
#define IMAGE "\"images\":[{\"id\":1,\"file_name\":\"a\",\"width\":3,\"height\":3}]"
#define PEOPLE ",\"categories\":[{\"id\":5,\"name\":\"person\"}]}"
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "people.json:1: "},
        {"{" IMAGE ",\"annotations\":[],\"categories\":[{\"id\":5,\"name\":\"dog\"}]}",
         "people.json: none of its categories is called person"},
        {"{" IMAGE PEOPLE, "people.json: it has no images and annotations"},
        {"{\"images\":[{\"id\":1,\"file_name\":\"a\",\"width\":0,\"height\":3}],\"annotations\":["
         "]" PEOPLE,
         "people.json: image 0 lacks a valid id"},
        {"{" IMAGE ",\"annotations\":[{\"image_id\":2,\"category_id\":5}]" PEOPLE,
         "people.json: annotation 0 is of no image"},
        {"{" IMAGE ",\"annotations\":[{\"image_id\":1,\"category_id\":5,\"area\":1,\"bbox\":[0,0,"
         "1]}]" PEOPLE,
         "people.json: annotation 0 (of image 1) has no valid bbox"},
        {"{" IMAGE ",\"annotations\":[{\"image_id\":1,\"category_id\":5,\"area\":1,\"bbox\":[0,0,"
         "1,1],\"segmentation\":{\"size\":[4,3],\"counts\":[12]}}]" PEOPLE,
         "people.json: annotation 0 (of image 1) has no valid bbox, area or segmentation"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct coco coco;
        swatch_error error = {0};
        CHECK(parse(cases[i].text, &coco, &error) == SWATCH_FAILED);
        CHECK(strncmp(error.message, cases[i].says, strlen(cases[i].says)) == 0);
        if (strncmp(error.message, cases[i].says, strlen(cases[i].says)) != 0)
            fprintf(stderr, "%s\n", error.message);
    }
    struct coco coco;
    swatch_error error = {0};
    CHECK(coco_open("/nowhere/people.json", "person", &coco, &error) == SWATCH_FAILED);
    CHECK_STRING(error.message,
                 "/nowhere/people.json: cannot be opened: No such file or directory");
}

int main(void)
{
    test_folder_make();
    test_reads();
    test_lacks();
    test_mark();
    test_turned();
    test_refuses();
    test_folder_remove();
    return test_end();
}
