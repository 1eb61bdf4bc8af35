"""Exported models answer as the engine does."""

import json
import os
import struct
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
ENGINE = os.environ["SWATCH_ENGINE"]  # set by test-wheel


def engine_scores(model, canvas, classes, *finer):
    """Of a model file, from the engine in f32: (height, width, classes), and, with a class file for
    its second head, that one's, (height / 2, width / 2, its classes). canvas: (height, width, 3) in
    -1..1."""
    height, width = canvas.shape[:2]
    done = subprocess.run(
        [ENGINE, model, str(height), str(width), "f32", "1", *finer],
        input=canvas.tobytes(),
        stdout=subprocess.PIPE,
        check=True,
    )
    scores = np.frombuffer(done.stdout, np.float32)
    first = height * width * classes
    heads = [scores[:first].reshape(height, width, -1)]
    return heads + [scores[first:].reshape(height // 2, width // 2, -1)] * len(finer)


def onnx_scores(path, canvas):
    """The same from ONNX Runtime."""
    session = onnxruntime.InferenceSession(path)
    heads = session.run(None, {"photo": canvas.transpose(2, 0, 1)[None]})
    return [head[0].transpose(1, 2, 0) for head in heads]


def compare(ours, theirs):
    """Each head of the engine with that of the ONNX file."""
    for our, their in zip(ours, theirs, strict=True):
        assert our.shape == their.shape
        assert np.ptp(our) > 0.01  # the photo matters
        assert np.mean(our.argmax(-1) == their.argmax(-1)) >= 0.999
        assert np.abs(our - their).max() < 1e-3 * np.abs(our).max()


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
    classes = int(model.removeprefix("ccp-"))
    compare(
        engine_scores(ROOT / f"models/{model}.safetensors", canvas, classes),
        onnx_scores(path, canvas),
    )


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


def random_lite2_unet(path, filters, outputs, finer=0):
    """A model file of EfficientNet-Lite2's shapes with numbers by chance. finer: classes of a
    second head, at least `outputs`; 0: it has none."""
    rng = np.random.default_rng(2)
    tensors = {}

    def conv(name, out, inputs, kernel):
        size = (out, inputs, kernel, kernel)
        scale = (2 / (inputs * kernel * kernel)) ** 0.5
        tensors[f"{name}.conv.weight"] = rng.normal(0, scale, size)
        tensors[f"{name}.norm.weight"] = rng.uniform(0.5, 1.5, out)
        tensors[f"{name}.norm.bias"] = rng.normal(0, 0.1, out)
        tensors[f"{name}.norm.running_mean"] = rng.normal(0, 0.1, out)
        tensors[f"{name}.norm.running_var"] = rng.uniform(0.5, 1.5, out)

    stages = (  # blocks, width, kernel, expansion
        (1, 16, 3, 1),
        (3, 24, 3, 6),
        (3, 48, 5, 6),
        (4, 88, 3, 6),
        (4, 120, 5, 6),
        (5, 208, 5, 6),
        (1, 352, 3, 6),
    )
    conv("encoder.stem", 32, 3, 3)
    width, number = 32, 0
    for blocks, out, kernel, expansion in stages:
        for _ in range(blocks):
            name = f"encoder.block{number}"
            if expansion > 1:
                conv(f"{name}.expand", width * expansion, width, 1)
            conv(f"{name}.depthwise", width * expansion, 1, kernel)
            conv(f"{name}.project", out, width * expansion, 1)
            width, number = out, number + 1
    for level, features in ((4, 120), (3, 48), (2, 24), (1, 16)):
        conv(f"decoder.up{level}", level * filters, width + features, 3)
        width = level * filters
    tensors["out.weight"] = rng.normal(0, 0.1, (outputs, width, 3, 3))
    tensors["out.bias"] = rng.normal(0, 0.1, outputs)
    if finer:
        tensors["garments.weight"] = rng.normal(0, 0.1, (finer, width, 3, 3))
        tensors["garments.bias"] = rng.normal(0, 0.1, finer)
    names = [f"class {i}" for i in range(outputs)]
    header = {
        "__metadata__": {
            "swatch.format": "model 1",
            "swatch.architecture": json.dumps(
                {"name": "lite2-unet", "filters": filters, "output": "scores"}
            ),
            "swatch.input": json.dumps({"height": 64, "width": 96}),
            "swatch.classes": json.dumps(names),
            "swatch.history": "{}",
            "swatch.colors": json.dumps([f"#{i:02x}0000" for i in range(outputs)]),
        }
    }
    if finer:
        header["__metadata__"]["swatch.garments"] = json.dumps(
            [
                {"name": f"kind{i}", "color": f"#{i:02x}0000", "of": names[min(i, outputs - 1)]}
                for i in range(finer)
            ]
        )
    end = 0
    for name, values in tensors.items():
        start, end = end, end + 4 * values.size
        header[name] = {"dtype": "F32", "shape": values.shape, "data_offsets": [start, end]}
    told = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(told)) + told)
        for values in tensors.values():
            file.write(values.astype("<f4").tobytes())


@pytest.mark.parametrize("finer", [0, 7])
def test_a_lite2_unet_answers_as_the_engine_does(tmp_path, finer):
    model, path = tmp_path / "two.safetensors", tmp_path / "two.onnx"
    random_lite2_unet(model, 4, 5, finer)
    kinds = tmp_path / "kinds.txt"
    kinds.write_text("".join(f"kind{i} #{i:02x}0000: kind{i}\n" for i in range(finer)))
    swatchkit.export_onnx(model, path)
    canvas = np.asarray(Image.open(PHOTOS[0]).convert("RGB").resize((160, 96)), np.float32)
    canvas = canvas / 127.5 - 1
    theirs = onnx_scores(path, canvas)
    assert len(theirs) == (2 if finer else 1)
    compare(engine_scores(model, canvas, 5, *[kinds] * bool(finer)), theirs)
