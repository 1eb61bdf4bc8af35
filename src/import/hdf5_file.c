// Reads the structures of version 1 of the HDF5 format (The HDF Group, "HDF5 File Format
// Specification"). look() checks every address and length against the file's end before a byte is
// read.

#include "import/hdf5_file.h"

#include <string.h>

#include "base/bytes.h"
#include "base/error.h"

#define STEPS_MOST ((size_t)1 << 22)
#define CONTINUATIONS_MOST 64
#define TREE_LEVELS_MOST 8
#define SYMBOL_BYTES 40

enum {
    MESSAGE_SPACE = 0x01,
    MESSAGE_TYPE = 0x03,
    MESSAGE_EXTERNAL = 0x07,
    MESSAGE_LAYOUT = 0x08,
    MESSAGE_ATTRIBUTE = 0x0c,
    MESSAGE_CONTINUATION = 0x10,
    MESSAGE_SYMBOLS = 0x11,
};

enum { CLASS_FLOAT = 1, CLASS_STRING = 3, CLASS_VARIABLE = 9 };
#define REFERENCE_BYTES 16

struct bytes {
    const unsigned char *at;
    size_t size;
};

static int damaged(const struct hdf5 *f, swatch_error *error, const char *what)
{
    return error_set(error, SWATCH_BAD_FILE, "%s: an HDF5 file that is damaged: %s", f->name, what);
}

static int refused(const struct hdf5 *f, swatch_error *error, const char *what)
{
    return error_set(error, SWATCH_BAD_FILE,
                     "%s: an HDF5 file with %s, which is not read; h5py can write it anew", f->name,
                     what);
}

// Returns the bytes at an address, or NULL if the file ends before them.
static const unsigned char *look(const struct hdf5 *f, uint64_t address, uint64_t length)
{
    return address <= f->size && length <= f->size - address ? f->data + address : NULL;
}

static int step(struct hdf5 *f, swatch_error *error)
{
    if (f->steps_left == 0)
        return damaged(f, error, "it never ends");
    f->steps_left--;
    return SWATCH_OK;
}

int hdf5_open(struct hdf5 *f, const char *name, const void *data, size_t size,
              struct hdf5_object *root, swatch_error *error)
{
    *f = (struct hdf5){.name = name, .data = data, .size = size, .steps_left = STEPS_MOST};
    const unsigned char *block = look(f, 0, 96);
    if (!block)
        return damaged(f, error, "it ends early");
    if (block[8] != 0)
        return refused(f, error, "a newer layout than h5py's usual one");
    if (block[13] != 8 || block[14] != 8 || bytes_number(block + 24, 8) != 0)
        return refused(f, error, "addresses of other than 8 bytes, or not at its start");
    if (bytes_number(block + 40, 8) > size)
        return damaged(f, error, "it ends early");
    root->header = bytes_number(block + 64, 8);
    return SWATCH_OK;
}

// ---- Object headers: lists of messages, in one block or several.

struct message {
    unsigned type;
    int shared; // 1: the body is a reference to the message
    struct bytes body;
};

struct messages {
    struct hdf5 *f;
    struct bytes blocks[CONTINUATIONS_MOST];
    size_t count, block;
    size_t at; // in the block
};

static int messages_start(struct hdf5 *f, struct hdf5_object object, struct messages *m,
                          swatch_error *error)
{
    const unsigned char *header = look(f, object.header, 16);
    *m = (struct messages){.f = f, .count = 1};
    if (header && memcmp(header, "OHDR", 4) == 0)
        return refused(f, error, "a newer layout than h5py's usual one");
    if (!header || header[0] != 1)
        return damaged(f, error, "no object where one should be");
    m->blocks[0].size = (size_t)bytes_number(header + 8, 4);
    m->blocks[0].at = look(f, object.header + 16, m->blocks[0].size);
    return m->blocks[0].at ? SWATCH_OK : damaged(f, error, "an object reaches beyond the end");
}

// Returns 1 with the next message, 0 after the last, and -1 after an error.
static int messages_next(struct messages *m, struct message *message, swatch_error *error)
{
    while (m->block < m->count) {
        const struct bytes block = m->blocks[m->block];
        if (block.size - m->at < 8) {
            m->block++;
            m->at = 0;
            continue;
        }
        if (step(m->f, error))
            return -1;
        const unsigned char *head = block.at + m->at;
        message->type = (unsigned)bytes_number(head, 2);
        message->body = (struct bytes){head + 8, (size_t)bytes_number(head + 2, 2)};
        message->shared = head[4] & 2;
        if (message->body.size > block.size - m->at - 8) {
            damaged(m->f, error, "a message reaches beyond its object");
            return -1;
        }
        m->at += 8 + message->body.size;
        if (message->type != MESSAGE_CONTINUATION)
            return 1;
        struct bytes next = {NULL, 0};
        if (message->body.size >= 16 && m->count < CONTINUATIONS_MOST) {
            next.size = (size_t)bytes_number(message->body.at + 8, 8);
            next.at = look(m->f, bytes_number(message->body.at, 8), next.size);
        }
        if (!next.at) {
            damaged(m->f, error, "an object goes on nowhere");
            return -1;
        }
        m->blocks[m->count++] = next;
    }
    return 0;
}

