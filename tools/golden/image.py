#!/usr/bin/env python3
"""Pictures with known pixels for tests/image, written by Pillow or byte by byte.

    pip install numpy pillow                (Pillow 11.3 or newer, for AVIF)
    python tools/golden/image.py            # rewrites tests/image/golden/

Each shows, upright, 32x16 pixels: four rectangles of one color each. pictures.txt has a line for
each file: its name, the tolerance, and the colors that must come out in the middle of the upper
left, upper right, lower left and lower right one. phone.heic is not made here but was saved from
corners.png with `vips heifsave corners.png phone.heic --Q 95`.
"""
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

OUT = pathlib.Path(__file__).parents[2] / "tests/image/golden"
COLORS = np.array([[200, 40, 40], [40, 180, 60], [50, 60, 200], [220, 200, 40]])
GREYS = np.array([0, 80, 160, 255])
lines = []


def rectangles(corners, dtype=np.uint8):
    """(4,) or (4, bands) -> (16, 32) or (16, 32, bands)"""
    corners = np.asarray(corners).reshape((2, 2) + np.asarray(corners).shape[1:])
    return corners.repeat(8, 0).repeat(16, 1).astype(dtype)


def expect(name, tolerance, corners):
    numbers = " ".join(str(round(float(c))) for c in np.asarray(corners).ravel())
    lines.append(f"{name} {tolerance} {numbers}\n")


def save(name, tolerance, corners, picture, **options):
    picture.save(OUT / name, **options)
    expect(name, tolerance, corners)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(name, samples, depth, color_type, extra=b"", size=None):
    """A PNG of rows of bytes (depth 16: big-endian)."""
    height, width = size or samples.shape[:2]
    rows = b"".join(b"\0" + row.tobytes() for row in samples)
    (OUT / name).write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, 0))
        + extra + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def on_white(colors, alphas):
    a = np.asarray(alphas)[:, None] / 255
    return np.asarray(colors) * a + 255 * (1 - a)


# ---- Color: ICC.1:2001-04 profiles by hand, and what they mean by the definition of sRGB ----------

def srgb(linear):
    linear = np.clip(linear, 0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def to_xyz(primaries, white):
    """Linear RGB to XYZ with Y = 1 for white, from chromaticities."""
    p = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries]).T
    w = np.array([white[0] / white[1], 1, (1 - white[0] - white[1]) / white[1]])
    return p * np.linalg.solve(p, w)


BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
D65, D50 = np.array([0.95047, 1, 1.08883]), np.array([0.9642, 1, 0.8249])
TO_D50 = np.linalg.inv(BRADFORD) @ np.diag(BRADFORD @ D50 / (BRADFORD @ D65)) @ BRADFORD
SRGB_TO_XYZ = to_xyz([(0.64, 0.33), (0.3, 0.6), (0.15, 0.06)], (0.3127, 0.3290))
P3_TO_XYZ = to_xyz([(0.68, 0.32), (0.265, 0.69), (0.15, 0.06)], (0.3127, 0.3290))


def profile(device, space, pcs, tags):
    table, body, at = b"", b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        data += b"\0" * (-len(data) % 4)
        table += name + struct.pack(">II", at + len(body), len(data))
        body += data
    header = bytearray(128)
    header[8:12] = b"\x02\x40\0\0"
    header[12:24] = device + space + pcs
    header[24:36] = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
    header[36:40] = b"acsp"
    header[68:80] = struct.pack(">3i", 0xF6D6, 0x10000, 0xD32D)
    header[0:4] = struct.pack(">I", at + len(body))
    return bytes(header) + struct.pack(">I", len(tags)) + table + body


def fixed(values):
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(v * 65536) for v in values))


TEXT = {b"desc": b"desc\0\0\0\0\0\0\0\x05test\0" + b"\0" * 78,
        b"cprt": b"text\0\0\0\0CC0\0", b"wtpt": fixed(D50)}
# Display P3's primaries with a gamma of 1.8, so that neither can be overlooked.
P3 = profile(b"mntr", b"RGB ", b"XYZ ", TEXT | {
    name: fixed((TO_D50 @ P3_TO_XYZ)[:, i])
    for i, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))} | {
    name: b"curv\0\0\0\0" + struct.pack(">IH", 1, round(1.8 * 256))
    for name in (b"rTRC", b"gTRC", b"bTRC")})


