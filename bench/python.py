"""Compares swatchkit.extract_many, and Ray with --ray, with the command, in photos a second.

bench/python.py [--ray] [--rounds N] PHOTO...      with the Python that has the wheel

Each does the photos once and twice over, in turn. The difference is the time of the photos alone,
without the start. CPU seconds, which other work on the machine changes less, stand beside it.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MANY = """
import sys, swatchkit
for result in swatchkit.extract_many(sys.argv[1:], errors="yield"):
    pass
"""
RAY = Path(__file__).parents[1] / "examples/ray/ray_rows.py"


def spent(command: list[str]) -> tuple[float, float]:
    """Seconds on the clock, and of processors."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=said)
        if done.returncode not in (0, 3):  # 3: of the command, where photos show nobody
            said.seek(0)
            sys.exit(f"{said.read()[-3000:]}\nbench/python.py: {command[:3]} failed")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - start, cpu


def by_command(photos: list[str]) -> tuple[float, float]:
    return spent([sys.executable, "-m", "swatchkit", "extract", "--json", *photos])


def by_extract_many(photos: list[str]) -> tuple[float, float]:
    return spent([sys.executable, "-c", MANY, *photos])


def by_ray(photos: list[str]) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "photos"
        source.mkdir()
        for i, photo in enumerate(photos):
            shutil.copy(photo, source / f"{i}{Path(photo).suffix}")
        actors = ["--actors", str(len(os.sched_getaffinity(0)))]
        command = [sys.executable, str(RAY), str(source), f"{folder}/rows", *actors]
        return spent(command)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", nargs="+", metavar="PHOTO")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ray", action="store_true", help="Ray, too")
    given = parser.parse_args()
    ways = {"command": by_command, "extract_many": by_extract_many}
    if given.ray:
        ways["ray"] = by_ray
    found = {name: [] for name in ways}
    for _ in range(given.rounds):
        for name, way in ways.items():
            once, twice = way(given.photos), way(2 * given.photos)
            more = [t - o for o, t in zip(once, twice, strict=True)]
            found[name].append([seconds / len(given.photos) for seconds in more])
    print(f"{os.uname().machine}, {len(os.sched_getaffinity(0))} processors, load", os.getloadavg())
    for name, rounds in found.items():
        wall, cpu = (statistics.median(values) for values in zip(*rounds, strict=True))
        pairs = zip(found["command"], rounds, strict=True)
        ratios = [base[0] / ours[0] for base, ours in pairs]
        print(
            f"{name:13} {1 / wall:.2f} photos/s, {cpu:.3f} CPU seconds a photo; "
            f"{statistics.median(ratios):.2f} of the command's rate"
        )


main()
