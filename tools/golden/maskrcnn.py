#!/usr/bin/env python3
"""Golden vectors for tests/model/test_maskrcnn.c: torchvision's own Mask R-CNN with seeded random
weights, stage by stage.

Needs torch, torchvision, numpy, pillow, safetensors.

    tools/golden/maskrcnn.py tests/model/golden/maskrcnn PHOTO        a tiny network
    tools/golden/maskrcnn.py --full DIR PHOTO                         ResNet-50, 91 classes (170 MB)

The test compares a folder made with --full, too: tests/test_maskrcnn DIR.
"""
import argparse
import os

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from torchvision.models.detection import MaskRCNN, backbone_utils, maskrcnn_resnet50_fpn
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.resnet import Bottleneck, ResNet
from torchvision.ops.misc import FrozenBatchNorm2d

PROPOSALS, MASKS = 64, 8  # of which the heads' numbers are kept


class Small(ResNet):
    """A ResNet of another width than 64."""

    def __init__(self, width, blocks):
        super().__init__(Bottleneck, [1, 1, 1, 1], norm_layer=FrozenBatchNorm2d)
        self.inplanes = width
        self.conv1 = torch.nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = FrozenBatchNorm2d(width)
        for level, count in enumerate(blocks):
            layer = self._make_layer(Bottleneck, width << level, count, stride=2 if level else 1)
            setattr(self, f"layer{level + 1}", layer)


def tiny():
    width, pyramid, units = 4, 8, 16
    body = Small(width, (1, 2, 1, 1))
    backbone = backbone_utils.BackboneWithFPN(
        body, {f"layer{i + 1}": str(i) for i in range(4)}, [16, 32, 64, 128], pyramid)
    return MaskRCNN(
        backbone, min_size=128, max_size=160,
        box_head=TwoMLPHead(pyramid * 49, units), box_predictor=FastRCNNPredictor(units, 3),
        mask_head=MaskRCNNHeads(pyramid, (8, 8, 8, 8), 1),
        mask_predictor=MaskRCNNPredictor(8, 8, 3))


def randomize(model):
    """Weights that keep activations at one size, normalizations that are no identities, and boxes
    and scores that spread."""
    generator = torch.Generator().manual_seed(9)
    spread = {"rpn.head.cls_logits": 0.3, "rpn.head.bbox_pred": 0.05, "box_predictor.cls_score": 0.2,
              "box_predictor.bbox_pred": 0.2, "mask_fcn_logits": 0.6}
    for name, t in model.state_dict().items():
        draw = torch.randn(t.shape, generator=generator)
        if name.endswith("running_var"):
            t.copy_(0.5 + draw.abs())
        elif name.endswith("running_mean"):
            t.copy_(0.2 * draw)
        elif t.dim() == 1 and name.endswith("weight"):  # of a normalization
            t.copy_((0.4 if ".bn3" in name else 0.9) + 0.1 * draw)
        elif t.dim() == 1:
            t.copy_(0.1 * draw)
        elif t.dim() > 1:
            factor = next((s for part, s in spread.items() if part in name), 2 ** 0.5)
            t.copy_(draw * factor / (t[0].numel() ** 0.5))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true")
    parser.add_argument("folder")
    parser.add_argument("photo")
    arguments = parser.parse_args()
    os.makedirs(arguments.folder, exist_ok=True)
    path = lambda name: os.path.join(arguments.folder, name)

    size = (1088, 800) if arguments.full else (160, 128)
    photo = Image.open(arguments.photo).convert("RGB").resize(size, Image.LANCZOS)
    photo.save(path("photo.png"), optimize=True)
    x = torch.from_numpy(np.array(photo)).permute(2, 0, 1) / 255

    model = (maskrcnn_resnet50_fpn(weights=None, weights_backbone=None, num_classes=91)
             if arguments.full else tiny()).eval()
    out = {}
    with torch.no_grad():
        randomize(model)
        torch.save(model.state_dict(), path("torchvision.pth"))

        def keep(module, name, choose):
            module.register_forward_hook(lambda m, i, o: out.update({name: choose(i, o)}))

        levels = ("0", "1", "2", "3", "pool")
        for level, key in enumerate(levels):
            keep(model.backbone, f"p{level + 2}.all", lambda i, o: list(o.values()))
        keep(model.rpn.head, "rpn", lambda i, o: o)
        keep(model.rpn, "proposals", lambda i, o: o[0][0])
        keep(model.roi_heads.box_predictor, "box", lambda i, o: o)
        keep(model.roi_heads.mask_predictor, "mask", lambda i, o: o)
        found = model([x])[0]

    features = out["p2.all"]
    keep_level = range(5) if not arguments.full else (2, 3, 4)
    expected = {f"p{level + 2}": features[level][0] for level in keep_level}
    for level in keep_level:
        expected[f"object{level + 2}"] = out["rpn"][0][level][0]
        expected[f"deltas{level + 2}"] = out["rpn"][1][level][0]
    expected["proposals"] = out["proposals"]
    expected["scores"] = out["box"][0][:PROPOSALS]
    expected["box_deltas"] = out["box"][1][:PROPOSALS]
    # The choice of detections needs the numbers of all proposals.
    expected["boxes"] = found["boxes"]
    expected["found"] = torch.stack([found["scores"], found["labels"].float()], 1)
    labels = found["labels"][:MASKS]
    expected["masks"] = out["mask"][:MASKS][torch.arange(len(labels)), labels]
    save_file({k: v.float().contiguous().clone() for k, v in expected.items()},
              path("expected.safetensors"))
    pasted = (found["masks"][:MASKS, 0] > 0.5).numpy().astype(np.uint8) * 255
    Image.fromarray(pasted.reshape(-1, size[0])).save(path("masks.png"), optimize=True)


if __name__ == "__main__":
    main()
