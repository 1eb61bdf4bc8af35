"""Photos in, results out."""

import json
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Literal, TypedDict, Unpack, overload

import numpy as np
import numpy.typing as npt

from ._errors import Error, UsageError
from ._library import call, one_of, options, session, taken
from ._photo import Photo, name_of, open_photo
from ._result import Color, Result, colors_of
from ._swatch import ffi, lib

PEOPLE_MOST = 255  # that the library finds in a photo

_backgrounds = {
    "keep": lib.SWATCH_BACKGROUND_KEEP,
    "grey": lib.SWATCH_BACKGROUND_GREY,
    "black": lib.SWATCH_BACKGROUND_BLACK,
    "white": lib.SWATCH_BACKGROUND_WHITE,
}


class Options(TypedDict, total=False):
    """What may be told beside the photo. All are those of `swatch extract --help`."""

    model: str | None
    """A model that finds clothes: "ccp-4", "ccp-59", or a file's path; default by `classes`."""
    person_model: str
    """A model that finds people: "person" (default), or a file's path."""
    classes: str | None
    """"4" (default), "18", "29", "59" or a class file: what the model tells apart."""
    precision: Literal["auto", "f32", "bf16"]
    only: Literal["masks"] | None
    """"masks": no colors are measured."""
    colors: int
    """At most so many for a region, 1-8; default 5."""
    white_balance: bool
    """Gives the colors under neutral light, too."""
    background: Literal["keep", "grey", "black", "white"]
    """What is painted around the person before the network looks."""
    flip: bool
    """False: faster and a little worse."""
    refine: bool
    """False: faster and a little worse."""
    max_pixels: int
    """Larger photos are a TooLargeError."""
    strict: bool
    """A photo that is damaged in part is a BadFileError."""
    threads: int
    """That one photo may use; 0: as many as the process may run."""
    name: str | None
    """What messages and the result call the photo; default its path."""


def clothes_model(model: str | None, classes: str | None) -> str:
    """The model that these options ask for."""
    return model or ("ccp-4" if classes in (None, "4") else "ccp-59")


def _people(most: int | Literal["largest", "all", "none"], name: str) -> int:
    """How many people are looked for; 0: nobody, the whole photo counts."""
    if isinstance(most, int) and not isinstance(most, bool) and 1 <= most <= PEOPLE_MOST:
        return most
    words = {"largest": 1, "all": PEOPLE_MOST, "none": 0}
    if not isinstance(most, str) or most not in words:
        raise UsageError(
            f'{name}: people must be "largest", "all", "none" or 1-{PEOPLE_MOST}, not {most!r}'
        )
    return words[most]


def _extract(
    photo: Photo,
    most: int,
    name: str,
    *,
    model: str | None = None,
    person_model: str = "person",
    classes: str | None = None,
    precision: str = "auto",
    only: str | None = None,
    colors: int = 0,
    white_balance: bool = False,
    background: str = "keep",
    flip: bool = True,
    refine: bool = True,
    max_pixels: int = 0,
    strict: bool = False,
    threads: int = 0,
) -> list[Result]:
    chosen = options(
        "swatch_extract_options",
        background=one_of("background", background, _backgrounds),
        colors=colors,
        only_masks=one_of("only", only or "", {"": 0, "masks": 1}),
        white_balance=white_balance,
        no_flip=not flip,
        no_refine=not refine,
    )
    dresser = session(clothes_model(model, classes), classes, precision, threads)
    opened = open_photo(photo, name, max_pixels, strict)
    results = ffi.new("swatch_result *[]", max(most, 1))
    count = ffi.new("size_t *", 1)
    if most:
        finder = session(person_model, None, precision, threads)
        call(lib.swatch_extract_people, dresser, finder, opened, chosen, most, results, count)
    else:
        call(lib.swatch_extract, dresser, opened, chosen, results)
    return [Result(results[i]) for i in range(count[0])]


def _given(photo: Photo, people: Any, more: dict[str, Any]) -> Any:
    name = more.get("name") or name_of(photo)
    chosen = {option: value for option, value in more.items() if option != "name"}
    found = _extract(photo, _people(people, name), name, **chosen)
    return found[0] if people in ("largest", "none") else found


