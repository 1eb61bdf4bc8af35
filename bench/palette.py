"""The other side of bench/palette: makes the photo, and times Pylette and extcolors on it.

    palette.py make PHOTO FOLDER     FOLDER/photo.png (12 megapixels), FOLDER/mask.png
    palette.py time FOLDER SWATCH_MS
"""
import statistics
import sys
import time

import numpy as np
from PIL import Image, ImageDraw


def make(photo, folder):
    image = Image.open(photo).convert("RGB")
    size = (3000, 4000) if image.height >= image.width else (4000, 3000)
    large = np.asarray(image.resize(size, Image.Resampling.BICUBIC), np.float32)
    noise = np.random.default_rng(1).normal(0, 3, large.shape)
    pixels = np.clip(large + noise, 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(f"{folder}/photo.png", compress_level=1)
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).ellipse((0.1 * size[0], 0.1 * size[1], 0.9 * size[0], 0.9 * size[1]), 255)
    mask.save(f"{folder}/mask.png")


def run(name, ours, runs, extract):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        colors = extract()
        times.append(1e3 * (time.perf_counter() - start))
    took = statistics.median(times)
    print(f"{name:20s} {took:9.1f} ms, {took / ours:7.1f} times as long  {colors}", flush=True)


def measure(folder, ours):
    import extcolors
    import pylette

    image = Image.open(f"{folder}/photo.png").convert("RGB")
    image.putalpha(Image.open(f"{folder}/mask.png"))

    def pylette_colors(resize):
        palette = pylette.extract_colors(image, palette_size=5, resize=resize,
                                         alpha_mask_threshold=128)
        return " ".join("#%02x%02x%02x" % tuple(c.rgb[:3]) for c in palette)

    def extcolors_colors():
        colors, _ = extcolors.extract_from_image(image, limit=5)
        return " ".join("#%02x%02x%02x" % c for c, _ in colors)

    run("Pylette, 256 x 256", ours, 5, lambda: pylette_colors(256))
    run("Pylette, all pixels", ours, 1, lambda: pylette_colors(None))
    run("extcolors", ours, 1, extcolors_colors)


if sys.argv[1] == "make":
    make(sys.argv[2], sys.argv[3])
else:
    measure(sys.argv[2], float(sys.argv[3]))
