// From a file to the header of a picture. Every file is read into memory and recognized by its
// content. So names with brackets, which libvips takes for options, and wrong endings do no harm,
// and a failing disk is an error, where a mapped file would give SIGBUS. The header is read first,
// and a picture that is too large is refused before a pixel is decoded.

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "image/vips.h"

#define INPUT_LIMIT ((size_t)1 << 30) // bytes of a file
// Memory that a photo of a person takes at most on its way to its files (docs/decisions.md,
// "Memory"); and that it takes while it is decoded, besides the samples of its file, twice: as they
// were read, and as they were turned.
#define BYTES_PER_PIXEL 13
#define DECODED_PER_PIXEL 4

// What people take for photos, or have beside them, and how it begins.
static const struct kind {
    size_t at, size;
    const char *mark, *called;
} kinds[] = {
    {4, 8, "ftypcrx ", "a RAW photo; make a JPEG, PNG or TIFF of it"},
    {8, 2, "CR", "a RAW photo; make a JPEG, PNG or TIFF of it"},
    {0, 4, "IIRO", "a RAW photo; make a JPEG, PNG or TIFF of it"},
    {0, 4, "IIRS", "a RAW photo; make a JPEG, PNG or TIFF of it"},
    {0, 4, "IIU\0", "a RAW photo; make a JPEG, PNG or TIFF of it"},
    {0, 15, "FUJIFILMCCD-RAW", "a RAW photo; make a JPEG, PNG or TIFF of it"},
    {4, 7, "ftypmp4", "a video, not a photo"},
    {4, 7, "ftypiso", "a video, not a photo"},
    {4, 7, "ftypM4V", "a video, not a photo"},
    {4, 7, "ftypqt ", "a video, not a photo"},
    {4, 7, "ftypavc", "a video, not a photo"},
    {4, 7, "ftyp3gp", "a video, not a photo"},
    {0, 4, "\x1a\x45\xdf\xa3", "a video, not a photo"},
    {8, 4, "AVI ", "a video, not a photo"},
    {0, 5, "%PDF-", "a PDF, not a photo"},
};

static unsigned number(const unsigned char *at, size_t bytes, int little)
{
    unsigned value = 0;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | at[little ? bytes - 1 - i : i];
    return value;
}

// Whether the first picture of a TIFF is by its own word (NewSubfileType, always the first tag) a
// smaller version of another one: so RAW photos of Adobe, Nikon and Sony begin.
static int begins_small(const unsigned char *data, size_t size)
{
    const int little = size > 8 && memcmp(data, "II*\0", 4) == 0;
    if (size <= 8 || (!little && memcmp(data, "MM\0*", 4) != 0))
        return 0;
    const size_t at = number(data + 4, 4, little);
    return at <= size && size - at >= 14 && number(data + at + 2, 2, little) == 254 &&
           (data[at + 2 + 8 + (little ? 0 : 3)] & 1);
}

// What the bytes are, if it is known that they are no photo; else NULL.
static const char *known_kind(const void *data, size_t size)
{
    for (const struct kind *k = kinds; k < kinds + sizeof kinds / sizeof *kinds; k++)
        if (size >= k->at + k->size && memcmp((const char *)data + k->at, k->mark, k->size) == 0 &&
            (k->at != 8 || memcmp(data, "II", 2) == 0 || memcmp(data, "RIFF", 4) == 0))
            return k->called;
    return begins_small(data, size) ? kinds[0].called : NULL;
}

// Whether libvips has a trusted loader for what begins like this (it does not trust those for SVG,
// PDF and whatever else ImageMagick knows). Takes over the source. A TIFF may keep its directory
// at its end, so a source has to be all of a file.
static int is_known(VipsSource *source)
{
    const char *loader = source ? vips_foreign_find_load_source(source) : NULL;
    if (source && !loader) {
        image_load_modules();
        loader = vips_foreign_find_load_source(source);
    }
    const void *class = loader ? vips_class_find("VipsOperation", loader) : NULL;
    if (source)
        g_object_unref(source);
    vips_error_clear();
    return class && !(VIPS_OPERATION_CLASS(class)->flags & VIPS_OPERATION_UNTRUSTED);
}

static int refuse(const char *name, const void *data, size_t size, swatch_error *error)
{
    const char *called = known_kind(data, size);
    return error_set(error, SWATCH_BAD_FILE, "%s: %s", name,
                     called ? called : "not a picture in a format that can be read");
}

