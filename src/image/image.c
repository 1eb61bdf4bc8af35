// Pictures in memory: making, resizing and text, and what this folder shares of libvips. load.c
// decodes, png.c encodes.

#include "image/image.h"

#include <dlfcn.h>
#include <gmodule.h>
#include <limits.h>
#include <math.h>
#include <omp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "base/threads.h"
#include "image/vips.h"

#define LONGEST_SIDE ((size_t)10000000) // libvips' own limit
#define TEXT_THREADS 4                  // of Pango (fontconfig is asked in three) and libvips

static pthread_once_t started = PTHREAD_ONCE_INIT;
static int start_status;
static atomic_int there; // libvips runs

_Thread_local char image_warned[IMAGE_NOTICE];

// Keeps what libvips warns of, from "VipsJpeg: Corrupt JPEG data ..." the part behind the colon.
static void keep_warning(const gchar *domain, GLogLevelFlags level, const gchar *message,
                         gpointer data)
{
    (void)domain, (void)data;
    if (!(level & G_LOG_LEVEL_WARNING))
        return;
    if (strncmp(message, "VipsJpeg: ", 10) == 0)
        message += 10;
    snprintf(image_warned, sizeof image_warned, "%.*s", (int)strcspn(message, "\n"), message);
}

static void start(void)
{
    // Standard error is not ours to write.
    g_log_set_handler("VIPS", G_LOG_LEVEL_WARNING | G_LOG_LEVEL_INFO, keep_warning, NULL);
    start_status = VIPS_INIT("swatch");
    if (start_status)
        return;
    vips_cache_set_max(0);
    vips_concurrency_set(1);
    vips_block_untrusted_set(TRUE);
    there = 1;
}

int image_start(void)
{
    if (!there && memory_probe(0, "libvips", NULL))
        return -1;
    pthread_once(&started, start);
    return start_status;
}

// Opens all that lies where libvips looks at its start, beside itself.
static void load_modules(void)
{
    Dl_info library;
    char path[PATH_MAX];
    if (!dladdr((void *)vips_init, &library))
        return;
    const char *end = strrchr(library.dli_fname, '/');
    if (!end)
        return;
    snprintf(path, sizeof path, "%.*s/vips-modules-%d.%d", (int)(end - library.dli_fname),
             library.dli_fname, vips_version(0), vips_version(1));
    GDir *modules = g_dir_open(path, 0, NULL);
    for (const char *name; modules && (name = g_dir_read_name(modules));) {
        char *file = g_build_filename(path, name, NULL);
        GModule *module = g_module_open(file, G_MODULE_BIND_LAZY);
        if (module)
            g_module_make_resident(module);
        g_free(file);
    }
    if (modules)
        g_dir_close(modules);
    vips_block_untrusted_set(TRUE);
}

void image_load_modules(void)
{
    static pthread_once_t loaded = PTHREAD_ONCE_INIT;
    pthread_once(&loaded, load_modules);
}

int image_fault(const char *name, swatch_error *error)
{
    if (!there)
        return error_set(error, SWATCH_NO_MEMORY, "%s: out of memory: libvips cannot start", name);
    // The first line is the cause, and begins with the operation: "VipsJpeg: premature end ...".
    char *said = vips_error_buffer_copy();
    said[strcspn(said, "\n")] = 0;
    const size_t word = strcspn(said, " :");
    const char *cause = strncmp(said + word, ": ", 2) == 0 ? said + word + 2 : said;
    // Threads are lacking as memory is. libheif calls its own limits an error of memory, too, but
    // they are the file's fault.
    const int memory = (strcasestr(cause, "memory") || strcasestr(cause, "create thread")) &&
                       !strcasestr(cause, "security limit");
    const int status = error_set(error, memory ? SWATCH_NO_MEMORY : SWATCH_FAILED, "%s: %.200s",
                                 name, *cause ? cause : "damaged, or not enough memory");
    g_free(said);
    return status;
}

