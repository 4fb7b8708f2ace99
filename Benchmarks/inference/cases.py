"""What is timed, by name: the command of ours, and the networks that a peer runs for the same work."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor, nn

from fovea_training import parity
from inference import networks

Shape = tuple[int, ...]
PEERS = ("openvino", "openvino bf16", "onnxruntime", "pytorch")
FASTEST = ("openvino",)
THREADS = 2
BOX = 64
"""Voxels a side of a box of LowRes's Stage 2."""
CT: Shape = (432, 304, 208)
"""A chest within its lungs, as LowRes is given it (x, y, z)."""
WINDOW: Shape = (48, 256, 256)
"""AutoPath's working size (z, y, x)."""


@dataclass(frozen=True)
class Part:
    """A network that a peer runs `count` times for one measurement."""

    make: Callable[[], nn.Module]
    shapes: tuple[Shape, ...]
    """Of its inputs, with batch and channels."""
    count: int = 1

    def inputs(self) -> tuple[Tensor, ...]:
        names = ["input", *(f"input{index}" for index in range(1, len(self.shapes)))]
        named = zip(self.shapes, names, strict=True)
        return tuple(torch.from_numpy(parity.network_input(shape, name)) for shape, name in named)


@dataclass(frozen=True)
class Case:
    title: str
    architecture: str
    shape: Shape
    """As `fovea model bench --shape` has it."""
    parts: tuple[Part, ...]
    options: tuple[str, ...] = ()
    """More arguments of `fovea model bench`."""
    layers: tuple[str, ...] = ()
    """If given, only the layers of ours whose names start so count."""
    peers: tuple[str, ...] = PEERS
    threads: int = THREADS
    is_checked: bool = False
    """Whether the result of `fovea model run` is compared with PyTorch's."""
    rounds: int = 3


def plain(title: str, name: str, shape: Shape) -> Case:
    """One pass of one network."""
    by_slice = name in ("clstm", "sts-unet2d")
    batched = (shape[0], 1, *shape[1:]) if by_slice else (1, 1, *shape)
    part = Part(partial(networks.Plain, name), (batched,))
    options = ("--path", "full") if name.startswith("autopath") else ()
    return Case(title, name, shape, (part,), options, is_checked=True)


def dropped(count: int) -> Case:
    """AutoPath R18 without its last blocks."""
    part = Part(partial(networks.Plain, "autopath-r18", tuple(range(8 - count, 8))), ((1, 1, *WINDOW),))
    title = f"AutoPath R18, {text(WINDOW)}, {count} of 8 blocks dropped"
    return Case(title, "autopath-r18", WINDOW, (part,), ("--path", f"last:{count}"), peers=FASTEST)


def stage1(shape: Shape, peers: tuple[str, ...] = FASTEST) -> Case:
    """Stage 1 of LowRes; a peer gives the logits alone."""
    part = Part(partial(networks.Stage1, with_maps=False), ((1, 1, *shape),))
    return Case(f"LowRes Stage 1, {text(shape)}", "lowres", shape, (part,), ("--detail", "0"), peers=peers)


