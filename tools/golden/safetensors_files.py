#!/usr/bin/env python3
"""Files for tests/nn/test_safetensors.c and tests/fuzz/fuzz_safetensors.c, by the format's own
package. (Called safetensors_files since a script safetensors.py would import itself.)

    pip install numpy torch safetensors
    python tools/golden/safetensors_files.py

writes tests/nn/golden/types.safetensors and tests/fuzz/corpus/safetensors/*.

    f32 f16 bf16 u8 i64   small tensors whose values the test knows
    f64 scalar empty      a type that is only passed by, no side at all, a side of 0
    half, half.f32        IEEE halves, every exponent and sign, and what torch makes of them
    round, round.bf16     floats, and what torch rounds them to: ties, carries, subnormals, NaN
"""
import json
import pathlib
import struct

import numpy as np
import torch
from safetensors.torch import save, save_file

ROOT = pathlib.Path(__file__).resolve().parents[2] / "tests"
GOLDEN = ROOT / "nn" / "golden" / "types.safetensors"
CORPUS = ROOT / "fuzz" / "corpus" / "safetensors"
rng = np.random.default_rng(12)


def halves():
    """Each of the 64 signs and exponents with the fractions at the ends and two in between."""
    fractions = np.array([0, 1, 0x155, 0x3ff])
    bits = (np.arange(64)[:, None] << 10 | fractions).astype(np.uint16).ravel()
    return torch.from_numpy(bits.view(np.float16).copy())


def floats():
    """Exponents of all sizes, with lower halves that are ties, just beside them, and random."""
    upper = np.concatenate([np.array([0x0000, 0x0001, 0x007f, 0x0080, 0x3f80, 0x3f81, 0x3fff,
                                      0x7f7e, 0x7f7f, 0x7f80, 0x7fc0]),
                            rng.integers(0, 0x7f80, 40)]).astype(np.uint32)
    lower = np.array([0, 1, 0x7fff, 0x8000, 0x8001, 0xffff], np.uint32)
    bits = (upper[:, None] << 16 | lower).ravel()
    bits = np.concatenate([bits, bits | np.uint32(1 << 31)])
    return torch.from_numpy(bits.view(np.float32).copy())


def small():
    return {
        "f32": torch.tensor([[1.5, -0.25, 3e38], [2.0**-149, 0.1, -7]], dtype=torch.float32),
        "f16": torch.tensor([0.5, -65504, 2.0**-24], dtype=torch.float16),
        "bf16": torch.tensor([[[1.0]], [[-3.140625]]], dtype=torch.bfloat16),
        "u8": torch.arange(250, 256, dtype=torch.uint8),
        "i64": torch.tensor([-1, 2**62], dtype=torch.int64),
    }


def hostile(header, data=b"", length=None):
    if not isinstance(header, bytes):
        header = json.dumps(header).encode()
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def entry(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def main():
    half, rounded = halves(), floats()
    tensors = small() | {
        "f64": torch.tensor([0.125], dtype=torch.float64),
        "scalar": torch.tensor(42.0),
        "empty": torch.zeros(3, 0, 2),
        "half": half, "half.f32": half.float(),
        "round": rounded, "round.bf16": rounded.bfloat16(),
    }
    save_file(tensors, GOLDEN, metadata={"note": "größer", "empty": ""})

    CORPUS.mkdir(parents=True, exist_ok=True)
    good = save(small(), metadata={"swatch.format": "1"})
    files = {
        "types": good,
        "truncated": good[:-1],
        "no-tensors": hostile({}),
        "empty-tensor": save({"e": torch.zeros(0, 4), "s": torch.tensor(1.0)}),
        "long-header": hostile({}, length=2**63 + 7),
        "half-a-length": b"\x10\0\0",
        "overlap": hostile({"a": entry("U8", [4], 0, 4), "b": entry("F16", [2], 2, 6)}, bytes(6)),
        "gap": hostile({"a": entry("U8", [1], 0, 1), "b": entry("U8", [1], 2, 3)}, bytes(3)),
        "backwards": hostile({"a": entry("U8", [4], 4, 0)}, bytes(4)),
        "product": hostile({"a": entry("F32", [2**33, 2**31], 0, 0)}),
        "bytes-product": hostile({"a": entry("I64", [2**61], 0, 0)}),
        "negative": hostile({"a": entry("F32", [-1, -1], 0, 4)}, bytes(4)),
        "many-sides": hostile({"a": entry("U8", [1] * 9, 0, 1)}, bytes(1)),
        "not-utf8": hostile(b'{"\xff":1}'),
        "nul": hostile(b'{"a\\u0000b":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}', b"x"),
        "twice": hostile(b'{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]},'
                         b'"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}', b"x"),
        "metadata": hostile({"__metadata__": {"a": 1}}),
        "metadata-list": hostile({"__metadata__": []}),
        "deep": hostile(b"[" * 3000),
    }
    for name, content in files.items():
        (CORPUS / name).write_bytes(content)


if __name__ == "__main__":
    main()
