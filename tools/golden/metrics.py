#!/usr/bin/env python3
"""Golden values for tests/eval/test_metrics.c, by way of distance transforms.

    pip install numpy scipy
    python tools/golden/metrics.py          # rewrites tests/eval/golden/metrics.{bin,txt}

metrics.bin  for each case: u16 height, u16 width, then truth and prediction, height * width bytes
             each
metrics.txt  one line a case "case CLASSES TOLERANCE", then the figures of that case alone as
             "accuracy mean_iou mean_boundary" and "iou boundary" for each class; at the end a line
             "all" with the first three over all the cases of 4 classes together
"""
import pathlib

import numpy as np
from scipy import ndimage

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "train" / "golden"
rng = np.random.default_rng(20)


def blobs(height, width, classes, smooth, noise=None):
    """Smooth random regions; `noise` (of blobs' own making) is mixed in to get a prediction."""
    fields = np.stack([ndimage.gaussian_filter(rng.standard_normal((height, width)), smooth)
                       for _ in range(classes)])
    fields /= fields.std()
    if noise is not None:
        fields = noise + 0.45 * fields
    return fields.argmax(0).astype(np.uint8), fields


def boundary(labels, c, ignored):
    """Pixels of c with a 4-neighbour of another class, by comparing four padded copies."""
    padded = np.pad(labels.astype(int), 1, constant_values=255)
    h, w = labels.shape
    found = np.zeros((h, w), bool)
    for dy, dx in ((0, 1), (2, 1), (1, 0), (1, 2)):
        n = padded[dy:dy + h, dx:dx + w]
        found |= (n != c) & (n != 255)
    return found & (labels == c) & ~ignored


def share_within(points, targets, tolerance):
    if not targets.any():
        return 0.0
    return (ndimage.distance_transform_edt(~targets)[points] <= tolerance + 1e-9).mean()


def f_score(truth, predicted, c, tolerance, ignored):
    if not (truth == c).any() and not (predicted == c).any():
        return np.nan
    if not (truth == c).any() or not (predicted == c).any():
        return 0.0
    t, p = boundary(truth, c, ignored), boundary(predicted, c, ignored)
    if not t.any() and not p.any():
        return 1.0
    if not t.any() or not p.any():
        return 0.0
    precision, recall = share_within(p, t, tolerance), share_within(t, p, tolerance)
    return 0.0 if precision + recall == 0 else 2 * precision * recall / (precision + recall)


def figures(cases, classes):
    """Over (truth, predicted, tolerance) of one number of classes."""
    pairs, scores = [], []
    for truth, predicted, tolerance in cases:
        ignored = truth == 255
        predicted = np.where(ignored, 255, predicted)
        pairs.append(np.stack([truth[~ignored], predicted[~ignored]]))
        scores.append([f_score(truth, predicted, c, tolerance, ignored) for c in range(classes)])
    t, p = np.concatenate(pairs, axis=1)
    iou = []
    for c in range(classes):
        union = ((t == c) | (p == c)).sum()
        iou.append(((t == c) & (p == c)).sum() / union if union else np.nan)
    scores = np.array(scores)
    f = [np.nanmean(s) if not np.isnan(s).all() else np.nan for s in scores.T]
    in_truth = [iou[c] for c in range(classes) if (t == c).any()]
    return [(t == p).mean(), np.mean(in_truth), np.nanmean(f)], iou, f


cases = []
for height, width, classes, smooth, tolerance in (
        (33, 21, 4, 3, 1), (40, 28, 4, 4, 2), (31, 50, 4, 4, 3.5), (24, 24, 4, 2, 0),
        (36, 30, 11, 3, 13 ** 0.5), (1, 17, 4, 2, 1), (19, 1, 3, 2, 2), (12, 9, 4, 2, 100)):
    truth, fields = blobs(height, width, classes, smooth)
    predicted, _ = blobs(height, width, classes, smooth, fields)
    cases.append((truth, predicted, tolerance, classes))
# Bars of ignored pixels, as letterboxing leaves them, and holes.
truth, fields = blobs(38, 26, 4, 3)
predicted, _ = blobs(38, 26, 4, 3, fields)
truth[:, :4] = truth[:, -3:] = truth[10:13, 10:20] = 255
cases.append((truth, predicted, 2, 4))
# Hair (2) is predicted where there is none and skin (1) is missed.
truth = np.zeros((16, 12), np.uint8)
predicted = truth.copy()
truth[3:8, 3:8], truth[10:, 2:9] = 1, 3
predicted[3:8, 4:8], predicted[9:, 2:10] = 2, 3
cases.append((truth, predicted, 1, 4))
# One class everywhere.
cases.append((np.zeros((6, 5), np.uint8), np.zeros((6, 5), np.uint8), 1, 4))

with open(OUT / "metrics.bin", "wb") as data, open(OUT / "metrics.txt", "w") as text:
    def line(values):
        text.write(" ".join(f"{v:.12g}" for v in values) + "\n")
    for truth, predicted, tolerance, classes in cases:
        data.write(np.array(truth.shape, "<u2").tobytes() + truth.tobytes() + predicted.tobytes())
        text.write(f"case {classes} {tolerance:.17g}\n")
        means, iou, f = figures([(truth, predicted, tolerance)], classes)
        line(means)
        for c in range(classes):
            line((iou[c], f[c]))
    text.write("all\n")
    line(figures([c[:3] for c in cases if c[3] == 4], 4)[0])
