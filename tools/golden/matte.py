#!/usr/bin/env python3
"""A cut-out with soft edges for tests/extract/test_matte.c, by the formulas of src/extract/matte.c
taken literally, window by window, in double precision.

    pip install numpy
    python tools/golden/matte.py            # rewrites tests/extract/golden/matte.txt

The photo and the map are made by the same whole-number formulas as in the test. Each line is a row
of the cut-out: red, green, blue and alpha of each pixel.
"""
import pathlib

import numpy as np

OUT = pathlib.Path(__file__).parents[2] / "tests/extract/golden/matte.txt"
WIDTH, HEIGHT, RADIUS = 40, 32, 2
EPSILON, LOW, HIGH = 0.0004, 0.15, 0.85


def scene():
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    noise = (x * 7 + y * 13 + x * y * 3) % 17
    apart = (x - 19) ** 2 + (y - 30) ** 2
    share = np.clip(420 - apart, 0, 160)  # of the part, of 160
    part = np.stack([60 + noise, 40 + noise, 30 + 0 * x], -1)
    behind = np.stack([190 + 0 * x, 200 - noise, 120 + 2 * noise], -1)
    photo = (part * share[..., None] + behind * (160 - share[..., None])) // 160
    return photo / 127.5 - 1, (share >= 80).astype(float)


def mean(data, radius):
    found = np.empty_like(data)
    for y in range(HEIGHT):
        for x in range(WIDTH):
            found[y, x] = data[max(y - radius, 0):y + radius + 1,
                               max(x - radius, 0):x + radius + 1].mean((0, 1))
    return found


def functions(photo, cover):
    found = np.empty((HEIGHT, WIDTH, 4))
    for y in range(HEIGHT):
        for x in range(WIDTH):
            window = np.s_[max(y - RADIUS, 0):y + RADIUS + 1, max(x - RADIUS, 0):x + RADIUS + 1]
            colors, p = photo[window].reshape(-1, 3), cover[window].ravel()
            middle = colors.mean(0)
            covariance = (colors - middle).T @ (colors - middle) / len(p)
            slopes = np.linalg.solve(covariance + EPSILON * np.eye(3),
                                     ((p - p.mean())[:, None] * (colors - middle)).mean(0))
            found[y, x] = [*slopes, p.mean() - slopes @ middle]
    return mean(found, RADIUS)


def main():
    photo, cover = scene()
    near = mean(cover, RADIUS)
    mixed = (near >= 1e-4) & (near <= 1 - 1e-4)
    linear = functions(photo, cover)
    alpha = np.clip(((linear[..., :3] * photo).sum(-1) + linear[..., 3] - LOW) / (HIGH - LOW), 0, 1)
    alpha = np.where(mixed, alpha, near > 0.5)[..., None]
    own, other = photo.copy(), photo.copy()
    for radius in (2 * RADIUS, RADIUS // 3 + 1):
        means = [mean(a * c, radius) / (mean(a, radius) + 1e-5)
                 for a, c in ((alpha, own), (1 - alpha, other))]
        missing = photo - alpha * means[0] - (1 - alpha) * means[1]
        own = np.where(mixed[..., None], np.clip(means[0] + alpha * missing, -1, 1), photo)
        other = np.where(mixed[..., None], np.clip(means[1] + (1 - alpha) * missing, -1, 1), photo)
    # The last step of a pixel: its colors, corrected once more, now as they stand.
    missing = photo - alpha * own - (1 - alpha) * other
    own = np.where(mixed[..., None], np.clip(own + alpha * missing, -1, 1), photo)
    alpha8 = np.floor(255 * alpha + 0.5)
    rgba = np.concatenate([np.floor(127.5 * (own + 1) + 0.5), alpha8], -1) * (alpha8 > 0)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text("".join(" ".join(str(int(v)) for v in row.ravel()) + "\n" for row in rgba))


if __name__ == "__main__":
    main()
