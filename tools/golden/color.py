#!/usr/bin/env python3
"""Golden values for tests/color, computed by other people's code or from first principles.

    pip install numpy opencv-python-headless colour-science scikit-image webcolors matplotlib
    python tools/golden/color.py            # rewrites tests/color/golden/*.txt

linear.txt     sRGB levels 0-255 in linear light
spaces.txt     r g b, CIELAB, OKLab, OKLCH and OpenCV's 8-bit HSV of some sRGB colors
hsv.txt        one checksum over OpenCV's HSV of all 2^24 colors (see test_spaces.c)
ciede2000.txt  the 34 pairs of Sharma, Wu, Dalal (2005), each checked with colour-science
css.txt        the CSS named colors as webcolors has them
xkcd.txt       the names of the XKCD color survey (CC0) that hold a basic color term
"""
import pathlib
import re

import colour
import cv2
import numpy as np
import skimage.color
import webcolors
from matplotlib.colors import XKCD_COLORS

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "color" / "golden"

SHARMA = """
50 2.6772 -79.7751 50 0 -82.7485 2.0425
50 3.1571 -77.2803 50 0 -82.7485 2.8615
50 2.8361 -74.0200 50 0 -82.7485 3.4412
50 -1.3802 -84.2814 50 0 -82.7485 1.0000
50 -1.1848 -84.8006 50 0 -82.7485 1.0000
50 -0.9009 -85.5211 50 0 -82.7485 1.0000
50 0 0 50 -1 2 2.3669
50 -1 2 50 0 0 2.3669
50 2.4900 -0.0010 50 -2.4900 0.0009 7.1792
50 2.4900 -0.0010 50 -2.4900 0.0010 7.1792
50 2.4900 -0.0010 50 -2.4900 0.0011 7.2195
50 2.4900 -0.0010 50 -2.4900 0.0012 7.2195
50 -0.0010 2.4900 50 0.0009 -2.4900 4.8045
50 -0.0010 2.4900 50 0.0010 -2.4900 4.8045
50 -0.0010 2.4900 50 0.0011 -2.4900 4.7461
50 2.5 0 50 0 -2.5 4.3065
50 2.5 0 73 25 -18 27.1492
50 2.5 0 61 -5 29 22.8977
50 2.5 0 56 -27 -3 31.9030
50 2.5 0 58 24 15 19.4535
50 2.5 0 50 3.1736 0.5854 1.0000
50 2.5 0 50 3.2972 0 1.0000
50 2.5 0 50 1.8634 0.5757 1.0000
50 2.5 0 50 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""

WHITE = np.array([0.95047, 1, 1.08883])


def linear(rgb):
    x = rgb / 255
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def xyz(rgb):
    """From the primaries' chromaticities and the white, not from anyone's rounded matrix."""
    xy = np.array([[0.64, 0.33], [0.30, 0.60], [0.15, 0.06]])
    primaries = np.stack([xy[:, 0] / xy[:, 1], np.ones(3), (1 - xy.sum(1)) / xy[:, 1]])
    matrix = primaries * np.linalg.solve(primaries, WHITE)
    return linear(rgb) @ matrix.T


def cielab(rgb):
    t = xyz(rgb) / WHITE
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], 1)


def hsv(rgb):
    return cv2.cvtColor(rgb.astype(np.uint8)[None], cv2.COLOR_RGB2HSV)[0]


def linear_levels():
    levels = np.arange(256)
    values = colour.models.eotf_sRGB(levels / 255)
    assert np.abs(values - linear(levels)).max() < 1e-12
    (OUT / "linear.txt").write_text("".join(f"{v:.12f}\n" for v in values))


def spaces():
    rng = np.random.default_rng(1)
    corners = [[r, g, b] for r in (0, 255) for g in (0, 255) for b in (0, 255)]
    dark = [[0, 0, 1], [1, 2, 1], [10, 10, 10], [11, 10, 9], [128, 128, 128], [254, 255, 255]]
    rgb = np.concatenate([corners, dark, rng.integers(0, 256, (50, 3))])
    lab = cielab(rgb)
    # skimage rounds its matrix at the sixth digit.
    assert np.abs(lab - skimage.color.rgb2lab(rgb[None] / 255.0)[0]).max() < 0.02
    oklab = colour.XYZ_to_Oklab(xyz(rgb))
    oklch = colour.Oklab_to_Oklch(oklab)
    with open(OUT / "spaces.txt", "w") as f:
        for c, x, o, p, h in zip(rgb, lab, oklab, oklch, hsv(rgb)):
            print(*c, *(f"{v:.6f}" for v in x), *(f"{v:.7f}" for v in o),
                  *(f"{v:.7f}" for v in p), *h, file=f)


def hsv_checksum():
    total = 0
    gb = np.stack(np.meshgrid(range(256), range(256), indexing="ij"), -1).reshape(-1, 2)
    for r in range(256):
        rgb = np.concatenate([np.full((65536, 1), r), gb], 1)
        h = hsv(rgb).astype(np.uint64)
        value = h[:, 0] << np.uint64(16) | h[:, 1] << np.uint64(8) | h[:, 2]
        place = np.arange(r * 65536 + 1, (r + 1) * 65536 + 1, dtype=np.uint64)
        total = (total + int((value * place).sum(dtype=np.uint64))) % 2**64
    (OUT / "hsv.txt").write_text(f"{total}\n")


def ciede2000():
    rows = np.array([line.split() for line in SHARMA.strip().splitlines()], float)
    assert rows.shape == (34, 7)
    ours = colour.delta_E(rows[:, :3], rows[:, 3:6], method="CIE 2000")
    assert np.abs(ours - rows[:, 6]).max() < 5.01e-5, np.abs(ours - rows[:, 6]).max()
    (OUT / "ciede2000.txt").write_text(SHARMA.lstrip())


def css():
    names = webcolors.names("css3")
    colors = {name: webcolors.name_to_hex(name, "css3") for name in names}
    colors["rebeccapurple"] = "#663399"  # added by CSS Color 4
    assert len(colors) == 148
    text = "".join(f"{name} {colors[name]}\n" for name in sorted(colors))
    (OUT / "css.txt").write_text(text)


def xkcd():
    terms = "black blue brown gr[ae]y green orange pink purple red white yellow".split()
    # "blue green" and "reddish brown" name two terms; either will do.
    stems = {"bluish": "blue", "greenish": "green", "greeny": "green", "pinkish": "pink",
             "purplish": "purple", "purpley": "purple", "purply": "purple", "reddish": "red",
             "yellowish": "yellow", "yellowy": "yellow", "orangey": "orange", "orangish": "orange",
             "brownish": "brown", "browny": "brown", "greyish": "grey", "gray": "grey",
             "bluey": "blue", "reddy": "red", "pinky": "pink"}
    with open(OUT / "xkcd.txt", "w") as f:
        for name, value in sorted(XKCD_COLORS.items()):
            words = re.split(r"[ /]", name.removeprefix("xkcd:"))
            words = [stems.get(w, w) for w in words]
            found = [w for w in words if any(re.fullmatch(t, w) for t in terms)]
            if found and any(re.fullmatch(t, words[-1]) for t in terms):
                print(value, ",".join(dict.fromkeys(found)), file=f)


OUT.mkdir(parents=True, exist_ok=True)
linear_levels()
spaces()
hsv_checksum()
ciede2000()
css()
xkcd()
