"""What can go wrong: an exception for each swatch_status."""

from ._swatch import lib


class Error(Exception):
    """Something failed. The text is one line and names the photo, the file or the argument."""

    status: int = lib.SWATCH_FAILED
    """The number that swatch.h gives to this kind of failure (swatch_status)."""


class UsageError(Error, ValueError):
    """An argument is wrong."""

    status = lib.SWATCH_USAGE


class NobodyFoundError(Error):
    """The photo shows nobody, and no clothes either."""

    status = lib.SWATCH_NO_PERSON


class OutOfMemoryError(Error, MemoryError):
    """There is not enough memory."""

    status = lib.SWATCH_NO_MEMORY


class NotFoundError(Error, FileNotFoundError):
    """There is no such file."""

    status = lib.SWATCH_NOT_FOUND


class BadFileError(Error):
    """The file is damaged, or of another kind than is needed."""

    status = lib.SWATCH_BAD_FILE


class TooLargeError(Error):
    """The photo is larger than the limit."""

    status = lib.SWATCH_TOO_LARGE


class PathExistsError(Error, FileExistsError):
    """The path to write is there already."""

    status = lib.SWATCH_EXISTS


_classes = {kind.status: kind for kind in Error.__subclasses__()}


def error_of(status: int, message: str) -> Error:
    return _classes.get(status, Error)(message)
