// The stack machine of pickle. Python's Lib/pickletools.py describes the instructions. An
// instruction makes at most one value of fixed size, and containers hold pointers, so memory is
// limited by the length of the input, whatever it says. There is no recursion.

#include "import/pickle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"

enum {
    OP_MARK = '(',
    OP_EMPTY_TUPLE = ')',
    OP_STOP = '.',
    OP_POP = '0',
    OP_POP_MARK = '1',
    OP_BINBYTES = 'B',
    OP_SHORT_BINBYTES = 'C',
    OP_BINFLOAT = 'G',
    OP_BININT = 'J',
    OP_BININT1 = 'K',
    OP_BININT2 = 'M',
    OP_NONE = 'N',
    OP_BINPERSID = 'Q',
    OP_REDUCE = 'R',
    OP_BINSTRING = 'T', // this and the next one: strings of Python 2
    OP_SHORT_BINSTRING = 'U',
    OP_BINUNICODE = 'X',
    OP_EMPTY_LIST = ']',
    OP_APPEND = 'a',
    OP_BUILD = 'b',
    OP_GLOBAL = 'c',
    OP_APPENDS = 'e',
    OP_BINGET = 'h',
    OP_LONG_BINGET = 'j',
    OP_BINPUT = 'q',
    OP_LONG_BINPUT = 'r',
    OP_SETITEM = 's',
    OP_TUPLE = 't',
    OP_SETITEMS = 'u',
    OP_EMPTY_DICT = '}',
    OP_PROTO = 0x80,
    OP_NEWOBJ = 0x81,
    OP_TUPLE1 = 0x85,
    OP_TUPLE2 = 0x86,
    OP_TUPLE3 = 0x87,
    OP_NEWTRUE = 0x88,
    OP_NEWFALSE = 0x89,
    OP_LONG1 = 0x8a,
    OP_LONG4 = 0x8b,
    OP_SHORT_BINUNICODE = 0x8c,
    OP_BINUNICODE8 = 0x8d,
    OP_BINBYTES8 = 0x8e,
    OP_EMPTY_SET = 0x8f,
    OP_ADDITEMS = 0x90,
    OP_FROZENSET = 0x91,
    OP_NEWOBJ_EX = 0x92,
    OP_STACK_GLOBAL = 0x93,
    OP_MEMOIZE = 0x94,
    OP_FRAME = 0x95,
    OP_BYTEARRAY8 = 0x96,
};

#define HIGHEST_PROTOCOL 5
#define VALUES_MOST ((size_t)1 << 20) // a state dict of 1,000 tensors has about 15,000

struct values {
    struct pickle_value **items; // NULL is a mark
    size_t count, room;
};

struct pickle {
    struct pickle_value *first;
    size_t count;
    char foreign[160];
};

struct machine {
    const char *name;
    const unsigned char *at, *end;
    const struct pickle_global *globals;
    struct values stack, memo;
    struct pickle *pickle;
    swatch_error *error;
};

static int fault(struct machine *m, const char *what)
{
    return error_set(m->error, SWATCH_BAD_FILE, "%s: its pickle is damaged: %s", m->name, what);
}

static int grow(struct machine *m, struct pickle_value ***items, size_t *room, size_t wanted)
{
    if (wanted <= *room)
        return SWATCH_OK;
    const size_t more = wanted > 2 * *room ? wanted : 2 * *room;
    struct pickle_value **grown = realloc(*items, more * sizeof **items);
    if (!grown)
        return error_memory(m->error);
    *items = grown;
    *room = more;
    return SWATCH_OK;
}

static int push(struct machine *m, struct pickle_value *value)
{
    struct values *s = &m->stack;
    if (grow(m, &s->items, &s->room, s->count + 1))
        return SWATCH_FAILED;
    s->items[s->count++] = value;
    return SWATCH_OK;
}

static struct pickle_value *push_new(struct machine *m, enum pickle_kind kind)
{
    if (m->pickle->count == VALUES_MOST) {
        error_set(m->error, SWATCH_BAD_FILE, "%s: its pickle has more than %zu values", m->name,
                  VALUES_MOST);
        return NULL;
    }
    struct pickle_value *value = calloc(1, sizeof *value);
    if (!value) {
        error_memory(m->error);
        return NULL;
    }
    m->pickle->count++;
    value->kind = kind;
    value->next = m->pickle->first;
    m->pickle->first = value;
    return push(m, value) ? NULL : value;
}

