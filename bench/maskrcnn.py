#!/usr/bin/env python3
"""torchvision's side of bench/maskrcnn. Needs torch, torchvision, numpy, pillow.

    bench/maskrcnn.py make DIR PHOTO    DIR/r50.pth with seeded random weights, DIR/photo.png 1333x800
    bench/maskrcnn.py run DIR RUNS      median seconds a photo, bf16 autocast, channels_last
"""
import importlib.util
import os
import statistics
import sys
import time

import numpy as np
import torch
from PIL import Image
from torchvision.models.detection import maskrcnn_resnet50_fpn


def make(folder, photo):
    here = os.path.dirname(os.path.abspath(__file__))
    spec = importlib.util.spec_from_file_location(
        "golden", os.path.join(here, "../tools/golden/maskrcnn.py"))
    golden = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(golden)
    model = maskrcnn_resnet50_fpn(weights=None, weights_backbone=None)
    with torch.no_grad():
        golden.randomize(model)
    torch.save(model.state_dict(), folder + "/r50.pth")
    Image.open(photo).convert("RGB").resize((1333, 800), Image.LANCZOS).save(folder + "/photo.png")


def run(folder, runs):
    model = maskrcnn_resnet50_fpn(weights=None, weights_backbone=None)
    model.load_state_dict(torch.load(folder + "/r50.pth"))
    model = model.eval().to(memory_format=torch.channels_last)
    photo = np.array(Image.open(folder + "/photo.png"))
    times = []
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for _ in range(runs + 2):
            start = time.perf_counter()
            model([torch.from_numpy(photo).permute(2, 0, 1) / 255])
            times.append(time.perf_counter() - start)
    print(f"{statistics.median(times[2:]):.3f}")


if sys.argv[1] == "make":
    make(*sys.argv[2:4])
else:
    run(sys.argv[2], int(sys.argv[3]))
