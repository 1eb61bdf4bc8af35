// Files of foreign weights: every type, shape and stride that PyTorch saves, and what is refused.
// tools/golden/import_files.py made the files.

#include "base/file.h"
#include "import/tensors.h"
#include "test.h"

#define GOLDEN "tests/import/golden/"
#define CORPUS "tests/fuzz/corpus/"

// The tensor must be there with these sides (0 ends them); NULL if it is not.
static const struct import_tensor *tensor(const struct import_tensors *all, const char *name,
                                          const size_t *shape)
{
    const struct import_tensor *t = import_tensors_find(all, name);
    size_t rank = 0;
    CHECK(t != NULL);
    while (shape[rank])
        rank++;
    if (!t || t->rank != rank || memcmp(t->shape, shape, rank * sizeof *shape) != 0) {
        fprintf(stderr, "%s: %s is missing or misshapen\n", all->file, name);
        CHECK(!"the tensor");
        return NULL;
    }
    return t;
}

#define SHAPE(...) ((const size_t[]){__VA_ARGS__, 0})

static void test_types(const char *path)
{
    static const char *const ramps[] = {"plain", "half", "bfloat", "double"};
    struct import_tensors all;
    swatch_error error;
    const struct import_tensor *t;
    if (import_read(path, &all, &error)) {
        fprintf(stderr, "%s\n", error.message);
        CHECK(!"the file");
        return;
    }
    CHECK(all.count == 10);
    for (size_t k = 0; k < 4; k++)
        if ((t = tensor(&all, ramps[k], SHAPE(2, 3, 4))))
            for (size_t i = 0; i < 24; i++)
                CHECK(t->data[i] == (float)i);
    if ((t = tensor(&all, "parameter", SHAPE(2, 3, 4))))
        for (size_t i = 0; i < 24; i++)
            CHECK(t->data[i] == (float)i + 1);
    // [a][b][c] = 12 b + 4 c + a
    if ((t = tensor(&all, "turned", SHAPE(4, 2, 3))))
        for (size_t i = 0; i < 24; i++)
            CHECK(t->data[i] == (float)(i / 3 % 2 * 12 + i % 3 * 4 + i / 6));
    // w[:, 1:, ::2]
    if ((t = tensor(&all, "part", SHAPE(2, 2, 2))))
        for (size_t i = 0; i < 8; i++)
            CHECK(t->data[i] == (float)(i / 4 * 12 + (i / 2 % 2 + 1) * 4 + i % 2 * 2));
    if ((t = tensor(&all, "repeated", SHAPE(3, 4))))
        for (size_t i = 0; i < 12; i++)
            CHECK(t->data[i] == 7);
    t = import_tensors_find(&all, "counter");
    CHECK(t && t->rank == 0 && t->count == 1 && t->data[0] == 5);
    t = import_tensors_find(&all, "empty");
    CHECK(t && t->rank == 2 && t->count == 0 && t->shape[0] == 0 && t->shape[1] == 3);
    import_tensors_free(&all);
}

// Two tensors among numbers of other types and all that training scripts keep: both are read, the
// rest is passed over.
static void test_foreign(const char *path)
{
    struct import_tensors all = {0};
    swatch_error error = {0};
    CHECK(import_read(path, &all, &error) == 0);
    CHECK_STRING(error.message, "");
    CHECK(all.count == 2);
    const struct import_tensor *t = tensor(&all, "module._orig_mod.a", SHAPE(3));
    CHECK(t && t->data[0] == 1 && t->data[2] == 3);
    t = tensor(&all, "module._orig_mod.b", SHAPE(2));
    CHECK(t && t->data[0] == 4 && t->data[1] == 5);
    import_tensors_free(&all);
}

static void test_big_endian(void)
{
    struct import_tensors all;
    CHECK(import_read(GOLDEN "types-big-endian.pth", &all, NULL) == 0);
    const struct import_tensor *t = tensor(&all, "x", SHAPE(2));
    CHECK(t && t->data[0] == 1.5f && t->data[1] == -3);
    import_tensors_free(&all);
}

static void test_hdf5(void)
{
    static const char *const good[] = {"good", "split", "whole-model"};
    static const char *const types[] = {"b/half", "b/double", "b/big"};
    struct import_tensors all;
    const struct import_tensor *t;
    char path[256];
    for (size_t k = 0; k < 3; k++) {
        snprintf(path, sizeof path, CORPUS "h5/%s", good[k]);
        CHECK(import_read(path, &all, NULL) == 0 && all.count == 2);
        if ((t = tensor(&all, "b/b/kernel:0", SHAPE(2, 3))))
            for (size_t i = 0; i < 6; i++)
                CHECK(t->data[i] == (float)i);
        import_tensors_free(&all);
    }
    CHECK(import_read(CORPUS "h5/types", &all, NULL) == 0);
    for (size_t k = 0; k < 3; k++)
        if ((t = tensor(&all, types[k], SHAPE(4))))
            for (size_t i = 0; i < 4; i++)
                CHECK(t->data[i] == (float)i);
    import_tensors_free(&all);
    // More names than a leaf of the group's tree holds.
    CHECK(import_read(CORPUS "h5/many", &all, NULL) == 0 && all.count == 40);
    for (size_t i = 0; i < all.count; i++)
        CHECK(all.items[i].rank == 0 && all.items[i].data[0] == (float)i);
    import_tensors_free(&all);
}

