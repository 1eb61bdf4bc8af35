"""Writes U^2-Net (Qin et al. 2020) with random weights as ONNX, in and out as rembg wants it.

Usage: serve_u2net.py FILE
"""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 320
random = np.random.default_rng(1)
nodes: list[onnx.NodeProto] = []
weights: list[onnx.TensorProto] = []


class Map:
    """What a node gives: its name, channels and side."""

    def __init__(self, name: str, channels: int, side: int) -> None:
        self.name, self.channels, self.side = name, channels, side


def constant(array: np.ndarray) -> str:
    name = f"w{len(weights)}"
    weights.append(numpy_helper.from_array(array, name))
    return name


def node(kind: str, inputs: list[str], **attributes: object) -> str:
    name = f"n{len(nodes)}"
    nodes.append(helper.make_node(kind, inputs, [name], **attributes))
    return name


def conv(x: Map, channels: int, dilation: int = 1, kernel: int = 3, relu: bool = True) -> Map:
    """A convolution with its batch normalization folded in."""
    shape = channels, x.channels, kernel, kernel
    deviation = (2 / (x.channels * kernel * kernel)) ** 0.5
    values = (random.standard_normal(shape) * deviation).astype(np.float32)
    pad = dilation * (kernel // 2)
    name = node(
        "Conv",
        [x.name, constant(values), constant(np.zeros(channels, np.float32))],
        kernel_shape=[kernel, kernel],
        pads=[pad] * 4,
        dilations=[dilation] * 2,
    )
    return Map(node("Relu", [name]) if relu else name, channels, x.side)


def pool(x: Map) -> Map:
    name = node("MaxPool", [x.name], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
    return Map(name, x.channels, (x.side + 1) // 2)


def resize(x: Map, side: int) -> Map:
    if x.side == side:
        return x
    sizes = constant(np.array([1, x.channels, side, side], np.int64))
    return Map(node("Resize", [x.name, "", "", sizes], mode="linear"), x.channels, side)


def join(a: Map, b: Map) -> Map:
    return Map(node("Concat", [a.name, b.name], axis=1), a.channels + b.channels, a.side)


def add(a: Map, b: Map) -> Map:
    return Map(node("Add", [a.name, b.name]), a.channels, a.side)


def block(x: Map, depth: int, middle: int, channels: int) -> Map:
    """RSU: a U-Net of this depth within a block."""
    inside = conv(x, channels)
    ways = [conv(inside, middle)]
    for _ in range(depth - 2):
        ways.append(conv(pool(ways[-1]), middle))
    up = conv(ways[-1], middle, dilation=2)
    for way in reversed(ways):
        up = conv(join(resize(up, way.side), way), channels if way is ways[0] else middle)
    return add(up, inside)


def flat_block(x: Map, middle: int, channels: int) -> Map:
    """RSU-4F: dilations in place of smaller maps."""
    inside = conv(x, channels)
    a = conv(inside, middle)
    b = conv(a, middle, 2)
    c = conv(b, middle, 4)
    up = conv(join(conv(c, middle, 8), c), middle, 4)
    up = conv(join(up, b), middle, 2)
    return add(conv(join(up, a), channels), inside)


def network(x: Map) -> list[Map]:
    """The seven maps of saliency, the one that counts first."""
    downs = [block(x, 7, 32, 64)]
    for depth, middle, channels in (6, 32, 128), (5, 64, 256), (4, 128, 512):
        downs.append(block(pool(downs[-1]), depth, middle, channels))
    downs.append(flat_block(pool(downs[-1]), 256, 512))
    up = flat_block(pool(downs[-1]), 256, 512)
    ups = [up]
    up = flat_block(join(resize(up, downs[4].side), downs[4]), 256, 512)
    ups.append(up)
    for depth, middle, channels in (4, 128, 256), (5, 64, 128), (6, 32, 64), (7, 16, 64):
        down = downs[7 - depth]
        up = block(join(resize(up, down.side), down), depth, middle, channels)
        ups.append(up)
    sides = [resize(conv(u, 1, relu=False), SIDE) for u in reversed(ups)]
    all_sides = Map(node("Concat", [s.name for s in sides], axis=1), len(sides), SIDE)
    return [conv(all_sides, 1, kernel=1, relu=False), *sides]


def main() -> None:
    outputs = [node("Sigmoid", [m.name]) for m in network(Map("input.1", 3, SIDE))]
    shape = [1, 3, SIDE, SIDE]
    graph = helper.make_graph(
        nodes,
        "u2net",
        [helper.make_tensor_value_info("input.1", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(o, TensorProto.FLOAT, [1, 1, SIDE, SIDE]) for o in outputs],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, sys.argv[1])


main()