// The value `below` places below the top of the stack. NULL: a mark, or nothing.
static struct pickle_value *top(const struct machine *m, size_t below)
{
    // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): the count is 0 while `items` is NULL
    return below < m->stack.count ? m->stack.items[m->stack.count - 1 - below] : NULL;
}

// Takes `bytes` bytes of the input. NULL: it ends before them.
static const unsigned char *take(struct machine *m, uint64_t bytes)
{
    const unsigned char *at = m->at;
    if (bytes > (uint64_t)(m->end - m->at)) {
        fault(m, "it ends early");
        return NULL;
    }
    m->at += bytes;
    return at;
}

static int append(struct machine *m, struct pickle_value *container, struct pickle_value *value)
{
    if (grow(m, &container->items, &container->room, container->count + 1))
        return SWATCH_FAILED;
    container->items[container->count++] = value;
    return SWATCH_OK;
}

static int push_integer(struct machine *m, enum pickle_kind kind, int64_t integer)
{
    struct pickle_value *value = push_new(m, kind);
    if (!value)
        return SWATCH_FAILED;
    value->integer = integer;
    return SWATCH_OK;
}

// Pushes a number of `bytes` bytes. Numbers of four bytes have a sign, others have none.
static int push_bytes(struct machine *m, size_t bytes)
{
    const unsigned char *at = take(m, bytes);
    if (!at)
        return SWATCH_FAILED;
    return push_integer(m, PICKLE_INT,
                        bytes == 4 ? (int64_t)(int32_t)(uint32_t)bytes_number(at, 4)
                                   : (int64_t)bytes_number(at, bytes));
}

// Takes a length and as many bytes. NULL: the input ends before them.
static const unsigned char *take_counted(struct machine *m, size_t length_bytes, size_t *length)
{
    const unsigned char *count = take(m, length_bytes);
    const unsigned char *at = count ? take(m, bytes_number(count, length_bytes)) : NULL;
    if (at)
        *length = (size_t)bytes_number(count, length_bytes);
    return at;
}

static int push_long(struct machine *m, size_t length_bytes)
{
    size_t length;
    const unsigned char *at = take_counted(m, length_bytes, &length);
    if (!at)
        return SWATCH_FAILED;
    if (length > 8) {
        struct pickle_value *value = push_new(m, PICKLE_LONG);
        if (!value)
            return SWATCH_FAILED;
        value->text = (const char *)at;
        value->length = length;
        return SWATCH_OK;
    }
    uint64_t bits = bytes_number(at, length);
    if (length > 0 && length < 8 && at[length - 1] & 0x80)
        bits |= UINT64_MAX << (8 * length);
    return push_integer(m, PICKLE_INT, (int64_t)bits);
}

static int push_float(struct machine *m)
{
    const unsigned char *at = take(m, 8);
    struct pickle_value *value = at ? push_new(m, PICKLE_FLOAT) : NULL;
    uint64_t bits = 0;
    if (!value)
        return SWATCH_FAILED;
    for (size_t i = 0; i < 8; i++) // the highest byte is first here
        bits = bits << 8 | at[i];
    memcpy(&value->real, &bits, sizeof bits);
    return SWATCH_OK;
}

static int push_string(struct machine *m, size_t length_bytes)
{
    size_t length;
    const unsigned char *at = take_counted(m, length_bytes, &length);
    struct pickle_value *value = at ? push_new(m, PICKLE_STRING) : NULL;
    if (!value)
        return SWATCH_FAILED;
    value->text = (const char *)at;
    value->length = length;
    return SWATCH_OK;
}

static int push_other(struct machine *m)
{
    return push_new(m, PICKLE_OTHER) ? SWATCH_OK : SWATCH_FAILED;
}

static int skip_bytes(struct machine *m, size_t length_bytes)
{
    size_t length;
    return take_counted(m, length_bytes, &length) ? push_other(m) : SWATCH_FAILED;
}

static int same(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && memcmp(text, word, length) == 0;
}

static int push_global(struct machine *m, const char *module, size_t module_length,
                       const char *name, size_t name_length)
{
    for (size_t i = 0; m->globals[i].module; i++)
        if (same(module, module_length, m->globals[i].module) &&
            same(name, name_length, m->globals[i].name))
            return push_integer(m, PICKLE_GLOBAL, (int64_t)i);
    if (!m->pickle->foreign[0])
        snprintf(m->pickle->foreign, sizeof m->pickle->foreign, "%.*s.%.*s",
                 (int)(module_length < 70 ? module_length : 70), module,
                 (int)(name_length < 70 ? name_length : 70), name);
    return push_other(m);
}

