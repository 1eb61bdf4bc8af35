"""Clothes, skin and hair of a person in a photo: cut out, measured, named.

    import swatchkit

    result = swatchkit.extract("anna.jpg")
    for color in result.clothes.colors:
        print(color.hex, color.share, color.basic)
    open("card.png", "wb").write(result.card())

Nothing is printed. What goes wrong is a `swatchkit.Error` whose text names the photo.
"""

from ._errors import (
    BadFileError,
    Error,
    NobodyFoundError,
    NotFoundError,
    OutOfMemoryError,
    PathExistsError,
    TooLargeError,
    UsageError,
)
from ._extract import extract, extract_many, palette
from ._library import version
from ._onnx import export_onnx
from ._photo import Photo
from ._result import Balanced, Box, Color, Garment, Hair, Pattern, Person, Region, Result, Skin

__version__ = version()
__all__ = [
    "BadFileError",
    "Balanced",
    "Box",
    "Color",
    "Error",
    "Garment",
    "Hair",
    "NobodyFoundError",
    "NotFoundError",
    "OutOfMemoryError",
    "PathExistsError",
    "Pattern",
    "Person",
    "Photo",
    "Region",
    "Result",
    "Skin",
    "TooLargeError",
    "UsageError",
    "export_onnx",
    "extract",
    "extract_many",
    "palette",
]
