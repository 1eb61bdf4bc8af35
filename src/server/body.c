#include "body.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FORM "multipart/form-data"
#define FORM_BUFFER 4096 // bytes in which the library looks for the ends of parts

static void fault_memory(struct body *b)
{
    answer_later(&b->fault, 503, 1, "there is no memory for the request now");
}

// Makes room for `size` bytes more of the photo. 0, or -1 after a fault.
static int grow(struct body *b, size_t size)
{
    size_t capacity = b->capacity ? b->capacity : 1 << 16;
    while (capacity < b->size + size)
        capacity *= 2;
    if (capacity == b->capacity)
        return 0;
    const size_t more = capacity - b->capacity;
    if (atomic_fetch_add(&b->room->held, more) + more > b->room->most) {
        atomic_fetch_sub(&b->room->held, more);
        fault_memory(b);
        return -1;
    }
    unsigned char *larger = realloc(b->photo, capacity);
    if (!larger) {
        atomic_fetch_sub(&b->room->held, more);
        fault_memory(b);
        return -1;
    }
    b->photo = larger;
    b->capacity = capacity;
    return 0;
}

static void add_photo(struct body *b, const char *data, size_t size)
{
    if (size && grow(b, size) == 0) {
        memcpy(b->photo + b->size, data, size);
        b->size += size;
    }
}

void body_field(struct body *b, const char *name, const char *value, size_t size)
{
    if (b->fault.status)
        return;
    if (b->count == BODY_FIELDS || strlen(name) > BODY_VALUE || size > BODY_VALUE) {
        answer_fault(&b->fault, 400, "there are more than %d options, or a very long one",
                     BODY_FIELDS);
        return;
    }
    struct server_field *field = &b->fields[b->count];
    field->name = strdup(name);
    field->value = strndup(value, size);
    b->count++; // body_free frees what is there
    if (!field->name || !field->value)
        fault_memory(b);
}

// The next bytes of the last field's value.
static void lengthen(struct body *b, const char *data, size_t size)
{
    struct server_field *field = &b->fields[b->count - 1];
    const size_t length = strlen(field->value);
    if (length + size > BODY_VALUE) {
        answer_fault(&b->fault, 400, "%.40s: the value is too long", field->name);
        return;
    }
    char *longer = realloc(field->value, length + size + 1);
    if (!longer) {
        fault_memory(b);
        return;
    }
    memcpy(longer + length, data, size);
    longer[length + size] = 0;
    field->value = longer;
}

// The photo's name is its file's, without folders.
static void take_name(struct body *b, const char *file)
{
    const char *name = file;
    for (; *file; file++)
        if (*file == '/' || *file == '\\')
            name = file + 1;
    if (strlen(name) < sizeof b->name)
        strcpy(b->name, name);
}

static enum MHD_Result take_part(void *user, enum MHD_ValueKind kind, const char *key,
                                 const char *file, const char *type, const char *encoding,
                                 const char *data, uint64_t offset, size_t size)
{
    struct body *b = user;
    (void)kind, (void)type, (void)encoding;
    if (b->fault.status)
        return MHD_NO;
    const int photo = file || (key && strcmp(key, "photo") == 0);
    // libmicrohttpd tells a part's start twice where it has four bytes of it or fewer at first: the
    // first time with none.
    const int again = offset == 0 && size && b->bare == (photo ? 1 : 2) &&
                      (photo || strcmp(b->fields[b->count - 1].name, key ? key : "") == 0);
    const int start = offset == 0 && !again;
    b->bare = start && !size ? (photo ? 1 : 2) : 0;
    if (photo) {
        if (start && b->photos++)
            answer_fault(&b->fault, 400, "a request takes one photo");
        else if (start && file)
            take_name(b, file);
        if (!b->fault.status)
            add_photo(b, data, size);
    } else if (start) {
        body_field(b, key ? key : "", data ? data : "", size);
    } else {
        lengthen(b, data, size);
    }
    return b->fault.status ? MHD_NO : MHD_YES;
}

void body_begin(struct body *b, struct MHD_Connection *connection, const char *type,
                struct body_room *room, size_t most)
{
    *b = (struct body){.room = room, .most = most};
    // curl --data-binary calls a photo an encoded form, so only the other kind of form is one.
    if (!type || strncasecmp(type, FORM, strlen(FORM)) != 0)
        return;
    b->form = MHD_create_post_processor(connection, FORM_BUFFER, take_part, b);
    if (!b->form)
        answer_fault(&b->fault, 400, "the form names no boundary");
}

void body_feed(struct body *b, const char *data, size_t size)
{
    b->arrived += size;
    if (!b->fault.status && b->arrived > b->most)
        answer_fault(&b->fault, 413, "the body is larger than %zu bytes", b->most);
    if (b->fault.status)
        return;
    if (!b->form)
        add_photo(b, data, size);
    else if (MHD_post_process(b->form, data, size) == MHD_NO && !b->fault.status)
        answer_fault(&b->fault, 400, "the form cannot be read");
}

void body_end(struct body *b)
{
    struct MHD_PostProcessor *form = b->form;
    b->form = NULL;
    if (form && MHD_destroy_post_processor(form) == MHD_NO && !b->fault.status)
        answer_fault(&b->fault, 400, "the form has no end");
    if (!b->fault.status && !b->size)
        answer_fault(&b->fault, 400, "there is no photo in the request");
}

void body_free(struct body *b)
{
    if (b->form)
        MHD_destroy_post_processor(b->form);
    for (size_t i = 0; i < b->count; i++) {
        free(b->fields[i].name);
        free(b->fields[i].value);
    }
    free(b->photo);
    if (b->room)
        atomic_fetch_sub(&b->room->held, b->capacity);
    answer_clear(&b->fault);
    *b = (struct body){0};
}
