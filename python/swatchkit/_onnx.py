"""Models as ONNX files, for programs that have an ONNX runtime and not swatch."""

import json
import os
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ._errors import BadFileError, UsageError
from ._library import model_path, version

if TYPE_CHECKING:
    import onnx

Array = npt.NDArray[np.float32]

OPSET_LEAST = 13
# Blocks in each stage of the encoder. All else is in the shapes of the weights.
_encoders = {"lite-unet": (1, 2, 2, 3, 3, 4, 1), "lite2-unet": (1, 3, 3, 4, 4, 5, 1)}
_strides = (1, 2, 2, 2, 1, 2, 1)
_EPSILON = 1e-3  # of the normalizations
_MULTIPLE = 32  # of an input's sides
_HEAD = "garments.weight"  # of the second head, which not every model has


def _read(path: Path) -> tuple[dict[str, Array], dict[str, str]]:
    """A safetensors file's tensors and metadata."""
    data = path.read_bytes()
    try:
        (length,) = struct.unpack_from("<Q", data)
        header = json.loads(data[8 : 8 + length])
        metadata: dict[str, str] = header.pop("__metadata__")
        tensors = {}
        for name, entry in header.items():
            start, end = (8 + length + offset for offset in entry["data_offsets"])
            if entry["dtype"] == "BF16":  # the upper half of an f32
                values = np.frombuffer(data[start:end], "<u2").astype("<u4") << 16
            else:
                values = np.frombuffer(data[start:end], "<u4")
            tensors[name] = values.view("<f4").reshape(entry["shape"])
    except (struct.error, ValueError, KeyError, TypeError) as error:
        raise BadFileError(f"{path}: is no model file ({error})") from error
    return tensors, metadata


