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

// The value of a tag of a TIFF's first picture; `normal` where it has none, or more than one. Of
// the directory what lies beyond `size` is not seen.
static unsigned tiff_tag(const unsigned char *data, size_t size, unsigned tag, unsigned normal)
{
    const int little = size > 8 && memcmp(data, "II*\0", 4) == 0;
    if (size <= 8 || (!little && memcmp(data, "MM\0*", 4) != 0))
        return normal;
    const size_t at = number(data + 4, 4, little);
    if (at > size - 2)
        return normal;
    const unsigned count = number(data + at, 2, little);
    for (size_t i = 0; i < count && (size - at - 2) / 12 > i; i++) {
        const unsigned char *entry = data + at + 2 + 12 * i;
        const unsigned type = number(entry + 2, 2, little); // 3: 16 bits, 4: 32
        if (number(entry, 2, little) == tag && number(entry + 4, 4, little) == 1)
            return number(entry + 8, type == 3 ? 2 : 4, little);
    }
    return normal;
}

// Whether the first picture of a TIFF is by its own word a smaller version of another one: so RAW
// photos of Adobe, Nikon and Sony begin.
static int begins_small(const unsigned char *data, size_t size)
{
    return tiff_tag(data, size, 254, 0) & 1; // NewSubfileType
}

int picture_has_alpha(const struct picture *p, VipsImage *image)
{
    // ExtraSamples 0: what the further band says is left open. libvips takes it for alpha.
    return vips_image_hasalpha(image) && tiff_tag(p->data, p->size, 338, 1) != 0;
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

// What cannot be decoded is damaged, unless the machine lacks something (image_fault). Of a header
// that was cut off libvips says nothing at all.
static int blame_file(swatch_error *error)
{
    if (error && error->status == SWATCH_FAILED)
        error->status = SWATCH_BAD_FILE;
    return SWATCH_FAILED;
}

// What libvips warns of meanwhile goes to `warning`, one line; "": nothing.
static int attempt(struct picture *p, VipsFailOn fail_on, picture_use *use,
                   const struct pictures *to, char warning[IMAGE_NOTICE], swatch_error *error)
{
    image_warned[0] = 0;
    VipsImage *image = open_header(p, fail_on, error);
    if (!image)
        return blame_file(error);
    const int status = use(p, &image, to, error) ? blame_file(error) : SWATCH_OK;
    g_object_unref(image);
    vips_error_clear();
    memcpy(warning, image_warned, IMAGE_NOTICE);
    return status;
}

// What the scans of a JPEG hold: of each component and coefficient the lowest bit.
struct scans {
    size_t components;
    unsigned char ids[4], low[4][64];
};

// Takes in the header of a frame or of a scan (ITU-T T.81, B.2.2 and B.2.3).
static void take_header(struct scans *s, unsigned marker, const unsigned char *of, size_t size)
{
    if (marker >= 0xc0 && marker <= 0xc2 && size >= 6) {
        s->components = of[5] < 4 ? of[5] : 4;
        for (size_t i = 0; i < s->components && 6 + 3 * i < size; i++)
            s->ids[i] = of[6 + 3 * i];
    }
    if (marker != 0xda || size < 1 || size < 4 + 2 * (size_t)of[0])
        return;
    const unsigned char *range = of + 1 + 2 * of[0]; // first, last coefficient, bits
    for (size_t i = 0; i < s->components; i++)
        for (size_t k = 0; k < of[0]; k++)
            if (of[1 + 2 * k] == s->ids[i])
                for (size_t c = range[0]; c <= range[1] && c < 64; c++)
                    s->low[i][c] = range[2] & 15;
}

// Whether all bits of all coefficients are there: a picture of many scans that lacks its last ones
// decodes without a complaint, only coarser.
static int has_all_scans(const unsigned char *data, size_t size)
{
    struct scans s = {.components = 0};
    memset(s.low, 255, sizeof s.low);
    for (size_t at = 2; at + 4 <= size;) {
        const unsigned marker = data[at + 1];
        const size_t length = number(data + at + 2, 2, 0);
        if (data[at] != 0xff || marker == 0 || marker == 0xff || (marker & 0xf8) == 0xd0) {
            at++; // coded data, restarts, fill bytes
            continue;
        }
        if (length < 2 || length > size - at - 2)
            return 0;
        take_header(&s, marker, data + at + 4, length - 2);
        at += 2 + length;
    }
    for (size_t i = 0; i < 64 * s.components; i++)
        if (s.low[i / 64][i % 64])
            return 0;
    return s.components > 0;
}

// With the end marker that it lacks. If then every pixel is there, libjpeg has nothing to warn of.
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
    if (has_all_scans(whole, ended.size))
        status = attempt(&ended, VIPS_FAIL_ON_WARNING, use, to, warning, NULL);
    free(whole);
    if (!status && *warning) {
        image_free(to->image);
        if (to->alpha)
            image_free(to->alpha);
        status = SWATCH_FAILED;
    }
    return status;
}

// What a message says behind the name that it begins with.
static const char *without_name(const char *message)
{
    const char *colon = strrchr(message, ':');
    return colon && colon[1] == ' ' ? colon + 2 : message;
}

// libjpeg invents the pixels that damage has cost, and only warns of it. So a JPEG is first decoded
// as if warnings were errors, and once more if there were any. For those of its last rows libvips
// is no stricter for that.
static int decode_jpeg(struct picture *p, picture_use *use, const struct pictures *to,
                       swatch_error *error)
{
    char warning[IMAGE_NOTICE] = "";
    const char *end = (const char *)p->data + p->size - 2;
    swatch_error first = {.status = SWATCH_OK}, second = {.status = SWATCH_OK};
    int status = attempt(p, VIPS_FAIL_ON_WARNING, use, to, warning, &first);
    if (status && first.status == SWATCH_BAD_FILE) {
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
