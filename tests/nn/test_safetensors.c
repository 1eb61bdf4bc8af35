// Reads files of the safetensors package (tools/golden/safetensors_files.py), refuses invalid
// files, and reads what our own writer wrote.
#include "nn/safetensors.h"

#include "base/bytes.h"
#include "base/file.h"
#include "folder.h"
#include "test.h"

#define GOLDEN "tests/nn/golden/types.safetensors"

static swatch_error error;

static const struct safetensors_entry *entry(const struct safetensors *file, const char *name,
                                             enum safetensors_dtype dtype, size_t elements)
{
    const struct safetensors_entry *e = safetensors_find(file, name);
    CHECK(e && e->dtype == dtype && e->elements == elements);
    if (!e || e->elements != elements) {
        fprintf(stderr, "no %s\n", name);
        exit(1);
    }
    return e;
}

// The entry's floats, in a block of just their size.
static float *floats(const struct safetensors_entry *e)
{
    float *values = malloc(e->elements * sizeof *values + !e->elements);
    if (!values)
        abort();
    CHECK(safetensors_to_f32(e, values, &error) == 0);
    return values;
}

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, 4);
    return bits;
}

static void check_floats(const struct safetensors *file, const char *name,
                         enum safetensors_dtype dtype, const float *want, size_t count)
{
    float *got = floats(entry(file, name, dtype, count));
    for (size_t i = 0; i < count; i++)
        CHECK(bits_of(got[i]) == bits_of(want[i]));
    free(got);
}

static void test_types(void)
{
    struct safetensors *file = NULL;
    CHECK(safetensors_open(GOLDEN, &file, &error) == 0);
    if (!file)
        return;
    const float f32[] = {1.5f, -0.25f, 3e38f, 0x1p-149f, 0.1f, -7};
    const float f16[] = {0.5f, -65504, 0x1p-24f}, bf16[] = {1, -3.140625f}, scalar[] = {42};
    check_floats(file, "f32", SAFETENSORS_F32, f32, 6);
    check_floats(file, "f16", SAFETENSORS_F16, f16, 3);
    check_floats(file, "bf16", SAFETENSORS_BF16, bf16, 2);
    check_floats(file, "scalar", SAFETENSORS_F32, scalar, 1);

    const struct safetensors_entry *e = entry(file, "f32", SAFETENSORS_F32, 6);
    CHECK(e->rank == 2 && e->shape[0] == 2 && e->shape[1] == 3 && e->bytes == 24);
    e = entry(file, "bf16", SAFETENSORS_BF16, 2);
    CHECK(e->rank == 3 && e->shape[0] == 2 && e->shape[1] == 1 && e->shape[2] == 1);
    CHECK(entry(file, "scalar", SAFETENSORS_F32, 1)->rank == 0);
    e = entry(file, "empty", SAFETENSORS_F32, 0);
    CHECK(e->rank == 3 && e->shape[0] == 3 && e->shape[1] == 0 && e->bytes == 0);
    e = entry(file, "u8", SAFETENSORS_U8, 6);
    CHECK(e->data[0] == 250 && e->data[5] == 255);
    float none[6];
    CHECK(safetensors_to_f32(e, none, &error) == SWATCH_BAD_FILE);
    CHECK_STRING(error.message, "tensor u8 is not of a floating point type");
    e = entry(file, "i64", SAFETENSORS_I64, 2);
    int64_t whole[2];
    memcpy(whole, e->data, sizeof whole);
    CHECK(whole[0] == -1 && whole[1] == (int64_t)1 << 62);
    e = entry(file, "f64", SAFETENSORS_F64, 1);
    double exact;
    memcpy(&exact, e->data, sizeof exact);
    CHECK(e->bytes == 8 && safetensors_to_f32(e, none, &error) == 0 && none[0] == (float)exact);

    CHECK_STRING(safetensors_metadata(file, "note"), "größer");
    CHECK_STRING(safetensors_metadata(file, "empty"), "");
    CHECK(!safetensors_metadata(file, "absent") && !safetensors_find(file, "absent"));
    CHECK(!safetensors_find(file, "__metadata__") && safetensors_count(file) == 12);
    for (size_t i = 1; i < safetensors_count(file); i++) // in the order of the data
        CHECK(safetensors_at(file, i)->data >= safetensors_at(file, i - 1)->data);
    CHECK(!safetensors_at(file, 12));
    safetensors_close(file);
    safetensors_close(NULL);
}

