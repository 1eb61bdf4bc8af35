"""Masks by pycocotools, for tests/image/test_rle.c: polygons as areas and run-length strings, and
overlaps. pip: numpy pycocotools

    python tools/golden/coco_masks.py > tests/image/golden/coco_masks.txt
"""
import numpy as np
from pycocotools import mask

random = np.random.default_rng(4)
masks = []
for k in range(24):
    width, height = (int(v) for v in random.integers(5, 90, 2))
    polygons = []
    for _ in range(1 + k % 2):
        n = int(random.integers(3, 9))
        turn = np.sort(random.uniform(0, 2 * np.pi, n)) if k % 3 else random.uniform(0, 7, n)
        size = random.uniform(0.1, 0.8, (n, 1)) * (width, height)
        points = random.uniform(0.2, 0.8, 2) * (width, height) + size * np.c_[np.cos(turn), np.sin(turn)]
        if k % 4 == 0:
            points = np.round(points)
        if k % 5 == 1:
            points = np.round(points * 2) / 2
        polygons.append(np.round(points, 2).ravel().tolist())
    rle = mask.merge(mask.frPyObjects(polygons, height, width))
    masks.append((width, height, rle))
    print("polygons", width, height, len(polygons))
    for points in polygons:
        print(len(points) // 2, *points)
    print(int(mask.area(rle)), rle["counts"].decode())
for k in range(8):
    bits = [np.asfortranarray(random.integers(0, 2, (31, 17), dtype=np.uint8)) for _ in range(2)]
    a, b = (mask.encode(m) for m in bits)
    print("overlap 17 31")
    print(a["counts"].decode())
    print(b["counts"].decode())
    print(repr(float(mask.iou([a], [b], [0])[0, 0])), repr(float(mask.iou([a], [b], [1])[0, 0])))
