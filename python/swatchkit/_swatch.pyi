# What cffi makes of swatch.h.
from typing import Any

ffi: Any
lib: Any