int image_is_picture(const char *path, swatch_error *error)
{
    unsigned char head[64];
    struct stat info;
    if (strcmp(path, "-") == 0 || stat(path, &info) || !S_ISREG(info.st_mode) ||
        info.st_size == 0 || image_start())
        return 1;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 1;
    const ssize_t got = pread(file, head, sizeof head, 0);
    const int known = got <= 0 || (!known_kind(head, (size_t)got) &&
                                   is_known(vips_source_new_from_descriptor(file)));
    close(file);
    if (!known)
        refuse(path, head, (size_t)got, error);
    return known;
}

int picture_read(const char *path, struct picture *picture, char **data, swatch_error *error)
{
    picture->name = strcmp(path, "-") == 0 ? "standard input" : path;
    if (!image_is_picture(path, error) || file_read(path, INPUT_LIMIT, data, &picture->size, error))
        return SWATCH_FAILED;
    picture->data = *data;
    return SWATCH_OK;
}

// Whether memory is there for the picture, in which a pixel takes `sample` bytes.
static int check_memory(struct picture *p, size_t pixels, size_t sample, swatch_error *error)
{
    const size_t share = p->how && p->how->memory ? p->how->memory : memory_share() / 2;
    const size_t decoding = 2 * sample + DECODED_PER_PIXEL;
    const size_t each = decoding > BYTES_PER_PIXEL ? decoding : BYTES_PER_PIXEL;
    if (share <= p->size || pixels > (share - p->size) / each)
        return error_set(error, SWATCH_TOO_LARGE,
                         "%s: its work takes %zu MB of memory; the limit is %zu MB", p->name,
                         (pixels * each + p->size) >> 20, share >> 20);
    if (p->how && p->how->admit && !p->admitted) {
        if (p->how->admit(p->how->user, pixels * each + p->size))
            return error_set(error, SWATCH_CANCELLED, "%s: not admitted", p->name);
        p->admitted = 1;
    }
    return memory_probe(pixels * each, p->name, error);
}

// Whether the picture has at most `limit` pixels, and memory is there for them.
static int check_size(struct picture *p, const VipsImage *image, swatch_error *error)
{
    const size_t width = (size_t)vips_image_get_width(image);
    const size_t height = (size_t)vips_image_get_height(image);
    const size_t limit = p->limit ? p->limit : IMAGE_DEFAULT_LIMIT;
    if (width > limit / height)
        return error_set(error, SWATCH_TOO_LARGE,
                         "%s: %zu x %zu pixels are more than the limit of %zu", p->name, width,
                         height, limit);
    return check_memory(p, width * height, VIPS_IMAGE_SIZEOF_PEL(image), error);
}

// TIFFs of numbers that no table says how to show: where white lies is their writer's secret.
static int check_samples(const struct picture *p, const VipsImage *image, swatch_error *error)
{
    const char *loader;
    const VipsBandFormat format = vips_image_get_format(image);
    if (vips_image_get_string(image, VIPS_META_LOADER, &loader) ||
        strncmp(loader, "tiffload", 8) != 0 || format == VIPS_FORMAT_UCHAR ||
        format == VIPS_FORMAT_USHORT || image->Coding != VIPS_CODING_NONE ||
        vips_image_get_interpretation(image) == VIPS_INTERPRETATION_LAB ||
        vips_image_get_interpretation(image) == VIPS_INTERPRETATION_LABS)
        return SWATCH_OK;
    return error_set(error, SWATCH_BAD_FILE,
                     "%s: its samples are %s, and which of them is white is not said; save it with "
                     "8 or 16 bits",
                     p->name,
                     vips_band_format_isfloat(format) ? "fractions"
                     : vips_format_sizeof(format) > vips_format_sizeof(VIPS_FORMAT_USHORT)
                         ? "32-bit integers"
                         : "signed integers");
}

// Opens the header and refuses what is not a picture or too large.
static VipsImage *open_header(struct picture *p, VipsFailOn fail_on, swatch_error *error)
{
    if (image_start()) {
        image_fault("libvips", error);
        return NULL;
    }
    if (p->size == 0) {
        error_set(error, SWATCH_BAD_FILE, "%s: the file is empty", p->name);
        return NULL;
    }
    if (known_kind(p->data, p->size) || !is_known(vips_source_new_from_memory(p->data, p->size))) {
        refuse(p->name, p->data, p->size, error);
        return NULL;
    }
    VipsImage *image = vips_image_new_from_buffer(p->data, p->size, "", "access",
                                                  VIPS_ACCESS_SEQUENTIAL, "fail_on", fail_on, NULL);
    if (!image)
        image_fault(p->name, error);
    else if (check_size(p, image, error) || check_samples(p, image, error))
        g_clear_object(&image);
    return image;
}

