"""Photos in, rows of a table out: what a cluster needs to measure many photos (docs/scale.md).

`Rows` measures: one small object that may be sent to any process. `listed` and `Target` find out
which photos have no row yet. examples/ray and examples/spark put them together.
Needs more packages: pip install swatchkit[rows].
"""

import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Unpack

try:
    import fsspec
    import pyarrow as pa
    import pyarrow.dataset
    import pyarrow.fs
    import pyarrow.parquet
except ImportError as error:
    raise ImportError(f"{error}: pip install swatchkit[rows]") from error

from ._errors import Error, NotFoundError, UsageError
from ._extract import Options, clothes_model, extract
from ._library import model_path, version

if TYPE_CHECKING:
    import pandas as pd

_COLOR = pa.struct(
    [
        ("hex", pa.string()),
        ("l", pa.float64()),
        ("a", pa.float64()),
        ("b", pa.float64()),
        ("share", pa.float64()),
        ("name", pa.string()),
    ]
)
_REGION = pa.struct(
    [
        ("person", pa.int32()),
        ("part", pa.string()),
        ("garment", pa.bool_()),
        ("share", pa.float64()),
        ("confidence", pa.float64()),
        ("tone", pa.int32()),
        ("undertone", pa.string()),
        ("look", pa.string()),
        ("pattern", pa.string()),
        ("colors", pa.list_(_COLOR)),
    ]
)
SCHEMA = pa.schema(
    [
        pa.field("path", pa.string(), nullable=False),
        ("stamp", pa.string()),
        ("made", pa.int64()),
        ("sha256", pa.string()),
        ("bytes", pa.int64()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("status", pa.int32()),
        ("message", pa.string()),
        ("swatch", pa.string()),
        ("model", pa.string()),
        ("regions", pa.list_(_REGION)),
        ("labels", pa.binary()),
    ]
)
"""The columns of a row. docs/scale.md says what they are."""

_field = pa.dataset.field
_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".heic", ".heif", ".avif", ".gif")


def read(path: str) -> tuple[bytes | None, str | None]:
    """A file at any address that fsspec knows: its bytes, or else why there are none."""
    try:
        with fsspec.open(path) as file:
            return file.read(), None
    except Exception as error:  # each store raises what it likes, and a row tells what
        reason = " ".join(str(error).split()) or type(error).__name__
        return None, f"{path}: cannot be read ({reason})"


def digest(path: str) -> str | None:
    """The SHA-256 of a file; None where it cannot be read."""
    data = read(path)[0]
    return None if data is None else hashlib.sha256(data).hexdigest()


