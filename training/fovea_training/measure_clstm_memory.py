"""`measure-clstm-memory`: what a training step of the convolutional LSTM keeps, with and without checkpointing.

Each measurement is a process of its own, whose peak of resident memory counts, less that of one with a tiny volume.
On paper, the tensors that autograd keeps are counted without being computed: the published volume needs no memory.
"""

import argparse
import itertools
import resource
import subprocess
import sys
import time

import torch
from torch import Tensor

from fovea_training.networks.clstm import ConvolutionalLSTM
from fovea_training.train_brain import mask_loss, volume_logits

GIB = 2**30
KEPT = ("all", "states")
"""Of each slice: all that the way back needs, or the slice and its states."""
PUBLISHED = (512, 320)
"""Pixels per side and slices."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--width", type=int, default=64, help="filters of the first level (default 64, as published)")
    parser.add_argument("--hidden", type=int, default=1, help="channels of the state (default 1)")
    parser.add_argument("--sizes", type=int, nargs="+", default=[256], help="pixels per side (default 256)")
    parser.add_argument("--slices", type=int, nargs="+", default=[2, 4, 8], help="slices of a volume (default 2 4 8)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--one", choices=("nothing", *KEPT), help="measure this in the process itself")


def run(arguments: argparse.Namespace) -> int:
    torch.set_num_threads(arguments.threads)
    if arguments.one:
        seconds = train_step(arguments)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, seconds)
        return 0
    print("| volume | kept | peak GiB | s | on paper GiB |\n|---|---|---|---|---|", flush=True)
    base, _ = measure(arguments, arguments.sizes[0], 1, "nothing")
    for size, slices, kept in itertools.product(arguments.sizes, arguments.slices, KEPT):
        paper = on_paper(arguments.width, arguments.hidden, size, slices, kept) / GIB
        try:
            peak, seconds = measure(arguments, size, slices, kept)
            figures = f"{(peak - base) / GIB:.2f} | {seconds:.0f}"
        except subprocess.CalledProcessError:
            figures = "does not fit | "
        print(f"| {size} x {size} x {slices} | {kept} | {figures} | {paper:.2f} |", flush=True)
    size, slices = PUBLISHED
    for kept in KEPT:
        paper = on_paper(arguments.width, arguments.hidden, size, slices, kept) / GIB
        print(f"| {size} x {size} x {slices} | {kept} | | | {paper:.2f} |")
    return 0


def measure(arguments: argparse.Namespace, size: int, slices: int, kept: str) -> tuple[int, float]:
    """Peak of resident bytes, and seconds, of one training step in a fresh process."""
    command = [sys.executable, "-m", "fovea_training", "measure-clstm-memory", "--one", kept]
    for name, value in (("sizes", size), ("slices", slices)):
        command += [f"--{name}", str(value)]
    for name in ("width", "hidden", "threads"):
        command += [f"--{name}", str(getattr(arguments, name))]
    peak, seconds = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return int(peak), float(seconds)


def train_step(arguments: argparse.Namespace) -> float:
    """Forward and backward in fp32, after one of a tiny volume, which is all that `nothing` does. Returns seconds."""
    model = ConvolutionalLSTM(arguments.width, arguments.hidden).eval()
    slice_logits(model, torch.rand(2, 1, 16, 16), "states").sum().backward()
    started = time.monotonic()
    if arguments.one != "nothing":
        size, slices = arguments.sizes[0], arguments.slices[0]
        volume = torch.rand(slices, 1, size, size)
        mask_loss(slice_logits(model, volume, arguments.one), (volume > 0.5).float()).backward()
    return time.monotonic() - started


def slice_logits(model: ConvolutionalLSTM, volume: Tensor, kept: str) -> Tensor:
    """One slice after the other, as published; `all` keeps what the way back needs, `states` computes it again."""
    return volume_logits(model, volume, checkpointed=True) if kept == "states" else model(volume)


def on_paper(width: int, hidden: int, size: int, slices: int, kept: str) -> int:
    """Bytes that autograd keeps in fp32: of every slice, or the slice and its states of every slice and all of one."""
    step = saved_bytes(width, hidden, size)
    states = (1 + 2 * hidden) * size * size * 4
    return slices * step if kept == "all" else slices * states + step


def saved_bytes(width: int, hidden: int, size: int) -> int:
    """Of one slice: the tensors that are kept for the way back, each once, without the weights."""
    with torch.device("meta"):
        model = ConvolutionalLSTM(width, hidden).eval()
        x = torch.empty(1, 1, size, size)
    weights = {parameter.untyped_storage()._cdata for parameter in model.state_dict().values()}
    kept: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage()._cdata] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        model.lstm.step(model.unet(x), model.initial_state(x))
    return sum(tensor.untyped_storage().nbytes() for storage, tensor in kept.items() if storage not in weights)
