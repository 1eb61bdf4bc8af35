#!/usr/bin/env python3
"""Golden palette files for tests/out/test_palette.c, written and read by other programs.

    pip install --target ASE --no-deps swatch               # both packages are called "swatch"
    pip install --target ACO --no-deps adobe-color-swatch
    pip install pillow
    python tools/golden/palettes.py ASE ACO                 # rewrites tests/out/golden/
    python tools/golden/palettes.py ASE ACO palette.ase palette.aco palette.gpl ...
                                                            # prints what these programs read there

summer.ase     by the package swatch 0.4.0
summer.aco     by adobe-color-swatch 1.0.0
summer.gpl     by hand, after GIMP's description of its palettes; Pillow reads it
"""
import importlib
import io
import pathlib
import sys

from PIL.GimpPaletteFile import GimpPaletteFile

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "palette" / "golden"
# Exact colors of the XKCD survey, so that their names need no measuring.
GROUPS = [("clothes", [("royal blue", "0504aa"), ("burnt orange", "c04e01")]),
          ("été à « Zürich »", [("dusty rose", "c0737a"), ("white", "ffffff"),
                                ("black", "000000")])]


def load(folder, module):
    """Imports a module from a folder, and forgets it and its parts again."""
    sys.path.insert(0, folder)
    for name in [n for n in sys.modules if n.split(".")[0] == "swatch"]:
        del sys.modules[name]
    loaded = importlib.import_module(module)
    sys.path.pop(0)
    return loaded


def channels(hex_color):
    return [int(hex_color[i:i + 2], 16) for i in (0, 2, 4)]


def flat():
    return [(f"{group} {i + 1} {name}", channels(hex_color))
            for group, colors in GROUPS for i, (name, hex_color) in enumerate(colors)]


def write(ase, aco):
    names = iter(flat())
    data = [{"name": group, "type": "Color Group",
             "swatches": [{"name": next(names)[0], "type": "Process",
                           "data": {"mode": "RGB",
                                    "values": [c / 255 for c in channels(hex_color)]}}
                          for _, hex_color in colors]}
            for group, colors in GROUPS]
    (OUT / "summer.ase").write_bytes(ase.dumps(data))
    raw = [aco.RawColor(name, aco.ColorSpace.RGB, *(c * 257 for c in rgb)) for name, rgb in flat()]
    aco.save_aco_file(raw, (OUT / "summer.aco").open("wb"))
    lines = ["GIMP Palette", "Name: summer", "Columns: 0", "# swatch 0.2.0"]
    lines += ["%3d %3d %3d\t%s" % (*rgb, name) for name, rgb in flat()]
    (OUT / "summer.gpl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    palette, _ = GimpPaletteFile(io.BytesIO((OUT / "summer.gpl").read_bytes())).getpalette()
    assert palette[:15] == bytes(c for _, rgb in flat() for c in rgb)


def read(ase, aco, path):
    print(path)
    if path.endswith(".ase"):
        for group in ase.parse(path):
            print(" ", group["name"])
            for color in group["swatches"]:
                print("    ", [round(255 * v, 3) for v in color["data"]["values"]], color["name"])
    elif path.endswith(".aco"):
        for color in aco.load_aco_file(open(path, "rb")):
            print("    ", color.color_hex, color.name)
    else:
        print("    ", GimpPaletteFile(open(path, "rb")).getpalette()[0].hex(" ", 3))


def main():
    ase = load(sys.argv[1], "swatch")
    aco = load(sys.argv[2], "swatch.swatch")
    if len(sys.argv) == 3:
        write(ase, aco)
    for path in sys.argv[3:]:
        read(ase, aco, path)


main()