// Halves to floats and floats to bf16 as torch has them.
static void test_conversions(void)
{
    struct safetensors *file = NULL, *written = NULL;
    CHECK(safetensors_open(GOLDEN, &file, &error) == 0);
    if (!file)
        return;
    float *half = floats(entry(file, "half", SAFETENSORS_F16, 256));
    float *want = floats(entry(file, "half.f32", SAFETENSORS_F32, 256));
    int nans = 0;
    for (size_t i = 0; i < 256; i++) {
        nans += isnan(want[i]) != 0;
        CHECK(isnan(want[i]) ? isnan(half[i]) : bits_of(half[i]) == bits_of(want[i]));
    }
    CHECK(nans == 6);
    free(half);
    free(want);

    float *values = floats(entry(file, "round", SAFETENSORS_F32, 612));
    const struct safetensors_entry *rounded = entry(file, "round.bf16", SAFETENSORS_BF16, 612);
    const struct safetensors_tensor tensor = {"r", SAFETENSORS_BF16, 1, {612}, values};
    CHECK(safetensors_save(test_path("r"), &tensor, 1, NULL, 0, 1, &error) == 0);
    CHECK(safetensors_open(test_path("r"), &written, &error) == 0);
    const struct safetensors_entry *ours = entry(written, "r", SAFETENSORS_BF16, 612);
    for (size_t i = 0; i < 612; i++) {
        uint16_t got, torch;
        memcpy(&got, ours->data + 2 * i, 2);
        memcpy(&torch, rounded->data + 2 * i, 2);
        CHECK(isnan(values[i]) ? (got & 0x7fff) > 0x7f80 : got == torch);
    }
    free(values);
    safetensors_close(written);
    safetensors_close(file);
}

