#!/usr/bin/env python3
"""Golden vectors of the engine: PyTorch's convolutions, normalizations and a small U-Net.

Needs torch, numpy and safetensors (CPU wheels). Writes tests/nn/golden/{layers,dice,unet}.safetensors;
activations are stored as the engine keeps them, (N, H, W, C). Usage: tools/golden/nn.py
"""
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

HERE = Path(__file__).resolve().parents[2] / "tests" / "nn" / "golden"


def nhwc(x):
    return x.detach().permute(0, 2, 3, 1).contiguous()


def layers():
    """Each layer: input x, parameters, output y, a gradient dy that comes back, and what follows."""
    torch.manual_seed(3)
    out = {}

    def record(name, module, x, pad=None):
        x.requires_grad_(True)
        y = module(F.pad(x, pad) if pad else x)
        dy = torch.randn_like(y)
        y.backward(dy)
        out.update({f"{name}.x": nhwc(x), f"{name}.y": nhwc(y), f"{name}.dy": nhwc(dy),
                    f"{name}.dx": nhwc(x.grad)})
        for key, p in module.named_parameters():
            out[f"{name}.{key}"] = p.detach().clone()
            out[f"{name}.d{key}"] = p.grad.clone()
        for key, b in module.named_buffers():
            if key.startswith("running"):
                out[f"{name}.{key}"] = b.clone()

    record("plain", nn.Conv2d(3, 5, 3, padding=1), torch.randn(2, 3, 6, 5))
    record("stride", nn.Conv2d(4, 6, 4, 2, 1, bias=False), torch.randn(2, 4, 8, 6))
    record("same", nn.Conv2d(3, 4, 4), torch.randn(1, 3, 7, 6), (1, 2, 1, 2))
    record("dilated", nn.Conv2d(3, 4, 3, padding=2, dilation=2), torch.randn(1, 3, 8, 7))
    record("groups", nn.Conv2d(4, 6, 3, groups=2), torch.randn(2, 4, 6, 7))
    record("depthwise", nn.Conv2d(8, 8, 5, 2, 2, groups=8, bias=False), torch.randn(1, 8, 9, 8))
    record("transposed", nn.ConvTranspose2d(6, 3, 4, 2, 1), torch.randn(2, 6, 4, 5))
    record("batch", nn.BatchNorm2d(4, eps=1e-3, momentum=0.2), torch.randn(3, 4, 5, 4) * 2 + 1)
    save_file(out, HERE / "layers.safetensors")


def dice():
    """Soft Dice over the classes present, and its gradient; class 4 is nowhere, 255 not counted."""
    torch.manual_seed(5)
    x = (3 * torch.randn(2, 5, 9, 8)).requires_grad_(True)
    labels = torch.randint(0, 4, (2, 9, 8))
    labels[:, :2, :3] = 255
    labels[labels == 2] = torch.where(torch.rand((labels == 2).sum()) < 0.9, 0, 2)
    p = x.softmax(1).permute(0, 2, 3, 1)[labels != 255]
    truth = F.one_hot(labels[labels != 255], 5).float()
    ratio = 2 * (p * truth).sum(0) / (p.sum(0) + truth.sum(0))
    loss = 1 - ratio[truth.sum(0) > 0].mean()
    loss.backward()
    out = {"x": nhwc(x), "labels": labels.to(torch.uint8), "loss": loss.detach().reshape(1),
           "dx": nhwc(x.grad)}
    save_file(out, HERE / "dice.safetensors")


class UNet(nn.Module):
    """The one that tests/nn/test_golden.c builds."""

    def __init__(self):
        super().__init__()
        self.down1 = nn.Conv2d(3, 4, 4, 2, 1)
        self.down2 = nn.Conv2d(4, 8, 4, 2, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(8, eps=1e-5, momentum=0.1)
        self.up2 = nn.ConvTranspose2d(8, 4, 4, 2, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(4, eps=1e-5, momentum=0.1)
        self.out = nn.Conv2d(8, 3, 4)

    def forward(self, x):
        d1 = F.leaky_relu(self.down1(x), 0.2)
        d2 = F.leaky_relu(self.norm2(self.down2(d1)), 0.2)
        u = F.relu(self.norm1(self.up2(d2)))
        x = F.interpolate(torch.cat([u, d1], 1), scale_factor=2)
        return self.out(F.pad(x, (1, 2, 1, 2)))


def unet():
    torch.manual_seed(4)
    net = UNet()
    x = torch.randn(2, 3, 16, 12)
    labels = torch.randint(0, 3, (2, 16, 12))
    labels[:, :2, :3] = 255
    weights = torch.tensor([0.5, 1.0, 2.0])
    adam = torch.optim.Adam(net.parameters(), 1e-2, (0.5, 0.999), eps=1e-8)
    out = {"x": nhwc(x), "labels": labels.to(torch.uint8), "weights": weights}
    for key, p in net.named_parameters():
        out[f"start.{key}"] = p.detach().clone()
    losses = []
    for step in range(10):
        scores = net(x)
        loss = F.cross_entropy(scores, labels, weights, ignore_index=255)
        adam.zero_grad()
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            out["scores"] = nhwc(scores)
            for key, p in net.named_parameters():
                out[f"grad.{key}"] = p.grad.clone()
        adam.step()
    for key, p in net.named_parameters():
        out[f"end.{key}"] = p.detach().clone()
    for key, b in net.named_buffers():
        if "running" in key:
            out[f"end.{key}"] = b.clone()
    net.eval()
    out["eval"] = nhwc(net(x))
    out["losses"] = torch.tensor(losses)
    save_file(out, HERE / "unet.safetensors")


if __name__ == "__main__":
    HERE.mkdir(parents=True, exist_ok=True)
    layers()
    dice()
    unet()
