#!/usr/bin/env python3
"""Files of weights for tests/model/test_import*.c and the corpora of fuzz_pth, fuzz_h5, fuzz_import.

Needs torch, torchvision, h5py, numpy, safetensors. In the older .pth files the names of the storages
are addresses, so they differ from run to run. Writes, from the repository's root,
tests/import/golden/ and tests/fuzz/corpus/{pth,h5,import}/.

The networks are tiny and their weights random. What they put out is computed here from the foreign
weights by torch's functions as PyTorch's or Keras' documentation describes the layers, not by way of
swatch's names and layouts.

With --full DIR only matterport's network, in its full size, goes to DIR (250 MB):

    tools/golden/import_files.py --full DIR && SWATCH_IMPORT_FULL=DIR build/test/tests/test_import
"""
import io
import os
import shutil
import struct
import sys
import zipfile
import zlib
from collections import OrderedDict

import h5py
import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from safetensors.torch import save_file

GOLDEN = "tests/import/golden/"
CORPUS = "tests/fuzz/corpus/"
generator = torch.Generator().manual_seed(3)
expected = {}


def random(*shape, scale=1.0):
    return torch.randn(*shape, generator=generator) * scale


def positive(*shape):
    return torch.rand(*shape, generator=generator) + 0.5


# ---- Tensors of all types, shapes and strides

def types():
    w = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)
    state = OrderedDict(
        plain=w, turned=w.permute(2, 0, 1), counter=torch.tensor(5), half=w.half(),
        bfloat=w.bfloat16(), double=w.double(), part=w[:, 1:, ::2],
        parameter=torch.nn.Parameter(w + 1), repeated=torch.tensor([7.0]).expand(3, 4),
        empty=torch.zeros(0, 3))
    torch.save(state, GOLDEN + "types.pth")
    torch.save({"epoch": 3, "lr": 0.1, "best": None, "log": [1, 2], "state_dict": state},
               GOLDEN + "types-nested.pth", pickle_protocol=4)
    torch.save(state, GOLDEN + "types-legacy.pth", _use_new_zipfile_serialization=False)
    with open(GOLDEN + "types-big-endian.pth", "wb") as file:
        pickle = dictionary(entry("x", tensor(size=(2,), numel=2)))
        file.write(archive(pickle, struct.pack(">2f", 1.5, -3), byteorder=b"big"))


# ---- torchvision: names from its own model, tiny shapes, values that follow from the name

def value_of(name, shape):
    start = zlib.crc32(name.encode()) % 1000
    return (torch.arange(int(np.prod(shape)), dtype=torch.float32) / 64 + start).reshape(shape)


def torchvision_files():
    with torch.device("meta"):
        model = torchvision.models.detection.maskrcnn_resnet50_fpn(
            weights=None, weights_backbone=None, num_classes=3)
    small = {3: 3, 64: 2, 128: 4, 256: 8, 512: 16, 1024: 32, 2048: 64, 12544: 8 * 49,
             12: 12, 1: 1, 7: 7}
    modern, old = OrderedDict(), OrderedDict()
    for name, value in model.state_dict().items():
        parts = name.split(".")
        if parts[1] == "body" and parts[2].startswith("layer") and parts[3] != "0":
            continue  # one block a level
        if name.endswith("num_batches_tracked"):
            modern[name] = old[name] = torch.tensor(7)
            continue
        predictor = "box_predictor" in name or "mask_fcn_logits" in name
        shape = [side if (predictor and i == 0) or i > 1 or side not in small else small[side]
                 for i, side in enumerate(value.shape)]
        # A fully connected layer of 1024 inputs: 1024 is 16 units here, not 32 channels.
        if "box_head" in name or "box_predictor" in name:
            shape = [16 if side == 32 else side for side in shape]
        modern[name] = value_of(name, shape)
        before = name.replace("rpn.head.conv.0.0.", "rpn.head.conv.")
        for kind in ("inner", "layer"):
            for level in range(4):
                before = before.replace(f"{kind}_blocks.{level}.0.", f"{kind}_blocks.{level}.")
        for i in range(4):
            before = before.replace(f"mask_head.{i}.0.", f"mask_head.mask_fcn{i + 1}.")
        old[before] = modern[name]
    torch.save(OrderedDict(("module." + k, v) for k, v in modern.items()),
               GOLDEN + "torchvision.pth")
    torch.save({"model": old}, GOLDEN + "torchvision-old.pth", _use_new_zipfile_serialization=False)


