"""python -m swatchkit: the command `swatch`, in place of this process."""

import os
import sys

from ._library import HOME

program = HOME / "bin/swatch"
os.execv(program, ["swatch", *sys.argv[1:]])
