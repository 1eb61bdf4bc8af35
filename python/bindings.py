"""bindings.py CC HEADER OUTPUT: writes the C code of the extension over swatch.h.

The C compiler's preprocessor makes of the header what cffi understands. So the header stays the
one place where functions, structs and numbers are declared.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import cffi

# Numbers that are macros: the preprocessor leaves nothing of them.
MACROS = """
#define SWATCH_REPLACE ...
#define SWATCH_MAX_COLORS ...
"""


def declarations(compiler: str, header: Path) -> str:
    """The header without system headers, comments and attributes."""
    with tempfile.TemporaryDirectory() as empty:
        for name in ("stddef.h", "stdint.h"):
            (Path(empty) / name).touch()
        command = [compiler, "-E", "-P", "-nostdinc", "-U__GNUC__", "-I", empty, str(header)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main() -> None:
    compiler, header, output = sys.argv[1:]
    ffi = cffi.FFI()
    ffi.cdef(declarations(compiler, Path(header)) + MACROS)
    ffi.set_source("swatchkit._swatch", "#include <swatch.h>", py_limited_api=True)
    ffi.emit_c_code(output)


main()
