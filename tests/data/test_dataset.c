// Tests the folder layout of data sets: which photos are found, which classes their labels become,
// and that messages name the file. test_ccp.c tests CCP's layout.
#include <sys/stat.h>

#include "data/dataset.h"
#include "folder.h"
#include "test.h"

#define WIDTH 6
#define HEIGHT 4

static swatch_error error;
static char source[64];

static const char class_text[] = "\xef\xbb\xbf# values of label maps\n" // with its mark
                                 "background #000000: 0\n"
                                 "skin #ff0000: 7\n"
                                 "clothes #00ff00: 1 2\n  254\n";

static const uint8_t labels[WIDTH * HEIGHT] = {0, 0, 0, 0, 0, 0, 0, 7,   7,   1, 2,   0,
                                               0, 7, 1, 2, 1, 0, 0, 255, 254, 1, 255, 0};

static void add(const char *photo, const char *map, size_t width, const uint8_t *values)
{
    uint8_t rgb[3 * WIDTH * HEIGHT] = {0}, palette[768] = {0};
    const struct image picture = {WIDTH, HEIGHT, 3, rgb};
    const struct image values_image = {width, HEIGHT, 1, (uint8_t *)values};
    char path[64];
    memset(rgb, 100, sizeof rgb);
    snprintf(path, sizeof path, "photos/%s", photo);
    CHECK(image_save_png(&picture, test_path(path), 1, &error) == 0);
    if (!map)
        return;
    snprintf(path, sizeof path, "labels/%s", map);
    CHECK(image_save_palette(&values_image, palette, 256, test_path(path), &error) == 0);
}

static void check_fails(int status, int want, const char *says)
{
    CHECK(status != SWATCH_OK && (int)error.status == want);
    if (!strstr(error.message, says))
        fprintf(stderr, "\"%s\" does not say \"%s\"\n", error.message, says);
    CHECK(strstr(error.message, says) != NULL);
}

static void test_names_and_labels(const char *classes)
{
    struct dataset data;
    struct image photo, found;
    char **names = NULL;
    size_t count = 0;
    uint64_t pixels[CLASSES_MAX] = {5};
    CHECK(dataset_open(source, classes, &data, &error) == 0);
    CHECK(dataset_names(&data, NULL, &names, &count, &error) == 0);
    CHECK(count == 3); // IMG.3 has no labels
    if (count == 3) {
        CHECK_STRING(names[0], "IMG 2 (1)");
        CHECK_STRING(names[1], "IMG.1");
        CHECK_STRING(names[2], "IMG.10");
    }
    ccp_split_free(names, count);

    CHECK(dataset_load(&data, "IMG.1", &photo, &found, &error) == 0);
    CHECK(photo.width == WIDTH && photo.height == HEIGHT && photo.bands == 3);
    CHECK(found.width == WIDTH && found.height == HEIGHT && found.bands == 1);
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        CHECK(found.pixels[i] == (labels[i] == 0     ? 0
                                  : labels[i] == 7   ? 1
                                  : labels[i] == 255 ? DATASET_UNKNOWN
                                                     : 2));
    image_free(&photo);
    image_free(&found);
    CHECK(dataset_count(&data, "IMG 2 (1)", pixels, &error) == 0);
    CHECK(pixels[0] == 5 + 12 && pixels[1] == 3 && pixels[2] == 7);

    const char *split = test_file("split.txt", "IMG.10\nIMG 2 (1)\n", 17);
    CHECK(dataset_names(&data, split, &names, &count, &error) == 0 && count == 2);
    ccp_split_free(names, count);
    dataset_close(&data);
}

// A range of labels in a class file means all labels in it.
static void test_stretches(void)
{
    static const char text[] = "background #000000: 0 7-9\nskin #ff0000: 1-1 4-6\n"
                               "rest #00ff00: 10-254\n";
    struct dataset data;
    CHECK(dataset_open(source, test_file("stretches.txt", text, sizeof text - 1), &data, &error) ==
          0);
    static const uint8_t want[] = {0, 1, 255, 255, 1, 1, 1, 0, 0, 0, 2};
    CHECK(memcmp(data.map.of_tag, want, sizeof want) == 0);
    CHECK(data.map.of_tag[254] == 2 && data.map.of_tag[255] == 255);
    dataset_close(&data);
}

// A label of a set is unknown, unless who opens the data set asks for sets.
static void test_sets(void)
{
    static const char text[] = "background #000000: 0\nskin #ff0000: 7\nrest #00ff00: 5\n"
                               "one of skin rest: 1-4 6 8-254\n";
    struct dataset data;
    struct image photo, found;
    uint64_t pixels[CLASSES_MAX] = {0};
    CHECK(dataset_open(source, test_file("sets.txt", text, sizeof text - 1), &data, &error) == 0);
    CHECK(data.map.set_count == 1 && data.map.sets[0] == 6);
    for (data.sets = 0; data.sets < 2; data.sets++) {
        CHECK(dataset_load(&data, "IMG.1", &photo, &found, &error) == 0);
        for (size_t i = 0; i < WIDTH * HEIGHT; i++)
            CHECK(found.pixels[i] == (labels[i] == 0     ? 0
                                      : labels[i] == 7   ? 1
                                      : labels[i] == 5   ? 2
                                      : labels[i] == 255 ? DATASET_UNKNOWN
                                      : data.sets        ? 3
                                                         : DATASET_UNKNOWN));
        image_free(&photo);
        image_free(&found);
    }
    CHECK(dataset_count(&data, "IMG.1", pixels, &error) == 0 && pixels[3] == 0);
    dataset_close(&data);
}