static void test_save(void)
{
    const char *path = test_path("model.safetensors");
    const float weights[] = {1, -2, 3.5f, 0.25f, 1e-40f, -0.0f};
    const uint8_t bytes[] = {7, 8, 9};
    const int64_t whole[] = {-5};
    const struct safetensors_tensor tensors[] = {
        {"odd", SAFETENSORS_U8, 1, {3}, bytes},
        {"a.weight", SAFETENSORS_F32, 2, {2, 3}, weights},
        {"small", SAFETENSORS_BF16, 1, {4}, weights},
        {"step", SAFETENSORS_I64, 0, {0}, whole},
        {"nothing", SAFETENSORS_F32, 2, {0, 4}, weights},
    };
    const struct safetensors_pair pairs[] = {{"quote", "\"\\\n\x01 é"}, {"swatch.format", "1"}};
    struct safetensors *file = NULL;
    CHECK(safetensors_save(path, tensors, 5, pairs, 2, 1, &error) == 0);
    CHECK(safetensors_open(path, &file, &error) == 0);
    if (!file)
        return;
    CHECK(safetensors_count(file) == 5);
    check_floats(file, "a.weight", SAFETENSORS_F32, weights, 6);
    check_floats(file, "small", SAFETENSORS_BF16, weights, 4);
    CHECK(memcmp(entry(file, "odd", SAFETENSORS_U8, 3)->data, bytes, 3) == 0);
    CHECK(memcmp(entry(file, "step", SAFETENSORS_I64, 1)->data, whole, 8) == 0);
    CHECK(entry(file, "nothing", SAFETENSORS_F32, 0)->shape[1] == 4);
    CHECK_STRING(safetensors_metadata(file, "quote"), pairs[0].value);
    safetensors_close(file);

    // The same call writes the same bytes.
    char *first, *second;
    size_t size, again;
    CHECK(safetensors_save(test_path("again"), tensors, 5, pairs, 2, 1, &error) == 0);
    CHECK(file_read(path, 1 << 20, &first, &size, &error) == 0);
    CHECK((8 + bytes_number((const unsigned char *)first, 8)) % 64 == 0); // where the data start
    CHECK(file_read(test_path("again"), 1 << 20, &second, &again, &error) == 0);
    CHECK(size == again && memcmp(first, second, size) == 0);
    // Cut off anywhere, it is refused, and so it is with a byte too many.
    for (size_t cut = 0; cut <= size + 1; cut++) {
        char *exact = calloc(cut + !cut, 1);
        if (!exact)
            abort();
        memcpy(exact, first, cut < size ? cut : size);
        const int status = safetensors_open_memory("cut", exact, cut, &file, &error);
        CHECK((status == 0) == (cut == size));
        if (status == 0)
            safetensors_close(file);
        free(exact);
    }
    free(first);
    free(second);

    // What cannot be written leaves what was there.
    const struct safetensors_tensor twice[] = {tensors[0], tensors[0]};
    CHECK(safetensors_save(path, twice, 2, NULL, 0, 1, &error) == SWATCH_FAILED);
    const struct safetensors_tensor taken = {"__metadata__", SAFETENSORS_U8, 1, {3}, bytes};
    CHECK(safetensors_save(path, &taken, 1, NULL, 0, 1, &error) == SWATCH_FAILED);
    const struct safetensors_pair strange = {"key", "\xff"};
    CHECK(safetensors_save(path, tensors, 5, &strange, 1, 1, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, path));
    CHECK(safetensors_save(test_path("none/x"), tensors, 5, NULL, 0, 1, &error) == SWATCH_FAILED);
    CHECK(file_read(path, 1 << 20, &first, &again, &error) == 0 && again == size);
    free(first);
    CHECK(test_names(test_folder) == 3);
}

