#!/usr/bin/env python3
"""Golden values for tests/color/test_skin.c.

    pip install numpy colour-science
    python tools/golden/skin.py             # rewrites tests/color/golden/skin.txt

skin.txt  hex, nearest Monk tone, its CIEDE2000, the individual typology angle in degrees
"""
import pathlib

import colour
import numpy as np

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "color" / "golden"
MONK = "f6ede4 f3e7db f7ead0 eadaba d7bd96 a07e56 825c43 604134 3a312a 292420".split()
WHITE = colour.XYZ_to_xy(np.array([0.95047, 1, 1.08883]))


def lab(rgb):
    # The package's own sRGB, whose matrix is rounded at the fourth digit, is not used.
    xy = np.array([[0.64, 0.33], [0.30, 0.60], [0.15, 0.06]])
    primaries = np.stack([xy[:, 0] / xy[:, 1], np.ones(3), (1 - xy.sum(1)) / xy[:, 1]])
    matrix = primaries * np.linalg.solve(primaries, [0.95047, 1, 1.08883])
    linear = colour.models.eotf_sRGB(np.asarray(rgb) / 255)
    return colour.XYZ_to_Lab(linear @ matrix.T, WHITE)


def from_hex(value):
    return [int(value[i:i + 2], 16) for i in (0, 2, 4)]


rng = np.random.default_rng(3)
scale = lab([from_hex(v) for v in MONK])
with open(OUT / "skin.txt", "w") as f:
    for _ in range(60):
        # Between two neighbours of the scale, and a little beside.
        at = rng.integers(0, 9)
        mixed = np.array(from_hex(MONK[at])) * (t := rng.random())
        mixed = mixed + np.array(from_hex(MONK[at + 1])) * (1 - t) + rng.normal(0, 8, 3)
        rgb = mixed.round().clip(0, 255).astype(int)
        c = lab(rgb)
        d = colour.delta_E(c[None], scale, method="CIE 2000")
        if c[2] < 2 or np.diff(np.sort(d)[:2]) < 1e-3:
            continue
        ita = np.degrees(np.arctan((c[0] - 50) / c[2]))
        print("#%02x%02x%02x" % tuple(rgb), d.argmin() + 1, f"{d.min():.5f} {ita:.5f}", file=f)
