#!/usr/bin/env python3
"""Which photos of a CCP split have a background that is hard: sharp, or colored like the clothes.

    pip install numpy scipy pillow
    python tools/hard-backgrounds.py CCP > docs/hard-backgrounds.txt

CCP is the data set's folder with splits/train.txt and splits/test.txt. Both measures look at what
the labels call background, but for a rim of RIM pixels around the person, whose own edges are sharp
in every photo:

sharpness  mean length of the gradient of lightness (Sobel, CIELAB's L*) over the background
closeness  overlap of two color distributions, background and clothes: the sum over cells of CIELAB
           (10 wide in L*, 8 in a* and b*) of the lesser share, 0 to 1. Background counts only within
           NEAR pixels of the person.

A test photo is hard when either measure is above that of three quarters of the training photos.
"""
import pathlib
import sys

import numpy as np
from PIL import Image
from scipy import io, ndimage

RIM, NEAR = 5, 60
NOT_CLOTHES = {"null", "skin", "hair"}


def lab(path):
    rgb = np.asarray(Image.open(path).convert("RGB")) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = linear @ np.array([[0.4124564, 0.2126729, 0.0193339],
                             [0.3575761, 0.7151522, 0.1191920],
                             [0.1804375, 0.0721750, 0.9503041]]) / [0.95047, 1, 1.08883]
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]),
                     200 * (f[..., 1] - f[..., 2])], -1)


def distribution(colors):
    cells = np.floor(colors / [10, 8, 8]).astype(int) + [0, 20, 20]
    keys = (cells[:, 0] * 64 + cells[:, 1]) * 64 + cells[:, 2]
    return np.bincount(keys, minlength=16 * 64 * 64) / max(len(keys), 1)


def measure(folder, names, name):
    pixels = lab(folder / "photos" / f"{name}.jpg")
    labels = io.loadmat(folder / "annotations" / "pixel-level" / f"{name}.mat")["groundtruth"]
    clothes = np.isin(labels, [i for i, n in enumerate(names) if n not in NOT_CLOTHES])
    distance = ndimage.distance_transform_edt(labels == 0)
    background, near = distance > RIM, (distance > RIM) & (distance <= NEAR)
    light = pixels[..., 0]
    slope = np.hypot(ndimage.sobel(light, 0), ndimage.sobel(light, 1)) / 8
    overlap = np.minimum(distribution(pixels[near]), distribution(pixels[clothes])).sum()
    return slope[background].mean(), overlap


def main():
    folder = pathlib.Path(sys.argv[1])
    names = [str(n[0]) for n in io.loadmat(folder / "label_list.mat")["label_list"].ravel()]
    splits = {s: (folder / "splits" / f"{s}.txt").read_text().split() for s in ("train", "test")}
    figures = {s: np.array([measure(folder, names, n) for n in splits[s]]) for s in splits}
    limits = np.quantile(figures["train"], 0.75, axis=0)
    print("# CCP's test photos whose background is sharp or colored like the clothes: made by\n"
          "# tools/hard-backgrounds.py, which says how it measures. A split file for swatch eval.\n"
          f"# sharpness above {limits[0]:.2f}, closeness above {limits[1]:.3f}")
    for name, (sharpness, closeness) in zip(splits["test"], figures["test"]):
        why = [w for w, hard in zip(("sharp", "close"), (sharpness, closeness) > limits) if hard]
        if why:
            print(f"# {' and '.join(why)}: {sharpness:.2f}, {closeness:.3f}\n{name}")


main()
