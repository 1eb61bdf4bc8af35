"""The other side of bench/matte: composites whose alpha is known, and how far mattes are from it.

    matte.py make PORTRAITS FOLDER    FOLDER/<n>-photo.png, -mask.png, -alpha.png, -color.png
    matte.py measure FOLDER           beside -soft.png and -hard.png: their errors and closed form's

A photo is taken whose backdrop is plain: a quadratic surface fits it. Where person and backdrop
mix, alpha is the place of the color between the backdrop's and the nearest color of the person that
is certain. The person is then laid over another photo. The mask is what a network would give: alpha
at a third of the size, enlarged, and cut at one half.
"""
import glob
import pathlib
import sys

import numpy as np
from PIL import Image
from scipy import ndimage

RESIDUAL = 4.0  # of a plain backdrop, in 8-bit steps
CONTRAST = 70.0  # between backdrop and person all along the border, in nine of ten places
REACH = 0.04  # of the border's surroundings that may mix, of the side
RADIUS = 0.011  # src/extract/matte.c


def fit_backdrop(photo, where):
    height, width = where.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    x, y = x / width - 0.5, y / height - 0.5
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], -1)
    solved = np.linalg.lstsq(terms[where], photo[where], rcond=None)[0]
    backdrop = terms @ solved
    return backdrop, np.abs(photo - backdrop)[where].mean()


def known_alpha(photo, person):
    """Alpha and the person's own color, or None where they are not certain."""
    side = np.sqrt(person.size)
    reach = int(REACH * side)
    grown = ndimage.binary_dilation(person, iterations=reach)
    sure = ndimage.binary_erosion(person, iterations=reach // 3, border_value=1)
    if grown.mean() > 0.85 or not sure.any():
        return None
    backdrop, residual = fit_backdrop(photo, ~grown)
    if residual > RESIDUAL:
        return None
    nearest = ndimage.distance_transform_edt(~sure, return_distances=False, return_indices=True)
    color = ndimage.gaussian_filter(photo, (2, 2, 0))[tuple(nearest)]
    apart = color - backdrop
    length = np.sqrt((apart**2).sum(-1))
    band = grown & ~sure
    if np.quantile(length[band], 0.1) < CONTRAST:
        return None
    alpha = ((photo - backdrop) * apart).sum(-1) / np.maximum(length**2, 1)
    alpha = np.clip((alpha - 0.08) / 0.84, 0, 1)
    alpha = np.where(sure, 1, np.where(grown, alpha, 0))
    own = np.where(alpha[..., None] > 0.1,
                   (photo - (1 - alpha[..., None]) * backdrop) / np.maximum(alpha[..., None], 0.1),
                   color)
    return alpha, np.clip(own, 0, 255)


def network_mask(alpha):
    height, width = alpha.shape
    small = Image.fromarray(alpha.astype(np.float32)).resize(
        (max(width // 3, 1), max(height // 3, 1)), Image.Resampling.BOX)
    return np.asarray(small.resize((width, height), Image.Resampling.BILINEAR)) > 0.5


def save(array, path):
    Image.fromarray(np.clip(array + 0.5, 0, 255).astype(np.uint8)).save(path, compress_level=1)


def make(portraits, folder, most=24):
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    grounds = sorted(glob.glob(f"{portraits}/photos/flatlay_*.jpg"))
    names = sorted(glob.glob(f"{portraits}/photos/openpeople_*.jpg")) + sorted(
        glob.glob(f"{portraits}/photos/congress_*.jpg"))
    kept = 0
    for path in names:
        photo = np.asarray(Image.open(path).convert("RGB"), np.float64)
        labels = np.asarray(Image.open(path.replace("photos", "labels").replace(".jpg", ".png")))
        known = known_alpha(photo, labels > 0)
        if known is None:
            continue
        alpha, own = known
        size = (alpha.shape[1], alpha.shape[0])
        ground = Image.open(grounds[kept * 29 % len(grounds)]).convert("RGB").resize(size)
        weight = alpha[..., None]
        save(weight * own + (1 - weight) * np.asarray(ground, np.float64), f"{folder}/{kept}-photo.png")
        save(255 * network_mask(alpha), f"{folder}/{kept}-mask.png")
        save(255 * alpha, f"{folder}/{kept}-alpha.png")
        save(own, f"{folder}/{kept}-color.png")
        print(f"{kept} {pathlib.Path(path).stem} {size[0]} x {size[1]}", flush=True)
        kept += 1
        if kept == most:
            break


def slope(alpha):
    """The gradient's length, of derivatives of Gaussians as in Rhemann 2009."""
    return np.hypot(ndimage.gaussian_filter(alpha, 1.4, order=(0, 1)),
                    ndimage.gaussian_filter(alpha, 1.4, order=(1, 0)))


def errors(alpha, color, true_alpha, true_color, where):
    apart = (alpha - true_alpha)[where]
    steep = (slope(alpha) - slope(true_alpha))[where]
    shown = []
    for ground in ((0, 0, 0), (255, 255, 255), (255, 0, 255)):
        got = alpha[..., None] * color + (1 - alpha[..., None]) * np.array(ground)
        want = true_alpha[..., None] * true_color + (1 - true_alpha[..., None]) * np.array(ground)
        shown.append(np.abs(got - want)[where].mean())
    return np.array([np.abs(apart).sum() / 1000, (apart**2).mean() * 1000,
                     (steep**2).sum(), *shown])


def closed_form(photo, trimap):
    from pymatting import estimate_alpha_cf, estimate_foreground_ml
    alpha = estimate_alpha_cf(photo / 255, trimap)
    return alpha, 255 * estimate_foreground_ml(photo / 255, alpha)


def read(path):
    return np.asarray(Image.open(path), np.float64)


def measure(folder):
    sums, count = {}, 0
    for path in sorted(glob.glob(f"{folder}/*-photo.png")):
        base = path[: -len("-photo.png")]
        photo, mask = read(path), read(f"{base}-mask.png") > 127
        radius = max(2, round(RADIUS * np.sqrt(mask.size)))
        share = ndimage.uniform_filter(mask.astype(np.float64), 2 * radius + 1)
        trimap = np.where(share < 1e-4, 0, np.where(share > 1 - 1e-4, 1, 0.5))
        true = read(f"{base}-alpha.png") / 255, read(f"{base}-color.png")
        found = {"closed form": closed_form(photo, trimap)}
        for name in ("soft", "hard"):
            rgba = read(f"{base}-{name}.png")
            found[name] = rgba[..., 3] / 255, rgba[..., :3]
        for name, (alpha, color) in found.items():
            sums[name] = sums.get(name, 0) + errors(alpha, color, *true, trimap == 0.5)
        count += 1
    print(f"{count} photos       SAD/1000  MSE*1000  gradient  on black  white  magenta")
    for name, total in sums.items():
        print(f"{name:16s}" + "".join(f"{value / count:10.2f}" for value in total))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2], sys.argv[3])
    else:
        measure(sys.argv[2])
