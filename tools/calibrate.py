#!/usr/bin/env python3
"""Tells a clothes model how far its own certainty can be trusted.

    swatch eval MODEL --dataset folder:DIR --split val.txt --regions regions.csv
    python tools/calibrate.py MODEL regions.csv... -o OUT.safetensors

For clothes, skin and hair it fits the chance that a region's IoU is above 0.8 to the IoU that the
model expects (logistic regression of the log odds, with a weak prior: Platt 1999), prints how well
the chances hold, and writes the model with them in its metadata (swatch.certainty). The photos must
be none that the model learned from. OUT must not be there yet.
"""
import argparse
import csv
import json
import math
import os
import pathlib
import sys

RIGHT = 0.8  # of the IoU
PRIOR = 0.05  # of the squared slope and offset, so that few or clear-cut regions have a finite fit


def log_odds(x):
    x = min(max(x, 1e-4), 1 - 1e-4)
    return math.log(x / (1 - x))


def chance(c, x):
    return 1 / (1 + math.exp(-(c[0] + c[1] * log_odds(x))))


def fit(rows):
    """Newton's method on (expected, right) pairs."""
    a, b = 0.0, 1.0
    for _ in range(50):
        ga, gb, haa, hab, hbb = PRIOR * a, PRIOR * (b - 1), PRIOR, 0.0, PRIOR
        for expected, right in rows:
            x, p = log_odds(expected), chance((a, b), expected)
            ga, gb = ga + p - right, gb + (p - right) * x
            w = p * (1 - p)
            haa, hab, hbb = haa + w, hab + w * x, hbb + w * x * x
        det = haa * hbb - hab * hab
        a, b = a - (hbb * ga - hab * gb) / det, b - (haa * gb - hab * ga) / det
    return a, b


def read_regions(paths):
    regions = {"clothes": [], "skin": [], "hair": []}
    for path in paths:
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["expected"] and row["iou"]:
                    regions[row["region"]].append((float(row["expected"]), float(row["iou"]) > RIGHT))
    return regions


def tell(name, rows, c):
    print(f"{name}: {len(rows)} regions, {sum(r for _, r in rows)} right")
    print("  chance       regions  of them right  mean chance")
    for low, high in ((0, 0.5), (0.5, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 1.01)):
        inside = [(chance(c, x), r) for x, r in rows if low <= chance(c, x) < high]
        if inside:
            share = sum(r for _, r in inside) / len(inside)
            mean = sum(p for p, _ in inside) / len(inside)
            print(f"  {low:.2f} - {min(high, 1):.2f}  {len(inside):7d}  {share:13.2f}  {mean:11.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("regions", nargs="+")
    parser.add_argument("-o", "--output", type=pathlib.Path, required=True)
    options = parser.parse_args()
    data = options.model.read_bytes()
    size = int.from_bytes(data[:8], "little")
    if len(data) < 8 or size > len(data) - 8:
        sys.exit(f"{options.model}: not a safetensors file")
    header = json.loads(data[8 : 8 + size])
    certainty = {}
    for name, rows in read_regions(options.regions).items():
        if not rows:
            sys.exit(f"{options.regions[0]}: no regions of {name}")
        c = fit(rows)
        tell(name, rows, c)
        certainty[name] = [round(c[0], 4), round(c[1], 4)]
    header["__metadata__"]["swatch.certainty"] = json.dumps(certainty, separators=(",", ":"))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(options.output, "xb") as file:
        file.write(len(text).to_bytes(8, "little") + text + data[8 + size :])
        file.flush()
        os.fsync(file.fileno())


if __name__ == "__main__":
    main()