def p3_to_srgb(colors):
    linear = (np.asarray(colors) / 255) ** (round(1.8 * 256) / 256)
    return srgb(linear @ (np.linalg.inv(SRGB_TO_XYZ) @ P3_TO_XYZ).T)


def lab_to_srgb(lab):
    lab = np.asarray(lab, float)
    y = (lab[..., 0] + 16) / 116
    f = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], -1)
    xyz = np.where(f > 6 / 29, f ** 3, (f - 4 / 29) * 3 * (6 / 29) ** 2) * D50
    return srgb(xyz @ np.linalg.inv(TO_D50 @ SRGB_TO_XYZ).T)


# A press whose inks are not what they are called: only who reads the profile knows. It has a table
# for the perceptual intent alone, as many profiles do. All inks together are black, so that nothing
# is left to compensate for.
PAPER, CYAN, MAGENTA, BLACK = [100, 0, 0], [65, 30, 40], [50, -35, 25], [20, 5, -10]


def ink_lab(corner):
    c, m, y, k = corner
    if c and m and y and k:
        return [0, 0, 0]
    return BLACK if k else CYAN if c else MAGENTA if m else PAPER


def lut16():
    """A2B0: two grid points an ink, straight curves, 16-bit Lab as ICC version 2 writes it."""
    out = b"mft2\0\0\0\0" + bytes([4, 3, 2, 0])
    out += struct.pack(">9i", *(65536 * i for i in (1, 0, 0, 0, 1, 0, 0, 0, 1)))
    out += struct.pack(">HH", 2, 2) + struct.pack(">HH", 0, 65535) * 4
    for i in range(16):
        lab = ink_lab([i >> 3 & 1, i >> 2 & 1, i >> 1 & 1, i & 1])
        out += struct.pack(">3H", round(lab[0] / 100 * 65280),
                           *(round((x + 128) * 256) for x in lab[1:]))
    return out + struct.pack(">HH", 0, 65535) * 3


PRESS = profile(b"prtr", b"CMYK", b"Lab ", TEXT | {b"A2B0": lut16()})


GREY = profile(b"mntr", b"GRAY", b"XYZ ", TEXT | {b"kTRC": b"curv\0\0\0\0" + struct.pack(">IH", 1, 512)})


