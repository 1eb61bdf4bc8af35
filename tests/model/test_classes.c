// Class files: the shipped ones against the data set's tags, and every way a file can be wrong.
#include "model/classes.h"
#include "test.h"

#include <unistd.h>

static const char *const tags[] = {"null", "skin", "t-shirt", "bag"};

static int parse(const char *text, struct class_map *map, swatch_error *error)
{
    // An exactly-sized block, so that reading over its end shows.
    size_t size = strlen(text);
    char *copy = malloc(size > 0 ? size : 1);
    if (!copy)
        return SWATCH_FAILED;
    memcpy(copy, text, size);
    int status = class_map_parse("f", copy, size, tags, 4, map, error);
    free(copy);
    return status;
}

static void check_refused(const char *text, const char *message)
{
    struct class_map map;
    swatch_error error = {0};
    CHECK(parse(text, &map, &error) != SWATCH_OK && error.status == SWATCH_BAD_FILE);
    CHECK_STRING(error.message, message);
}

static void test_good(void)
{
    struct class_map map;
    swatch_error error = {0};
    CHECK(parse("# comment\n\nground #000000: null\r\n  # within\nskin #fF0010:skin\n"
                "worn #00ff00:\n  t-shirt\n\tbag",
                &map, &error) == 0);
    CHECK(map.tags == 4 && map.classes.count == 3);
    CHECK_STRING(map.classes.names[1], "skin");
    CHECK(map.classes.colors[1][0] == 255 && map.classes.colors[1][1] == 0 &&
          map.classes.colors[1][2] == 16);
    CHECK(map.of_tag[0] == 0 && map.of_tag[1] == 1 && map.of_tag[2] == 2 && map.of_tag[3] == 2);
    CHECK(classes_find(&map.classes, "worn") == 2);
    CHECK(classes_find(&map.classes, "wor") == -1);
}

// Tags that leave open which class it is.
static void test_sets(void)
{
    struct class_map map;
    swatch_error error = {0};
    CHECK(parse("ground #000000: null\nworn #00ff00: t-shirt\nskin #ff0000: skin\n"
                "one of worn skin: bag\n",
                &map, &error) == 0);
    CHECK(map.classes.count == 3 && map.set_count == 1 && map.sets[0] == 6);
    const uint8_t classes[] = {0, 2, 1, 3}; // of null, skin, t-shirt, bag
    CHECK(memcmp(map.of_tag, classes, 4) == 0);
    static const char numbers[] = "a #000000: 0\nb #000001: 7\none of a b: 9-10\n";
    CHECK(class_map_parse_numbers("f", numbers, sizeof numbers - 1, &map, &error) == 0);
    CHECK(map.of_tag[9] == 2 && map.of_tag[10] == 2 && map.of_tag[7] == 1 && map.of_tag[8] == 255);
    check_refused("a #000000: null\none of a: skin\n",
                  "f:2: a set reads \"one of CLASS CLASS ...: tag tag ...\"");
    check_refused("a #000000: null\none of a b: skin\n", "f:2: no class above is called \"b\"");
    check_refused("a #000000: null\nb #000001: skin\none of a b: bag\nc #000002: t-shirt\n",
                  "f:4: classes come before sets");
    check_refused("a #000000: null\nb #000001: skin t-shirt bag\none of a b:\n",
                  "f: the set \"one of ...\" has no tags");
    check_refused("a #000000: null\nb #000001: skin t-shirt bag\none of a b: bag\n",
                  "f:3: the tag \"bag\" is in class \"b\" already");
}

static void test_bad(void)
{
    check_refused("", "f: no classes in it");
    check_refused("a #000000: null\nb #000001: skin bag\n",
                  "f: the tag \"t-shirt\" is in no class");
    check_refused("a #000000: null skin t-shirt bag\nb #000001:\n",
                  "f: the class \"b\" has no tags");
    check_refused("a #000000: null skin\nb #000001: bag skin\n",
                  "f:2: the tag \"skin\" is in class \"a\" already");
    check_refused("a #000000: null shirt\n", "f:1: the data set has no tag \"shirt\"");
    check_refused("a #00000g: null\n", "f:1: the color \"#00000g\" is not #rrggbb");
    check_refused("a black: null\n", "f:1: the color \"black\" is not #rrggbb");
    check_refused("a #000000: null\na #000001: skin\n", "f:2: there are two classes \"a\"");
    check_refused("a #000000: null\nb #000000: skin\n",
                  "f:2: classes \"a\" and \"b\" share a color");
    check_refused("  null\n", "f:1: tags before the first class");
    check_refused("a #000000 null\n", "f:1: a class reads \"name #rrggbb: tag tag ...\"");
    check_refused("a b #000000: null\n", "f:1: a class reads \"name #rrggbb: tag tag ...\"");
    check_refused("0123456789012345678901234567890123456789 #000000: null\n",
                  "f:1: the class name \"0123456789012345678901234567890123456789\" is too long");
}

