"""What can go wrong: an exception for each swatch_status."""

from ._swatch import lib


class Error(Exception):
    """Something failed. The text is one line and names the photo, the file or the argument."""


class UsageError(Error, ValueError):
    """An argument is wrong."""


class NobodyFoundError(Error):
    """The photo shows nobody, and no clothes either."""


class OutOfMemoryError(Error, MemoryError):
    """There is not enough memory."""


class NotFoundError(Error, FileNotFoundError):
    """There is no such file."""


class BadFileError(Error):
    """The file is damaged, or of another kind than is needed."""


class TooLargeError(Error):
    """The photo is larger than the limit."""


class PathExistsError(Error, FileExistsError):
    """The path to write is there already."""


_classes: dict[int, type[Error]] = {
    lib.SWATCH_USAGE: UsageError,
    lib.SWATCH_NO_PERSON: NobodyFoundError,
    lib.SWATCH_NO_MEMORY: OutOfMemoryError,
    lib.SWATCH_NOT_FOUND: NotFoundError,
    lib.SWATCH_BAD_FILE: BadFileError,
    lib.SWATCH_TOO_LARGE: TooLargeError,
    lib.SWATCH_EXISTS: PathExistsError,
}


def error_of(status: int, message: str) -> Error:
    return _classes.get(status, Error)(message)