static void test_refused(void)
{
#define U8(begin, end) "{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[" begin "," end "]}"
    static const struct {
        const char *header;
        size_t data;
        const char *message;
    } cases[] = {
        {"", 0, "not a safetensors file"},
        {"[]", 0, "not a safetensors file"},
        {"{} x", 0, "not a safetensors file"},
        {"{\"a\\u0000\":" U8("0", "4") "}", 4, "not a safetensors file"},
        {"{\"a\":" U8("0", "4") ",\"a\":" U8("0", "4") "}", 4, "not a safetensors file"},
        {"{\"a\":1}", 0, "tensor a has an unknown type"},
        {"{\"a\":{\"dtype\":7}}", 0, "tensor a has an unknown type"},
        {"{\"a\":{\"dtype\":\"U4\",\"shape\":[],\"data_offsets\":[0,1]}}", 1, "an unknown type"},
        {"{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", 1, "has no shape"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":4,\"data_offsets\":[0,4]}}", 4, "has no shape"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,1]}}", 1,
         "no shape of up to 8 sides"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[-1,-4],\"data_offsets\":[0,4]}}", 4, "an impossible"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[4.0],\"data_offsets\":[0,4]}}", 4, "an impossible"},
        // 2^32 * 2^32 elements are 0 in 64 bits, and 2^62 elements of 4 bytes are 0 bytes.
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}", 0,
         "an impossible shape"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904],\"data_offsets\":[0,0]}}", 0,
         "not what its shape needs"},
        {"{\"a\":" U8("0", "5") "}", 5, "has 5 bytes, not what its shape needs"},
        {"{\"a\":" U8("0", "4") "}", 3, "outside the file; is it truncated?"},
        {"{\"a\":" U8("4", "0") "}", 4, "outside the file"},
        {"{\"a\":" U8("-4", "0") "}", 4, "outside the file"},
        {"{\"a\":" U8("9223372036854775804", "9223372036854775807") "}", 4, "outside the file"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0]}}", 4, "outside the file"},
        {"{\"a\":" U8("0", "4") ",\"b\":" U8("3", "7") "}", 7, "before tensor b there is one that"},
        {"{\"a\":" U8("0", "4") ",\"b\":" U8("0", "4") "}", 4, "overlaps"},
        {"{\"a\":" U8("0", "4") ",\"b\":" U8("5", "9") "}", 9, "before tensor b there is a gap"},
        {"{\"a\":" U8("0", "4") "}", 6, "has 2 bytes that belong to no tensor"},
        {"{\"__metadata__\":[]}", 0, "metadata are no JSON object"},
        {"{\"__metadata__\":{\"a\":null}}", 0, "metadata a is no string"},
    };
    struct safetensors *file = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const size_t length = strlen(cases[i].header), size = 8 + length + cases[i].data;
        unsigned char *bytes = calloc(size, 1);
        if (!bytes)
            abort();
        bytes[0] = (unsigned char)length;
        memcpy(bytes + 8, cases[i].header, length);
        const int status = safetensors_open_memory("bad.file", bytes, size, &file, &error);
        CHECK(status == SWATCH_FAILED);
        if (status == 0)
            safetensors_close(file);
        CHECK(strncmp(error.message, "bad.file: ", 10) == 0);
        if (!strstr(error.message, cases[i].message)) {
            fprintf(stderr, "%s: %s\n", cases[i].header, error.message);
            CHECK(!"the message");
        }
        free(bytes);
    }
    // Lengths of more than there is, and of more than any file has.
    const unsigned char longer[] = {3, 0, 0, 0, 0, 0, 0, 0, '{', '}'};
    const unsigned char huge[] = {255, 255, 255, 255, 255, 255, 255, 255, '{', '}'};
    CHECK(safetensors_open_memory("m", longer, sizeof longer, &file, &error) == SWATCH_FAILED);
    CHECK(safetensors_open_memory("m", huge, sizeof huge, &file, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, "its header is longer"));
    // A header of 17 MB is good JSON, but who would need it?
    const size_t blanks = 17 << 20;
    unsigned char *large = malloc(8 + blanks);
    if (!large)
        abort();
    memset(large, ' ', 8 + blanks);
    memcpy(large, "\0\0\x10\x01\0\0\0\0{", 9);
    large[8 + blanks - 1] = '}';
    CHECK(safetensors_open_memory("m", large, 8 + blanks, &file, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, "its header is longer"));
    free(large);
    // Cut off while it is open.
    const char *cut = test_file("r", "", 0);
    const float values[3000] = {1};
    const struct safetensors_tensor tensor = {
        .name = "t", .dtype = SAFETENSORS_F32, .rank = 1, .shape = {3000}, .data = values};
    static float read[3000];
    CHECK(safetensors_save(cut, &tensor, 1, NULL, 0, 1, &error) == 0);
    CHECK(safetensors_open(cut, &file, &error) == 0 && truncate(cut, 100) == 0);
    CHECK(safetensors_to_f32(safetensors_at(file, 0), read, &error) == 0);
    CHECK(memcmp(read, values, sizeof read) == 0);
    safetensors_close(file);
    unlink(cut);

    // No file, a folder, an empty file.
    CHECK(safetensors_open(test_path("absent"), &file, &error) == SWATCH_NOT_FOUND);
    CHECK(strstr(error.message, "absent: cannot be opened"));
    CHECK(safetensors_open(test_folder, &file, &error) == SWATCH_FAILED);
    CHECK(safetensors_open(test_file("zero", "", 0), &file, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, "zero: too short"));
}

int main(void)
{
    test_folder_make();
    test_types();
    test_conversions();
    test_save();
    test_refused();
    test_folder_remove();
    return test_end();
}
