#include "decoder.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <swatch.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "sandbox.h"
#include "wire.h"

#define MORE_MEMORY ((size_t)256 << 20) // bytes for code's own buffers, and stacks of threads

// What opens files does so now: the decoders' libraries and plugins are loaded when a picture that
// nobody knows is looked at, and one of libheif's.
static void load_libraries(void)
{
    static const char nothing[16] = "no picture", heic[32] = "\0\0\0\x18"
                                                             "ftypheic\0\0\0\0mif1heic";
    swatch_photo *photo;
    swatch_photo_from_memory("", nothing, sizeof nothing, NULL, &photo, NULL);
    swatch_photo_from_memory("", heic, sizeof heic, NULL, &photo, NULL);
}

// Copies the pixels into memory that can be handed on, and that nobody can shorten any more.
// Returns its descriptor, or -1.
static int export_pixels(const swatch_photo *photo, struct wire_pixels *told)
{
    swatch_pixels pixels = SWATCH_PIXELS_INIT;
    if (swatch_photo_pixels(photo, &pixels, NULL))
        return -1;
    const size_t area = pixels.width * pixels.height, size = area * (pixels.alpha ? 4 : 3);
    const int memory = memfd_create("pixels", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (memory < 0)
        return -1;
    uint8_t *to = ftruncate(memory, (off_t)size) == 0
                      ? mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0)
                      : MAP_FAILED;
    if (to == MAP_FAILED) {
        close(memory);
        return -1;
    }
    memcpy(to, pixels.data, 3 * area);
    if (pixels.alpha)
        memcpy(to + 3 * area, pixels.alpha, area);
    munmap(to, size);
    fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    told->width = pixels.width;
    told->height = pixels.height;
    told->has_alpha = pixels.alpha != NULL;
    if (pixels.notice)
        snprintf(told->notice, sizeof told->notice, "%s", pixels.notice);
    return memory;
}

static void decode(int connection, const struct wire_photo *asked, const void *data)
{
    struct wire_pixels told = {0};
    swatch_photo_options options = SWATCH_PHOTO_OPTIONS_INIT;
    swatch_photo *photo = NULL;
    swatch_error error;
    int memory = -1;
    options.max_pixels = asked->max_pixels;
    options.max_memory = asked->max_memory;
    told.status =
        swatch_photo_from_memory(asked->name, data, asked->bytes, &options, &photo, &error);
    if (told.status)
        snprintf(told.message, sizeof told.message, "%s", error.message);
    else if ((memory = export_pixels(photo, &told)) < 0)
        told.status = SWATCH_NO_MEMORY;
    swatch_photo_free(photo);
    wire_send(connection, &told, sizeof told, memory);
    if (memory >= 0)
        close(memory);
}

void decoder_run(int connection, size_t memory)
{
    struct wire_photo asked;
    int file;
    prctl(PR_SET_NAME, "swatch-decode");
    if (connection > 3)
        close_range(3, (unsigned)connection - 1, 0);
    close_range((unsigned)connection + 1, ~0u, 0);
    load_libraries();
    if (sandbox_enter(memory + MORE_MEMORY))
        _exit(1);
    while (wire_receive(connection, &asked, sizeof asked, &file) == 0) {
        const void *data = mmap(NULL, asked.bytes, PROT_READ, MAP_PRIVATE, file, 0);
        if (data == MAP_FAILED)
            _exit(1);
        decode(connection, &asked, data);
        munmap((void *)data, asked.bytes);
        close(file);
    }
    _exit(0);
}
