#!/usr/bin/env python3
"""A model whose weights are the weighted means of other models' ("model soup": Wortsman et al.,
arXiv 2203.05482). They must be of one network, and worth averaging only when one was trained on
from the other.

    pip install numpy
    python tools/average-models.py OUT.safetensors MODEL.safetensors=WEIGHT...

Weights are made to add up to 1. The metadata are the first model's; its history names the others'.
OUT must not be there yet.
"""
import json
import pathlib
import sys

import numpy as np


def read(path):
    data = pathlib.Path(path).read_bytes()
    if len(data) < 8 or len(data) < 8 + (size := int.from_bytes(data[:8], "little")):
        sys.exit(f"{path}: not a safetensors file")
    header = json.loads(data[8 : 8 + size])
    return header.pop("__metadata__", {}), header, data[8 + size :]


def numbers(tensor, data, path, name):
    part = data[slice(*tensor["data_offsets"])]
    if tensor["dtype"] == "BF16":
        return (np.frombuffer(part, "<u2").astype("<u4") << 16).view("<f4")
    if tensor["dtype"] == "F32":
        return np.frombuffer(part, "<f4")
    sys.exit(f"{path}: {name} is {tensor['dtype']}, not F32 or BF16")


def encode(values, dtype):
    if dtype == "F32":
        return values.astype("<f4").tobytes()
    bits = values.astype("<f4").view("<u4")
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2").tobytes()


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__.strip())
    out = sys.argv[1]
    paths, weights = zip(*((path, float(w)) for path, w in (a.rsplit("=", 1) for a in sys.argv[2:])))
    models = [read(path) for path in paths]
    metadata, header, first = models[0]
    data = bytearray(first)
    for path, (_, other, _) in zip(paths, models):
        if {n: t["shape"] for n, t in other.items()} != {n: t["shape"] for n, t in header.items()}:
            sys.exit(f"{path}: not the network of {paths[0]}")
    for name, tensor in header.items():
        mean = sum(
            weight / sum(weights) * numbers(tensors[name], part, path, name).astype("f8")
            for path, weight, (_, tensors, part) in zip(paths, weights, models)
        )
        data[slice(*tensor["data_offsets"])] = encode(mean, tensor["dtype"])
    metadata["swatch.history"] = json.dumps(
        {
            f"average {i + 1}": {"weight": weight / sum(weights)} | json.loads(m["swatch.history"])
            for i, (weight, (m, _, _)) in enumerate(zip(weights, models))
        }
    )
    text = json.dumps({"__metadata__": metadata, **header}).encode()
    text += b" " * (-len(text) % 8)
    with open(out, "xb") as file:
        file.write(len(text).to_bytes(8, "little") + text + data)


if __name__ == "__main__":
    main()
