// Pictures in memory: making, resizing, text, and what the folder shares of libvips. Decoding is
// load.c, encoding save.c and palette_png.c.

#include "image/image.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "image/vips.h"

static pthread_once_t started = PTHREAD_ONCE_INIT;
static int start_status;

static void ignore(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data)
{
    (void)domain, (void)level, (void)message, (void)data;
}

static void start(void)
{
    start_status = VIPS_INIT("swatch");
    if (start_status)
        return;
    vips_cache_set_max(0);
    vips_concurrency_set(1);
    vips_block_untrusted_set(TRUE);
    // What matters of libvips' warnings comes back as errors; standard error is not ours to write.
    g_log_set_handler("VIPS", G_LOG_LEVEL_WARNING | G_LOG_LEVEL_INFO, ignore, NULL);
}

int vips_start(void)
{
    pthread_once(&started, start);
    return start_status;
}

int vips_fault(const char *name, swatch_error *error)
{
    char line[256];
    const char *said = vips_error_buffer();
    const size_t length = strcspn(said, "\n");
    snprintf(line, sizeof line, "%.*s", (int)(length < 200 ? length : 200), said);
    vips_error_clear();
    return error_set(error, SWATCH_FAILED, "%s: %s", name, *line ? line : "libvips failed");
}

int image_new(struct image *image, size_t width, size_t height, size_t bands, swatch_error *error)
{
    size_t bytes;
    *image = (struct image){0};
    if (width == 0 || height == 0 || bands == 0 || width > INT32_MAX || height > INT32_MAX ||
        __builtin_mul_overflow(width, height, &bytes) ||
        __builtin_mul_overflow(bytes, bands, &bytes))
        return error_set(error, SWATCH_FAILED, "a picture of %zu x %zu x %zu is empty or too large",
                         width, height, bands);
    uint8_t *pixels = malloc(bytes);
    if (!pixels)
        return error_memory(error);
    *image = (struct image){.width = width, .height = height, .bands = bands, .pixels = pixels};
    return SWATCH_OK;
}

void image_free(struct image *image)
{
    free(image->pixels);
    *image = (struct image){0};
}

VipsImage *vips_view(const struct image *image)
{
    if (vips_start())
        return NULL;
    return vips_image_new_from_memory(image->pixels, image->width * image->height * image->bands,
                                      (int)image->width, (int)image->height, (int)image->bands,
                                      VIPS_FORMAT_UCHAR);
}

int vips_take(VipsImage *from, struct image *image, const char *name, swatch_error *error)
{
    size_t bytes = 0;
    *image = (struct image){0};
    if (vips_image_get_format(from) != VIPS_FORMAT_UCHAR)
        return error_set(error, SWATCH_FAILED, "%s: its samples cannot be brought to 8 bits", name);
    void *pixels = vips_image_write_to_memory(from, &bytes);
    if (!pixels)
        return vips_fault(name, error);
    // GLib's allocator is malloc (since 2.46), so image_free's free() may release it.
    *image = (struct image){.width = (size_t)vips_image_get_width(from),
                            .height = (size_t)vips_image_get_height(from),
                            .bands = (size_t)vips_image_get_bands(from),
                            .pixels = pixels};
    return SWATCH_OK;
}

int image_resize(const struct image *image, size_t width, size_t height, struct image *resized,
                 swatch_error *error)
{
    VipsImage *view = NULL, *scaled = NULL;
    int status = SWATCH_FAILED;
    *resized = (struct image){0};
    if (width == 0 || height == 0 || width > INT32_MAX || height > INT32_MAX)
        return error_set(error, SWATCH_FAILED, "a picture cannot be resized to %zu x %zu", width,
                         height);
    view = vips_view(image);
    if (!view ||
        vips_resize(view, &scaled, (double)width / (double)image->width, "vscale",
                    (double)height / (double)image->height, "kernel", VIPS_KERNEL_CUBIC, NULL)) {
        vips_fault("resizing", error);
        goto done;
    }
    status = vips_take(scaled, resized, "resizing", error);
    if (!status && (resized->width != width || resized->height != height)) {
        image_free(resized);
        status = error_set(error, SWATCH_FAILED, "resizing to %zu x %zu failed", width, height);
    }
done:
    if (scaled)
        g_object_unref(scaled);
    if (view)
        g_object_unref(view);
    return status;
}

int image_text(const char *text, size_t size, int bold, struct image *mask, swatch_error *error)
{
    char font[64];
    VipsImage *drawn = NULL;
    int status;
    *mask = (struct image){0};
    if (vips_start())
        return vips_fault("text", error);
    char *escaped = g_markup_escape_text(text, -1);
    // At 72 dots an inch a point is a pixel; DejaVu's lines are 1.17 times its size.
    snprintf(font, sizeof font, "DejaVu Sans %s%.1f", bold ? "Bold " : "", (double)size / 1.17);
    status = vips_text(&drawn, escaped, "font", font, "dpi", 72, NULL)
                 ? vips_fault("text", error)
                 : vips_take(drawn, mask, "text", error);
    if (drawn)
        g_object_unref(drawn);
    g_free(escaped);
    return status;
}
