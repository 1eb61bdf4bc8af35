"""Rows of photos. python/tests-scale has the clusters that make them."""

import hashlib
import io
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import swatchkit

pytest.importorskip("pyarrow")
pytest.importorskip("fsspec")
from swatchkit import rows  # noqa: E402

EXAMPLES = Path(__file__).parents[2] / "examples"
ASTRONAUT = EXAMPLES / "astronaut.png"


def row_of(maker, path, stamp=None):
    return maker.row(str(path), stamp, *rows.read(str(path)))


def test_a_row_tells_what_the_result_tells():
    maker = pickle.loads(pickle.dumps(rows.Rows(labels=True)))
    row = maker.table([(str(ASTRONAUT), "1", *rows.read(str(ASTRONAUT)))]).to_pylist()[0]
    result = swatchkit.extract(ASTRONAUT, threads=1)
    data = ASTRONAUT.read_bytes()
    assert row["sha256"] == hashlib.sha256(data).hexdigest() and row["bytes"] == len(data)
    assert (row["width"], row["height"], row["status"], row["message"]) == (512, 512, 0, None)
    assert (row["swatch"], row["model"]) == (swatchkit.__version__, maker.model)
    clothes, skin, hair = row["regions"]
    told = result.to_dict()["regions"]
    assert clothes["share"] == told["clothes"]["share_of_photo"]
    assert clothes["look"] == told["clothes"]["shop"]
    assert clothes["pattern"] == told["clothes"]["pattern"]["class"]
    assert skin["tone"] == result.skin.skin.monk and skin["look"] == result.skin.skin.ita_class
    assert skin["undertone"] == told["skin"]["apparent_tone"]["undertone"]
    assert hair["look"] == result.hair.hair.name
    for region, ours in ((clothes, result.clothes), (hair, result.hair)):
        assert region["confidence"] == ours.confidence
        for color, expected in zip(region["colors"], ours.colors, strict=True):
            assert (color["l"], color["a"], color["b"]) == expected.lab
            assert (color["hex"], color["share"]) == (expected.hex, expected.share)
    assert skin["colors"][0]["name"] is None  # names are of things, not of skin
    labels = Image.open(io.BytesIO(row["labels"]))
    assert labels.mode == "P" and labels.tobytes() == result.labels.tobytes()


def test_everybody_and_what_they_wear():
    maker = rows.Rows(people="all", classes="29", flip=False)
    regions = row_of(maker, EXAMPLES / "grace_hopper.jpg")["regions"]
    people = {region["person"] for region in regions}
    assert people == set(range(1, len(people) + 1))
    garments = [region for region in regions if region["garment"]]
    assert garments and all(garment["confidence"] is None for garment in garments)
    with pytest.raises(swatchkit.UsageError, match="labels"):
        rows.Rows(people="all", labels=True)


def test_a_bad_photo_is_a_row(tmp_path):
    maker = rows.Rows()
    (tmp_path / "bad.jpg").write_text("no picture")
    Image.new("RGB", (64, 64)).save(tmp_path / "black.png")
    for name, status, has_content in (
        ("bad.jpg", 6, True),
        ("black.png", 3, True),
        ("missing.jpg", 1, False),
    ):
        row = row_of(maker, tmp_path / name)
        assert row["status"] == status and name in row["message"] and row["regions"] == []
        assert (row["sha256"] is not None) == has_content


def test_the_model_of_a_row_changes_with_what_changes_rows(tmp_path):
    plain = rows.Rows().model
    assert rows.Rows(threads=2, classes=None).model == plain
    changed = [{"labels": True}, {"people": "none"}, {"classes": "59"}, {"flip": False}]
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(
        (Path(swatchkit.__file__).parent / "share/swatch/models/person.safetensors").read_bytes()
        + b" "
    )
    changed.append({"person_model": str(copy)})
    assert len({plain, *(rows.Rows(**options).model for options in changed)}) == 6
    with pytest.raises(swatchkit.NotFoundError, match="nope"):
        rows.Rows(model="nope")


def test_only_what_is_new_is_missing(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("a.png", "b.PNG"):
        (photos / name).write_bytes(ASTRONAUT.read_bytes())
    (photos / "notes.txt").touch()
    maker = rows.Rows(flip=False)
    target = rows.Target(str(tmp_path / "rows"), maker.model)
    listed = rows.listed(str(photos))
    assert target.is_empty() and target.missing(listed).num_rows == listed.num_rows == 2
    first, second = listed.to_pylist()
    table = maker.table([(first["path"], first["stamp"], *rows.read(first["path"]))])
    rows.pa.parquet.write_table(table, tmp_path / "rows/one.parquet")
    # A file without an end, as a process leaves that is killed, is passed over.
    (tmp_path / "rows/half.parquet").write_bytes(b"PAR1")
    left = target.missing(listed).to_pylist()
    assert left == [second] and not target.is_empty()
    # The second has the content of the first, so it gets the same row.
    hashed = [photo | {"sha256": rows.digest(photo["path"])} for photo in left]
    assert target.known(rows.pa.Table.from_pylist(hashed)).num_rows == 0
    assert target.missing(listed).num_rows == 0
    os.utime(photos / "a.png", (1, 1))
    assert target.missing(rows.listed(str(photos))).num_rows == 1
    with pytest.raises(swatchkit.NotFoundError, match="nowhere: there is no such folder"):
        rows.listed(str(tmp_path / "nowhere"))
    other = rows.Target(str(tmp_path / "rows"), "other")
    assert other.missing(listed).num_rows == 2
    (photos / "c.jpg").write_bytes(b"new")
    new = [{"path": "c.jpg", "stamp": "1", "sha256": rows.digest(str(photos / "c.jpg"))}]
    assert target.known(rows.pa.Table.from_pylist(new)).to_pylist() == [
        {"path": "c.jpg", "stamp": "1"}
    ]


def test_what_lacks_is_told():
    code = "import sys; sys.modules['pyarrow'] = None; import swatchkit.rows"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "pip install swatchkit[rows]" in done.stderr
