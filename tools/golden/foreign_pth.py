#!/usr/bin/env python3
"""Checkpoints with all sorts of things beside the tensors, for tests/import/test_import_files.c.

Needs numpy, not torch: Python's own pickle writes what torch.save would, with stand-ins for torch's
classes. Writes, from the repository's root, tests/import/golden/foreign-{zip,protocol-4,legacy}.pth.
"""
import argparse
import collections
import io
import pathlib
import pickle
import struct
import sys
import types
import zipfile

import numpy as np

OUT = "tests/import/golden/"

torch = types.ModuleType("torch")
utils = types.ModuleType("torch._utils")
sys.modules.update({"torch": torch, "torch._utils": utils})


def _rebuild_tensor_v2(*arguments):
    raise NotImplementedError


_rebuild_tensor_v2.__module__ = "torch._utils"
_rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
utils._rebuild_tensor_v2 = _rebuild_tensor_v2
TYPES = {"Float": "f", "Byte": "B", "Bool": "?", "Int": "i", "Short": "h", "Char": "b"}
for name in TYPES:
    setattr(torch, name + "Storage", type(name + "Storage", (), {"__module__": "torch"}))


class Storage:
    def __init__(self, kind, values, key):
        self.kind, self.values, self.key = kind, values, key

    def bytes(self):
        return struct.pack("<%d%s" % (len(self.values), TYPES[self.kind]), *self.values)


class Tensor:
    storages = []

    def __init__(self, kind, *values):
        self.storage = Storage(kind, values, str(len(Tensor.storages)))
        Tensor.storages.append(self.storage)

    def __reduce__(self):
        return (_rebuild_tensor_v2, (self.storage, 0, (len(self.storage.values),), (1,), False,
                                     collections.OrderedDict()))


class Pickler(pickle._Pickler):
    """The one in Python, which unlike C's numbers its memo without gaps."""

    def persistent_id(self, value):
        if isinstance(value, Storage):
            return ("storage", getattr(torch, value.kind + "Storage"), value.key, "cpu",
                    len(value.values))
        return None


def dumps(value, protocol):
    out = io.BytesIO()
    Pickler(out, protocol).dump(value)
    return out.getvalue()


def checkpoint(deep):
    Tensor.storages = []
    state = collections.OrderedDict()
    state["module._orig_mod.a"] = Tensor("Float", 1, 2, 3)
    state["module._orig_mod.mask"] = Tensor("Byte", 7, 8)
    state["module._orig_mod.flag"] = Tensor("Bool", True)
    state["module._orig_mod.index"] = Tensor("Int", 5)
    state["module._orig_mod.small"] = Tensor("Short", 5)
    state["module._orig_mod.tiny"] = Tensor("Char", 5, 6, 7)
    state["module._orig_mod.b"] = Tensor("Float", 4, 5)
    state["version"] = np.float64(1.5)
    scores = collections.defaultdict(list)
    scores["val"].append(0.5)
    whole = {
        "epoch": 3, "args": argparse.Namespace(lr=0.1, out=pathlib.PurePosixPath("/tmp/x")),
        "counts": collections.Counter("hello"), "scores": scores, "best": np.float32(0.25),
        "history": np.arange(3.0), "tags": {"a", "b"}, "frozen": frozenset([1]),
        "raw": b"\0\1\2" * 100, "long": 1 << 100, "range": range(3), "queue": collections.deque([1]),
        "ema": Tensor("Float", 9), "params": {"lr": 0.1}, deep: {"state_dict": state},
    }
    return whole


def save_zip(name, deep, protocol):
    text = dumps(checkpoint(deep), protocol)
    with zipfile.ZipFile(OUT + name, "w") as file:
        members = [("data.pkl", text)] + [("data/" + s.key, s.bytes()) for s in Tensor.storages]
        for member, data in members:
            file.writestr(zipfile.ZipInfo("a/" + member, (2020, 1, 1, 0, 0, 0)), data)


def save_legacy(name):
    text = dumps(checkpoint("generator"), 2)
    with open(OUT + name, "wb") as file:
        file.write(pickle.dumps(0x1950a86a20f9469cfc6c, 2))
        file.write(pickle.dumps(1001, 2))
        file.write(pickle.dumps({"protocol_version": 1001, "little_endian": True,
                                 "type_sizes": {"short": 2, "int": 4, "long": 4}}, 2))
        file.write(text)
        file.write(pickle.dumps([s.key for s in Tensor.storages], 2))
        for s in Tensor.storages:
            file.write(struct.pack("<q", len(s.values)) + s.bytes())


save_zip("foreign-zip.pth", "generator", 2)
save_zip("foreign-protocol-4.pth", "G", 4)
save_legacy("foreign-legacy.pth")