# ---- PyTorch's pix2pix, eight halvings

def pix2pix():
    widths = [1, 2, 4, 8, 8, 8, 8, 8]
    state = OrderedDict()

    def norm(name, channels):
        state[name + ".weight"] = positive(channels)
        state[name + ".bias"] = random(channels, scale=0.3)
        state[name + ".running_mean"] = random(channels, scale=0.3)
        state[name + ".running_var"] = positive(channels)
        state[name + ".num_batches_tracked"] = torch.tensor(9)

    def normalize(x, name):
        return F.batch_norm(x, state[name + ".running_mean"], state[name + ".running_var"],
                            state[name + ".weight"], state[name + ".bias"])

    def block(x, prefix, level):
        """The block at a level (from 0): what lies below it, beside what came in."""
        last = level == len(widths) - 1
        before = 3 if level == 0 else widths[level - 1]
        down = f"{prefix}.{0 if level == 0 else 1}.weight"
        state[down] = random(widths[level], before, 4, 4, scale=0.5 / before ** 0.5)
        y = F.conv2d(x if level == 0 else F.leaky_relu(x, 0.2), state[down], stride=2, padding=1)
        if 0 < level < len(widths) - 1:
            norm(f"{prefix}.2", widths[level])
            y = normalize(y, f"{prefix}.2")
        if not last:
            y = block(y, f"{prefix}.{1 if level == 0 else 3}.model", level + 1)
        up = f"{prefix}.{3 if level == 0 or last else 5}"
        after = 3 if level == 0 else widths[level - 1]
        state[up + ".weight"] = random(y.shape[1], after, 4, 4, scale=0.7 / y.shape[1] ** 0.5)
        if level == 0:
            state[up + ".bias"] = random(after, scale=0.1)
            return torch.tanh(F.conv_transpose2d(F.relu(y), state[up + ".weight"],
                                                 state[up + ".bias"], stride=2, padding=1))
        y = F.conv_transpose2d(F.relu(y), state[up + ".weight"], stride=2, padding=1)
        norm(f"{prefix}.{4 if last else 6}", after)
        return torch.cat([x, normalize(y, f"{prefix}.{4 if last else 6}")], 1)

    photo = random(1, 3, 256, 256, scale=0.5).clamp(-1, 1)
    photo = F.interpolate(photo[:, :, ::16, ::16], scale_factor=16)  # flat squares: small to keep
    with torch.no_grad():
        result = block(photo, "model.model", 0)
    torch.save(state, GOLDEN + "pix2pix.pth", _use_new_zipfile_serialization=False)
    expected["pix2pix.photo"] = photo[0, :, ::16, ::16].contiguous()
    expected["pix2pix.map"] = result[0, :, 5::16, 3::16].contiguous()


# ---- Keras

def keras_file(path, layers, whole_model=False, split=False):
    """layers: [(group, [(weight name, array)])], as Keras' save_weights writes them."""
    with h5py.File(path, "w") as file:
        root = file.create_group("model_weights") if whole_model else file
        root.attrs["backend"] = b"tensorflow"
        names = np.array([g.encode() for g, _ in layers])
        if split:
            root.attrs["layer_names0"], root.attrs["layer_names1"] = np.array_split(names, 2)
        else:
            root.attrs["layer_names"] = names
        for group_name, weights in layers:
            group = root.create_group(group_name)
            group.attrs["weight_names"] = np.array([n.encode() for n, _ in weights])
            for name, array in weights:
                group.create_dataset(name, data=np.asarray(array, dtype="float32"))