class Rows:
    """Makes rows. Holds options alone: each process opens the models at its first photo.

    people, options: those of `swatchkit.extract`, with threads=1 as the default. labels: rows have
    the label map, too, as PNG; not with several people.
    """

    model: str
    """Changes with whatever changes rows: version, models, classes and options."""

    def __init__(
        self, *, labels: bool = False, people: Any = "largest", **options: Unpack[Options]
    ) -> None:
        if labels and people not in ("largest", "none"):
            raise UsageError(f'labels are of one person: people must be "largest", not {people!r}')
        options.setdefault("threads", 1)
        self._labels, self._people, self._options = labels, people, options
        classes = options.get("classes")
        files = [
            model_path(clothes_model(options.get("model"), classes)),
            model_path(options.get("person_model", "person")),
        ]
        if classes and os.path.isfile(classes):
            files.append(model_path(classes))
        told = {
            key: value
            for key, value in options.items()
            if value is not None and key not in ("threads", "name")
        }
        key = hashlib.sha256(repr((version(), labels, people, sorted(told.items()))).encode())
        for file in files:
            with open(file, "rb") as opened:
                key.update(hashlib.file_digest(opened, "sha256").digest())
        self.model = key.hexdigest()

    def row(
        self, path: str, stamp: str | None, data: bytes | None, fault: str | None
    ) -> dict[str, Any]:
        """The row of a photo: its bytes, or else why there are none. A bad photo is a row, too."""
        row: dict[str, Any] = dict.fromkeys(SCHEMA.names)
        row |= {"path": path, "stamp": stamp, "made": int(time.time()), "regions": []}
        row |= {"status": Error.status, "message": fault, "swatch": version(), "model": self.model}
        if data is None:
            return row
        row |= {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        try:
            found = extract(data, people=self._people, **(self._options | {"name": path}))
            results = found if isinstance(found, list) else [found]
            row["labels"] = results[0].labels_png() if self._labels else None
        except Error as error:
            return row | {"status": error.status, "message": str(error)}
        return row | {
            "width": results[0].width,
            "height": results[0].height,
            "status": 0,
            "regions": [
                region
                for i, result in enumerate(results)
                for region in _regions(i + 1, result.to_dict())
            ],
        }

    def table(self, photos: Iterable[tuple[str, str | None, bytes | None, str | None]]) -> pa.Table:
        """The rows of photos: arguments of `row`."""
        return pa.Table.from_pylist([self.row(*photo) for photo in photos], schema=SCHEMA)

    def frames(self, frames: "Iterator[pd.DataFrame]") -> "Iterator[pd.DataFrame]":
        """For Spark's mapInPandas: frames with `path` and `stamp` become frames of rows."""
        import pandas as pd

        for frame in frames:
            photos = zip(frame["path"], frame["stamp"], strict=True)
            rows = [self.row(path, stamp, *read(path)) for path, stamp in photos]
            yield pd.DataFrame(rows, columns=SCHEMA.names, dtype=object)  # integers stay so


def _regions(person: int, told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The regions of one person, as colors.json tells them, then the garments."""
    parts = [(name, False, told["regions"][name]) for name in ("clothes", "skin", "hair")]
    parts += [(fields["class"], True, fields) for fields in told.get("garments", ())]
    for part, garment, fields in parts:
        tone = fields.get("apparent_tone") or {}
        look = (tone.get("ita") or {}).get("class") or fields.get("shop")
        yield {
            "person": person,
            "part": part,
            "garment": garment,
            "share": fields["share_of_photo"],
            "confidence": fields.get("confidence"),
            "tone": (tone.get("monk") or {}).get("tone"),
            "undertone": tone.get("undertone"),
            "look": look or (fields.get("apparent_color") or {}).get("class"),
            "pattern": (fields.get("pattern") or {}).get("class"),
            "colors": [
                {"hex": color["hex"], "share": color["share"], "name": color["xkcd"] or None}
                | dict(zip("lab", color["lab"], strict=True))
                for color in fields["colors"]
            ],
        }


def listed(source: str) -> pa.Table:
    """`path` and `stamp` of the photos below a folder, at any address that fsspec knows.

    A stamp changes when the file does: the store's ETag, or size and time. A folder that is not
    there is a NotFoundError.
    """
    system, root = fsspec.core.url_to_fs(source, use_listings_cache=False)
    found = system.find(root, detail=True)
    if not found and not system.exists(root):
        raise NotFoundError(f"{source}: there is no such folder")
    photos = [(path, info) for path, info in found.items() if path.lower().endswith(_ENDINGS)]
    return pa.table(
        {
            "path": pa.array([system.unstrip_protocol(path) for path, _ in photos], pa.string()),
            "stamp": pa.array([_stamp(info) for _, info in photos], pa.string()),
        }
    )


def _stamp(info: dict[str, Any]) -> str:
    tag = info.get("ETag") or info.get("etag")
    when = info.get("mtime") or info.get("LastModified") or info.get("updated")
    return str(tag or f"{info['size']} {when}")


class Target:
    """A folder of Parquet files with rows, of one model among others. Made where it is not there.

    address: anywhere that fsspec knows. model: that of `Rows`.
    """

    system: pa.fs.FileSystem
    root: str
    """Where `system` has the folder."""

    def __init__(self, address: str, model: str) -> None:
        system, self.root = fsspec.core.url_to_fs(address, use_listings_cache=False)
        system.makedirs(self.root, exist_ok=True)
        self.system = pa.fs.PyFileSystem(pa.fs.FSSpecHandler(system))
        self._model = model

    def missing(self, photos: pa.Table) -> pa.Table:
        """Those of the listed photos that have no row, or one of another stamp.

        What could not be read before counts as missing.
        """
        done = self._rows(["path", "stamp"], _field("sha256").is_valid())
        return photos.join(done, ["path", "stamp"], join_type="left anti")

    def is_empty(self) -> bool:
        return bool(self._rows(["status"]).num_rows == 0)

    def known(self, hashed: pa.Table) -> pa.Table:
        """Photos whose content has a row already get a copy of it.

        hashed: path, stamp, sha256. Gives back those that have none: path, stamp.
        """
        rows = self._rows(None, _field("sha256").isin(hashed["sha256"]) & (_field("status") == 0))
        like = {row["sha256"]: row for row in rows.to_pylist()}
        photos = hashed.to_pylist()
        now = {"made": int(time.time())}
        copies = [
            like[photo["sha256"]] | photo | now for photo in photos if photo["sha256"] in like
        ]
        rest = [photo for photo in photos if photo["sha256"] not in like]
        if copies:
            name = hashlib.sha256(repr(copies).encode()).hexdigest()[:16]
            table = pa.Table.from_pylist(copies, schema=SCHEMA)
            path = f"{self.root}/known-{name}.parquet"
            pa.parquet.write_table(table, path, filesystem=self.system, compression="zstd")
        return pa.Table.from_pylist(rest, schema=hashed.schema).select(["path", "stamp"])

    def _rows(self, columns: list[str] | None, more: Any = True) -> pa.Table:
        if self.system.get_file_info(self.root).type == pa.fs.FileType.NotFound:
            return SCHEMA.empty_table().select(columns or SCHEMA.names)  # object stores have none
        # A process that was killed while it wrote to a disk has left a file without an end.
        whole = pa.dataset.dataset(
            self.root,
            filesystem=self.system,
            schema=SCHEMA,
            format="parquet",
            exclude_invalid_files=True,
        )
        return whole.to_table(columns, filter=(_field("model") == self._model) & more)