// Finds the first message of a type. body.at is NULL if there is none.
static int find_message(struct hdf5 *f, struct hdf5_object object, unsigned type,
                        struct message *message, swatch_error *error)
{
    struct messages all;
    int more;
    if (messages_start(f, object, &all, error))
        return SWATCH_FAILED;
    while ((more = messages_next(&all, message, error)) > 0)
        if (message->type == type)
            return message->shared ? refused(f, error, "shared messages") : SWATCH_OK;
    message->body = (struct bytes){NULL, 0};
    return more ? SWATCH_FAILED : SWATCH_OK;
}

// ---- Groups: trees of symbol tables, with the names in a heap.

struct search {
    struct hdf5 *f;
    struct bytes heap;
    const char *name;
    size_t length;
    struct hdf5_object *found;
    swatch_error *error;
};

// Looks for the name in a symbol table.
static int search_table(const struct search *s, uint64_t address)
{
    const unsigned char *head = look(s->f, address, 8);
    const size_t count = head ? (size_t)bytes_number(head + 6, 2) : 0;
    const unsigned char *symbols = head ? look(s->f, address + 8, count * SYMBOL_BYTES) : NULL;
    if (!symbols || memcmp(head, "SNOD", 4) != 0 || head[4] != 1)
        return damaged(s->f, s->error, "a group has no table of names");
    for (size_t i = 0; i < count; i++) {
        const unsigned char *symbol = symbols + i * SYMBOL_BYTES;
        const uint64_t offset = bytes_number(symbol, 8);
        if (step(s->f, s->error))
            return SWATCH_FAILED;
        if (offset >= s->heap.size)
            return damaged(s->f, s->error, "a name lies outside its heap");
        const unsigned char *name = s->heap.at + offset;
        if (s->heap.size - offset <= s->length || memcmp(name, s->name, s->length) != 0 ||
            name[s->length])
            continue;
        if (bytes_number(symbol + 16, 4) == 2)
            return refused(s->f, s->error, "links");
        s->found->header = bytes_number(symbol + 8, 8);
        return s->found->header ? SWATCH_OK : damaged(s->f, s->error, "a name without an object");
    }
    return SWATCH_OK;
}

// Looks for the name in a tree. It ignores the keys and looks at every child, since groups are
// small. A node's level must be below its parent's, so the recursion is at most TREE_LEVELS_MOST
// deep.
static int search_tree(const struct search *s, uint64_t address, unsigned levels)
{
    const unsigned char *head = look(s->f, address, 24);
    const size_t count = head ? (size_t)bytes_number(head + 6, 2) : 0;
    const unsigned char *body = head ? look(s->f, address + 24, 16 * count + 8) : NULL;
    if (!body || memcmp(head, "TREE", 4) != 0 || head[4] != 0 || head[5] >= levels)
        return damaged(s->f, s->error, "a group has no tree of names");
    for (size_t i = 0; i < count && !s->found->header; i++) {
        const uint64_t child = bytes_number(body + 8 + 16 * i, 8);
        if (step(s->f, s->error) ||
            (head[5] > 0 ? search_tree(s, child, head[5]) : search_table(s, child)))
            return SWATCH_FAILED;
    }
    return SWATCH_OK;
}

static int find_name(struct hdf5 *f, struct hdf5_object group, const char *name, size_t length,
                     struct hdf5_object *child, swatch_error *error)
{
    struct message symbols;
    child->header = 0;
    if (find_message(f, group, MESSAGE_SYMBOLS, &symbols, error))
        return SWATCH_FAILED;
    if (symbols.body.size < 16)
        return symbols.body.at ? damaged(f, error, "a group without names")
                               : refused(f, error, "groups of a newer kind");
    const unsigned char *heap = look(f, bytes_number(symbols.body.at + 8, 8), 32);
    if (!heap || memcmp(heap, "HEAP", 4) != 0)
        return damaged(f, error, "a group has no heap of names");
    const size_t size = (size_t)bytes_number(heap + 8, 8);
    const struct search search = {.f = f,
                                  .heap = {look(f, bytes_number(heap + 24, 8), size), size},
                                  .name = name,
                                  .length = length,
                                  .found = child,
                                  .error = error};
    if (!search.heap.at)
        return damaged(f, error, "a group's names reach beyond the end");
    return search_tree(&search, bytes_number(symbols.body.at, 8), TREE_LEVELS_MOST);
}

