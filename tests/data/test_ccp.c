// Reads the real CCP data and compares with scipy's results, then a folder made here, damaged in
// many ways. Each error must name the file at fault.
#include "base/file.h"
#include "ccp_folder.h"
#include "data/ccp.h"
#include "data/ccp_mat.h"
#include "folder.h"
#include "test.h"

static void check_message(const swatch_error *error, const char *file, const char *reason)
{
    CHECK(strstr(error->message, file));
    CHECK(strstr(error->message, reason));
    if (!strstr(error->message, file) || !strstr(error->message, reason))
        fprintf(stderr, "    the message: %s\n", error->message);
}

static void check_load_fails(const struct ccp *ccp, const char *name, const char *file,
                             const char *reason)
{
    struct image photo, labels;
    swatch_error error = {0};
    CHECK(ccp_load(ccp, name, &photo, &labels, &error) != SWATCH_OK);
    CHECK(!photo.pixels && !labels.pixels);
    check_message(&error, file, reason);
}

static void test_damage(const char *folder)
{
    char path[256], photo[256];
    struct ccp ccp;
    swatch_error error = {0};
    uint8_t labels[60];
    int16_t shorts[4] = {1, 2, 3, 4};
    uint8_t present[CCP_TAGS];
    CHECK(ccp_open(folder, &ccp, &error) == 0);
    CHECK_STRING(ccp.tag_names[0], "null");
    CHECK_STRING(ccp.tag_names[58], "tag58");

    check_load_fails(&ccp, "0009", "pixel-level/0009.mat", "No such file");
    CHECK(folder_add(folder, "0001", 40, 30) == 0);
    struct image picture, values;
    CHECK(ccp_load(&ccp, "0001", &picture, &values, &error) == 0);
    CHECK(picture.width == 40 && picture.height == 30 && picture.bands == 3);
    CHECK(values.width == 40 && values.height == 30 && values.bands == 1);
    CHECK(values.pixels[0] == 0 && values.pixels[10 * 40 + 10] == 1 &&
          values.pixels[10 * 40 + 30] == 2 && values.pixels[20 * 40 + 10] == 3);
    image_free(&picture);
    image_free(&values);
    CHECK(ccp_load_tags(&ccp, "0001", present, &error) == 0);
    CHECK(present[0] && present[1] && present[2] && present[3] && present[4] && !present[5]);

    folder_path(folder, "annotations/pixel-level/0001.mat", path);
    memset(labels, 5, sizeof labels);
    CHECK(folder_write_labels(path, labels, 10, 6) == 0);
    check_load_fails(&ccp, "0001", "0001.mat", "10 x 6 labels do not fit");
    labels[17] = 59;
    CHECK(folder_write_labels(path, labels, 10, 6) == 0);
    check_load_fails(&ccp, "0001", "0001.mat", "label 59 is out of range");
    CHECK(folder_write_matrix(path, "truth", MAT_C_UINT8, MAT_T_UINT8, 6, 10, labels, 1) == 0);
    check_load_fails(&ccp, "0001", "0001.mat", "no variable \"groundtruth\"");
    CHECK(folder_write_matrix(path, "groundtruth", MAT_C_INT16, MAT_T_INT16, 2, 2, shorts, 0) == 0);
    check_load_fails(&ccp, "0001", "0001.mat", "2 x 2 labels do not fit");
    CHECK(folder_write_names(path, "groundtruth", 3, 3, "") == 0);
    check_load_fails(&ccp, "0001", "0001.mat", "holds no numbers");
    CHECK(folder_write_bytes(path, "GIF89a", 6) == 0);
    check_load_fails(&ccp, "0001", "0001.mat", "not a MATLAB file");
    CHECK(folder_write_bytes(path, "", 0) == 0);
    check_load_fails(&ccp, "0001", "0001.mat", "not a MATLAB file");
    CHECK(unlink(path) == 0 && mkdir(path, 0755) == 0);
    check_load_fails(&ccp, "0001", "0001.mat", "");
    CHECK(rmdir(path) == 0);

    CHECK(folder_add(folder, "0001", 40, 30) == 0);
    CHECK(unlink(folder_path(folder, "photos/0001.jpg", photo)) == 0);
    check_load_fails(&ccp, "0001", "photos/0001.jpg", "");
    CHECK(ccp_load(&ccp, "../0001", &picture, &values, &error) == SWATCH_USAGE);
    check_message(&error, "../0001", "not the name of a photo");

    folder_path(folder, "annotations/image-level/1005.mat", path);
    uint8_t tags[3] = {0, 41, 58};
    CHECK(folder_write_matrix(path, "tags", MAT_C_UINT8, MAT_T_UINT8, 1, 3, tags, 0) == 0);
    CHECK(ccp_load_tags(&ccp, "1005", present, &error) == 0);
    CHECK(present[0] && present[41] && present[58] && !present[1] && !present[57]);
    tags[1] = 200;
    CHECK(folder_write_matrix(path, "tags", MAT_C_UINT8, MAT_T_UINT8, 1, 3, tags, 0) == 0);
    CHECK(ccp_load_tags(&ccp, "1005", present, &error) == SWATCH_FAILED);
    check_message(&error, "1005.mat", "tag 200 is out of range");
    CHECK(ccp_load_tags(&ccp, "1006", present, &error) != SWATCH_OK);
    check_message(&error, "image-level/1006.mat", "No such file");
    ccp_close(&ccp);
}

