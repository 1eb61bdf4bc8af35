#!/usr/bin/env python3
"""Writes src/color/names_table.c: the color names of CSS and of the XKCD survey, sorted by L*.

    pip install numpy matplotlib webcolors
    python tools/color-names.py

CSS: CSS Color 4, section 6.1, as the package webcolors has it, under one name for each color
("gray" spellings, cyan and magenta).
XKCD: the 949 names of the color survey of 2010 (https://xkcd.com/color/rgb.txt, CC0 1.0), as the
package matplotlib has them, less those that are coarse or pass judgement, since they would be said of
people's skin and clothes, and "dark", which names no color.
"""
import pathlib
import re

import numpy as np
import webcolors
from matplotlib.colors import XKCD_COLORS

OUT = pathlib.Path(__file__).resolve().parents[1] / "src" / "color" / "names_table.c"
COARSE = re.compile(r"\b(poop?|shit|puke|vomit|barf|snot|bile|booger|piss|diarrhea|"
                    r"ugly|nasty|gross|icky|sick|sickly)\b|^dark$")
HEAD = """\
// The color names of CSS (CSS Color 4, section 6.1) and of the XKCD color survey (2010, CC0 1.0).
// Written by tools/color-names.py, which says what it leaves out; not to be edited.
#include "color/names_table.h"

// clang-format off
"""
WHITE = np.array([0.95047, 1, 1.08883])  # D65
PRIMARIES = np.array([[0.64, 0.30, 0.15], [0.33, 0.60, 0.06], [0.03, 0.10, 0.79]])
MATRIX = PRIMARIES * np.linalg.solve(PRIMARIES, WHITE) / WHITE[:, None]


def cielab(rgb):
    x = np.array(rgb) / 255
    t = MATRIX @ np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)
    f = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


def css():
    colors = {name: webcolors.name_to_hex(name, "css3") for name in webcolors.names("css3")
              if "grey" not in name and name not in ("aqua", "fuchsia")}
    colors["rebeccapurple"] = "#663399"  # added by CSS Color 4
    assert len(colors) == 139
    return colors


def xkcd():
    assert len(XKCD_COLORS) == 949
    colors = {name.removeprefix("xkcd:"): value for name, value in XKCD_COLORS.items()}
    return {name: value for name, value in colors.items() if not COARSE.search(name)}


def write(f, what, colors):
    rows = []
    for name, value in colors.items():
        rgb = [int(value[i:i + 2], 16) for i in (1, 3, 5)]
        rows.append((cielab(rgb), value, name))
    assert len({value for _, value, _ in rows}) == len(rows)
    print(f"const struct named_color names_{what}[NAMES_{what.upper()}] = {{", file=f)
    for lab, value, name in sorted(rows):
        lab = ", ".join(f"{v + 0.0:.6f}".replace("-0.000000", "0.000000") for v in lab)
        print(f'    {{"{name}", {{{lab}}}}}, // {value}', file=f)
    print("};", file=f)
    print(f"#define NAMES_{what.upper()} {len(rows)}")


with open(OUT, "w") as f:
    f.write(HEAD)
    write(f, "css", css())
    f.write("\n")
    write(f, "xkcd", xkcd())