int hdf5_find(struct hdf5 *f, struct hdf5_object group, const char *path, size_t length,
              struct hdf5_object *child, swatch_error *error)
{
    *child = group;
    while (length > 0 && child->header) {
        const char *slash = memchr(path, '/', length);
        const size_t part = slash ? (size_t)(slash - path) : length;
        const struct hdf5_object within = *child;
        if (part > 0 && find_name(f, within, path, part, child, error))
            return SWATCH_FAILED;
        path += slash ? part + 1 : part;
        length -= slash ? part + 1 : part;
    }
    return SWATCH_OK;
}

// ---- Attributes and datasets.

static int read_space(const struct hdf5 *f, struct bytes space, size_t *rank, size_t *shape,
                      size_t *count, swatch_error *error)
{
    const size_t head = space.size >= 4 && space.at[0] == 1 ? 8 : 4;
    if (space.size < head || (space.at[0] != 1 && space.at[0] != 2) ||
        (space.at[0] == 2 && space.at[3] > 1) || space.at[1] > IMPORT_MAX_RANK ||
        space.size < head + 8 * (size_t)space.at[1])
        return damaged(f, error, "a shape cannot be read");
    *rank = space.at[1];
    *count = 1;
    for (size_t i = 0; i < *rank; i++) {
        shape[i] = (size_t)bytes_number(space.at + head + 8 * i, 8);
        if (__builtin_mul_overflow(*count, shape[i], count))
            return damaged(f, error, "a shape is impossible");
    }
    return SWATCH_OK;
}

// Reads the body of an attribute. Its parts are filled up to multiples of 8 bytes.
static int read_strings(const struct hdf5 *f, struct bytes body, struct hdf5_strings *strings,
                        swatch_error *error)
{
    enum { NAME, TYPE, SPACE, PARTS };
    struct bytes parts[PARTS], rest = {body.at + 8, body.size - 8};
    size_t rank, shape[IMPORT_MAX_RANK], count, bytes;
    for (size_t i = 0; i < PARTS; i++) {
        const size_t size = (size_t)bytes_number(body.at + 2 + 2 * i, 2),
                     whole = (size + 7) / 8 * 8;
        if (whole > rest.size)
            return damaged(f, error, "an attribute is cut off");
        parts[i] = (struct bytes){rest.at, size};
        rest = (struct bytes){rest.at + whole, rest.size - whole};
    }
    if (read_space(f, parts[SPACE], &rank, shape, &count, error))
        return SWATCH_FAILED;
    if (count == 0) // a layer without weights; the type may be any
        return SWATCH_OK;
    const unsigned class = parts[TYPE].size >= 8 ? parts[TYPE].at[0] & 15u : 0;
    strings->elsewhere = class == CLASS_VARIABLE && (parts[TYPE].at[1] & 15) == 1;
    if (class != CLASS_STRING && !strings->elsewhere)
        return refused(f, error, "names of layers that are no strings");
    strings->size = (size_t)bytes_number(parts[TYPE].at + 4, 4);
    if (strings->size == 0 || (strings->elsewhere && strings->size != REFERENCE_BYTES) ||
        __builtin_mul_overflow(count, strings->size, &bytes) || bytes > rest.size)
        return damaged(f, error, "an attribute is cut off");
    strings->items = rest.at;
    strings->count = count;
    return SWATCH_OK;
}

// Finds a string of a list in which lengths differ. Such strings are in collections. A reference is
// the length (4 bytes), the address of the collection (8) and the string's number in it (4).
static int find_string(struct hdf5 *f, const unsigned char *reference, const char **text,
                       size_t *length, swatch_error *error)
{
    const uint64_t address = bytes_number(reference + 4, 8),
                   index = bytes_number(reference + 12, 4);
    const unsigned char *head = look(f, address, 16);
    const uint64_t size = head ? bytes_number(head + 8, 8) : 0;
    if (!head || memcmp(head, "GCOL", 4) != 0 || !look(f, address, size))
        return damaged(f, error, "a string lies nowhere");
    for (uint64_t at = 16; size >= 16 && at <= size - 16;) {
        const unsigned char *object = head + at;
        const uint64_t bytes = bytes_number(object + 8, 8);
        if (step(f, error))
            return SWATCH_FAILED;
        if (bytes_number(object, 2) == 0 || bytes > size - at - 16)
            break;
        if (bytes_number(object, 2) == index && bytes_number(reference, 4) <= bytes) {
            *text = (const char *)object + 16;
            *length = (size_t)bytes_number(reference, 4);
            return SWATCH_OK;
        }
        at += 16 + (bytes + 7) / 8 * 8;
    }
    return damaged(f, error, "a string lies nowhere");
}

