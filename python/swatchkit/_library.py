"""The C library: calls that raise, models that are opened once, sessions of each thread."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ._errors import Error, error_of
from ._swatch import ffi, lib

HOME = Path(__file__).parent

# The card has words. Fontconfig reads this variable when the first is drawn.
os.environ.setdefault("FONTCONFIG_FILE", str(HOME / "share/swatch/fonts/fonts.conf"))

# The threads of OpenMP and libvips do not live on in a forked process, which would wait for them
# without end. So a process whose parent has worked refuses to.
_worked = False
_orphan = False


def _forked() -> None:
    global _orphan
    _orphan = _worked


os.register_at_fork(after_in_child=_forked)


def version() -> str:
    return text(lib.swatch_version())


def text(chars: Any) -> str:
    return str(ffi.string(chars).decode("utf-8", "replace"))


def options(kind: str, **fields: Any) -> Any:
    """An option struct of swatch.h, which begins with its size. Keep it while it is used."""
    made = ffi.new(f"{kind} *")
    made.size = ffi.sizeof(kind)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def call(function: Callable[..., int], *arguments: Any) -> None:
    """Calls a function whose last argument is the error, and raises what it tells.

    The GIL is released for the time of the call.
    """
    global _worked
    if _orphan:
        raise Error(
            "swatchkit has worked in the parent of this process, which was forked: start processes "
            "by multiprocessing's spawn or forkserver, or use swatchkit in the children alone"
        )
    _worked = True
    error = ffi.new("swatch_error *")
    status = function(*arguments, error)
    if status:
        raise error_of(status, text(error.message))


_models: dict[tuple[str, str | None, str], Any] = {}
_opening = threading.Lock()
_sessions = threading.local()
_precisions = {
    "auto": lib.SWATCH_PRECISION_AUTO,
    "f32": lib.SWATCH_PRECISION_F32,
    "bf16": lib.SWATCH_PRECISION_BF16,
}


def one_of(name: str, value: str, choices: dict[str, Any]) -> Any:
    if value not in choices:
        raise error_of(
            lib.SWATCH_USAGE, f"{name}: {value!r} is none of " + ", ".join(map(repr, choices))
        )
    return choices[value]


def _model(name: str, classes: str | None, precision: str) -> Any:
    """A model, opened at its first use and kept open, since all threads share it."""
    key = name, classes, precision
    with _opening:
        if key not in _models:
            lent = ffi.NULL if classes is None else ffi.new("char[]", os.fsencode(classes))
            chosen = options(
                "swatch_model_options",
                precision=one_of("precision", precision, _precisions),
                classes=lent,
            )
            model = ffi.new("swatch_model **")
            call(lib.swatch_model_open, os.fsencode(name), chosen, model)
            _models[key] = model[0]
        return _models[key]


def model_path(model: str | os.PathLike[str]) -> Path:
    """Where a model lies: the file itself, or that of a shipped model's name."""
    name = os.fspath(model)
    if "/" in name or "." in name:
        return Path(name)
    found = ffi.new("char **")
    call(lib.swatch_shipped, b"models", os.fsencode(name), found)
    path = text(found[0])
    lib.swatch_free(found[0])
    return Path(path)


def session(name: str, classes: str | None, precision: str, threads: int) -> Any:
    """The calling thread's session of a model."""
    kept: dict[Any, Any] = _sessions.__dict__.setdefault("kept", {})
    key = name, classes, precision, threads
    if key not in kept:
        made = ffi.new("swatch_session **")
        call(
            lib.swatch_session_new,
            _model(name, classes, precision),
            options("swatch_session_options", threads=threads),
            made,
        )
        kept[key] = ffi.gc(made[0], lib.swatch_session_free)
    return kept[key]


def taken(data: Any, size: Any) -> bytes:
    """The bytes of memory that a function gave away, which is freed."""
    copy = bytes(ffi.buffer(data[0], size[0]))
    lib.swatch_free(data[0])
    return copy