static int read_global(struct machine *m)
{
    const unsigned char *words[3] = {m->at, NULL, NULL};
    for (size_t i = 0; i < 2; i++) {
        const unsigned char *line = memchr(words[i], '\n', (size_t)(m->end - words[i]));
        if (!line)
            return fault(m, "it ends early");
        words[i + 1] = line + 1;
    }
    m->at = words[2];
    return push_global(m, (const char *)words[0], (size_t)(words[1] - words[0] - 1),
                       (const char *)words[1], (size_t)(words[2] - words[1] - 1));
}

static int stack_global(struct machine *m)
{
    const struct pickle_value *name = top(m, 0), *module = top(m, 1);
    if (!name || !module || name->kind != PICKLE_STRING || module->kind != PICKLE_STRING)
        return fault(m, "a global's name is no string");
    m->stack.count -= 2;
    return push_global(m, module->text, module->length, name->text, name->length);
}

// The place on the stack above the last mark. SIZE_MAX: there is no mark.
static size_t after_mark(const struct machine *m)
{
    size_t i = m->stack.count;
    while (i > 0 && m->stack.items[i - 1])
        i--;
    return i > 0 ? i : SIZE_MAX;
}

// Replaces the `count` topmost values, and `marks` below them, by a container of these values.
static int collect(struct machine *m, enum pickle_kind kind, size_t count, size_t marks)
{
    struct pickle_value **items = NULL;
    size_t room = 0;
    for (size_t i = 0; i < count; i++)
        if (!top(m, i))
            return fault(m, "its stack is empty");
    if (grow(m, &items, &room, count))
        return SWATCH_FAILED;
    if (count > 0)
        memcpy(items, m->stack.items + m->stack.count - count, count * sizeof *items);
    m->stack.count -= count + marks;
    struct pickle_value *value = push_new(m, kind);
    if (!value) {
        free(items);
        return SWATCH_FAILED;
    }
    value->items = items;
    value->count = count;
    value->room = room;
    return SWATCH_OK;
}

static int collect_tuple(struct machine *m)
{
    const size_t start = after_mark(m);
    if (start == SIZE_MAX)
        return fault(m, "a mark is missing");
    return collect(m, PICKLE_TUPLE, m->stack.count - start, 1);
}

// Moves the values from place `first` on into the container that is below them and `marks` marks.
static int extend(struct machine *m, enum pickle_kind kind, size_t first, size_t marks)
{
    struct pickle_value *container = first > marks ? m->stack.items[first - marks - 1] : NULL;
    if (!container || (container->kind != kind && container->kind != PICKLE_OTHER))
        return fault(m, "it adds to what is no list or dictionary");
    if (kind == PICKLE_DICT && (m->stack.count - first) % 2)
        return fault(m, "a key has no value");
    for (size_t i = first; container->kind == kind && i < m->stack.count; i++)
        if (append(m, container, m->stack.items[i]))
            return SWATCH_FAILED;
    m->stack.count = first - marks;
    return SWATCH_OK;
}

static int extend_by(struct machine *m, enum pickle_kind kind, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!top(m, i))
            return fault(m, "its stack is empty");
    return extend(m, kind, m->stack.count - count, 0);
}

static int extend_after_mark(struct machine *m, enum pickle_kind kind)
{
    const size_t start = after_mark(m);
    return start == SIZE_MAX ? fault(m, "a mark is missing") : extend(m, kind, start, 1);
}

// Removes `count` values from the stack.
static int drop(struct machine *m, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!top(m, i))
            return fault(m, "its stack is empty");
    m->stack.count -= count;
    return SWATCH_OK;
}

// Removes everything above the last mark and the mark.
static int drop_after_mark(struct machine *m)
{
    const size_t start = after_mark(m);
    if (start == SIZE_MAX)
        return fault(m, "a mark is missing");
    m->stack.count = start - 1;
    return SWATCH_OK;
}

