#!/usr/bin/env python3
"""Golden values for tests/color/test_names.c and test_fill.c.

    pip install numpy opencv-python-headless colour-science webcolors matplotlib
    python tools/golden/names.py            # rewrites tests/color/golden/{nearest,notations}.txt

nearest.txt    hex, the nearest CSS name and its CIEDE2000, the nearest name of the XKCD survey and
               its CIEDE2000, by comparing a color with every name of the whole lists
notations.txt  r g b, CIELAB, OKLCH (hue in degrees), OpenCV's 8-bit HSV
Names that tools/color-names.py leaves out are left out here by their list, not by its pattern.
"""
import pathlib

import colour
import cv2
import numpy as np
import webcolors
from matplotlib.colors import XKCD_COLORS

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "color" / "golden"
LEFT_OUT = """baby poo,baby poop,baby poop green,baby puke green,baby shit brown,baby shit green,
barf green,bile,booger,booger green,dark,diarrhea,gross green,icky green,nasty green,piss yellow,poo,
poo brown,poop,poop brown,poop green,puke,puke brown,puke green,puke yellow,shit,shit brown,
shit green,sick green,sickly green,sickly yellow,snot,snot green,ugly blue,ugly brown,ugly green,
ugly pink,ugly purple,ugly yellow,vomit,vomit green,vomit yellow""".replace("\n", "").split(",")


def linear(rgb):
    return colour.models.eotf_sRGB(np.asarray(rgb) / 255)


def xyz(rgb):
    """From the primaries' chromaticities and the white of CSS and IEC 61966-2-1."""
    white = np.array([0.95047, 1, 1.08883])
    xy = np.array([[0.64, 0.33], [0.30, 0.60], [0.15, 0.06]])
    primaries = np.stack([xy[:, 0] / xy[:, 1], np.ones(3), (1 - xy.sum(1)) / xy[:, 1]])
    return linear(rgb) @ (primaries * np.linalg.solve(primaries, white)).T


def lab(rgb):
    white = colour.XYZ_to_xy(np.array([0.95047, 1, 1.08883]))
    return colour.XYZ_to_Lab(xyz(rgb), white)


def oklch(rgb):
    l, a, b = np.moveaxis(colour.XYZ_to_Oklab(xyz(rgb)), -1, 0)
    return np.stack([l, np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360], -1)


def from_hex(value):
    return [int(value[i:i + 2], 16) for i in (1, 3, 5)]


css = {n: webcolors.name_to_hex(n, "css3") for n in webcolors.names("css3") if "grey" not in n}
css["rebeccapurple"] = "#663399"
del css["aqua"], css["fuchsia"]
xkcd = {n.removeprefix("xkcd:"): v for n, v in XKCD_COLORS.items()}
for name in LEFT_OUT:
    del xkcd[name]

rng = np.random.default_rng(2)
colors = np.concatenate([rng.integers(0, 256, (150, 3)), rng.integers(0, 256, (150, 1)) +
                         rng.integers(-9, 10, (150, 3))]).clip(0, 255)
with open(OUT / "nearest.txt", "w") as f:
    for c in colors:
        row = ["#%02x%02x%02x" % tuple(c)]
        for names in (css, xkcd):
            d = colour.delta_E(lab(c)[None], lab([from_hex(v) for v in names.values()]),
                               method="CIE 2000")
            order = np.argsort(d)
            assert d[order[1]] - d[order[0]] > 1e-3  # no tie that rounding could turn
            row += [list(names)[order[0]].replace(" ", "_"), f"{d[order[0]]:.5f}"]
        print(*row, file=f)
with open(OUT / "notations.txt", "w") as f:
    for c in colors[::3]:
        hsv = cv2.cvtColor(c.astype(np.uint8)[None, None], cv2.COLOR_RGB2HSV)[0, 0]
        print(*c, *(f"{v:.6f}" for v in [*lab(c), *oklch(c)]), *hsv, file=f)
