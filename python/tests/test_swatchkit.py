"""The wheel as it is installed. No test needs a network."""

import io
import json
import pickle
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

import swatchkit

EXAMPLES = Path(__file__).parents[2] / "examples"
ASTRONAUT = EXAMPLES / "astronaut.png"
HOPPER = EXAMPLES / "grace_hopper.jpg"


@pytest.fixture(scope="module")
def result():
    return swatchkit.extract(ASTRONAUT)


def run(code, *arguments):
    """Python in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
    )


def command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "swatchkit", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_a_result_tells_what_the_command_tells(result):
    told = command("extract", ASTRONAUT, "--json")
    assert told.returncode == 0, told.stderr
    assert result.to_dict() == json.loads(told.stdout)


def test_the_command_is_that_of_the_wheel():
    assert command("--version").stdout.split()[-1] == swatchkit.__version__
    assert command("extract", "--nonsense").returncode == 2


def test_labels_masks_and_cutouts(result):
    assert (result.width, result.height) == (512, 512)
    assert result.classes == ("background", "skin", "hair", "clothes")
    assert result.labels.shape == (512, 512) and result.labels.dtype == np.uint8
    assert result.map is None
    for name, mask in result.masks.items():
        assert mask.sum() == getattr(result, name).pixels > 1000
        cutout = result.cutout(name)
        assert cutout.shape == (512, 512, 4)
        # Soft at the edge, so about the mask and not quite.
        assert np.mean((cutout[..., 3] > 127) == mask) > 0.99
    assert not np.any(result.mask("clothes") & result.mask("skin"))
    with pytest.raises(swatchkit.UsageError, match="astronaut.png.*'shoes'"):
        result.mask("shoes")
    with pytest.raises(swatchkit.UsageError, match="'shoes'"):
        result.cutout("shoes")


def test_colors_are_dataclasses(result):
    first = result.clothes.colors[0]
    assert first.basic == first.shop == "orange"
    assert first.hex == "#{:02x}{:02x}{:02x}".format(*first.rgb)
    assert sum(color.share for color in result.clothes.colors) == pytest.approx(1, abs=1e-3)
    assert result.skin.skin.face and 1 <= result.skin.skin.monk <= 10
    told = result.to_dict()["regions"]
    assert result.skin.skin.undertone == told["skin"]["apparent_tone"]["undertone"]
    assert result.skin.colors[0].shop is None
    assert result.clothes.shop == told["clothes"]["shop"]
    assert result.clothes.pattern.name == told["clothes"]["pattern"]["class"]
    assert 0 <= result.clothes.pattern.confidence <= 1 and result.hair.pattern is None
    assert result.hair.hair.name in ("blond", "brown")
    assert result.person.score > 0.6 and result.person.box.width > 100
    assert result.clothes.balanced is None
    light = swatchkit.extract(ASTRONAUT, white_balance=True, colors=2, flip=False)
    assert len(light.clothes.colors) == len(light.clothes.balanced.colors) == 2
    assert light.skin.balanced.skin.color != light.skin.skin.color


def test_the_card_is_a_picture(result):
    card = Image.open(io.BytesIO(result.card()))
    assert card.format == "PNG" and card.width > 512
    # Words are drawn in the wheel's own font; without one there would be boxes, or nothing.
    assert "swatchkit" in swatchkit._library.os.environ["FONTCONFIG_FILE"]


def test_the_label_map_is_a_picture(result):
    labels = Image.open(io.BytesIO(result.labels_png()))
    assert labels.mode == "P" and np.array_equal(np.asarray(labels), result.labels)
    with pytest.raises(swatchkit.UsageError, match="pickled"):
        pickle.loads(pickle.dumps(result)).labels_png()


def test_a_photo_may_be_given_in_many_ways():
    quick = {"flip": False, "refine": False, "only": "masks"}
    expected = swatchkit.extract(ASTRONAUT, **quick).labels
    picture = Image.open(ASTRONAUT)
    pixels = np.asarray(picture.convert("RGB"))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    tagged = picture.convert("RGB")
    tagged.info["icc_profile"] = profile
    turned = Image.fromarray(np.ascontiguousarray(np.rot90(pixels)))
    turned.getexif()[0x0112] = 6  # to be turned to the right by whoever shows it
    forms = {
        "str": str(ASTRONAUT),
        "bytes": ASTRONAUT.read_bytes(),
        "view": memoryview(ASTRONAUT.read_bytes()),
        "RGB": pixels,
        "strided": np.dstack([pixels, pixels])[..., :3],
        "RGBA": np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)]),
        "Pillow": picture,
        "turned": turned,
    }
    for name, form in forms.items():
        assert np.array_equal(swatchkit.extract(form, **quick).labels, expected), name
    # A profile is applied, even if it says sRGB: a pixel may change by one.
    assert np.mean(swatchkit.extract(tagged, **quick).labels == expected) > 0.99
    grey = swatchkit.extract(np.asarray(picture.convert("L")), name="anna", flip=False)
    assert grey.greyscale and grey.photo == "anna"


def test_whom_to_look_at():
    everybody = swatchkit.extract(HOPPER, people="all")
    assert isinstance(everybody, list) and everybody
    one = swatchkit.extract(HOPPER, people=1)
    assert len(one) == 1 and np.array_equal(one[0].labels, everybody[0].labels)
    assert swatchkit.extract(HOPPER, people="none").person is None
    for wrong in ("both", 0, 256, True, 1.5):
        with pytest.raises(swatchkit.UsageError, match="hopper.jpg: people must be"):
            swatchkit.extract(HOPPER, people=wrong)


def test_only_masks(result):
    masks = swatchkit.extract(ASTRONAUT, only="masks")
    assert np.array_equal(masks.labels, result.labels)
    assert masks.clothes.colors == () and masks.clothes.reason == "not measured"
    with pytest.raises(swatchkit.UsageError, match="only: 'card'"):
        swatchkit.extract(ASTRONAUT, only="card")


def test_garments():
    result = swatchkit.extract(ASTRONAUT, classes="29", flip=False)
    assert len(result.classes) == 29 and result.garments
    for i, garment in enumerate(result.garments):
        cutout = result.garment_cutout(i)
        assert cutout.shape == (garment.box.height, garment.box.width, 4)
        assert garment.pixels <= result.mask(garment.name).sum()
    assert result.mask("clothes").sum() == result.clothes.pixels


@pytest.mark.parametrize(
    "photo, kind, text",
    [
        ("missing.jpg", swatchkit.NotFoundError, "missing.jpg"),
        (b"not a picture", swatchkit.BadFileError, "<bytes>"),
        (b"", swatchkit.BadFileError, "<bytes>"),
        (np.zeros((4, 4, 2), np.uint8), swatchkit.UsageError, "<ndarray>.*(4, 4, 2)"),
        (np.zeros((4, 4, 3)), swatchkit.UsageError, "<ndarray>.*float64"),
        (np.zeros((0, 4, 3), np.uint8), swatchkit.UsageError, "<ndarray>"),
        (12, swatchkit.UsageError, "<int>"),
        (np.zeros((64, 64, 3), np.uint8), swatchkit.NobodyFoundError, "<ndarray>"),
    ],
)
def test_errors_name_the_photo(photo, kind, text, capfd):
    with pytest.raises(kind, match=text) as caught:
        swatchkit.extract(photo)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert type(copy) is kind and str(copy) == str(caught.value)
    assert isinstance(copy, swatchkit.Error)
    assert capfd.readouterr() == ("", "")


def test_wrong_options_are_told():
    for option, value, text in (
        ("precision", "f16", "precision: 'f16'"),
        ("background", "pink", "background: 'pink'"),
        ("colors", 9, "colors must be"),
        ("model", "nope", "nope"),
        ("classes", "3", "3"),
    ):
        with pytest.raises(swatchkit.Error, match=text):
            swatchkit.extract(ASTRONAUT, **{option: value})
    with pytest.raises(swatchkit.TooLargeError, match="astronaut.png"):
        swatchkit.extract(ASTRONAUT, max_pixels=1000)
    with pytest.raises(TypeError):
        swatchkit.extract(ASTRONAUT, nonsense=1)


def test_a_result_travels_between_processes(result, tmp_path):
    copy = pickle.loads(pickle.dumps(result))
    assert copy.to_dict() == result.to_dict() and copy.clothes == result.clothes
    assert np.array_equal(copy.labels, result.labels) and copy.card() == result.card()
    assert np.array_equal(copy.cutout("hair"), result.cutout("hair"))
    with pytest.raises(swatchkit.UsageError, match="pickled"):
        copy.save(tmp_path / "out")


def test_save_writes_what_the_command_writes(result, tmp_path):
    result.save(tmp_path / "out")
    assert (tmp_path / "out/card.png").read_bytes() == result.card()
    with pytest.raises(swatchkit.PathExistsError, match="out"):
        result.save(tmp_path / "out")
    result.save(tmp_path / "out", replace=True)


def test_many_photos_keep_their_order(result):
    black = np.zeros((64, 64, 3), np.uint8)
    taken = []

    def photos():
        for photo in (ASTRONAUT, black, "missing.jpg", ASTRONAUT):
            taken.append(photo)
            yield photo

    found = list(swatchkit.extract_many(photos(), workers=2, errors="yield"))
    assert [type(one) for one in found] == [
        swatchkit.Result,
        swatchkit.NobodyFoundError,
        swatchkit.NotFoundError,
        swatchkit.Result,
    ]
    assert np.mean(found[3].labels == result.labels) > 0.999
    with pytest.raises(swatchkit.NotFoundError, match="missing.jpg"):
        list(swatchkit.extract_many(["missing.jpg", ASTRONAUT], workers=1))
    taken.clear()
    first = swatchkit.extract_many(photos(), workers=1)
    next(first)
    assert len(taken) <= 2  # no more than are needed
    first.close()
    with pytest.raises(swatchkit.UsageError, match="workers"):
        swatchkit.extract_many([], workers=0)


def test_other_threads_run_meanwhile():
    swatchkit.extract(ASTRONAUT)
    worker = threading.Thread(target=swatchkit.extract, args=(ASTRONAUT,))
    longest, start = 0.0, time.monotonic()
    worker.start()
    while worker.is_alive():
        before = time.monotonic()
        time.sleep(0.001)
        longest = max(longest, time.monotonic() - before)
    assert longest < 0.7 * (time.monotonic() - start)


FORK = """
import os, sys, swatchkit
if sys.argv[2] == "after":
    swatchkit.extract(sys.argv[1])