// Calls the function, or makes an object of the class, that is below `arguments` values.
static int call(struct machine *m, size_t arguments)
{
    const struct pickle_value *callee = top(m, arguments);
    const int known = callee && callee->kind == PICKLE_GLOBAL;
    if (!callee || (!known && callee->kind != PICKLE_OTHER) || !top(m, 0) ||
        top(m, arguments - 1)->kind != PICKLE_TUPLE)
        return fault(m, "it calls what is no function");
    if (!known || arguments > 1 || m->globals[callee->integer].makes_dict) {
        const int dict = known && m->globals[callee->integer].makes_dict;
        m->stack.count -= 1 + arguments;
        return push_new(m, dict ? PICKLE_DICT : PICKLE_OTHER) ? SWATCH_OK : SWATCH_FAILED;
    }
    // The call keeps its arguments as its item, and the function in `integer`. No instruction can
    // append to it.
    const int64_t global = callee->integer;
    m->stack.items[m->stack.count - 2] = m->stack.items[m->stack.count - 1];
    m->stack.count--;
    if (collect(m, PICKLE_CALL, 1, 0))
        return SWATCH_FAILED;
    top(m, 0)->integer = global;
    return SWATCH_OK;
}

// Ignores the attributes of an object. A state dict has its version there.
static int build(struct machine *m)
{
    return top(m, 1) ? drop(m, 1) : fault(m, "it sets attributes of nothing");
}

// Stores the top of the stack in the memo. Python numbers the entries in order, so a gap is an
// error.
static int memo_put(struct machine *m, size_t index)
{
    struct values *memo = &m->memo;
    if (!top(m, 0))
        return fault(m, "its stack is empty");
    if (index > memo->count)
        return fault(m, "its memo has gaps");
    if (grow(m, &memo->items, &memo->room, index + 1))
        return SWATCH_FAILED;
    memo->items[index] = top(m, 0);
    memo->count += index == memo->count;
    return SWATCH_OK;
}

static int memo_put_at(struct machine *m, size_t bytes)
{
    const unsigned char *at = take(m, bytes);
    return at ? memo_put(m, (size_t)bytes_number(at, bytes)) : SWATCH_FAILED;
}

static int memo_get(struct machine *m, size_t bytes)
{
    const unsigned char *at = take(m, bytes);
    if (!at)
        return SWATCH_FAILED;
    if (bytes_number(at, bytes) >= m->memo.count)
        return fault(m, "its memo lacks an entry");
    return push(m, m->memo.items[bytes_number(at, bytes)]);
}

static int read_protocol(struct machine *m)
{
    const unsigned char *protocol = take(m, 1);
    if (!protocol)
        return SWATCH_FAILED;
    if (*protocol < 2 || *protocol > HIGHEST_PROTOCOL)
        return error_set(m->error, SWATCH_BAD_FILE, "%s: pickle protocol %d, not 2 to %d", m->name,
                         *protocol, HIGHEST_PROTOCOL);
    return SWATCH_OK;
}