def tiff(name, samples, kind=1, first=b""):
    """An uncompressed little-endian TIFF whose directory comes last, behind 8 KB of nothing, as
    large pictures have it. kind: SampleFormat. first: tags before all others."""
    height, width = samples.shape[:2]
    bands = samples.shape[2] if samples.ndim == 3 else 1
    data = samples.tobytes()
    at = 8 + 8192 + len(data)
    tags = [(256, 4, width), (257, 4, height), (258, 3, samples.itemsize * 8), (259, 3, 1),
            (262, 3, 2 if bands == 3 else 1), (273, 4, 8 + 8192), (277, 3, bands),
            (278, 4, height), (279, 4, len(data)), (339, 3, kind)]
    if bands == 3:  # one value for each band, behind the directory
        behind = at + 2 + 12 * len(tags) + len(first) + 4
        tags[2] = (258, 3, behind)
        tags[9] = (339, 3, behind + 6)
    out = struct.pack("<2sHI", b"II", 42, at) + bytes(8192) + data
    out += struct.pack("<H", len(tags) + len(first) // 12) + first
    for tag, size, value in tags:
        out += struct.pack("<HHII", tag, size, bands if tag in (258, 339) else 1, value)
    out += struct.pack("<I", 0)
    if bands == 3:
        out += struct.pack("<3H", *[samples.itemsize * 8] * 3) + struct.pack("<3H", *[kind] * 3)
    (OUT / name).write_bytes(out)


def more(picture, jpeg):
    """What other programs write, and what is damaged."""
    tiff("end.tif", rectangles(COLORS))
    expect("end.tif", 0, COLORS)
    save("jpeg.tif", 6, COLORS, picture, compression="jpeg", quality=95)
    # Numbers whose white nobody knows; the thumbnail that a RAW photo begins with.
    tiff("integers.tif", rectangles(COLORS * 16843009, "<u4"))
    tiff("signed.tif", rectangles(COLORS * 128, "<i2"), 2)
    tiff("fractions.tif", rectangles(COLORS / 255, "<f4"), 3)
    tiff("raw.nef", rectangles(COLORS), first=struct.pack("<HHII", 254, 4, 1, 1))
    # The profile of a grey picture in one of colors and one of inks
    save("grey-profile.jpg", 4, COLORS, picture, icc_profile=GREY, **jpeg)
    save("grey-profile.webp", 0, COLORS, picture, icc_profile=GREY, lossless=True)
    press = Image.open(OUT / "inks.jpg")
    save("grey-profile-inks.jpg", 60, [[255] * 3, [0, 215, 247], [245, 0, 190], [17, 16, 16]],
         press, icc_profile=GREY, quality=100, subsampling=0)
    # Display P3 told by the numbers of the "nclx" box alone: sRGB's curve and P3's primaries; and
    # the colors of HDR, which are not converted.
    avif = (OUT / "phone.avif").read_bytes()
    at = avif.index(b"colrnclx") + 8
    (OUT / "nclx-p3.avif").write_bytes(avif[:at] + bytes([0, 12, 0, 13]) + avif[at + 4:])
    linear = np.where(COLORS / 255 <= 0.04045, COLORS / 255 / 12.92,
                      ((COLORS / 255 + 0.055) / 1.055) ** 2.4)
    expect("nclx-p3.avif", 8, srgb(linear @ (np.linalg.inv(SRGB_TO_XYZ) @ P3_TO_XYZ).T))
    (OUT / "nclx-hdr.avif").write_bytes(avif[:at] + bytes([0, 9, 0, 16]) + avif[at + 4:])
    # JPEGs: without the end marker alone, and damaged though the marker is there.
    whole = (OUT / "exif-1.jpg").read_bytes()
    (OUT / "no-end.jpg").write_bytes(whole[:-2])
    expect("no-end.jpg", 4, COLORS)
    (OUT / "half.jpg").write_bytes(whole[:-14] + whole[-2:])
    # Masks: 0 and 1 in 8 and in 16 bits, PASCAL VOC's colors, and a grey one that JPEG tinted
    inside = rectangles([0, 1, 0, 1])
    Image.fromarray(inside).save(OUT / "mask-1.png", optimize=True)
    png("mask-1-16.png", rectangles([0, 1, 0, 1], ">u2"), 16, 0)
    png("mask-8-in-16.png", rectangles([0, 100, 200, 255], ">u2"), 16, 0)
    png("mask-voc.png", inside * 15, 8, 3,
        chunk(b"PLTE", bytes(45) + bytes([192, 128, 128])))
    tinted = np.stack([rectangles([0, 100, 200, 255])] * 3, -1).astype(int) + [0, 3, 9]
    png("mask-tinted.png", np.clip(tinted, 0, 255).astype(np.uint8), 8, 2)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(rectangles(COLORS))
    jpeg = dict(quality=95, subsampling=0, optimize=True)

    undo = {1: [], 2: [0], 3: [3], 4: [1], 5: [5], 6: [2], 7: [6], 8: [4]}  # Image.Transpose
    for orientation, steps in undo.items():
        stored = picture
        for step in steps:
            stored = stored.transpose(step)
        exif = Image.Exif()
        exif[0x0112] = orientation
        save(f"exif-{orientation}.jpg", 4, COLORS, stored, exif=exif, **jpeg)
        upright = ImageOps.exif_transpose(Image.open(OUT / f"exif-{orientation}.jpg"))
        assert np.abs(np.asarray(upright, int) - rectangles(COLORS)).max() <= 4, orientation

    save("corners.png", 0, COLORS, picture)
    save("progressive.jpg", 4, COLORS, picture, progressive=True, **jpeg)
    save("lossy.webp", 8, COLORS, picture, quality=90)
    save("lossless.webp", 0, COLORS, picture, lossless=True)
    save("phone.avif", 8, COLORS, picture, quality=90, subsampling="4:4:4")
    expect("phone.heic", 12, COLORS)
    second = Image.fromarray(np.full((40, 8, 3), 7, np.uint8))
    save("pages.tif", 0, COLORS, picture, compression="tiff_lzw", save_all=True,
         append_images=[second])
    save("frames.gif", 0, COLORS, picture.quantize(4), save_all=True, duration=100,
         append_images=[Image.fromarray(np.full((16, 32, 3), 7, np.uint8)).quantize(2)])
    save("palette.png", 0, COLORS, picture.quantize(4))

    # Grey, alpha and 16 bits, in their combinations
    grey = np.stack([GREYS] * 3, -1)
    alphas = [255, 128, 64, 0]
    save("grey.jpg", 3, grey, Image.fromarray(rectangles(GREYS)), quality=95, optimize=True)
    save("grey.png", 0, grey, Image.fromarray(rectangles(GREYS)))
    png("grey-alpha.png", rectangles(np.stack([GREYS, alphas], -1)), 8, 4)
    expect("grey-alpha.png", 1, on_white(grey, alphas))
    png("alpha.png", rectangles(np.c_[COLORS, alphas]), 8, 6)
    expect("alpha.png", 1, on_white(COLORS, alphas))
    png("grey-16.png", rectangles(GREYS * 257, ">u2"), 16, 0)
    expect("grey-16.png", 1, grey)
    png("color-16.png", rectangles(COLORS * 257, ">u2"), 16, 2)
    expect("color-16.png", 1, COLORS)
    png("alpha-16.png", rectangles(np.c_[COLORS, alphas] * 257, ">u2"), 16, 6)
    expect("alpha-16.png", 1, on_white(COLORS, alphas))
    png("palette-alpha.png", rectangles(np.arange(4)), 8, 3,
        chunk(b"PLTE", COLORS.astype(np.uint8).tobytes()) + chunk(b"tRNS", bytes(alphas)))
    expect("palette-alpha.png", 1, on_white(COLORS, alphas))
    bits = Image.fromarray(rectangles([255, 0, 0, 255])).convert("1")
    save("one-bit.png", 0, [[255] * 3, [0] * 3, [0] * 3, [255] * 3], bits)
    save("one-bit.tif", 0, [[255] * 3, [0] * 3, [0] * 3, [255] * 3], bits, compression="group4")

    # Profiles: in and out of bits and alpha, of inks, of the wrong kind, and none at all
    save("p3.png", 2, p3_to_srgb(COLORS), picture, icc_profile=P3)
    save("p3.jpg", 5, p3_to_srgb(COLORS), picture, icc_profile=P3, **jpeg)
    icc = chunk(b"iCCP", b"P3\0\0" + zlib.compress(P3, 9))
    png("p3-16.png", rectangles(COLORS * 257, ">u2"), 16, 2, icc)
    expect("p3-16.png", 2, p3_to_srgb(COLORS))
    png("p3-alpha-16.png", rectangles(np.c_[COLORS, alphas] * 257, ">u2"), 16, 6, icc)
    expect("p3-alpha-16.png", 2, on_white(p3_to_srgb(COLORS), alphas))
    save("wrong-profile.jpg", 3, grey, Image.fromarray(rectangles(GREYS)), icc_profile=PRESS,
         quality=95, optimize=True)
    save("broken-profile.jpg", 4, COLORS, picture, icc_profile=b"no profile" * 20, **jpeg)
    inks = [[0, 0, 0, 0], [255, 0, 0, 0], [0, 255, 0, 0], [0, 0, 0, 255]]
    press = Image.fromarray(rectangles(inks), mode="CMYK")
    save("press.jpg", 4, lab_to_srgb([ink_lab(i) for i in inks]), press, icc_profile=PRESS,
         quality=100, subsampling=0)
    # Without a profile the inks' colors are the reader's guess: between the plain formula, where
    # cyan is 0 255 255, and printed inks, where it is 0 174 239.
    save("inks.jpg", 60, [[255] * 3, [0, 215, 247], [245, 0, 190], [17, 16, 16]], press,
         quality=100, subsampling=0)

    more(picture, jpeg)
    png("one-pixel.png", np.array([[[200, 40, 40]]], np.uint8), 8, 2)
    png("bomb.png", rectangles(COLORS), 8, 2, size=(60000, 60000))
    png("huge.png", rectangles(COLORS), 8, 2, size=(1000000, 1000000))
    (OUT / "pictures.txt").write_text("".join(lines))


main()
