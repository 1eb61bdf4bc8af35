"""What examples/ and the documents show does what they say."""

import json
import re
import shutil
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import swatchkit

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


def test_the_notebook_runs(monkeypatch, capsys):
    monkeypatch.chdir(EXAMPLES)
    cells = json.loads((EXAMPLES / "colors.ipynb").read_text())["cells"]
    names = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert "missing.jpg -> missing.jpg: " in capsys.readouterr().out


def test_the_page_of_gradio_answers(monkeypatch):
    """With something in gradio's place, which brings far more than the rest of these tests need."""
    stand_in = types.ModuleType("gradio")
    stand_in.Error = RuntimeError
    stand_in.Image = stand_in.JSON = stand_in.Interface = lambda *a, **k: None
    monkeypatch.setitem(sys.modules, "gradio", stand_in)
    names = {"__name__": "page"}
    exec((EXAMPLES / "gradio_page.py").read_text(), names)
    card, told = names["look"](Image.open(EXAMPLES / "astronaut.png"))
    assert card.width > 500 and told["photo"] == "photo"
    with pytest.raises(RuntimeError, match="photo: "):
        names["look"](Image.new("RGB", (64, 64)))


def test_the_documents_way_to_labels_is_ours(tmp_path, monkeypatch):
    """docs/weights.md: the program's labels are nearly those of extract without its refinements."""
    pytest.importorskip("onnxruntime")
    monkeypatch.chdir(tmp_path)
    swatchkit.export_onnx("ccp-4", "ccp-4.onnx")
    text = (ROOT / "docs/weights.md").read_text()
    names = {}
    exec(re.search(r"```python\n(.*?)```", text, re.DOTALL)[1], names)
    # Somebody small, of whom the network is sure: else swatch would look a second time.
    sample = Image.open(EXAMPLES / "grace_hopper.jpg").convert("RGB")
    for width, height, side in ((256, 384, 96), (250, 384, 140)):
        photo = Image.new("RGB", (width, height), "grey")
        person = sample.resize((side, side * sample.height // sample.width))
        photo.paste(person, ((width - side) // 2, height - person.height))
        theirs = np.asarray(names["segment"](photo))
        ours = swatchkit.extract(
            np.asarray(photo), people="none", flip=False, refine=False, precision="f32"
        ).labels
        assert np.mean(theirs == ours) > 0.99 and len(np.unique(ours)) == 4


@pytest.mark.skipif(not shutil.which("node"), reason="there is no node")
def test_the_browser_page_counts_as_the_documents_do(tmp_path):
    script = """
        import { fit, input, labels } from MODULE
        const place = fit(300, 351, [[768, 512], [512, 768], [640, 640]])
        const rgba = new Uint8Array(4 * place.width * place.height).fill(255)
        const numbers = input(rgba, place)
        const plane = place.canvasWidth * place.canvasHeight
        const scores = new Float32Array(2 * plane)
        scores[plane + place.top * place.canvasWidth + place.left + 1] = 1
        console.log(JSON.stringify([place, numbers.length, numbers[0],
          numbers.reduce((sum, x) => sum + x), [...labels(scores, 2, place)].indexOf(1)]))
    """
    module = json.dumps((EXAMPLES / "onnx-web/segment.mjs").as_uri())
    (tmp_path / "run.mjs").write_text(script.replace("MODULE", module))
    done = subprocess.run(["node", "run.mjs"], cwd=tmp_path, capture_output=True, check=True)
    place, count, corner, total, second = json.loads(done.stdout)
    # 640 / 351 fits 300 x 351 onto the square as 547 x 640.
    assert (place["width"], place["height"], place["left"], place["top"]) == (547, 640, 46, 0)
    assert (count, corner, total, second) == (3 * 640 * 640, 0, 3 * 547 * 640, 1)
