"""What a photo may be given as."""

import io
import os
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ._errors import UsageError
from ._library import call, options
from ._swatch import ffi, lib

if TYPE_CHECKING:
    import PIL.Image

Photo: TypeAlias = (
    "str | os.PathLike[str] | bytes | bytearray | memoryview | npt.NDArray[np.uint8] "
    "| PIL.Image.Image"
)
"""A path; the bytes of a picture file; pixels, uint8, sRGB, (height, width) grey or (height, width,
3 or 4) RGB or RGBA; or a picture of Pillow."""

_formats = {1: lib.SWATCH_GREY, 3: lib.SWATCH_RGB, 4: lib.SWATCH_RGBA}


def name_of(photo: Photo) -> str:
    """What messages call the photo."""
    if isinstance(photo, (str, os.PathLike)):
        return os.fspath(photo)
    name = getattr(photo, "filename", "")  # Pillow's, of pictures that were opened
    return name if isinstance(name, str) and name else f"<{type(photo).__name__}>"


def open_photo(photo: Photo, name: str, max_pixels: int = 0, strict: bool = False) -> Any:
    """A swatch_photo that frees itself."""
    chosen = options("swatch_photo_options", max_pixels=max_pixels, strict=strict)
    opened = ffi.new("swatch_photo **")
    called = os.fsencode(name)
    if isinstance(photo, (str, os.PathLike)):
        path = os.fsencode(photo)
        # To the library "-" is standard input; here it is a file.
        call(lib.swatch_photo_open, b"./-" if path == b"-" else path, chosen, opened)
    elif isinstance(photo, (bytes, bytearray, memoryview)):
        _from_bytes(photo, called, chosen, opened)
    elif isinstance(photo, np.ndarray):
        _from_pixels(photo, called, opened)
    elif hasattr(photo, "getexif"):
        _from_pillow(photo, called, chosen, opened)
    else:
        raise UsageError(f"{name}: is no path, bytes, NumPy array or picture of Pillow")
    return ffi.gc(opened[0], lib.swatch_photo_free)


def _from_bytes(data: Any, name: bytes, chosen: Any, opened: Any) -> None:
    lent = ffi.from_buffer(data)
    call(lib.swatch_photo_from_memory, name, lent, len(lent), chosen, opened)


def _from_pixels(pixels: npt.NDArray[Any], name: bytes, opened: Any) -> None:
    channels = 1 if pixels.ndim == 2 else pixels.shape[-1]
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or channels not in _formats:
        raise UsageError(
            f"{os.fsdecode(name)}: pixels must be uint8 of (height, width), (height, width, 3) or "
            f"(height, width, 4), not {pixels.dtype} of {pixels.shape}"
        )
    rows = np.ascontiguousarray(pixels)
    lent = options(
        "swatch_pixels",
        data=ffi.from_buffer("uint8_t[]", rows) if rows.size else ffi.NULL,
        height=rows.shape[0],
        width=rows.shape[1],
        format=_formats[channels],
    )
    call(lib.swatch_photo_from_pixels, name, lent, opened)


def _from_pillow(picture: "PIL.Image.Image", name: bytes, chosen: Any, opened: Any) -> None:
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(picture)
    profile = picture.info.get("icc_profile")
    if profile:  # the library converts a file's colors to sRGB
        if upright.mode == "P":
            upright = upright.convert("RGBA")
        file = io.BytesIO()
        upright.save(file, "TIFF", icc_profile=profile)
        _from_bytes(file.getbuffer(), name, chosen, opened)
        return
    mode = "RGBA" if upright.has_transparency_data else "L" if upright.mode == "L" else "RGB"
    _from_pixels(np.asarray(upright.convert(mode)), name, opened)
