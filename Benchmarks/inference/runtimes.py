"""The peers: each prepares a network once for an input and then runs it; the result is that of its first output."""

import io
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

Runner = Callable[[], np.ndarray]
Prepare = Callable[[nn.Module, tuple[Tensor, ...], int], Runner]
OPSET = 18


def pytorch(module: nn.Module, inputs: tuple[Tensor, ...], threads: int) -> Runner:
    """In the faster of its two memory formats."""
    torch.set_num_threads(threads)
    last = torch.channels_last_3d if inputs[0].dim() == 5 else torch.channels_last
    candidates = []
    for memory_format in (torch.contiguous_format, last):
        converted = module.to(memory_format=memory_format)
        arguments = tuple(x.to(memory_format=memory_format) for x in inputs)
        run = torch.inference_mode()(lambda converted=converted, arguments=arguments: first(converted(*arguments)).numpy())
        run()
        candidates.append((seconds(run), memory_format, run))
    _, memory_format, run = min(candidates, key=lambda candidate: candidate[0])
    module.to(memory_format=memory_format)
    return run


def onnxruntime(module: nn.Module, inputs: tuple[Tensor, ...], threads: int) -> Runner:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    with tempfile.TemporaryDirectory() as folder:
        path = export_onnx(module, inputs, Path(folder))
        session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    feed = {entry.name: x.numpy() for entry, x in zip(session.get_inputs(), inputs, strict=True)}
    return lambda: session.run(None, feed)[0]


def openvino(module: nn.Module, inputs: tuple[Tensor, ...], threads: int, precision: str = "f32") -> Runner:
    import openvino

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = openvino.convert_model(module, example_input=inputs, input=[list(x.shape) for x in inputs])
    settings = {
        "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": precision,
    }  # fmt: skip
    request = openvino.Core().compile_model(model, "CPU", settings).create_infer_request()
    for index, x in enumerate(inputs):
        request.set_input_tensor(index, openvino.Tensor(x.numpy()))

    def run() -> np.ndarray:
        request.infer()
        return request.get_output_tensor(0).data

    return run


def openvino_bf16(module: nn.Module, inputs: tuple[Tensor, ...], threads: int) -> Runner:
    return openvino(module, inputs, threads, precision="bf16")


RUNTIMES: dict[str, Prepare] = {
    "openvino": openvino,
    "openvino bf16": openvino_bf16,
    "onnxruntime": onnxruntime,
    "pytorch": pytorch,
}


def export_onnx(module: nn.Module, inputs: tuple[Tensor, ...], folder: Path) -> str:
    """By tracing; weights of more than 2 GB do not occur."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, inputs, buffer, opset_version=OPSET, dynamo=False)
    path = folder / "network.onnx"
    path.write_bytes(buffer.getvalue())
    return str(path)


def first(result: Any) -> Tensor:
    return result[0] if isinstance(result, tuple) else result


def seconds(run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