@overload
def extract(
    photo: Photo, *, people: Literal["largest", "none"] = "largest", **more: Unpack[Options]
) -> Result: ...


@overload
def extract(
    photo: Photo, *, people: Literal["all"] | int, **more: Unpack[Options]
) -> list[Result]: ...


def extract(
    photo: Photo,
    *,
    people: int | Literal["largest", "all", "none"] = "largest",
    **more: Unpack[Options],
) -> Any:
    """Finds clothes, skin and hair in a photo and measures their colors.

    people: "largest": one result. "none": one result, and the whole photo is looked at. "all", or
    a number, for at most so many: a list with a result for each person, the largest first. Where
    nobody is found, clothes are looked for that lie flat or hang; where there are none either, that
    is a NobodyFoundError.

    Models are opened at their first use and kept. The GIL is released while the library works, so
    threads work side by side.
    """
    return _given(photo, people, dict(more))


def extract_many(
    photos: Iterable[Photo],
    *,
    workers: int | None = None,
    people: int | Literal["largest", "all", "none"] = "largest",
    errors: Literal["raise", "yield"] = "raise",
    **more: Unpack[Options],
) -> Iterator[Any]:
    """What `extract` gives for each photo, in their order.

    workers: threads that each do a photo at a time; default: as many as the process may run. Each
    keeps the buffers of a model, some 100 MB. Photos are taken as they are needed, so the iterable
    may be long.

    errors: "yield" gives the Error of a photo that fails in its place; "raise" raises the first.
    """
    count = len(os.sched_getaffinity(0)) if workers is None else workers
    if count < 1:
        raise UsageError(f"workers must be at least 1, not {workers}")
    one_of("errors", errors, {"raise": 0, "yield": 1})
    more.setdefault("threads", max(1, len(os.sched_getaffinity(0)) // count))
    return _many(photos, count, people, errors == "yield", dict(more))


def _many(
    photos: Iterable[Photo], workers: int, people: Any, yields: bool, more: dict[str, Any]
) -> Iterator[Any]:
    waiting: deque[Future[Any]] = deque()
    pool = ThreadPoolExecutor(workers, "swatchkit")

    def done() -> Any:
        try:
            return waiting.popleft().result()
        except Error as error:
            if yields:
                return error
            raise

    try:
        for photo in photos:
            waiting.append(pool.submit(_given, photo, people, more))
            if len(waiting) > workers:
                yield done()
        while waiting:
            yield done()
    finally:
        pool.shutdown(cancel_futures=True)


def palette(
    photo: Photo,
    *,
    colors: int = 5,
    mask: npt.NDArray[Any] | None = None,
    name: str | None = None,
) -> tuple[Color, ...]:
    """The main colors of any picture, most frequent first. May be empty.

    mask: (height, width), which pixels count: above 127, or True.
    """
    name = name or name_of(photo)
    opened = open_photo(photo, name)
    chosen = options("swatch_colors_options", colors=colors)
    if mask is not None:
        if mask.ndim != 2 or mask.dtype not in (np.bool_, np.uint8):
            raise UsageError(f"{name}: a mask must be bool or uint8 of (height, width)")
        inside = np.ascontiguousarray(mask * np.uint8(255) if mask.dtype == np.bool_ else mask)
        lent = ffi.from_buffer("uint8_t[]", inside)
        chosen.mask, (chosen.mask_height, chosen.mask_width) = lent, inside.shape
    measured = options("swatch_colors")
    call(lib.swatch_colors_measure, opened, chosen, measured)
    title = ffi.new("char[]", b"palette")
    group = ffi.new(
        "swatch_group *", {"name": title, "colors": measured.colors, "count": measured.count}
    )
    data, size = ffi.new("void **"), ffi.new("size_t *")
    call(lib.swatch_palette_encode, lib.SWATCH_PALETTE_JSON, title, group, 1, data, size)
    groups = json.loads(taken(data, size))["groups"]
    return colors_of(groups[0]) if groups else ()