static void test_refused(void)
{
    static const char *const files[][2] = {
        {"pth/system", "os.system"},
        {"pth/stack-global", "builtins.eval"},
        {"pth/instruction", "instruction 0x69"},
        {"pth/newobj", "no state dict"},
        {"pth/bomb", "compressed"},
        {"pth/out-of-bounds", "tensor x reaches beyond its storage"},
        {"pth/offset", "tensor x reaches beyond its storage"},
        {"pth/overflow", "too large"},
        {"pth/stride-overflow", "tensor x reaches beyond its storage"},
        {"pth/strided-bomb", "too large"},
        {"pth/many-sides", "size and strides"},
        {"pth/negative", "size and strides"},
        {"pth/no-storage", "storage ../../etc/passwd is not in it"},
        {"pth/twice", "two tensors are called x"},
        {"pth/cycle", "no state dict"},
        {"pth/deep", "no state dict"},
        {"pth/deep-dicts", "no state dict"},
        {"pth/long-name", "300 bytes"},
        {"pth/memo", "memo"},
        {"pth/memo-missing", "memo"},
        {"pth/underflow", "a mark is missing"},
        {"pth/truncated", "damaged zip archive"},
        {"pth/damaged", "a/data/0 in it is damaged"},
        {"pth/not-torch", "none that torch.save wrote"},
        // By the version of libzip: "whose names are no UTF-8", or "no state dict is in it".
        {"pth/odd-name", "no "},
        {"pth/long", "no state dict"},
        {"pth/no-dict", "no state dict"},
        {"pth/legacy-truncated", "ends early"},
        {"pth/legacy-other-pickle", "none that torch.save wrote"},
        {"h5/external-link", "newer kind"},
        {"h5/soft-link", "links"},
        {"h5/external-data", "other files"},
        {"h5/compressed", "chunks or compressed"},
        {"h5/unallocated", "beyond the end"},
        {"h5/integers", "no floating point"},
        {"h5/newest", "newer layout"},
        {"h5/missing", "layer nowhere"},
        {"h5/no-keras", "none of weights from Keras"},
        {"h5/truncated", "ends early"},
        {"classes/good.txt", "neither PyTorch's .pth"},
        {"safetensors/product", "safetensors/product: "},
    };
    struct import_tensors all;
    swatch_error error;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[256];
        snprintf(path, sizeof path, CORPUS "%s", files[i][0]);
        strcpy(error.message, "no error");
        const int status = import_read(path, &all, &error);
        if (!status || error.status != SWATCH_BAD_FILE || !strstr(error.message, files[i][1]) ||
            strncmp(error.message, path, strlen(path)) != 0) {
            fprintf(stderr, "%s: %d, %s\n  instead of: %s\n", path, status, error.message,
                    files[i][1]);
            CHECK(!"the right refusal");
        } else {
            CHECK(all.count == 0 && all.items == NULL);
        }
    }
    CHECK(import_read(CORPUS "nowhere", &all, &error) && strstr(error.message, "nowhere"));
    CHECK(import_read("/dev/null", &all, &error) && strstr(error.message, "/dev/null"));
}

// Whatever is cut off a file, it is an error and no more.
static void test_truncated(const char *path)
{
    struct import_tensors all;
    char *data, *part;
    size_t size, accepted = 0;
    if (file_read(path, (size_t)1 << 20, &data, &size, NULL)) {
        CHECK(!"the file");
        return;
    }
    for (size_t length = 0; length < size; length++) {
        part = malloc(length ? length : 1); // just as long, so that reading on shows
        if (!part)
            exit(1);
        memcpy(part, data, length);
        if (import_read_memory(path, part, length, &all, NULL) == 0) {
            accepted++;
            import_tensors_free(&all);
        }
        free(part);
    }
    CHECK(accepted == 0);
    free(data);
}

int main(void)
{
    test_types(GOLDEN "types.pth");
    test_types(GOLDEN "types-nested.pth");
    test_types(GOLDEN "types-legacy.pth");
    test_foreign(GOLDEN "foreign-zip.pth");
    test_foreign(GOLDEN "foreign-protocol-4.pth");
    test_foreign(GOLDEN "foreign-legacy.pth");
    test_big_endian();
    test_hdf5();
    test_refused();
    test_truncated(GOLDEN "types.pth");
    test_truncated(GOLDEN "types-legacy.pth");
    test_truncated(GOLDEN "foreign-legacy.pth");
    test_truncated(CORPUS "h5/good");
    return test_end();
}