// Every prefix of a file is refused. A file with one changed byte in its compressed labels is
// refused or gives the same labels, since a few bits of the stream's header mean nothing.
static void test_truncated(const char *folder, int compress)
{
    char path[256], *whole = NULL;
    size_t size = 0;
    uint8_t labels[35];
    struct image matrix;
    swatch_error error = {0};
    for (size_t i = 0; i < sizeof labels; i++)
        labels[i] = (uint8_t)(i * i % 59);
    folder_path(folder, "cut.mat", path);
    CHECK(folder_write_matrix(path, "groundtruth", MAT_C_UINT8, MAT_T_UINT8, 5, 7, labels,
                              compress) == 0);
    CHECK(ccp_mat_bytes(path, "groundtruth", &matrix, &error) == 0);
    CHECK(matrix.width == 7 && matrix.height == 5 && matrix.pixels[1] == labels[5]);
    image_free(&matrix);
    CHECK(file_read(path, 1 << 20, &whole, &size, &error) == 0);
    for (size_t cut = 0; whole && cut < size; cut++) {
        CHECK(folder_write_bytes(path, whole, cut) == 0);
        CHECK(ccp_mat_bytes(path, "groundtruth", &matrix, &error) == SWATCH_FAILED);
        check_message(&error, path, "");
    }
    for (size_t at = 128; compress && whole && at < size; at++) {
        whole[at] ^= 0x55;
        CHECK(folder_write_bytes(path, whole, size) == 0);
        CHECK(ccp_mat_bytes(path, "groundtruth", &matrix, &error) == SWATCH_FAILED);
        whole[at] ^= 0x55;
    }
    free(whole);
}

// Labels may be of every type that holds whole numbers.
static void test_types(const char *folder)
{
    static int8_t i8[] = {0, 1, 58};
    static uint16_t u16[] = {0, 1, 58};
    static int16_t i16[] = {0, 1, 58}, negative[] = {0, 1, -1};
    static int32_t i32[] = {0, 1, 58};
    static uint32_t u32[] = {0, 1, 58}, large[] = {0, 1, 256};
    static int64_t i64[] = {0, 1, 58};
    static uint64_t u64[] = {0, 1, 58}, huge[] = {0, 1, UINT64_MAX};
    static float single[] = {0, 1, 58}, half[] = {0, 1, 0.5f};
    static const struct {
        enum matio_classes class;
        enum matio_types type;
        void *values;
        const char *refused; // or NULL
    } types[] = {{MAT_C_INT8, MAT_T_INT8, i8, NULL},
                 {MAT_C_UINT16, MAT_T_UINT16, u16, NULL},
                 {MAT_C_INT16, MAT_T_INT16, i16, NULL},
                 {MAT_C_INT32, MAT_T_INT32, i32, NULL},
                 {MAT_C_UINT32, MAT_T_UINT32, u32, NULL},
                 {MAT_C_INT64, MAT_T_INT64, i64, NULL},
                 {MAT_C_UINT64, MAT_T_UINT64, u64, NULL},
                 {MAT_C_SINGLE, MAT_T_SINGLE, single, NULL},
                 {MAT_C_INT16, MAT_T_INT16, negative, "holds -1"},
                 {MAT_C_UINT32, MAT_T_UINT32, large, "holds 256"},
                 {MAT_C_UINT64, MAT_T_UINT64, huge, "holds 1.84467e+19"},
                 {MAT_C_SINGLE, MAT_T_SINGLE, half, "holds 0.5"}};
    char path[256];
    folder_path(folder, "types.mat", path);
    for (size_t i = 0; i < 2 * sizeof types / sizeof *types; i++) {
        struct image matrix;
        swatch_error error = {0};
        const size_t k = i / 2;
        CHECK(folder_write_matrix(path, "groundtruth", types[k].class, types[k].type, 1, 3,
                                  types[k].values, i % 2) == 0);
        const int status = ccp_mat_bytes(path, "groundtruth", &matrix, &error);
        CHECK(!status == !types[k].refused);
        if (types[k].refused)
            check_message(&error, "types.mat", types[k].refused);
        else
            CHECK_STRING(error.message, "");
        CHECK(status || memcmp(matrix.pixels, (uint8_t[]){0, 1, 58}, 3) == 0);
        image_free(&matrix);
    }
}