static void test_too_many(void)
{
    char text[4096], message[64], names[CLASSES_MAX + 1][16];
    const char *list[CLASSES_MAX + 1];
    size_t at = 0;
    struct class_map map;
    swatch_error error = {0};
    for (int i = 0; i <= CLASSES_MAX; i++) {
        snprintf(names[i], sizeof names[i], "t%d", i);
        list[i] = names[i];
        at += (size_t)snprintf(text + at, sizeof text - at, "c%d #0000%02x: t%d\n", i, i, i);
    }
    snprintf(message, sizeof message, "f:%d: more than %d classes", CLASSES_MAX + 1, CLASSES_MAX);
    CHECK(class_map_parse("f", text, at, list, CLASSES_MAX + 1, &map, &error) == SWATCH_BAD_FILE);
    CHECK_STRING(error.message, message);

    at = (size_t)snprintf(text, sizeof text, "a #000000:");
    for (int i = 0; i <= 256; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, " t%d", i);
    CHECK(class_map_parse_numbers("f", text, at, &map, &error) == SWATCH_BAD_FILE);
    CHECK_STRING(error.message, "f:1: more than 256 tags");
}

// The 59 names, as scipy.io.loadmat("label_list.mat") gives them.
static const char *const ccp_tags[] = {
    "null",       "accessories", "bag",      "belt",      "blazer",   "blouse",     "bodysuit",
    "boots",      "bra",         "bracelet", "cape",      "cardigan", "clogs",      "coat",
    "dress",      "earrings",    "flats",    "glasses",   "gloves",   "hair",       "hat",
    "heels",      "hoodie",      "intimate", "jacket",    "jeans",    "jumper",     "leggings",
    "loafers",    "necklace",    "panties",  "pants",     "pumps",    "purse",      "ring",
    "romper",     "sandals",     "scarf",    "shirt",     "shoes",    "shorts",     "skin",
    "skirt",      "sneakers",    "socks",    "stockings", "suit",     "sunglasses", "sweater",
    "sweatshirt", "swimwear",    "t-shirt",  "tie",       "tights",   "top",        "vest",
    "wallet",     "watch",       "wedges"};

static void test_shipped(void)
{
    static const struct {
        const char *path;
        size_t count;
    } files[] = {{"classes/ccp-4.txt", 4},
                 {"classes/ccp-18.txt", 18},
                 {"classes/ccp-29.txt", 29},
                 {"classes/ccp-59.txt", 59}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct class_map map;
        swatch_error error = {0};
        CHECK(class_map_load(files[i].path, ccp_tags, 59, &map, &error) == 0);
        CHECK_STRING(error.message, "");
        CHECK(map.classes.count == files[i].count);
        CHECK(map.of_tag[0] == 0);
        CHECK_STRING(map.classes.names[0], "background");
        CHECK_STRING(map.classes.names[map.of_tag[41]], "skin");
        CHECK_STRING(map.classes.names[map.of_tag[19]], "hair");
        CHECK(classes_find(&map.classes, "skin") == map.of_tag[41]);
        if (files[i].count == 4)
            for (size_t tag = 1; tag < 59; tag++)
                CHECK(map.of_tag[tag] == (tag == 41 ? 1 : tag == 19 ? 2 : 3));
        if (files[i].count == 59)
            for (size_t tag = 0; tag < 59; tag++)
                CHECK(map.of_tag[tag] == tag);
        if (files[i].count == 29)
            CHECK(map.of_tag[25] == map.of_tag[31] && map.of_tag[7] == map.of_tag[39]);
    }
}

