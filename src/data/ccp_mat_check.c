// Checks every byte of a MATLAB file (MathWorks, "MAT-File Format", level 5) and passes only the
// kinds of variable that CCP uses. libmatio crashes on other files, or makes labels up:
// docs/decisions.md ("Checking before libmatio"). Compressed variables are inflated, which also
// checks zlib's Adler-32, so a bad disk does not turn into wrong labels. Level 7.3 (HDF5) is
// refused by its header.
#include "data/ccp_mat_check.h"

#include "base/error.h"
#include "base/file.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define HEADER_BYTES ((size_t)128)
#define TAG_BYTES ((size_t)8)
// The largest size of a compressed variable. CCP's largest has half a million bytes.
#define INFLATED_LIMIT ((size_t)64 << 20)

enum { TYPE_INT8 = 1, TYPE_INT32 = 5, TYPE_UINT32 = 6, TYPE_MATRIX = 14, TYPE_COMPRESSED = 15 };
enum { CLASS_CELL = 1, CLASS_CHAR = 4, CLASS_DOUBLE = 6, CLASS_UINT64 = 15 };
#define FLAG_COMPLEX 0x0800u

// The bytes still to check.
struct bytes {
    const unsigned char *at;
    size_t size;
    int swapped; // written on a big-endian machine
};

struct element {
    uint32_t type;
    struct bytes body;
};

static uint32_t read_u32(const unsigned char *at, int swapped)
{
    uint32_t a = at[0], b = at[1], c = at[2], d = at[3];
    return swapped ? a << 24 | b << 16 | c << 8 | d : d << 24 | c << 16 | b << 8 | a;
}

// Takes the next element off `from`. Returns -1 when it reaches past the end. Bodies are padded to
// 8 bytes, except compressed ones, which occur at the top level only. A body of at most 4 bytes may
// be in the second half of its tag.
static int take_element(struct bytes *from, struct element *element)
{
    if (from->size < TAG_BYTES)
        return -1;
    uint32_t first = read_u32(from->at, from->swapped), size = first >> 16;
    size_t taken = TAG_BYTES;
    element->type = first & 0xffff;
    if (size > 0) {
        if (size > 4)
            return -1;
        element->body = (struct bytes){from->at + 4, size, from->swapped};
    } else {
        size = read_u32(from->at + 4, from->swapped);
        if (size > from->size - TAG_BYTES)
            return -1;
        element->body = (struct bytes){from->at + TAG_BYTES, size, from->swapped};
        taken += size;
        if (element->type != TYPE_COMPRESSED)
            taken += (8 - size % 8) % 8;
        if (taken > from->size)
            return -1;
    }
    from->at += taken;
    from->size -= taken;
    return 0;
}

// Returns the bytes of one value of a data type; 0 for an unknown type.
static size_t type_bytes(uint32_t type)
{
    static const uint8_t bytes[19] = {0, 1, 1, 2, 2, 4, 4, 4, 0, 8, 0, 0, 8, 8, 0, 0, 1, 2, 4};
    return type < sizeof bytes ? bytes[type] : 0;
}

// Checks the body of a matrix element: flags, dimensions, name, then the values or cells and
// nothing else.
static int check_matrix(struct bytes body, int within_cell)
{
    struct element flags, dims, name, data;
    if (take_element(&body, &flags) != 0 || flags.type != TYPE_UINT32 || flags.body.size != 8 ||
        take_element(&body, &dims) != 0 || dims.type != TYPE_INT32 || dims.body.size != 8 ||
        take_element(&body, &name) != 0 || name.type != TYPE_INT8)
        return -1;
    uint32_t word = read_u32(flags.body.at, body.swapped), class = word & 0xff;
    size_t count = 0;
    if ((word & FLAG_COMPLEX) ||
        __builtin_mul_overflow((size_t)read_u32(dims.body.at, body.swapped),
                               (size_t)read_u32(dims.body.at + 4, body.swapped), &count))
        return -1;
    if (class == CLASS_CELL && !within_cell) {
        for (size_t i = 0; i < count; i++)
            if (take_element(&body, &data) != 0 || data.type != TYPE_MATRIX ||
                check_matrix(data.body, 1) != 0)
                return -1;
    } else if (class == CLASS_CHAR || (class >= CLASS_DOUBLE && class <= CLASS_UINT64)) {
        if (take_element(&body, &data) != 0 || type_bytes(data.type) == 0 ||
            data.body.size % type_bytes(data.type) != 0 ||
            data.body.size / type_bytes(data.type) != count)
            return -1;
    } else {
        return -1;
    }
    return body.size == 0 ? 0 : -1;
}

// Inflates the body of a compressed element, which is one whole zlib stream, and checks the matrix
// in it.
static int check_compressed(const char *path, struct bytes body, swatch_error *error)
{
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)body.at, .avail_in = (uInt)body.size};
    unsigned char *inflated = NULL;
    size_t size = (size_t)1 << 20;
    int status = 0, zlib = Z_OK;
    if (inflateInit(&stream) != Z_OK)
        return error_memory(error);
    while (zlib == Z_OK && status == 0) {
        unsigned char *larger = realloc(inflated, size);
        if (!larger) {
            status = error_memory(error);
            break;
        }
        inflated = larger;
        stream.next_out = inflated + stream.total_out;
        stream.avail_out = (uInt)(size - stream.total_out);
        zlib = inflate(&stream, Z_FINISH);
        if (zlib == Z_BUF_ERROR && stream.avail_out == 0) {
            zlib = Z_OK;
            if (size >= INFLATED_LIMIT)
                status = error_set(error, SWATCH_FAILED, "%s: more than %zu MB when inflated", path,
                                   INFLATED_LIMIT >> 20);
            size *= 2;
        }
    }
    if (status == 0) {
        struct bytes whole = {inflated, stream.total_out, body.swapped};
        struct element matrix;
        if (zlib != Z_STREAM_END || stream.avail_in > 0 || take_element(&whole, &matrix) != 0 ||
            whole.size > 0 || matrix.type != TYPE_MATRIX || check_matrix(matrix.body, 0) != 0)
            status = error_set(error, SWATCH_FAILED, "%s: the file is damaged", path);
    }
    inflateEnd(&stream);
    free(inflated);
    return status;
}

int ccp_mat_check(const char *path, swatch_error *error)
{
    char *text;
    size_t size;
    int status = file_load(path, &text, &size, error);
    if (status != 0)
        return status;
    const unsigned char *data = (const unsigned char *)text;
    // Bytes 124-127: version 0x0100 and "MI" as the writing machine orders the bytes of a word.
    const unsigned char *mark = size < HEADER_BYTES ? NULL : data + HEADER_BYTES - 4;
    if (!mark || (memcmp(mark, "\0\1IM", 4) != 0 && memcmp(mark, "\1\0MI", 4) != 0)) {
        status = error_set(error, SWATCH_FAILED, "%s: not a MATLAB file of level 5", path);
        goto done;
    }
    struct bytes rest = {data + HEADER_BYTES, size - HEADER_BYTES, mark[2] == 'M'};
    while (status == 0 && rest.size > 0) {
        struct element element;
        if (take_element(&rest, &element) != 0)
            status = error_set(error, SWATCH_FAILED, "%s: the file is truncated", path);
        else if (element.type == TYPE_COMPRESSED)
            status = check_compressed(path, element.body, error);
        else if (element.type != TYPE_MATRIX || check_matrix(element.body, 0) != 0)
            status = error_set(error, SWATCH_FAILED, "%s: the file is damaged", path);
    }
done:
    free(text);
    return status;
}