class _Builder:
    """Adds nodes. A node's output has the node's name."""

    def __init__(self, tensors: dict[str, Array]) -> None:
        self.tensors = tensors
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def constant(self, name: str, values: Array) -> str:
        from onnx import numpy_helper

        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind: str, name: str, *inputs: str, **attributes: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(kind, list(inputs), [name], name, **attributes))
        return name

    def conv(self, x: str, name: str, stride: int = 1) -> str:
        """A convolution and its normalization. The output's sides are the input's by the stride."""
        weights = self.tensors[f"{name}.conv.weight"]
        gamma, beta, mean, variance = (
            self.tensors[f"{name}.norm.{part}"]
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = gamma / np.sqrt(variance + np.float32(_EPSILON))
        return self.plain_conv(
            x, name, weights * scale[:, None, None, None], beta - mean * scale, stride
        )

    def plain_conv(self, x: str, name: str, weights: Array, bias: Array, stride: int = 1) -> str:
        kernel = weights.shape[-1]
        # Of even sides: an odd pixel of padding is at the right and below, as in TensorFlow.
        total = kernel - stride
        before, after = total // 2, total - total // 2
        return self.node(
            "Conv",
            name,
            x,
            self.constant(f"{name}.weight", weights),
            self.constant(f"{name}.bias", bias),
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            pads=[before, before, after, after],
            group=weights.shape[0] if weights.shape[1] == 1 else 1,
        )

    def relu6(self, x: str) -> str:
        return self.node("Clip", f"{x}.relu6", x, "zero", "six")

    def double(self, x: str, mode: str) -> str:
        how = (
            {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
            if mode == "nearest"
            else {"coordinate_transformation_mode": "half_pixel"}
        )
        return self.node("Resize", f"{x}.{mode}", x, "", "double", mode=mode, **how)


def _block(b: _Builder, x: str, name: str, stride: int) -> str:
    """The inverted bottleneck of MobileNetV2."""
    start = x
    expand = b.tensors.get(f"{name}.expand.conv.weight")
    depthwise = b.tensors[f"{name}.depthwise.conv.weight"]
    came = depthwise.shape[0] if expand is None else expand.shape[1]
    goes = b.tensors[f"{name}.project.conv.weight"].shape[0]
    if expand is not None:
        x = b.relu6(b.conv(x, f"{name}.expand"))
    x = b.relu6(b.conv(x, f"{name}.depthwise", stride))
    x = b.conv(x, f"{name}.project")
    return b.node("Add", name, start, x) if stride == 1 and came == goes else x


def _network(b: _Builder, blocks: tuple[int, ...], rgb: bool) -> None:
    b.constant("zero", np.array(0, np.float32))
    b.constant("six", np.array(6, np.float32))
    b.constant("double", np.array([1, 1, 2, 2], np.float32))
    x = b.relu6(b.conv("photo", "encoder.stem", 2))
    features = []
    number = 0
    for count, stride in zip(blocks, _strides, strict=True):
        for step in range(count):
            if step == 0 and stride == 2:
                features.append(x)
            x = _block(b, x, f"encoder.block{number}", stride if step == 0 else 1)
            number += 1
    for level in range(4, 0, -1):
        name = f"decoder.up{level}"
        x = b.node("Concat", f"{name}.in", b.double(x, "nearest"), features[level - 1], axis=1)
        x = b.node("Relu", f"{name}.relu", b.conv(x, name))
    if _HEAD in b.tensors:
        b.plain_conv(x, "garments", b.tensors[_HEAD], b.tensors["garments.bias"])
    x = b.plain_conv(x, "out", b.tensors["out.weight"], b.tensors["out.bias"])
    x = b.double(x, "linear")
    b.node("Tanh" if rgb else "Identity", "scores", x)


def export_onnx(
    model: str | os.PathLike[str], path: str | os.PathLike[str], opset: int = 17
) -> None:
    """Writes a model that finds clothes as an ONNX file. Needs the package onnx.

    model: the name of a shipped model ("ccp-4", "ccp-59"), or a model file, of a lite-unet or
    lite2-unet. opset: from 13 on.

    The network takes "photo", (N, 3, height, width), RGB in -1..1, and gives "scores",
    (N, classes, height, width). A model with a second head gives "garments", too: scores of the
    classes in the metadata's "swatch.garments", (N, classes, height / 2, width / 2).
    docs/weights.md tells how a photo becomes that.
    """
    try:
        import onnx
        from onnx import helper
    except ImportError as error:
        raise UsageError(
            "export_onnx needs the package onnx: pip install swatchkit[onnx]"
        ) from error
    source = model_path(model)
    newest = onnx.defs.onnx_opset_version()
    if not OPSET_LEAST <= opset <= newest:
        raise UsageError(f"{source}: opset must be {OPSET_LEAST} to {newest}, not {opset}")
    tensors, metadata = _read(source)
    architecture = json.loads(metadata.get("swatch.architecture", "{}"))
    if architecture.get("name") not in _encoders:
        raise UsageError(f"{source}: is no lite-unet or lite2-unet")
    rgb = architecture["output"] == "rgb"
    builder = _Builder(tensors)
    _network(builder, _encoders[architecture["name"]], rgb)
    sides = ["height", "width"]
    shapes = {"scores": ["n", tensors["out.bias"].shape[0], *sides]}
    if _HEAD in tensors:
        shapes["garments"] = ["n", tensors[_HEAD].shape[0], "half_height", "half_width"]
    graph = helper.make_graph(
        builder.nodes,
        architecture["name"],
        [helper.make_tensor_value_info("photo", onnx.TensorProto.FLOAT, ["n", 3, *sides])],
        [
            helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
            for name, shape in shapes.items()
        ],
        builder.weights,
    )
    imports = [helper.make_opsetid("", opset)]
    made = helper.make_model(
        graph,
        opset_imports=imports,
        ir_version=helper.find_min_ir_version_for(imports),
        producer_name="swatchkit",
        producer_version=version(),
    )
    size = json.loads(metadata["swatch.input"])
    told = {
        "swatch.preprocessing": json.dumps(
            {
                "layout": "NCHW",
                "channels": "RGB",
                "scale": "value / 127.5 - 1",
                "border": 0,
                "multiple": _MULTIPLE,
                "canvases": [
                    [size["height"], size["width"]],
                    [size["width"], size["height"]],
                    [_square(size)] * 2,
                ],
            }
        ),
        **{key: value for key, value in metadata.items() if key.startswith("swatch.")},
    }
    helper.set_model_props(made, told)
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, os.fspath(path))


def _square(size: dict[str, int]) -> int:
    """The side of the square canvas, whose area is near the model's own."""
    side = (size["height"] * size["width"]) ** 0.5
    return max(1, int(side / _MULTIPLE + 0.5)) * _MULTIPLE