// Doubles, MATLAB's usual type, are read if their values fit bytes.
static void test_doubles(const char *folder)
{
    char path[256];
    double values[6] = {0, 1, 2, 3, 58, 255};
    static const double bad[] = {0.5, -1, 256, NAN, INFINITY};
    struct image matrix;
    swatch_error error = {0};
    folder_path(folder, "doubles.mat", path);
    CHECK(folder_write_matrix(path, "x", MAT_C_DOUBLE, MAT_T_DOUBLE, 2, 3, values, 1) == 0);
    CHECK(ccp_mat_bytes(path, "x", &matrix, &error) == 0);
    CHECK(matrix.width == 3 && matrix.height == 2);
    CHECK(memcmp(matrix.pixels, (uint8_t[]){0, 2, 58, 1, 3, 255}, 6) == 0);
    image_free(&matrix);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        values[3] = bad[i];
        CHECK(folder_write_matrix(path, "x", MAT_C_DOUBLE, MAT_T_DOUBLE, 2, 3, values, 1) == 0);
        CHECK(ccp_mat_bytes(path, "x", &matrix, &error) == SWATCH_FAILED);
        CHECK(!matrix.pixels);
        check_message(&error, path, "holds");
    }
}

// Writes a MATLAB file of a header and `size` bytes at `body`.
static void check_hostile(const char *folder, const void *body, size_t size)
{
    char path[256], *file = calloc(1, 128 + size);
    char names[LABELS][CLASS_NAME_MAX];
    swatch_error error = {0};
    struct image matrix;
    CHECK(file);
    if (!file)
        return;
    memset(file, ' ', 124);
    memcpy(file + 124, "\0\1IM", 4);
    memcpy(file + 128, body, size);
    folder_path(folder, "hostile.mat", path);
    CHECK(folder_write_bytes(path, file, 128 + size) == 0);
    CHECK(ccp_mat_bytes(path, "x", &matrix, &error) == SWATCH_FAILED);
    check_message(&error, path, "damaged");
    CHECK(ccp_mat_names(path, "x", LABELS, names, &error) == SWATCH_FAILED);
    free(file);
}

static void test_hostile(const char *folder)
{
    enum { DEPTH = 20000 };
    // Flags (class cell or uint8), dimensions, name "x".
    const uint32_t cell[] = {14, 48, 6, 8, 1, 0, 5, 8, 0x7fffffff, 1, 1, 1, 'x', 0};
    const uint32_t few[] = {14, 56, 6, 8, 9, 0, 5, 8, 13000, 13000, 1, 1, 'x', 0, 0x20002, 0x101};
    check_hostile(folder, cell, sizeof cell);
    check_hostile(folder, few, sizeof few);
    // Cells within cells overflow libmatio's stack.
    uint32_t *deep = calloc(DEPTH, 12 * sizeof *deep);
    CHECK(deep);
    for (uint32_t i = 0; deep && i < DEPTH; i++) {
        const uint32_t level[12] = {14, (DEPTH - i) * 48 - 8, 6, 8, 1, 0, 5, 8, 1, 1, 1, 0};
        memcpy(deep + (size_t)i * 12, level, sizeof level);
    }
    if (deep)
        check_hostile(folder, deep, DEPTH * 12 * sizeof *deep);
    free(deep);
}

static void check_open_fails(const char *folder, const char *reason)
{
    struct ccp ccp;
    swatch_error error = {0};
    CHECK(ccp_open(folder, &ccp, &error) != SWATCH_OK);
    CHECK(!ccp.folder);
    check_message(&error, "label_list.mat", reason);
}

static void test_label_list(const char *folder)
{
    char path[256];
    uint8_t byte = 1;
    folder_path(folder, "label_list.mat", path);
    CHECK(folder_write_names(path, "label_list", 58, 58, "") == 0);
    check_open_fails(folder, "1 x 58 names in place of 59");
    CHECK(folder_write_names(path, "labels", 59, 59, "") == 0);
    check_open_fails(folder, "no variable \"label_list\"");
    CHECK(folder_write_names(path, "label_list", 59, 0, "background") == 0);
    check_open_fails(folder, "label 0 is \"background\" in place of \"null\"");
    CHECK(folder_write_names(path, "label_list", 59, 7, "tag6") == 0);
    check_open_fails(folder, "two labels \"tag6\"");
    CHECK(folder_write_names(path, "label_list", 59, 7, "a name with blanks") == 0);
    check_open_fails(folder, "\"label_list\" 8 is not a name");
    CHECK(folder_write_names(path, "label_list", 59, 7,
                             "a-name-that-is-longer-than-31-characters") == 0);
    check_open_fails(folder, "\"label_list\" 8 is not a name");
    CHECK(folder_write_matrix(path, "label_list", MAT_C_UINT8, MAT_T_UINT8, 1, 1, &byte, 0) == 0);
    check_open_fails(folder, "not a cell array");
    CHECK(unlink(path) == 0);
    check_open_fails(folder, "");
}