static void test_faults(const char *classes)
{
    uint8_t other[WIDTH * HEIGHT];
    struct dataset data;
    struct image photo, found;
    uint64_t pixels[CLASSES_MAX];
    memcpy(other, labels, sizeof other);
    other[9] = 3;
    add("odd.jpg", "odd.png", WIDTH, other);
    add("narrow.jpg", "narrow.png", WIDTH - 1, labels);
    CHECK(dataset_open(source, classes, &data, &error) == 0);
    check_fails(dataset_load(&data, "odd", &photo, &found, &error), SWATCH_FAILED,
                "labels/odd.png: the label 3 is in no class");
    CHECK(photo.pixels == NULL && found.pixels == NULL);
    check_fails(dataset_count(&data, "odd", pixels, &error), SWATCH_FAILED, "labels/odd.png");
    check_fails(dataset_load(&data, "narrow", &photo, &found, &error), SWATCH_FAILED,
                "labels/narrow.png: 5 x 4 labels do not fit the upright photo, which is 6 x 4");
    check_fails(dataset_load(&data, "IMG.3", &photo, &found, &error), SWATCH_NOT_FOUND,
                "labels/IMG.3.png");
    check_fails(dataset_load(&data, "IMG", &photo, &found, &error), SWATCH_FAILED,
                "photos: there is no photo \"IMG\"");
    dataset_close(&data);

    add("odd.png", NULL, 0, NULL);
    check_fails(dataset_open(source, classes, &data, &error), SWATCH_FAILED,
                "would share their labels");
    check_fails(dataset_open("folder:", classes, &data, &error), SWATCH_USAGE, "folder:DIR");
    check_fails(dataset_open("zip:x", classes, &data, &error), SWATCH_USAGE, "zip:x");
    check_fails(dataset_open("ccp", classes, &data, &error), SWATCH_USAGE, "ccp:DIR");
    check_fails(dataset_open("folder:/nowhere/at/all", classes, &data, &error), SWATCH_FAILED,
                "/nowhere/at/all/photos: cannot be opened");
    check_fails(dataset_open("ccp:/nowhere/at/all", classes, &data, &error), SWATCH_NOT_FOUND,
                "/nowhere/at/all/label_list.mat");
    static const char *const bad[][2] = {
        {"background #000000: null\n", "\"null\" is no label: labels are numbers, 0-254"},
        {"background #000000: 0\nskin #ff0000: 255\n", "\"255\" is no label"},
        {"background #000000: 0\nskin #ff0000: 01\n", "\"01\" is no label"},
        {"background #000000: 0\nskin #ff0000: 1000000000000\n", "is no label"},
        {"background #000000: 0\nskin #ff0000: 0\n", "0"},
        {"background #000000: 0-3\nskin #ff0000: 3\n", "label 3 is named twice"},
        {"background #000000: 0 0-3\n", "label 0 is named twice"},
        {"background #000000: 5-3\n", "\"5-3\" is no label"},
        {"background #000000: 0-\n", "\"0-\" is no label"},
        {"background #000000: 0-255\n", "\"0-255\" is no label"},
        {"back/ground #000000: 0\n", "\"back/ground\" holds a slash"},
        {"back\\ground #000000: 0\n", "holds a slash, a backslash or a quote"},
        {"back\"ground #000000: 0\n", "holds a slash, a backslash or a quote"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *path = test_file("bad.txt", bad[i][0], strlen(bad[i][0]));
        check_fails(dataset_open(source, path, &data, &error), SWATCH_BAD_FILE, bad[i][1]);
        CHECK(strstr(error.message, "bad.txt") != NULL);
    }
}

int main(void)
{
    test_folder_make();
    CHECK(mkdir(test_path("photos"), 0777) == 0 && mkdir(test_path("labels"), 0777) == 0);
    snprintf(source, sizeof source, "folder:%s", test_folder);
    add("IMG.10.jpg", "IMG.10.png", WIDTH, labels);
    add("IMG.1.jpeg", "IMG.1.png", WIDTH, labels);
    add("IMG 2 (1).png", "IMG 2 (1).png", WIDTH, labels);
    add("IMG.3.png", NULL, 0, NULL);
    // Files that programs put beside photos are not taken for photos.
    test_file("photos/IMG.1.xmp", "<x:xmpmeta/>", 12);
    test_file("photos/IMG.1.json", "{}", 2);
    const char *classes = test_file("classes.txt", class_text, sizeof class_text - 1);
    test_names_and_labels(classes);
    test_stretches();
    test_sets();
    test_faults(test_file("classes.txt", class_text, sizeof class_text - 1));
    test_folder_remove();
    return test_end();
}