// What libvips warns of meanwhile goes to `warning`, one line; "": nothing.
static int attempt(struct picture *p, VipsFailOn fail_on, picture_use *use,
                   const struct pictures *to, char warning[IMAGE_NOTICE], swatch_error *error)
{
    image_warned[0] = 0;
    VipsImage *image = open_header(p, fail_on, error);
    if (!image)
        return SWATCH_FAILED;
    const int status = use(p, &image, to, error);
    g_object_unref(image);
    vips_error_clear();
    memcpy(warning, image_warned, IMAGE_NOTICE);
    return status;
}

// With the end marker that it lacks. If then every pixel is there, libjpeg has nothing to warn of:
// but for pictures of many scans, of which any could lack.
static int attempt_with_end(const struct picture *p, picture_use *use, const struct pictures *to)
{
    char warning[IMAGE_NOTICE];
    unsigned char *whole = malloc(p->size + 2);
    struct picture ended = *p;
    int status = SWATCH_FAILED;
    if (!whole)
        return SWATCH_FAILED;
    memcpy(whole, p->data, p->size);
    memcpy(whole + p->size, "\xff\xd9", 2);
    ended.data = whole;
    ended.size += 2;
    VipsImage *header = open_header(&ended, VIPS_FAIL_ON_WARNING, NULL);
    int many = 1;
    if (header && vips_image_get_int(header, "jpeg-multiscan", &many) == 0 && !many)
        status = attempt(&ended, VIPS_FAIL_ON_WARNING, use, to, warning, NULL);
    g_clear_object(&header);
    vips_error_clear();
    free(whole);
    if (!status && *warning) {
        image_free(to->image);
        if (to->alpha)
            image_free(to->alpha);
        status = SWATCH_FAILED;
    }
    return status;
}

// libjpeg invents the pixels that damage has cost, and only warns of it. So a JPEG is first decoded
// as if warnings were errors, and once more if there were any. For those of its last rows libvips
// is no stricter for that.
// What a message says behind the name that it begins with.
static const char *without_name(const char *message)
{
    const char *colon = strrchr(message, ':');
    return colon && colon[1] == ' ' ? colon + 2 : message;
}

static int decode_jpeg(struct picture *p, picture_use *use, const struct pictures *to,
                       swatch_error *error)
{
    char warning[IMAGE_NOTICE] = "";
    const char *end = (const char *)p->data + p->size - 2;
    swatch_error first = {.status = SWATCH_OK}, second = {.status = SWATCH_OK};
    int status = attempt(p, VIPS_FAIL_ON_WARNING, use, to, warning, &first);
    if (status && first.status == SWATCH_FAILED) {
        status = attempt(p, VIPS_FAIL_ON_ERROR, use, to, warning, &second);
        if (status && memcmp(end, "\xff\xd9", 2) != 0 && attempt_with_end(p, use, to) == 0)
            return SWATCH_OK;
        if (!*warning)
            snprintf(warning, sizeof warning, "%.150s", without_name(first.message));
    }
    if (status) {
        error_set(error, first.status, "%s", first.message);
        return SWATCH_FAILED;
    }
    if (*warning)
        snprintf(p->notice, sizeof p->notice,
                 "damaged, and some of its pixels are guessed (%.100s)", warning);
    return SWATCH_OK;
}

int picture_decode(struct picture *p, picture_use *use, struct image *image, struct image *alpha,
                   swatch_error *error)
{
    char warning[IMAGE_NOTICE];
    const struct pictures to = {image, alpha};
    const int is_jpeg = p->size > 4 && memcmp(p->data, "\xff\xd8\xff", 3) == 0;
    return is_jpeg ? decode_jpeg(p, use, &to, error)
                   : attempt(p, VIPS_FAIL_ON_ERROR, use, &to, warning, error);
}

int image_step(VipsImage **image, VipsImage **result, int failed)
{
    if (failed)
        return 1;
    g_object_unref(*image);
    *image = *result;
    return 0;
}

int image_upright(VipsImage **image)
{
    VipsImage *out = NULL;
    if (vips_image_get_orientation(*image) < 2)
        return 0;
    out = vips_image_copy_memory(*image);
    return image_step(image, &out, !out) ||
           image_step(image, &out, vips_autorot(*image, &out, NULL));
}

int image_take_alpha(VipsImage **image, VipsImage **alpha)
{
    VipsImage *out = vips_image_copy_memory(*image);
    return image_step(image, &out, !out) ||
           vips_extract_band(*image, alpha, vips_image_get_bands(*image) - 1, NULL) ||
           image_step(alpha, &out, vips_cast(*alpha, &out, VIPS_FORMAT_UCHAR, NULL));
}

int image_is_opaque(const struct image *alpha)
{
    for (size_t i = 0; i < alpha->width * alpha->height; i++)
        if (alpha->pixels[i] != 255)
            return 0;
    return 1;
}
