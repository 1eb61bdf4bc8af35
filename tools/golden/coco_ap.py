#!/usr/bin/env python3
"""Golden values for tests/eval/test_coco_ap.c: random truths and detections, judged by pycocotools.

    pip install numpy pycocotools
    python tools/golden/coco_ap.py          # rewrites tests/eval/golden/coco_ap.txt

"case NAME IMAGES", then for each image "image WIDTH HEIGHT TRUTHS DETECTIONS" and a line each
"CROWD AREA X Y W H RLE" and "SCORE X Y W H RLE" ("-" where there are only boxes), then
"box ..." and, with masks, "mask ...": AP, AP50, AP75, small, medium, large, AR; -1 for none.
Mask figures are those of results without boxes: with them pycocotools takes a detection's area from
its box.
"""
import contextlib
import io
import pathlib

import numpy as np
from pycocotools import mask as rle
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "train" / "golden" / "coco_ap.txt"
rng = np.random.default_rng(7)


def blob(width, height, box):
    """A rectangle or an ellipse with a bite taken out of it."""
    x, y, w, h = box
    yy, xx = np.mgrid[:height, :width]
    inside = (xx >= x) & (xx < x + w) & (yy >= y) & (yy < y + h)
    if rng.random() < 0.3:
        inside &= ((xx - x - w / 2) / (w / 2)) ** 2 + ((yy - y - h / 2) / (h / 2)) ** 2 < 1
    if rng.random() < 0.5:
        inside &= ~((xx > x + 0.6 * w) & (yy > y + 0.7 * h))
    return rle.encode(np.asfortranarray(inside.astype(np.uint8)))


def jitter(box, width, height, amount):
    x, y, w, h = box
    x += rng.normal(0, amount) * w
    y += rng.normal(0, amount) * h
    w *= np.exp(rng.normal(0, amount))
    h *= np.exp(rng.normal(0, amount))
    x, y = np.clip(x, 0, width - 4), np.clip(y, 0, height - 4)
    return [round(float(v), 2) for v in (x, y, min(w, width - x), min(h, height - y))]


def blobs(images):
    scene = []
    for _ in range(images):
        width, height = int(rng.integers(130, 180)), int(rng.integers(130, 180))
        truths, detections = [], []
        for _ in range(rng.integers(0, 5)):
            side = np.exp(rng.uniform(np.log(12), np.log(125), 2))
            box = jitter([rng.uniform(0, width - side[0]), rng.uniform(0, height - side[1]),
                          side[0], side[1]], width, height, 0)
            mask = blob(width, height, box)
            crowd = int(rng.random() < 0.15)
            truths.append((crowd, float(rle.area(mask)), box, mask))
            for _ in range(rng.integers(0, 4)):
                near = jitter(box, width, height, rng.choice([0.02, 0.08, 0.25]))
                detections.append((round(float(rng.uniform(0.05, 1)), 2), near,
                                   blob(width, height, near)))
        for _ in range(rng.integers(0, 2)):
            stray = jitter([0.3 * width, 0.3 * height, 30, 30], width, height, 0.5)
            detections.append((round(float(rng.uniform(0.05, 0.8)), 2), stray,
                               blob(width, height, stray)))
        order = rng.permutation(len(detections))
        scene.append((width, height, truths, [detections[i] for i in order]))
    return scene


def many():
    """Overlaps and recalls that fall exactly on thresholds, ties, more detections than count."""
    scene = []
    for _ in range(2):
        truths, detections = [], []
        for i in range(50):
            x, y = 20 * (i % 10), 40 * (i // 10)
            truths.append((0, 200.0, [x, y, 10, 20], None))
            for _ in range(rng.integers(1, 5)):
                box = [x, y + int(rng.integers(0, 3)), 10, int(rng.integers(8, 24))]
                detections.append((float(rng.integers(1, 8)) / 8, box, None))
        order = rng.permutation(len(detections))
        scene.append((220, 260, truths, [detections[i] for i in order]))
    return scene


def judge(scene, masks):
    truth = {"images": [], "annotations": [], "categories": [{"id": 1, "name": "person"}]}
    results = []
    for i, (width, height, truths, detections) in enumerate(scene):
        truth["images"].append({"id": i + 1, "width": width, "height": height})
        for crowd, area, box, mask in truths:
            truth["annotations"].append({
                "id": len(truth["annotations"]) + 1, "image_id": i + 1, "category_id": 1,
                "iscrowd": crowd, "area": area, "bbox": box, "segmentation": mask or []})
        for score, box, mask in detections:
            shape = {"segmentation": mask} if masks else {"bbox": box}
            results.append({"image_id": i + 1, "category_id": 1, "score": score, **shape})
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = truth
        coco.createIndex()
        judged = COCOeval(coco, coco.loadRes(results), "segm" if masks else "bbox")
        judged.evaluate()
        judged.accumulate()
        judged.summarize()
    return [float(judged.stats[i]) for i in (0, 1, 2, 3, 4, 5, 8)]


def write(out, name, scene):
    def shape(box, mask):
        text = mask["counts"].decode() if mask else "-"
        return " ".join(f"{v:g}" for v in box) + " " + text

    masks = scene[0][3][0][2] is not None
    out.append(f"case {name} {len(scene)}")
    for width, height, truths, detections in scene:
        out.append(f"image {width} {height} {len(truths)} {len(detections)}")
        out += [f"{crowd} {area:g} {shape(box, mask)}" for crowd, area, box, mask in truths]
        out += [f"{score:g} {shape(box, mask)}" for score, box, mask in detections]
    for kind in ["box", "mask"][:1 + masks]:
        out.append(kind + "".join(f" {v:.12g}" for v in judge(scene, kind == "mask")))


lines = []
write(lines, "blobs", blobs(24))
write(lines, "many", many())
write(lines, "crowds", [(90, 90, [(1, 400.0, [10, 10, 20, 20], None)],
                         [(0.5, [12, 12, 8, 8], None), (0.25, [50, 50, 30, 30], None)])])
OUT.write_text("\n".join(lines) + "\n")
