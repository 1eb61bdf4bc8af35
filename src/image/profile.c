// A picture's colors to sRGB: by its ICC profile, or by the numbers of ITU-T H.273 that HEIC and
// AVIF may have in its place ("nclx"). libvips says nothing of those numbers; the few bytes of
// boxes around them are read here, and libheif is not needed beside it.

#include <stdio.h>
#include <string.h>

#include "image/vips.h"

enum { PRIMARIES_2020 = 9, PRIMARIES_DCI = 11, PRIMARIES_P3 = 12 };
enum { TRANSFER_PQ = 16, TRANSFER_HLG = 18 };

struct span {
    const unsigned char *at; // NULL: not there
    size_t size;
};

// The body of the first box of a kind, without its first `skip` bytes.
static struct span find_box(struct span in, const char *kind, size_t skip)
{
    while (in.size >= 8) {
        size_t size = 0, head = 8;
        for (size_t i = 0; i < 4; i++)
            size = size << 8 | in.at[i];
        if (size == 1 && in.size >= 16) {
            head = 16;
            size = 0;
            for (size_t i = 8; i < 16; i++)
                size = size << 8 | in.at[i];
        } else if (size == 0) {
            size = in.size;
        }
        if (size < head || size > in.size)
            break;
        if (memcmp(in.at + 4, kind, 4) == 0 && size - head >= skip)
            return (struct span){in.at + head + skip, size - head - skip};
        in.at += size;
        in.size -= size;
    }
    return (struct span){0};
}

// The numbers of the primaries and of the transfer function; 0 if the file is no HEIC or AVIF with
// such numbers.
static void find_nclx(const struct picture *p, unsigned *primaries, unsigned *transfer)
{
    struct span box = {p->data, p->size};
    *primaries = *transfer = 0;
    if (p->size < 12 || memcmp(box.at + 4, "ftyp", 4) != 0)
        return;
    box = find_box(find_box(box, "meta", 4), "iprp", 0);
    box = find_box(find_box(box, "ipco", 0), "colr", 0);
    if (box.size >= 8 && memcmp(box.at, "nclx", 4) == 0) {
        *primaries = (unsigned)box.at[4] << 8 | box.at[5];
        *transfer = (unsigned)box.at[6] << 8 | box.at[7];
    }
}

// Whether the embedded profile is one for pictures of so many bands: some writers keep the profile
// of a picture that was grey, or of inks, before.
static int profile_fits(VipsImage *image)
{
    const void *profile;
    size_t size;
    const char *spaces[] = {NULL, "GRAY", NULL, "RGB ", "CMYK"};
    const int bands = vips_image_get_bands(image) - vips_image_hasalpha(image);
    const int is_lab = vips_image_get_interpretation(image) == VIPS_INTERPRETATION_LAB;
    if (vips_image_get_blob(image, VIPS_META_ICC_NAME, &profile, &size) || size < 20)
        return 0;
    return memcmp((const char *)profile + 16,
                  is_lab                                      ? "Lab "
                  : bands >= 1 && bands <= 4 && spaces[bands] ? spaces[bands]
                                                              : "none",
                  4) == 0;
}

static int drop_profile(VipsImage **image)
{
    VipsImage *out = NULL;
    if (image_step(image, &out, vips_copy(*image, &out, NULL)))
        return 1;
    vips_image_remove(*image, VIPS_META_ICC_NAME);
    return 0;
}

// The intent is perceptual: every profile of tables has it, and for other profiles all intents are
// the same. For an intent that the profile lacks, libvips would silently use a profile of its own.
// Black point compensation makes ink's black the screen's black in every version of libvips.
int image_by_profile(struct picture *p, VipsImage **image)
{
    const int depth = vips_image_get_format(*image) == VIPS_FORMAT_USHORT ? 16 : 8;
    VipsImage *out = NULL;
    unsigned primaries, transfer;
    if (vips_image_get_typeof(*image, VIPS_META_ICC_NAME)) {
        if (!profile_fits(*image))
            return drop_profile(image);
        image_step(image, &out,
                   vips_icc_transform(*image, &out, "srgb", "embedded", TRUE, "intent",
                                      VIPS_INTENT_PERCEPTUAL, "black_point_compensation", TRUE,
                                      "depth", depth, NULL));
        vips_error_clear();
        return 0;
    }
    find_nclx(p, &primaries, &transfer);
    if (transfer == TRANSFER_PQ || transfer == TRANSFER_HLG || primaries == PRIMARIES_2020 ||
        primaries == PRIMARIES_DCI)
        snprintf(p->notice, sizeof p->notice,
                 "its colors are of BT.2020, DCI or HDR and are taken for sRGB");
    else if (primaries == PRIMARIES_P3)
        return image_step(image, &out,
                          vips_icc_transform(*image, &out, "srgb", "input_profile", "p3", "intent",
                                             VIPS_INTENT_PERCEPTUAL, "depth", depth, NULL));
    return 0;
}
