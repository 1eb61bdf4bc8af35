"""What was found in a photo."""

import json
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from ._errors import UsageError
from ._library import call, taken, text
from ._swatch import ffi, lib

Drawn = TypeVar("Drawn")
RegionName: TypeAlias = Literal["clothes", "skin", "hair"]
_regions: dict[str, int] = {
    "clothes": lib.SWATCH_CLOTHES,
    "skin": lib.SWATCH_SKIN,
    "hair": lib.SWATCH_HAIR,
}


@dataclass(frozen=True)
class Color:
    """A color that occurs in the photo. docs/colors.md says what the fields are."""

    hex: str
    share: float
    rgb: tuple[int, int, int]
    hsv: tuple[int, int, int]
    lab: tuple[float, float, float]
    oklch: tuple[float, float, float]
    basic: str
    css: str
    css_distance: float
    xkcd: str
    xkcd_distance: float
    shop: str | None = None  # the word of shops; None of skin and hair


def color_of(fields: Mapping[str, Any]) -> Color:
    known = {name: fields[name] for name in Color.__dataclass_fields__ if name in fields}
    for name in ("rgb", "hsv", "lab", "oklch"):
        known[name] = tuple(known[name])
    return Color(**known)


def colors_of(fields: Mapping[str, Any]) -> tuple[Color, ...]:
    return tuple(map(color_of, fields["colors"]))


@dataclass(frozen=True)
class Skin:
    """How skin looks in the photo. It says nothing about the person."""

    color: Color
    pixels: int
    face: bool  # measured on the skin that borders the hair
    monk: int  # nearest tone of the Monk scale, 1 (lightest) to 10
    monk_distance: float
    ita: float | None  # individual typology angle, degrees
    ita_class: str | None
    undertone: str | None = None


@dataclass(frozen=True)
class Pattern:
    """How cloth is patterned."""

    name: str  # plain, striped, checked, dotted, print
    confidence: float  # how clearly it is that, 0-1


@dataclass(frozen=True)
class Hair:
    """How hair looks in the photo."""

    color: Color
    pixels: int
    name: str
    confidence: float  # share of the pixels that are of this class by themselves


@dataclass(frozen=True)
class Balanced:
    """The colors under neutral light, in the order of the region's own."""

    colors: tuple[Color, ...]
    skin: Skin | None = None
    hair: Hair | None = None


@dataclass(frozen=True)
class Region:
    """Clothes, skin or hair."""

    pixels: int
    share: float  # of the photo, 0-1
    confidence: float | None  # how likely the region is right; None: not measured
    colors: tuple[Color, ...]  # most frequent first
    reason: str | None  # why there are no colors
    skin: Skin | None = None
    hair: Hair | None = None
    balanced: Balanced | None = None  # with white_balance=True
    shop: str | None = None  # of clothes: the word of shops for all of them
    pattern: Pattern | None = None  # of clothes; None where too little is seen