// The 59 classes fold into the shipped coarser ones as the tags do; what the file does not know, or
// knows more of than the model, is refused.
static void test_fold(void)
{
    struct class_map all, coarse;
    struct classes got;
    uint8_t fold[CLASSES_MAX];
    swatch_error error = {0};
    CHECK(class_map_load("classes/ccp-59.txt", ccp_tags, 59, &all, &error) == 0);
    static const char *const files[] = {"classes/ccp-4.txt", "classes/ccp-29.txt",
                                        "classes/ccp-59.txt", "classes/ccp-18.txt"};
    for (size_t i = 0; i < 4; i++) {
        CHECK(class_map_load(files[i], ccp_tags, 59, &coarse, &error) == 0);
        CHECK(classes_fold_load(files[i], &all.classes, &got, fold, &error) == 0);
        CHECK(got.count == coarse.classes.count);
        CHECK(memcmp(got.names, coarse.classes.names, sizeof got.names) == 0);
        CHECK(memcmp(fold, coarse.of_tag, 59) == 0);
    }
    // A class of the 29 is in one of the 18, whole.
    CHECK(class_map_load("classes/ccp-29.txt", ccp_tags, 59, &all, &error) == 0);
    CHECK(class_map_load("classes/ccp-18.txt", ccp_tags, 59, &coarse, &error) == 0);
    CHECK(classes_fold_load("classes/ccp-18.txt", &all.classes, &got, fold, &error) == 0);
    for (size_t tag = 0; tag < 59; tag++)
        CHECK(fold[all.of_tag[tag]] == coarse.of_tag[tag]);
    CHECK(classes_fold_load(files[1], &(struct classes){.count = 1, .names = {"kilt"}}, &got, fold,
                            &error) == SWATCH_USAGE);
    CHECK_STRING(error.message, "classes/ccp-29.txt: says nothing of the model's class \"kilt\"");
    CHECK(classes_fold_load(files[0], &(struct classes){.count = 2, .names = {"hair", "skin"}},
                            &got, fold, &error) == SWATCH_USAGE);
    CHECK_STRING(error.message,
                 "classes/ccp-4.txt: the model knows nothing of the class \"background\"");
    CHECK(classes_fold("f", "", 0, &all.classes, &got, fold, &error) == SWATCH_BAD_FILE);
    CHECK_STRING(error.message, "f: no classes in it");
    CHECK(classes_fold_load("/nowhere", &all.classes, &got, fold, &error) == SWATCH_NOT_FOUND);
}

// The table of docs/classes.md has each tag once, with its class in each shipped set.
static void test_table(void)
{
    static const char *const files[] = {"classes/ccp-4.txt", "classes/ccp-18.txt",
                                        "classes/ccp-29.txt", "classes/ccp-59.txt"};
    struct class_map maps[4];
    swatch_error error = {0};
    char line[512], cells[5][CLASS_NAME_MAX];
    size_t rows = 0;
    for (size_t i = 0; i < 4; i++)
        CHECK(class_map_load(files[i], ccp_tags, 59, &maps[i], &error) == 0);
    FILE *table = fopen("docs/classes.md", "r");
    CHECK(table != NULL);
    while (table && fgets(line, sizeof line, table) && strncmp(line, "| CCP's tag |", 13) != 0)
        ;
    while (table && fgets(line, sizeof line, table)) {
        if (strncmp(line, "|---", 4) == 0)
            continue;
        CHECK(sscanf(line, "| %31[^ |] | %31[^ |] | %31[^ |] | %31[^ |] | %31[^ |] |", cells[0],
                     cells[1], cells[2], cells[3], cells[4]) == 5);
        CHECK(rows < 59);
        if (rows == 59)
            break;
        CHECK_STRING(cells[0], ccp_tags[rows]);
        for (size_t i = 0; i < 4; i++)
            CHECK_STRING(cells[i + 1], maps[i].classes.names[maps[i].of_tag[rows]]);
        rows++;
    }
    CHECK(rows == 59);
    if (table)
        fclose(table);
}

static void test_missing(void)
{
    struct class_map map;
    swatch_error error = {0};
    CHECK(class_map_load("/nowhere/classes.txt", tags, 4, &map, &error) != 0);
    CHECK(strstr(error.message, "/nowhere/classes.txt"));
}

int main(void)
{
    test_good();
    test_sets();
    test_bad();
    test_too_many();
    test_shipped();
    test_fold();
    test_table();
    test_missing();
    return test_end();
}