static void test_split(const char *folder)
{
    char path[256], **names = NULL;
    size_t count = 0;
    swatch_error error = {0};
    const char *good = "\xef\xbb\xbf# a comment\n\n0003\r\n  0001\n0002"; // with its mark
    folder_path(folder, "split.txt", path);
    CHECK(folder_write_bytes(path, good, strlen(good)) == 0);
    CHECK(ccp_split_load(path, &names, &count, &error) == 0);
    CHECK(count == 3);
    if (count == 3) {
        CHECK_STRING(names[0], "0003");
        CHECK_STRING(names[1], "0001");
        CHECK_STRING(names[2], "0002");
    }
    ccp_split_free(names, count);
    static const char *const bad[][2] = {
        {"0001\n0002\n0001\n", "split.txt:3: \"0001\" stands in line 1 already"},
        {"0001\n../0002\n", "split.txt:2: \"../0002\" is not the name of a photo"},
        {"0001\n.hidden\n", "split.txt:2: \".hidden\" is not the name of a photo"},
        {"0001\t0002\n", "split.txt:1: \"0001\\x090002\" is not the name of a photo"},
        {"# nothing\n", "split.txt: no names in it"},
        {"", "split.txt: no names in it"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK(folder_write_bytes(path, bad[i][0], strlen(bad[i][0])) == 0);
        CHECK(ccp_split_load(path, &names, &count, &error) == SWATCH_FAILED);
        check_message(&error, folder, bad[i][1]);
    }
    CHECK(folder_write_bytes(path, "00\00001\n", 7) == 0);
    CHECK(ccp_split_load(path, &names, &count, &error) == SWATCH_FAILED);
    check_message(&error, path, "not a text file");
    CHECK(unlink(path) == 0);
    CHECK(ccp_split_load(path, &names, &count, &error) == SWATCH_NOT_FOUND);
    check_message(&error, path, "");
}

// The figures of two files are those of scipy.io.loadmat and numpy.bincount.
static void test_real(void)
{
    const char *folder = getenv("SWATCH_CCP") ? getenv("SWATCH_CCP") : "../shared/ccp";
    struct ccp ccp;
    struct image photo, labels;
    swatch_error error = {0};
    uint8_t present[CCP_TAGS];
    if (access(folder, F_OK) != 0)
        TEST_SKIP("no CCP data at %s (SWATCH_CCP=DIR)", folder);
    CHECK(ccp_open(folder, &ccp, &error) == 0);
    CHECK_STRING(error.message, "");
    CHECK_STRING(ccp.tag_names[19], "hair");
    CHECK_STRING(ccp.tag_names[41], "skin");
    CHECK_STRING(ccp.tag_names[51], "t-shirt");
    CHECK_STRING(ccp.tag_names[58], "wedges");
    CHECK(ccp_load(&ccp, "0001", &photo, &labels, &error) == 0);
    CHECK(labels.width == 550 && labels.height == 832);
    size_t hair = 0, left = SIZE_MAX, right = 0, top = SIZE_MAX, bottom = 0;
    for (size_t i = 0; i < labels.width * labels.height; i++)
        if (labels.pixels[i] == 19) {
            size_t x = i % labels.width, y = i / labels.width;
            hair++;
            left = x < left ? x : left;
            right = x > right ? x : right;
            top = y < top ? y : top;
            bottom = y > bottom ? y : bottom;
        }
    CHECK(hair == 13285);
    CHECK(top == 33 && bottom == 326 && left == 267 && right == 376);
    image_free(&photo);
    image_free(&labels);
    CHECK(ccp_load_tags(&ccp, "2098", present, &error) == 0);
    static const uint8_t tags[] = {0, 9, 11, 14, 17, 19, 33, 36, 41, 44};
    size_t count = 0;
    for (size_t i = 0; i < CCP_TAGS; i++)
        count += present[i];
    CHECK(count == sizeof tags);
    for (size_t i = 0; i < sizeof tags; i++)
        CHECK(present[tags[i]]);
    ccp_close(&ccp);
}

int main(void)
{
    char folder[64];
    CHECK(folder_make_ccp(folder) == 0);
    test_damage(folder);
    test_truncated(folder, 0);
    test_truncated(folder, 1);
    test_doubles(folder);
    test_types(folder);
    test_hostile(folder);
    test_label_list(folder);
    test_split(folder);
    test_remove(folder);
    CHECK(access(folder, F_OK) != 0);
    if (test_failures > 0)
        return test_end();
    test_real();
    return test_end();
}