def detail(share: float, shape: Shape = CT, peers: tuple[str, ...] = FASTEST) -> Case:
    """LowRes with boxes that cover a share of the volume; a peer gives Stage 1 with its maps, and Stage 2 box by box."""
    boxes = round(share * shape[0] * shape[1] * shape[2] / BOX**3)
    maps = ((1, 1), (1, 2), (16, 2), (32, 4), (64, 8))
    crops = tuple((1, channels, *[BOX // scale] * 3) for channels, scale in maps)
    first = Part(partial(networks.Stage1, with_maps=boxes > 0), ((1, 1, *shape),))
    parts = (first, Part(networks.Stage2, crops, boxes)) if boxes else (first,)
    title = f"LowRes, {text(shape)}, {share:.0%} detail ({boxes} boxes of {BOX}^3)"
    return Case(title, "lowres", shape, parts, ("--detail", f"{share:g}"), peers=peers)


def stage2_convolutions() -> Case:
    part = Part(networks.Stage2Convolutions, ((1, 17, BOX, BOX, BOX),))
    title = f"LowRes Stage 2, four 17-channel convolutions on {BOX}^3"
    return Case(title, "lowres", (BOX, BOX, BOX), (part,), ("--detail", "1"), layers=("stage2.v.1", "stage2.v.2"))


def both_stages(shape: Shape) -> Case:
    """With the deterministic weights Stage 1 proposes all of it."""
    title = f"LowRes, both stages over all of {text(shape)}"
    return Case(title, "lowres", shape, (Part(networks.BothStages, ((1, 1, *shape),)),), is_checked=True)


def published(name: str, shape: Shape, options: tuple[str, ...]) -> Case:
    """A whole volume as LowRes's two tables time it, ours alone; the largest take minutes, so they run once."""
    return Case(f"{name}, {text(shape)}", name, shape, (), options, peers=(), rounds=1)


def text(shape: Shape) -> str:
    return " x ".join(str(side) for side in shape)


TARGETS = {
    "lowres-stage1": stage1(CT, PEERS),
    "lowres-stage2": stage2_convolutions(),
    "lowres": detail(0.05, peers=PEERS),
    "autopath-r18": plain(f"AutoPath R18, {text(WINDOW)}, full path", "autopath-r18", WINDOW),
    "autopath-r18-drop2": dropped(2),
    "autopath-r18-drop3": dropped(3),
    "autopath-policy": replace(
        plain(f"AutoPath's policy network, {text(WINDOW)}", "autopath-r18", WINDOW),
        parts=(Part(partial(networks.Policy, "autopath-r18"), ((1, 1, *WINDOW),)),),
        options=("--path", "policy"), layers=("policy.",), is_checked=False, peers=FASTEST,
    ),
    "autopath-r50": plain(f"AutoPath R50, {text(WINDOW)}, full path", "autopath-r50", WINDOW),
    "clstm": plain("C-LSTM U-Net, width 64, one slice of 512 x 512", "clstm", (1, 512, 512)),
    "unet3d": plain("3-D U-Net, patch of 64^3", "unet3d", (64, 64, 64)),
    "lowres-avx2": replace(
        stage1(CT), title=f"LowRes Stage 1, {text(CT)}, our AVX2 instance", options=("--detail", "0", "--isa", "avx2")
    ),
}  # fmt: skip
OTHERS = {
    "lowres-all": both_stages((128, 96, 64)),
    "sts-unet2d": plain("Segment-then-Segment U-Net, 512 x 512", "sts-unet2d", (1, 512, 512)),
    "sts-unet3d": plain("Segment-then-Segment U-Net in 3-D, 64^3", "sts-unet3d", (64, 64, 64)),
    "deepmedic39": plain("DeepMedic-39, patch of 138^3", "deepmedic39", (138, 138, 138)),
    "mobilenetv2-unet3d": plain("3-D MobileNetV2 U-Net, patch of 96^3", "mobilenetv2-unet3d", (96, 96, 96)),
    "enet3d": plain("3-D E-Net, patch of 96^3", "enet3d", (96, 96, 96)),
}
THREADS_1 = {
    f"{name}-1": replace(TARGETS[name], threads=1, peers=FASTEST, is_checked=False)
    for name in ("lowres-stage1", "lowres", "autopath-r18", "clstm", "unet3d")
}
VOLUMES = {
    f"volume-{'x'.join(map(str, shape))}": stage1(shape)
    for shape in ((64, 64, 64), (128, 128, 128), (256, 256, 128), (512, 512, 320))
}
LARGEST = {"largest": replace(detail(0.05, (512, 512, 656)), shape=(512, 512, 652))}
"""Peers are given as many slices as we pad to."""
DETAIL = {f"detail-{round(100 * share)}": detail(share) for share in (0, 0.01, 0.1, 0.3, 1)}
PUBLISHED_VOLUMES: dict[str, Shape] = {"ct": (432, 306, 214), "mri": (211, 198, 164)}
PUBLISHED_MODELS = {
    "unet3d": ("unet3d", ("--tiled",)),
    "deepmedic39": ("deepmedic39", ("--tiled",)),
    "mobilenetv2-unet3d": ("mobilenetv2-unet3d", ("--tiled",)),
    "enet3d": ("enet3d", ("--tiled",)),
    "lowres": ("lowres", ("--detail", "0.05")),
}
PUBLISHED = {
    f"published-{volume}-{name}": published(architecture, shape, options)
    for volume, shape in PUBLISHED_VOLUMES.items()
    for name, (architecture, options) in PUBLISHED_MODELS.items()
}
"""The time columns of LowRes's two tables."""
CASES = TARGETS | OTHERS | THREADS_1 | VOLUMES | LARGEST | DETAIL | PUBLISHED