child = os.fork()
if child == 0:
    try:
        print(swatchkit.extract(sys.argv[1]).width, flush=True)
    except swatchkit.Error as error:
        print(error, flush=True)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""


def test_a_forked_process_works_or_refuses():
    assert run(FORK, ASTRONAUT, "before").stdout == "512\n"
    assert "forked" in run(FORK, ASTRONAUT, "after").stdout


def test_nothing_is_printed():
    done = run("import sys, swatchkit; swatchkit.extract(sys.argv[1]).card()", ASTRONAUT)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_palette():
    half = np.zeros((100, 100, 3), np.uint8)
    half[:, :50] = 200, 30, 30
    red, black = sorted(swatchkit.palette(half), key=lambda color: color.hex, reverse=True)
    assert red.basic == "red" and red.share == pytest.approx(0.5, abs=0.01)
    left = half[..., 0] > 0
    assert [color.basic for color in swatchkit.palette(half, mask=left)] == ["red"]
    assert swatchkit.palette(half, mask=np.zeros((100, 100), np.uint8)) == ()
    assert len(swatchkit.palette(HOPPER, colors=1)) == 1
    with pytest.raises(swatchkit.UsageError, match="mask"):
        swatchkit.palette(half, mask=half)


def test_the_package_is_typed():
    assert (Path(swatchkit.__file__).parent / "py.typed").exists()