int image_new(struct image *image, size_t width, size_t height, size_t bands, swatch_error *error)
{
    size_t bytes;
    *image = (struct image){0};
    if (width == 0 || height == 0 || bands == 0 || width > LONGEST_SIDE || height > LONGEST_SIDE ||
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

VipsImage *image_view(const struct image *image)
{
    if (image_start())
        return NULL;
    return vips_image_new_from_memory(image->pixels, image->width * image->height * image->bands,
                                      (int)image->width, (int)image->height, (int)image->bands,
                                      VIPS_FORMAT_UCHAR);
}

int image_take(VipsImage *from, struct image *image, const char *name, swatch_error *error)
{
    size_t bytes = 0;
    *image = (struct image){0};
    if (vips_image_get_format(from) != VIPS_FORMAT_UCHAR)
        return error_set(error, SWATCH_FAILED, "%s: its samples cannot be brought to 8 bits", name);
    void *pixels = vips_image_write_to_memory(from, &bytes);
    if (!pixels)
        return image_fault(name, error);
    // GLib's allocator is malloc (since 2.46), so image_free's free() may release it.
    *image = (struct image){.width = (size_t)vips_image_get_width(from),
                            .height = (size_t)vips_image_get_height(from),
                            .bands = (size_t)vips_image_get_bands(from),
                            .pixels = pixels};
    return SWATCH_OK;
}

// Shrinks first, then enlarges. Not in one call: libvips' resize moves a picture by half a pixel in
// the direction in which it does not enlarge, if there is one (seen in 8.14).
static int scale(VipsImage *from, int width, int height, VipsImage **scaled)
{
    VipsObject *scope = VIPS_OBJECT(vips_image_new());
    VipsImage **t = (VipsImage **)vips_object_local_array(scope, 1);
    VipsInterpolate *bicubic = vips_interpolate_new("bicubic");
    VipsArrayInt *area = vips_array_int_newv(4, 0, 0, width, height);
    int failed = !bicubic || vips_resize(from, &t[0], fmin(1, (double)width / from->Xsize),
                                         "vscale", fmin(1, (double)height / from->Ysize), "kernel",
                                         VIPS_KERNEL_CUBIC, NULL);
    if (!failed) {
        // Pixels are squares, so it is their middles that lie s times as far apart.
        const double x = (double)width / t[0]->Xsize, y = (double)height / t[0]->Ysize;
        failed = x == 1 && y == 1 ? vips_copy(t[0], scaled, NULL)
                                  : vips_affine(t[0], scaled, x, 0, 0, y, "odx", (x - 1) / 2, "ody",
                                                (y - 1) / 2, "oarea", area, "interpolate", bicubic,
                                                "extend", VIPS_EXTEND_COPY, NULL);
    }
    vips_area_unref(VIPS_AREA(area));
    if (bicubic)
        g_object_unref(bicubic);
    g_object_unref(scope);
    return failed;
}

// Averages must not count the color of what is transparent, so alpha is multiplied in before and
// divided out after.
static int resize(VipsImage *view, int width, int height, VipsImage **scaled)
{
    VipsObject *scope = VIPS_OBJECT(vips_image_new());
    VipsImage **t = (VipsImage **)vips_object_local_array(scope, 4);
    const int failed =
        vips_image_get_bands(view) != 4
            ? scale(view, width, height, scaled)
            : vips_premultiply(view, &t[0], NULL) || scale(t[0], width, height, &t[1]) ||
                  vips_unpremultiply(t[1], &t[2], NULL) || vips_rint(t[2], &t[3], NULL) ||
                  vips_cast_uchar(t[3], scaled, NULL);
    g_object_unref(scope);
    return failed;
}

int image_resize(const struct image *image, size_t width, size_t height, struct image *resized,
                 swatch_error *error)
{
    VipsImage *view = NULL, *scaled = NULL;
    int status = SWATCH_FAILED;
    *resized = (struct image){0};
    if (width == 0 || height == 0 || width > LONGEST_SIDE || height > LONGEST_SIDE)
        return error_set(error, SWATCH_FAILED, "a picture cannot be resized to %zu x %zu", width,
                         height);
    view = image_view(image);
    if (!view || resize(view, (int)width, (int)height, &scaled)) {
        image_fault("resizing", error);
        goto done;
    }
    vips_image_set_int(scaled, VIPS_META_CONCURRENCY, omp_get_max_threads());
    status = image_take(scaled, resized, "resizing", error);
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

// With its first texts Pango starts threads, and ends the process where it cannot.
static int text_start(swatch_error *error)
{
    static atomic_int draws;
    if (draws)
        return SWATCH_OK;
    if (image_start())
        return image_fault("libvips", error);
    if (!threads_can_start(TEXT_THREADS))
        return error_set(error, SWATCH_NO_MEMORY, "drawing text: no thread can be started");
    const int status = memory_probe(0, "drawing text", error);
    draws = !status;
    return status;
}

// libvips gives the ink alone and where it lies in its line; the mask is the whole line.
int image_text(const char *text, size_t size, int bold, struct image *mask, swatch_error *error)
{
    char font[64];
    VipsImage *drawn = NULL, *line = NULL;
    int status = SWATCH_FAILED;
    *mask = (struct image){0};
    if (size == 0 || size > LONGEST_SIDE)
        return error_set(error, SWATCH_USAGE, "text of %zu pixels cannot be drawn", size);
    char *line_text = text_line(text);
    if (!line_text)
        return error_memory(error);
    const int blank = line_text[strspn(line_text, " ")] == 0;
    char *escaped = g_markup_escape_text(line_text, -1);
    free(line_text);
    // At 72 dots an inch a point is a pixel; DejaVu's lines are 1.164 times its size.
    // Pango reads the size with a decimal point in every locale.
    snprintf(font, sizeof font, "DejaVu Sans %s%s", bold ? "Bold " : "",
             FIXED((double)size / 1.164, 1));
    if (blank) {
        status = image_new(mask, 1, size, 1, error);
        if (!status)
            memset(mask->pixels, 0, size);
    } else if (text_start(error)) {
        status = SWATCH_FAILED;
    } else if (vips_text(&drawn, escaped, "font", font, "dpi", 72, NULL) ||
               vips_embed(
                   drawn, &line, vips_image_get_xoffset(drawn), vips_image_get_yoffset(drawn),
                   vips_image_get_xoffset(drawn) + vips_image_get_width(drawn), (int)size, NULL)) {
        image_fault("drawing text", error);
    } else {
        status = image_take(line, mask, "drawing text", error);
    }
    if (line)
        g_object_unref(line);
    if (drawn)
        g_object_unref(drawn);
    g_free(escaped);
    return status;
}