def same_conv(x, kernel, bias, stride=1):
    """TensorFlow's SAME: the odd pixel of padding at the bottom and right. kernel: (h, w, in, out)"""
    size, pads = kernel.shape[0], []
    for side in (x.shape[3], x.shape[2]):
        total = max((-(-side // stride) - 1) * stride + size - side, 0)
        pads += [total // 2, total - total // 2]
    return F.conv2d(F.pad(x, pads), kernel.permute(3, 2, 0, 1), bias, stride=stride)


def keras_norm(x, p):
    gamma, beta, mean, variance = p
    shape = (1, -1, 1, 1)
    return ((x - mean.view(shape)) / torch.sqrt(variance.view(shape) + 1e-3) * gamma.view(shape)
            + beta.view(shape))


def conv_weights(name, size, inputs, outputs, transposed=False):
    shape = (size, size, outputs, inputs) if transposed else (size, size, inputs, outputs)
    return (random(*shape, scale=1 / (size * inputs ** 0.5)), random(outputs, scale=0.1))


def norm_weights(channels):
    return (positive(channels), random(channels, scale=0.3), random(channels, scale=0.3),
            positive(channels))


def conv_entry(name, weights, group=None):
    return (group or name, [(f"{name}/kernel:0", weights[0]), (f"{name}/bias:0", weights[1])])


def norm_entry(name, weights):
    leaves = ("gamma:0", "beta:0", "moving_mean:0", "moving_variance:0")
    return (name, [(f"{name}/{leaf}", w) for leaf, w in zip(leaves, weights)])


def keras_gan():
    widths = [1, 2, 4, 8, 8, 8, 8]
    layers, convs, norms = [("input_1", [])], 5, 3  # the discriminator was made before

    def conv(inputs, outputs):
        nonlocal convs
        convs += 1
        weights = conv_weights("", 4, inputs, outputs)
        layers.append(conv_entry(f"conv2d_{convs}", weights))
        return weights

    def norm(channels):
        nonlocal norms
        norms += 1
        weights = norm_weights(channels)
        layers.append(norm_entry(f"batch_normalization_{norms}", weights))
        return weights

    photo = random(1, 3, 8, 8, scale=0.5).clamp(-1, 1)
    x, skips = F.interpolate(photo, scale_factor=16), []
    for i, width in enumerate(widths):
        x = F.leaky_relu(same_conv(x, *conv(x.shape[1], width), stride=2), 0.2)
        layers.append((f"leaky_re_lu_{i + 5}", []))
        if i > 0:
            x = keras_norm(x, norm(width))
        skips.append(x)
    for i in range(5, -1, -1):
        x = F.relu(same_conv(F.interpolate(x, scale_factor=2), *conv(x.shape[1], widths[i])))
        x = torch.cat([keras_norm(x, norm(widths[i])), skips[i]], 1)
        layers.append((f"concatenate_{7 - i}", []))
    x = torch.tanh(same_conv(F.interpolate(x, scale_factor=2), *conv(x.shape[1], 3)))
    keras_file(GOLDEN + "keras-gan.h5", layers, whole_model=True)
    expected["keras_gan.photo"] = photo[0].contiguous()
    expected["keras_gan.map"] = x[0, :, 5::16, 3::16].contiguous()


def matterport(folder, width=2, blocks=(1, 1, 1, 1), pyramid=8, rpn_width=12, units=16, side=2,
               classes=3):
    """The parts are computed one by one, the heads from an input of their own."""
    layers = []

    def conv(name, size, inputs, outputs, group=None):
        weights = conv_weights(name, size, inputs, outputs)
        layers.append(conv_entry(name, weights, group))
        return weights

    def norm(name, channels):
        weights = norm_weights(channels)
        layers.append(norm_entry(name, weights))
        return weights

    photo = random(1, 3, 64, 64)
    kernel, bias = conv("conv1", 7, 3, width)
    x = F.conv2d(F.pad(photo, (3, 3, 3, 3)), kernel.permute(3, 2, 0, 1), bias, stride=2)
    x = F.relu(keras_norm(x, norm("bn_conv1", width)))
    x = F.max_pool2d(F.pad(x, (0, 1, 0, 1), value=-1e9), 3, 2)  # SAME
    bottom = []
    for stage in range(2, 6):
        for i in range(blocks[stage - 2]):
            n, stride, start = width << (stage - 2), 2 if stage > 2 and i == 0 else 1, x
            name = f"{stage}{chr(ord('a') + i)}_branch"
            y = same_conv(x, *conv(f"res{name}2a", 1, x.shape[1], n), stride=stride)
            y = F.relu(keras_norm(y, norm(f"bn{name}2a", n)))
            y = same_conv(y, *conv(f"res{name}2b", 3, n, n))
            y = F.relu(keras_norm(y, norm(f"bn{name}2b", n)))
            y = same_conv(y, *conv(f"res{name}2c", 1, n, 4 * n))
            y = keras_norm(y, norm(f"bn{name}2c", 4 * n))
            if i == 0:
                start = same_conv(x, *conv(f"res{name}1", 1, x.shape[1], 4 * n), stride=stride)
                start = keras_norm(start, norm(f"bn{name}1", 4 * n))
            x = F.relu(y + start)
        bottom.append(x)
    levels = [None] * 4
    above = None
    for i in range(3, -1, -1):
        name = f"fpn_c{i + 2}p{i + 2}"
        y = same_conv(bottom[i], *conv(name, 1, bottom[i].shape[1], pyramid))
        above = y if above is None else y + F.interpolate(above, scale_factor=2)
        levels[i] = above
    levels = [same_conv(p, *conv(f"fpn_p{i + 2}", 3, pyramid, pyramid))
              for i, p in enumerate(levels)]
    rpn = [conv("rpn_conv_shared", 3, pyramid, rpn_width, "rpn_model"),
           conv("rpn_class_raw", 1, rpn_width, 6, "rpn_model"),
           conv("rpn_bbox_pred", 1, rpn_width, 12, "rpn_model")]
    merged = ("rpn_model", sum((layer[1] for layer in layers[-3:]), []))
    del layers[-3:]
    layers.append(merged)
    shared = F.relu(same_conv(levels[1], *rpn[0]))
    logits = same_conv(shared, *rpn[1]).permute(0, 2, 3, 1)  # (N, H, W, 2 a)
    shape = logits.shape[:3]
    expected["matterport.photo"] = photo[0]
    expected["matterport.p3"] = levels[1][0]
    expected["matterport.p5"] = levels[3][0]
    expected["matterport.object"] = logits.reshape(*shape, 3, 2).softmax(-1)[0, ..., 1]
    # dy, dx, log dh, log dw in units of 0.1, 0.1, 0.2, 0.2
    boxes = same_conv(shared, *rpn[2]).permute(0, 2, 3, 1).reshape(*shape, 3, 4)[0]
    expected["matterport.boxes"] = boxes * torch.tensor([0.1, 0.1, 0.2, 0.2])

    region = random(1, pyramid, side, side)
    kernel, bias = conv("mrcnn_class_conv1", side, pyramid, units)
    x = F.conv2d(region, kernel.permute(3, 2, 0, 1), bias)
    x = F.relu(keras_norm(x, norm("mrcnn_class_bn1", units)))
    x = same_conv(x, *conv("mrcnn_class_conv2", 1, units, units))
    x = F.relu(keras_norm(x, norm("mrcnn_class_bn2", units)))[:, :, 0, 0]
    scores = (random(units, classes, scale=0.3), random(classes))
    deltas = (random(units, 4 * classes, scale=0.3), random(4 * classes))
    layers.append(conv_entry("mrcnn_class_logits", scores))
    layers.append(conv_entry("mrcnn_bbox_fc", deltas))
    expected["matterport.region"] = region[0]
    expected["matterport.scores"] = (x @ scores[0] + scores[1])[0]
    expected["matterport.deltas"] = (x @ deltas[0] + deltas[1]).reshape(classes, 4)

    x = region
    for i in range(1, 5):
        x = same_conv(x, *conv(f"mrcnn_mask_conv{i}", 3, pyramid, pyramid))
        x = F.relu(keras_norm(x, norm(f"mrcnn_mask_bn{i}", pyramid)))
    deconv = conv_weights("", 2, pyramid, pyramid, transposed=True)
    layers.append(conv_entry("mrcnn_mask_deconv", deconv))
    # Each input pixel paints a square of 2 x 2: kernel (h, w, out, in).
    y = torch.einsum("nihw,aboi->nohawb", x, deconv[0])
    y = F.relu(y.reshape(1, pyramid, 2 * side, 2 * side) + deconv[1].view(1, -1, 1, 1))
    y = same_conv(y, *conv("mrcnn_mask", 1, pyramid, classes))
    expected["matterport.masks"] = y[0]
    layers.insert(1, ("zero_padding2d_1", []))
    keras_file(folder + "matterport.h5", layers)


# ---- Pickles and archives that no torch.save would write

def word(text):
    return b"X" + struct.pack("<I", len(text)) + text.encode()


def integer(value):
    return (b"J" + struct.pack("<i", value) if -2 ** 31 <= value < 2 ** 31 else
            b"\x8a\x08" + struct.pack("<q", value))


def numbers(values):
    return b"(" + b"".join(integer(v) for v in values) + b"t"


def tensor(size=(2,), stride=(1,), offset=0, key="0", numel=16, storage="FloatStorage"):
    return (b"ctorch._utils\n_rebuild_tensor_v2\n((" + word("storage") + b"ctorch\n"
            + storage.encode() + b"\n" + word(key) + word("cpu") + integer(numel) + b"tQ"
            + integer(offset) + numbers(size) + numbers(stride)
            + b"\x89ccollections\nOrderedDict\n)RtR")


def entry(name, value):
    return word(name) + value


def dictionary(*entries):
    return b"\x80\x02}(" + b"".join(entries) + b"u."


def archive(pickle, storage=bytes(64), byteorder=None, compression=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as file:
        for name, data in (("data.pkl", pickle), ("byteorder", byteorder), ("data/0", storage)):
            if data is not None:
                file.writestr(zipfile.ZipInfo("a/" + name, (2020, 1, 1, 0, 0, 0)), data,
                              compression)
    return out.getvalue()


def hostile():
    one = tensor()
    files = {
        "system": archive(b"\x80\x02cos\nsystem\n" + word("true") + b"\x85R."),
        "stack-global": archive(b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R."),
        "instruction": archive(b"\x80\x02}i__main__\nx\n."),
        "newobj": archive(b"\x80\x02ccollections\nOrderedDict\n)\x81."),
        "bomb": archive(dictionary(entry("x", one)), bytes(1 << 20),
                        compression=zipfile.ZIP_DEFLATED),
        "out-of-bounds": archive(dictionary(entry("x", tensor(size=(4, 5), stride=(5, 1))))),
        "offset": archive(dictionary(entry("x", tensor(offset=15)))),
        "overflow": archive(dictionary(entry("x", tensor(size=(2 ** 62, 2 ** 62, 4),
                                                        stride=(0, 0, 0))))),
        "stride-overflow": archive(dictionary(entry("x", tensor(size=(2 ** 33, 2),
                                                               stride=(2 ** 33, 1))))),
        "strided-bomb": archive(dictionary(entry("x", tensor(size=(2 ** 20, 2 ** 10),
                                                            stride=(0, 0))))),
        "many-sides": archive(dictionary(entry("x", tensor(size=(1,) * 9, stride=(1,) * 9)))),
        "negative": archive(dictionary(entry("x", tensor(size=(-1,))))),
        "no-storage": archive(dictionary(entry("x", tensor(key="../../etc/passwd")))),
        "twice": archive(dictionary(entry("x", one), entry("x", one))),
        "cycle": archive(b"\x80\x02}q\x00(" + word("model") + b"h\x00u."),
        "deep": archive(b"\x80\x02" + b"(" * 5000 + b"t" * 5000 + b"."),
        "deep-dicts": archive(b"\x80\x02" + (b"}(" + word("model")) * 1000 + b"N" + b"u" * 1000
                              + b"."),
        "long-name": archive(dictionary(entry("x" * 300, one))),
        "memo": archive(b"\x80\x02}r\xff\xff\xff\xff."),
        "memo-missing": archive(b"\x80\x02}h\x07."),
        "underflow": archive(b"\x80\x02tu."),
        "truncated": archive(dictionary(entry("x", one)))[:-30],
        "damaged": archive(dictionary(entry("x", one))).replace(bytes(64), b"\1" * 64),
        "not-torch": archive(None),
        # What lies under this name is not in UTF-8.
        "odd-name": b"\x85/data.pkl".join(archive(b"\x80\x02N.").rsplit(b"a/data.pkl", 1)),
        "long": archive(b"\x80\x02\x8a\xff" + b"\1" * 255 + b"."),
        "no-dict": archive(b"\x80\x02N."),
    }
    with open(GOLDEN + "types-legacy.pth", "rb") as file:
        legacy = file.read()
    files["legacy-truncated"] = legacy[:-20]
    files["legacy-other-pickle"] = b"\x80\x02K\x01.\x80\x02K\x02.\x80\x02}."
    folder = CORPUS + "pth/"
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for name, data in files.items():
        with open(folder + name, "wb") as file:
            file.write(data)
    # For the fuzzer, 'P' and a pickle alone.
    with open(folder + "pickle", "wb") as file:
        file.write(b"P" + dictionary(entry("x", one), entry("y", tensor((2, 2), (4, 1), 1))))
    for name in ("types.pth", "types-nested.pth", "types-legacy.pth", "foreign-zip.pth",
                 "foreign-protocol-4.pth", "foreign-legacy.pth"):  # the last three of foreign_pth.py
        shutil.copy(GOLDEN + name, folder + name)


def hostile_h5():
    folder = CORPUS + "h5/"
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    w = np.arange(6, dtype="f4").reshape(2, 3)
    pair = [("b", [("b/kernel:0", w), ("b/bias:0", w[0])])]
    keras_file(folder + "good", pair + [("c", [])])
    keras_file(folder + "split", pair + [("c", [])], split=True)
    keras_file(folder + "whole-model", pair, whole_model=True)

    def make(name, group="b", **options):
        file = h5py.File(folder + name, "w", **options)
        file.attrs["layer_names"] = np.array([group.encode()])
        return file

    with make("external-link") as file:
        file["b"] = h5py.ExternalLink("good", "/b")
    with make("soft-link") as file:
        file["b"] = h5py.SoftLink("/c")
    with make("external-data") as file:
        group = file.create_group("b")
        group.attrs["weight_names"] = np.array([b"k"])
        group.create_dataset("k", (4,), "f4", external=[("/etc/passwd", 0, 16)])
    with make("compressed") as file:
        group = file.create_group("b")
        group.attrs["weight_names"] = np.array([b"k"])
        group.create_dataset("k", data=np.zeros(1 << 20, "f4"), compression="gzip")
    with make("unallocated") as file:
        group = file.create_group("b")
        group.attrs["weight_names"] = np.array([b"k"])
        group.create_dataset("k", (1 << 40,), "f4")
    with make("integers") as file:
        group = file.create_group("b")
        group.attrs["weight_names"] = np.array([b"k"])
        group["k"] = np.arange(4)
    with make("types") as file:
        group = file.create_group("b")
        group.attrs["weight_names"] = [b"half", b"double", b"big"]  # strings of any length
        group["half"] = np.arange(4, dtype="f2")
        group["double"] = np.arange(4, dtype="f8")
        group["big"] = np.arange(4, dtype=">f4")
    with make("newest", libver="latest") as file:
        file.create_group("b")
    with make("missing", group="nowhere"):
        pass
    with make("many") as file:
        group = file.create_group("b")
        names = [f"w{i}" for i in range(40)]
        group.attrs["weight_names"] = np.array([n.encode() for n in names])
        for i, name in enumerate(names):
            group[name] = np.float32(i)
    with h5py.File(folder + "no-keras", "w") as file:
        file["x"] = w
    with open(folder + "good", "rb") as file:
        good = file.read()
    with open(folder + "truncated", "wb") as file:
        file.write(good[:len(good) // 2])


def import_corpus():
    """The networks' tensors as safetensors, whose shapes a fuzzer can change easily."""
    folder = CORPUS + "import/"
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for name in ("torchvision.pth", "pix2pix.pth"):
        state = torch.load(GOLDEN + name, weights_only=True)
        save_file({k: torch.zeros_like(v[..., :1]).contiguous() if v.dim() else v
                   for k, v in state.items()}, folder + name[:-4])
    for name in ("keras-gan", "matterport"):
        state = {}
        with h5py.File(GOLDEN + name + ".h5") as file:
            root = file.get("model_weights", file)
            for layer in root.attrs["layer_names"]:
                for weight in root[layer].attrs["weight_names"]:
                    value = torch.from_numpy(root[layer][weight][...])
                    state[f"{layer.decode()}/{weight.decode()}"] = torch.zeros(
                        [min(s, 2) for s in value.shape])
        save_file(state, folder + name)
    lite = {"_conv_stem.weight": torch.zeros(1, 1), "_bn0.bias": torch.zeros(2),
            "_blocks.0._depthwise_conv.weight": torch.zeros(1),
            "_blocks.1._bn2.running_var": torch.zeros(1), "_fc.weight": torch.zeros(1)}
    save_file(lite, folder + "lite0")
    save_file(lite | {"_blocks.16._depthwise_conv.weight": torch.zeros(1)}, folder + "lite2")


def save_expected(folder):
    save_file({k: v.contiguous() for k, v in expected.items()}, folder + "expected.safetensors")


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--full":
        folder = sys.argv[2] + "/"
        os.makedirs(folder, exist_ok=True)
        with torch.no_grad():
            matterport(folder, width=64, blocks=(3, 4, 23, 3), pyramid=256, rpn_width=512,
                       units=1024, side=7, classes=81)
        save_expected(folder)
        return
    os.makedirs(GOLDEN, exist_ok=True)
    types()
    torchvision_files()
    pix2pix()
    keras_gan()
    matterport(GOLDEN)
    save_expected(GOLDEN)
    hostile()
    hostile_h5()
    import_corpus()


if __name__ == "__main__":
    main()