int hdf5_string(struct hdf5 *f, const struct hdf5_strings *strings, size_t index, const char **text,
                size_t *length, swatch_error *error)
{
    const unsigned char *item = strings->items + index * strings->size;
    if (strings->elsewhere)
        return find_string(f, item, text, length, error);
    *text = (const char *)item;
    *length = strnlen(*text, strings->size);
    return SWATCH_OK;
}

int hdf5_read_strings(struct hdf5 *f, struct hdf5_object object, const char *attribute,
                      struct hdf5_strings *strings, swatch_error *error)
{
    const size_t length = strlen(attribute) + 1;
    struct messages all;
    struct message m;
    int more;
    *strings = (struct hdf5_strings){0};
    if (messages_start(f, object, &all, error))
        return SWATCH_FAILED;
    while ((more = messages_next(&all, &m, error)) > 0) {
        // The length of the name includes its NUL.
        if (m.type != MESSAGE_ATTRIBUTE || m.shared || m.body.size < 8 + length ||
            m.body.at[0] != 1 || bytes_number(m.body.at + 2, 2) != length ||
            memcmp(m.body.at + 8, attribute, length) != 0)
            continue;
        return read_strings(f, m.body, strings, error);
    }
    return more ? SWATCH_FAILED : SWATCH_OK;
}

static int read_type(const struct hdf5 *f, struct bytes type, struct hdf5_dataset *d,
                     swatch_error *error)
{
    // The bits of exponent and fraction in IEEE 754.
    static const struct {
        enum import_type type;
        unsigned bytes, exponent, fraction;
    } floats[] = {{IMPORT_F32, 4, 8, 23}, {IMPORT_F64, 8, 11, 52}, {IMPORT_F16, 2, 5, 10}};
    if (type.size < 20 || (type.at[0] & 15) != CLASS_FLOAT)
        return refused(f, error, "weights that are no floating point numbers");
    d->big_endian = type.at[1] & 1;
    for (size_t i = 0; i < sizeof floats / sizeof *floats; i++)
        if (bytes_number(type.at + 4, 4) == floats[i].bytes && type.at[13] == floats[i].exponent &&
            type.at[15] == floats[i].fraction && !(type.at[1] & 0x40)) {
            d->type = floats[i].type;
            return SWATCH_OK;
        }
    return refused(f, error, "floating point numbers of an unusual kind");
}

static int read_layout(const struct hdf5 *f, struct bytes layout, size_t bytes,
                       struct hdf5_dataset *d, swatch_error *error)
{
    enum { COMPACT, CONTIGUOUS };
    size_t size = 0;
    if (layout.size < 4 || layout.at[0] != 3 || layout.at[1] > CONTIGUOUS)
        return refused(f, error, "weights in chunks or compressed");
    if (layout.at[1] == COMPACT) {
        size = (size_t)bytes_number(layout.at + 2, 2);
        d->data = size <= layout.size - 4 ? layout.at + 4 : NULL;
    } else if (layout.size >= 18) {
        size = (size_t)bytes_number(layout.at + 10, 8);
        d->data = look(f, bytes_number(layout.at + 2, 8), size);
    }
    return d->data && size >= bytes ? SWATCH_OK : damaged(f, error, "weights reach beyond the end");
}

int hdf5_read_dataset(struct hdf5 *f, struct hdf5_object object, struct hdf5_dataset *d,
                      swatch_error *error)
{
    struct message space, type, layout, external;
    size_t count, bytes;
    *d = (struct hdf5_dataset){0};
    if (find_message(f, object, MESSAGE_SPACE, &space, error) ||
        find_message(f, object, MESSAGE_TYPE, &type, error) ||
        find_message(f, object, MESSAGE_LAYOUT, &layout, error) ||
        find_message(f, object, MESSAGE_EXTERNAL, &external, error))
        return SWATCH_FAILED;
    if (external.body.at)
        return refused(f, error, "weights in other files");
    if (!space.body.at || !type.body.at || !layout.body.at)
        return damaged(f, error, "weights are no dataset");
    if (read_space(f, space.body, &d->rank, d->shape, &count, error) ||
        read_type(f, type.body, d, error))
        return SWATCH_FAILED;
    if (__builtin_mul_overflow(count, import_type_bytes(d->type), &bytes))
        return damaged(f, error, "a shape is impossible");
    return read_layout(f, layout.body, bytes, d, error);
}