@dataclass(frozen=True)
class Box:
    """In pixels of the photo."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Person:
    score: float
    box: Box
    pixels: int


@dataclass(frozen=True)
class Garment:
    """A piece of clothing, from a model that tells them apart."""

    name: str
    piece: int
    pieces: int
    pixels: int
    share: float
    box: Box
    colors: tuple[Color, ...]
    reason: str | None
    balanced: Balanced | None = None
    shop: str | None = None
    pattern: Pattern | None = None
    probability: float | None = None
    or_name: str | None = None
    or_probability: float | None = None


def _skin(fields: Mapping[str, Any] | None) -> Skin | None:
    if not fields or "color" not in fields:
        return None
    ita = fields.get("ita") or {}
    return Skin(
        color=color_of(fields["color"]),
        pixels=fields["pixels"],
        face=fields["from"] == "skin that borders the hair",
        monk=fields["monk"]["tone"],
        monk_distance=fields["monk"]["distance"],
        ita=ita.get("degrees"),
        ita_class=ita.get("class"),
        undertone=fields.get("undertone"),
    )


def _hair(fields: Mapping[str, Any] | None) -> Hair | None:
    if not fields or "color" not in fields:
        return None
    return Hair(color_of(fields["color"]), fields["pixels"], fields["class"], fields["confidence"])


def _pattern(fields: Mapping[str, Any] | None) -> Pattern | None:
    return Pattern(fields["class"], fields["confidence"]) if fields else None


def _balanced(fields: Mapping[str, Any] | None) -> Balanced | None:
    if not fields:
        return None
    return Balanced(
        colors_of(fields), _skin(fields.get("apparent_tone")), _hair(fields.get("apparent_color"))
    )


def _region(fields: Mapping[str, Any]) -> Region:
    return Region(
        pixels=fields["pixels"],
        share=fields["share_of_photo"],
        confidence=fields["confidence"],
        colors=colors_of(fields),
        reason=fields.get("reason"),
        skin=_skin(fields.get("apparent_tone")),
        hair=_hair(fields.get("apparent_color")),
        balanced=_balanced(fields.get("balanced")),
        shop=fields.get("shop"),
        pattern=_pattern(fields.get("pattern")),
    )


def _garment(fields: Mapping[str, Any]) -> Garment:
    other = fields.get("or") or {}
    return Garment(
        name=fields["class"],
        piece=fields["piece"],
        pieces=fields["pieces"],
        pixels=fields["pixels"],
        share=fields["share_of_photo"],
        box=Box(**fields["box"]),
        colors=colors_of(fields),
        reason=fields.get("reason"),
        balanced=_balanced(fields.get("balanced")),
        shop=fields.get("shop"),
        pattern=_pattern(fields.get("pattern")),
        probability=fields.get("probability"),
        or_name=other.get("class"),
        or_probability=other.get("probability"),
    )


class Result:
    """Clothes, skin and hair of one person in a photo.

    Cut-outs and the card are drawn when they are first asked for. Pickling draws all of them.
    """

    photo: str
    """What the photo was called."""
    width: int
    height: int
    labels: npt.NDArray[np.uint8]
    """The class of each pixel, (height, width), an index into `classes`."""
    map: npt.NDArray[np.uint8] | None
    """The map as the network painted it, RGB, (height, width, 3); None where the model answers in
    class scores, as the shipped ones do."""
    classes: tuple[str, ...]
    """The names of the classes, the background first."""
    clothes: Region
    skin: Region
    hair: Region
    garments: tuple[Garment, ...]
    """Largest first. Empty with a model that does not tell garments apart."""
    person: Person | None
    """Who was found; None where nobody is, or was looked for."""
    greyscale: bool
    """The photo is black-and-white, so it has no colors."""
    doubts: tuple[str, ...]
    """A sentence for each region that is doubtful."""

    def __init__(self, handle: Any) -> None:
        """Takes a swatch_result."""
        self._handle = ffi.gc(handle, lib.swatch_result_free)
        self._lock = threading.Lock()  # a swatch_result is for one thread at a time
        self._drawn: dict[Any, Any] = {}
        self._read(text(lib.swatch_result_json(handle)))
        pixels = ffi.buffer(lib.swatch_result_labels(handle), self.width * self.height)
        self.labels = np.frombuffer(bytes(pixels), np.uint8).reshape(self.height, self.width)
        self.map = self._read_map(lib.swatch_result_map(handle))

    def _read_map(self, pixels: Any) -> npt.NDArray[np.uint8] | None:
        if not pixels:
            return None
        painted = ffi.buffer(pixels, 3 * self.height * self.width)
        return np.frombuffer(bytes(painted), np.uint8).reshape(self.height, self.width, 3)

    def _read(self, document: str) -> None:
        fields = json.loads(document)
        self._json = document
        self.photo = fields["photo"]
        self.width, self.height = fields["width"], fields["height"]
        self.classes = tuple(fields["model"]["classes"])
        for name in _regions:
            setattr(self, name, _region(fields["regions"][name]))
        self.garments = tuple(map(_garment, fields.get("garments", ())))
        who = fields.get("person")
        self.person = who and Person(who["score"], Box(**who["box"]), who["pixels"])
        self.greyscale = fields["greyscale"]
        self.doubts = tuple(fields["doubts"])

    def __repr__(self) -> str:
        return f"<swatchkit.Result of {self.photo}, {self.width}x{self.height}>"

    def to_dict(self) -> dict[str, Any]:
        """The content of colors.json (docs/colors.md)."""
        fields: dict[str, Any] = json.loads(self._json)
        return fields

    def mask(self, name: str) -> npt.NDArray[np.bool_]:
        """Where a region ("clothes", "skin", "hair") or a class is, (height, width)."""
        if name in self.classes:
            return np.equal(self.labels, self.classes.index(name))
        if name != "clothes":
            raise UsageError(f"{self.photo}: {name!r} is no region and no class of the model")
        others = [i for i, n in enumerate(self.classes) if i == 0 or n in ("skin", "hair")]
        return np.isin(self.labels, others, invert=True)

    @property
    def masks(self) -> dict[str, npt.NDArray[np.bool_]]:
        """The masks of the three regions."""
        return {
            "clothes": self.mask("clothes"),
            "skin": self.mask("skin"),
            "hair": self.mask("hair"),
        }

    def cutout(self, name: RegionName) -> npt.NDArray[np.uint8]:
        """A region as RGBA, (height, width, 4): straight alpha, soft at the edge."""
        if name not in _regions:
            raise UsageError(f"{self.photo}: {name!r} is none of " + ", ".join(_regions))

        def draw() -> npt.NDArray[np.uint8]:
            rgba = np.empty((self.height, self.width, 4), np.uint8)
            lib.swatch_result_cutout(self._handle, _regions[name], ffi.from_buffer(rgba))
            return rgba

        return self._once(name, draw)

    def garment_cutout(self, index: int) -> npt.NDArray[np.uint8]:
        """The garment of that index as RGBA, cropped to its box."""
        box = self.garments[index].box

        def draw() -> npt.NDArray[np.uint8]:
            rgba = np.empty((int(box.height), int(box.width), 4), np.uint8)
            lib.swatch_result_garment_cutout(self._handle, index, ffi.from_buffer(rgba))
            return rgba

        return self._once(index, draw)

    def card(self) -> bytes:
        """Photo, cut-outs and colors in one picture: a PNG file."""
        return self._once("card", lambda: self._encode(lib.SWATCH_PIECE_CARD))

    def labels_png(self) -> bytes:
        """The labels as the command writes them: a PNG file of 8 bits with the classes' colors.

        Not for a result that was pickled.
        """
        self._refuse_pickled("be encoded")
        with self._lock:
            return self._encode(lib.SWATCH_PIECE_LABELS)

    def _encode(self, piece: int) -> bytes:
        data, size = ffi.new("void **"), ffi.new("size_t *")
        call(lib.swatch_result_encode, self._handle, piece, lib.SWATCH_PNG, data, size)
        return taken(data, size)

    def save(self, folder: str | os.PathLike[str], replace: bool = False) -> None:
        """Writes the folder that `swatch extract` writes, all or nothing. Its parent must be there.

        Not for a result that was pickled.
        """
        self._refuse_pickled("be saved")
        how = lib.SWATCH_REPLACE if replace else 0
        with self._lock:
            call(lib.swatch_result_save, self._handle, os.fsencode(folder), how)

    def _refuse_pickled(self, what: str) -> None:
        if self._handle is None:
            raise UsageError(f"{self.photo}: a result that was pickled cannot {what}")

    def _once(self, what: Any, draw: Callable[[], Drawn]) -> Drawn:
        """What was drawn, or is drawn now and kept."""
        with self._lock:
            if what not in self._drawn:
                self._drawn[what] = draw()
            drawn: Drawn = self._drawn[what]
            return drawn

    def __getstate__(self) -> dict[str, Any]:
        self.card()
        for name in ("clothes", "skin", "hair"):
            self.cutout(name)
        for index in range(len(self.garments)):
            self.garment_cutout(index)
        return {"json": self._json, "labels": self.labels, "map": self.map, "drawn": self._drawn}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._handle = None
        self._lock = threading.Lock()
        self._drawn = state["drawn"]
        self.labels = state["labels"]
        self.map = state["map"]
        self._read(state["json"])
