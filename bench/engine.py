"""bench/engine's comparison: swatch, OpenVINO and ONNX Runtime on one network, in turn.

engine.py BENCH_ENGINE MODEL PHOTO HEIGHT WIDTH PRECISION THREADS ROUNDS
"""

import os
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnxruntime
import openvino
import swatchkit
from PIL import Image


class Swatch:
    name = "swatch"

    def __init__(self, program, model, photo, precision, threads, outputs):
        height, width, _ = photo.shape
        command = [program, model, str(height), str(width), precision, str(threads)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.write(photo.tobytes())
        self.scores = self.read(np.float32, height * width * outputs).reshape(
            height, width, outputs
        )

    def read(self, kind, count):
        size = count * np.dtype(kind).itemsize
        answer = self.process.stdout.read(size)
        if len(answer) != size:
            sys.exit(1)  # bench_engine has said why
        return np.frombuffer(answer, kind)

    def write(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def run(self):
        self.write(b"r")
        return tuple(self.read(np.float64, 2))


class Library:
    """A library in this process; `call` runs it and returns the scores, (1, outputs, h, w)."""

    def run(self):
        wall, all_processors = time.perf_counter(), time.process_time()
        self.scores = self.call()[0].transpose(1, 2, 0)
        return time.perf_counter() - wall, time.process_time() - all_processors


class OnnxRuntime(Library):
    name = f"ONNX Runtime {onnxruntime.__version__}"

    def __init__(self, onnx, photo, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        session = onnxruntime.InferenceSession(onnx, options, ["CPUExecutionProvider"])
        self.call = lambda: session.run(None, {"photo": photo})[0]


class OpenVino(Library):
    name = f"OpenVINO {openvino.__version__.split('-')[0]}"

    def __init__(self, onnx, photo, precision, threads):
        core = openvino.Core()
        model = core.read_model(onnx)
        model.reshape(photo.shape)
        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": 1,
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": precision,
        }
        request = core.compile_model(model, "CPU", settings).create_infer_request()
        self.call = lambda: request.infer([photo], share_inputs=True, share_outputs=True)[0]


def canvas(path, height, width):
    """The photo's upper left part, bordered with grey to the size, in -1..1."""
    pixels = np.asarray(Image.open(path).convert("RGB"), np.float32) / 127.5 - 1
    made = np.zeros((height, width, 3), np.float32)
    part = pixels[:height, :width]
    made[: part.shape[0], : part.shape[1]] = part
    return made


def main():
    program, model, path = sys.argv[1:4]
    height, width = int(sys.argv[4]), int(sys.argv[5])
    precision, threads, rounds = sys.argv[6], int(sys.argv[7]), int(sys.argv[8])
    photo = canvas(path, height, width)
    planes = np.ascontiguousarray(photo.transpose(2, 0, 1)[None])
    with tempfile.TemporaryDirectory() as folder:
        onnx = os.path.join(folder, "model.onnx")
        swatchkit.export_onnx(model, onnx)
        engines = [OpenVino(onnx, planes, precision, threads)]
        if precision == "f32":  # ONNX Runtime has no other on a CPU
            engines.append(OnnxRuntime(onnx, planes, threads))
    for engine in engines:
        engine.run()
    outputs = engines[0].scores.shape[2]
    engines.insert(0, Swatch(program, model, photo, precision, threads, outputs))
    times = np.array([[engine.run() for engine in engines] for _ in range(rounds)])
    least = 1e3 * times.min(axis=0)
    ours = engines[0].scores
    print(f"{width}x{height}, {precision}, threads: {threads}, the shortest of {rounds} in turn")
    for i, engine in enumerate(engines):
        line = f"{engine.name:22} {least[i, 0]:7.1f} ms, {least[i, 1]:7.1f} ms of processors"
        if i > 0:
            ratios = np.median(times[:, i] / times[:, 0], axis=0)
            off = np.abs(engine.scores - ours).max()
            same = (engine.scores.argmax(2) == ours.argmax(2)).mean()
            line += (
                f"; swatch is {least[i, 0] / least[0, 0]:.2f} times as fast,"
                f" by processors {least[i, 1] / least[0, 1]:.2f}"
                f" (medians of the rounds: {ratios[0]:.2f}, {ratios[1]:.2f});"
                f" scores differ by at most {off:.1e}, {100 * same:.3f} % of labels agree"
            )
        print(line)


main()