static int step(struct machine *m, unsigned char op)
{
    switch (op) {
    case OP_PROTO:
        return read_protocol(m);
    case OP_FRAME: // a length, for readers that read in parts
        return take(m, 8) ? SWATCH_OK : SWATCH_FAILED;
    case OP_MARK:
        return push(m, NULL);
    case OP_NONE:
        return push_integer(m, PICKLE_NONE, 0);
    case OP_NEWTRUE:
    case OP_NEWFALSE:
        return push_integer(m, PICKLE_BOOL, op == OP_NEWTRUE);
    case OP_BININT:
        return push_bytes(m, 4);
    case OP_BININT1:
        return push_bytes(m, 1);
    case OP_BININT2:
        return push_bytes(m, 2);
    case OP_LONG1:
        return push_long(m, 1);
    case OP_LONG4:
        return push_long(m, 4);
    case OP_BINFLOAT:
        return push_float(m);
    case OP_BINUNICODE:
    case OP_BINSTRING:
        return push_string(m, 4);
    case OP_SHORT_BINUNICODE:
    case OP_SHORT_BINSTRING:
        return push_string(m, 1);
    case OP_BINUNICODE8:
        return push_string(m, 8);
    case OP_SHORT_BINBYTES:
        return skip_bytes(m, 1);
    case OP_BINBYTES:
        return skip_bytes(m, 4);
    case OP_BINBYTES8:
    case OP_BYTEARRAY8:
        return skip_bytes(m, 8);
    case OP_EMPTY_SET:
        return push_other(m);
    case OP_ADDITEMS:
        return drop_after_mark(m) || !top(m, 0) ? fault(m, "it adds to no set") : SWATCH_OK;
    case OP_FROZENSET:
        return drop_after_mark(m) ? SWATCH_FAILED : push_other(m);
    case OP_POP:
        return drop(m, 1);
    case OP_POP_MARK:
        return drop_after_mark(m);
    case OP_GLOBAL:
        return read_global(m);
    case OP_STACK_GLOBAL:
        return stack_global(m);
    case OP_EMPTY_TUPLE:
    case OP_TUPLE1:
    case OP_TUPLE2:
    case OP_TUPLE3:
        return collect(m, PICKLE_TUPLE, op == OP_EMPTY_TUPLE ? 0 : (size_t)op - OP_TUPLE1 + 1, 0);
    case OP_TUPLE:
        return collect_tuple(m);
    case OP_EMPTY_LIST:
    case OP_EMPTY_DICT:
        return push_new(m, op == OP_EMPTY_LIST ? PICKLE_LIST : PICKLE_DICT) ? SWATCH_OK
                                                                            : SWATCH_FAILED;
    case OP_APPEND:
        return extend_by(m, PICKLE_LIST, 1);
    case OP_APPENDS:
        return extend_after_mark(m, PICKLE_LIST);
    case OP_SETITEM:
        return extend_by(m, PICKLE_DICT, 2);
    case OP_SETITEMS:
        return extend_after_mark(m, PICKLE_DICT);
    case OP_REDUCE:
    case OP_NEWOBJ:
        return call(m, 1);
    case OP_NEWOBJ_EX:
        return call(m, 2);
    case OP_BUILD:
        return build(m);
    case OP_BINPERSID:
        return collect(m, PICKLE_PERSISTENT, 1, 0);
    case OP_BINPUT:
    case OP_LONG_BINPUT:
        return memo_put_at(m, op == OP_BINPUT ? 1 : 4);
    case OP_MEMOIZE:
        return memo_put(m, m->memo.count);
    case OP_BINGET:
    case OP_LONG_BINGET:
        return memo_get(m, op == OP_BINGET ? 1 : 4);
    default:
        return error_set(
            m->error, SWATCH_BAD_FILE,
            "%s: its pickle has the instruction 0x%02x, which no file of tensors needs", m->name,
            op);
    }
}

int pickle_read(const char *name, const unsigned char *data, size_t size, size_t *at,
                const struct pickle_global *globals, struct pickle **pickle,
                const struct pickle_value **root, swatch_error *error)
{
    struct machine m = {.name = name, .globals = globals, .error = error};
    int status = SWATCH_FAILED;
    *pickle = m.pickle = calloc(1, sizeof *m.pickle);
    if (!m.pickle)
        return error_memory(error);
    if (*at < size) {
        m.at = data + *at;
        m.end = data + size;
    }
    for (;;) {
        const unsigned char *op = take(&m, 1);
        if (!op)
            goto done;
        if (*op == OP_STOP)
            break;
        if (step(&m, *op))
            goto done;
    }
    if (m.stack.count != 1 || !top(&m, 0)) {
        fault(&m, "it does not end with one value");
        goto done;
    }
    *root = top(&m, 0);
    *at = (size_t)(m.at - data);
    status = SWATCH_OK;
done:
    free(m.stack.items);
    free(m.memo.items);
    if (status) {
        pickle_free(*pickle);
        *pickle = NULL;
    }
    return status;
}

void pickle_free(struct pickle *pickle)
{
    if (!pickle)
        return;
    for (struct pickle_value *v = pickle->first, *next; v; v = next) {
        next = v->next;
        if (v->kind >= PICKLE_TUPLE)
            free(v->items);
        free(v);
    }
    free(pickle);
}

const char *pickle_foreign(const struct pickle *pickle)
{
    return pickle->foreign[0] ? pickle->foreign : NULL;
}

const struct pickle_value *pickle_values(const struct pickle *pickle)
{
    return pickle->first;
}

int pickle_is(const struct pickle_value *string, const char *text)
{
    return string->kind == PICKLE_STRING && same(string->text, string->length, text);
}

const struct pickle_value *pickle_get(const struct pickle_value *dict, const char *key)
{
    if (dict->kind == PICKLE_DICT)
        for (size_t i = 0; i + 1 < dict->count; i += 2)
            if (pickle_is(dict->items[i], key))
                return dict->items[i + 1];
    return NULL;
}
