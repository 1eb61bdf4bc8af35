"""Writes model.onnx, and model.json with what its metadata says, for index.html."""

import json
import sys

import onnx

import swatchkit

swatchkit.export_onnx(sys.argv[1] if len(sys.argv) > 1 else "ccp-4", "model.onnx")
told = {entry.key: entry.value for entry in onnx.load("model.onnx").metadata_props}
names = ("classes", "colors", "preprocessing")
with open("model.json", "w") as file:
    json.dump({name: json.loads(told[f"swatch.{name}"]) for name in names}, file)
