"""Exported models answer as the engine does."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import swatchkit

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

ROOT = Path(__file__).parents[2]
PHOTOS = sorted((ROOT / "examples").glob("*.[jp][pn]g"))
SCORES = os.environ["SWATCH_SCORES"]  # set by test-wheel


def engine_scores(model, canvas):
    """(height, width, classes), from the engine in f32. canvas: (height, width, 3) in -1..1."""
    height, width = canvas.shape[:2]
    done = subprocess.run(
        [SCORES, ROOT / f"models/{model}.safetensors", str(height), str(width)],
        input=canvas.tobytes(),
        stdout=subprocess.PIPE,
        check=True,
    )
    return np.frombuffer(done.stdout, np.float32).reshape(height, width, -1)


@pytest.fixture(scope="module", params=["ccp-4", "ccp-59"])
def exported(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("onnx") / f"{request.param}.onnx"
    swatchkit.export_onnx(request.param, path)
    return request.param, path


@pytest.mark.parametrize("photo", PHOTOS, ids=lambda path: path.stem)
@pytest.mark.parametrize("size", [(512, 768), (320, 192)])
def test_labels_are_the_engines(exported, photo, size):
    model, path = exported
    canvas = np.asarray(Image.open(photo).convert("RGB").resize(size), np.float32) / 127.5 - 1
    ours = engine_scores(model, canvas)
    session = onnxruntime.InferenceSession(path)
    theirs = session.run(None, {"photo": canvas.transpose(2, 0, 1)[None]})[0][0].transpose(1, 2, 0)
    assert np.mean(ours.argmax(-1) == theirs.argmax(-1)) >= 0.999
    assert np.abs(ours - theirs).max() < 1e-3 * np.abs(ours).max()


def test_a_batch_is_each_of_its_photos(exported):
    session = onnxruntime.InferenceSession(exported[1])
    photos = np.random.default_rng(1).uniform(-1, 1, (2, 3, 64, 96)).astype(np.float32)
    both = session.run(None, {"photo": photos})[0]
    assert np.allclose(both[1:], session.run(None, {"photo": photos[1:]})[0], atol=1e-4)


def test_the_file_tells_how_to_use_it(exported):
    model, path = exported
    told = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
    how = json.loads(told["swatch.preprocessing"])
    assert how["scale"] == "value / 127.5 - 1" and how["multiple"] == 32
    assert all(side % 32 == 0 for canvas in how["canvases"] for side in canvas)
    assert len(json.loads(told["swatch.classes"])) == int(model.removeprefix("ccp-"))


def test_what_cannot_be_exported_is_told(tmp_path):
    junk = tmp_path / "junk.safetensors"
    junk.write_bytes(b"\x10\0\0\0\0\0\0\0{}")
    for model, opset, text in (
        ("person", 17, "person.safetensors: is no lite-unet"),
        ("ccp-4", 12, "opset must be 13"),
        ("ccp-4", 999, "opset must be 13"),
        (junk, 17, "junk.safetensors: is no model file"),
        (tmp_path / "none.safetensors", 17, "none.safetensors"),
    ):
        with pytest.raises((swatchkit.Error, OSError), match=text):
            swatchkit.export_onnx(model, tmp_path / "out.onnx", opset)
    assert not (tmp_path / "out.onnx").exists()
