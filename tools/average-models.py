#!/usr/bin/env python3
"""A model whose weights are the weighted means of other models' ("model soup": Wortsman et al.,
arXiv 2203.05482). They must be of one network, and worth averaging only when one was trained on
from the other.

    pip install numpy
    python tools/average-models.py OUT.safetensors MODEL.safetensors=WEIGHT...

Weights are made to add up to 1. The metadata are the first model's, with a history of all. OUT must
not be there yet.
"""
import json
import os
import pathlib
import sys

import numpy as np

SIZES = {"shorter", "longer", "closer_shorter", "closer_longer"}  # may differ


def read(path):
    data = pathlib.Path(path).read_bytes()
    if len(data) < 8 or len(data) < 8 + (size := int.from_bytes(data[:8], "little")):
        sys.exit(f"{path}: not a safetensors file")
    header = json.loads(data[8 : 8 + size])
    return header.pop("__metadata__", {}), header, data[8 + size :]


def same_network(a, b):
    settings, others = json.loads(a["swatch.architecture"]), json.loads(b["swatch.architecture"])
    common = settings.keys() & others.keys() - SIZES  # older files lack some
    return a["swatch.classes"] == b["swatch.classes"] and all(settings[k] == others[k] for k in common)


def shapes(header):
    return {name: tensor["shape"] for name, tensor in header.items()}


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
    try:
        out = sys.argv[1]
        pairs = [argument.rsplit("=", 1) for argument in sys.argv[2:]]
        paths, weights = zip(*((path, float(weight)) for path, weight in pairs))
    except (IndexError, ValueError):
        sys.exit(__doc__.strip())
    if not sum(weights) > 0:
        sys.exit("the weights do not add up to more than 0")
    if os.path.exists(out):
        sys.exit(f"{out}: is there already")
    try:
        models = [read(path) for path in paths]
    except OSError as e:
        sys.exit(f"{e.filename}: {e.strerror}")
    metadata, header, first = models[0]
    data = bytearray(first)
    for path, (other_metadata, other, _) in zip(paths, models):
        if shapes(other) != shapes(header) or not same_network(other_metadata, metadata):
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
