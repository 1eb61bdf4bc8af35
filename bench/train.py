#!/usr/bin/env python3
"""PyTorch's side of bench/train: the article's generator and discriminator, one step, timed.

Needs torch. Prints seconds a step (median), bf16 autocast, channels_last; compiled on a GPU.
Usage: bench/train.py HEIGHT WIDTH BATCH STEPS [DEVICE]
"""
import statistics
import sys
import time

import torch
from torch import nn


class Down(nn.Sequential):
    def __init__(self, inputs, outputs, norm=True):
        layers = [nn.Conv2d(inputs, outputs, 4, 2, 1), nn.LeakyReLU(0.2)]
        if norm:
            layers.append(nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.2))
        super().__init__(*layers)


class Up(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Upsample(scale_factor=2), nn.ZeroPad2d((1, 2, 1, 2)),
            nn.Conv2d(inputs, outputs, 4), nn.ReLU(),
            nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.2))

    def forward(self, x, skip):
        return torch.cat([self.layers(x), skip], 1)


class Generator(nn.Module):
    def __init__(self, f=64):
        super().__init__()
        widths = [f, 2 * f, 4 * f, 8 * f, 8 * f, 8 * f, 8 * f]
        self.downs = nn.ModuleList(
            Down(3 if i == 0 else widths[i - 1], widths[i], i > 0) for i in range(7))
        self.ups = nn.ModuleList(
            Up(widths[6] if i == 6 else 2 * widths[i], widths[i - 1]) for i in range(6, 0, -1))
        self.out = nn.Sequential(nn.Upsample(scale_factor=2), nn.ZeroPad2d((1, 2, 1, 2)),
                                 nn.Conv2d(2 * f, 3, 4), nn.Tanh())

    def forward(self, x):
        skips = []
        for down in self.downs:
            x = down(x)
            skips.append(x)
        for up, skip in zip(self.ups, reversed(skips[:-1])):
            x = up(x, skip)
        return self.out(x)


class Discriminator(nn.Module):
    def __init__(self, f=64):
        super().__init__()
        self.layers = nn.Sequential(
            Down(6, f, False), Down(f, 2 * f), Down(2 * f, 4 * f), Down(4 * f, 8 * f),
            nn.ZeroPad2d((1, 2, 1, 2)), nn.Conv2d(8 * f, 1, 4))

    def forward(self, photo, image):
        return self.layers(torch.cat([photo, image], 1))


def main():
    height, width, batch, steps = map(int, sys.argv[1:5])
    device = sys.argv[5] if len(sys.argv) > 5 else "cpu"
    kind = device.split(":")[0]
    on_gpu = kind != "cpu"
    torch.manual_seed(1)
    torch.backends.cudnn.benchmark = True
    layout = torch.channels_last
    generator = Generator().to(device, memory_format=layout)
    discriminator = Discriminator().to(device, memory_format=layout)
    g_adam = torch.optim.Adam(generator.parameters(), 2e-4, (0.5, 0.999), fused=True)
    d_adam = torch.optim.Adam(discriminator.parameters(), 2e-4, (0.5, 0.999), fused=True)
    photo = torch.rand(batch, 3, height, width).mul(2).sub(1).to(device, memory_format=layout)
    truth = torch.rand(batch, 3, height, width).mul(2).sub(1).to(device, memory_format=layout)
    generate, judge = generator, discriminator
    if on_gpu:
        generate, judge = torch.compile(generator), torch.compile(discriminator)

    def step():
        with torch.autocast(kind, torch.bfloat16):
            fake = generate(photo)
            real_answer = judge(photo, truth)
            fake_answer = judge(photo, fake.detach())
            d_loss = 0.5 * ((real_answer.float() - 1).square().mean() +
                            fake_answer.float().square().mean())
        d_adam.zero_grad(set_to_none=True)
        d_loss.backward()
        d_adam.step()
        discriminator.requires_grad_(False)
        with torch.autocast(kind, torch.bfloat16):
            answer = judge(photo, fake)
            g_loss = (answer.float() - 1).square().mean() + 100 * (fake.float() - truth).abs().mean()
        g_adam.zero_grad(set_to_none=True)
        g_loss.backward()
        g_adam.step()
        discriminator.requires_grad_(True)
        if on_gpu:
            torch.cuda.synchronize()

    for _ in range(10 if on_gpu else 2):
        step()
    times = []
    for _ in range(steps):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    print(f"{statistics.median(times):.6f}")


if __name__ == "__main__":
    main()
