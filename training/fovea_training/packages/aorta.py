"""`aorta`: Segment-then-Segment in 3-D; one run of train-sts on scans of `data/aortas.py`."""

from fovea_training.context_boxes import context_of
from fovea_training.data.aortas import SOURCES, STACK
from fovea_training.packages import Description, Settings, describe_start, snomed
from fovea_training.synthesis.deformed_scans import VOXEL_MM, WINDOW_HU

RANGE_HU = (-1024, 1500)
"""Beyond this are padding and metal, which would ring under the cubic resampling."""
AORTA = {
    "value": 1,
    "label": "Aorta",
    "category": snomed("123037004", "Anatomical Structure"),
    "type": snomed("15825003", "Aorta"),
    "region": None,
    "color": [216, 101, 79],
}


def describe(runs: list[Settings]) -> Description:
    (run,) = runs
    low, high = WINDOW_HU
    return Description(
        version="0.1.0",
        title="Aorta in CT (Segment-then-Segment in 3-D)",
        architecture={
            "name": "sts-unet3d", "width": run["width"], "input_size": run["input_size"],
            "context": context_of(run["input_size"]), "in_channels": 1, "out_channels": 1,
        },
        modality=["CT"],
        preprocessing=[
            {"step": "clip", "low": RANGE_HU[0], "high": RANGE_HU[1]},
            {
                "step": "resample", "interpolation": "cubic", "spacing_mm": list(VOXEL_MM[::-1]),
                "factor": [None, None, None],
            },
            {"step": "clip", "low": low, "high": high},
            {"step": "scale", "from": [low, high], "to": [0, 1]},
        ],
        applicability={"minimum_extent_mm": 30, "minimum_slices": 5},
        output={"threshold": 0.5, "instances": False, "minimum_volume_ml": 1},
        labels=[AORTA],
        data=[describe_source(name) for name in run["scans"] if name != STACK],
        recipe=describe_recipe(run),
        intended_use=(
            "Marks the aorta in CT of the chest and abdomen, with or without contrast medium, for research on volumetry and as an "
            "example of Segment-then-Segment in 3-D. Not for diagnosis or measurement of diameters. Research use only."
        ),
        half_precision=True,
    )  # fmt: skip


def describe_source(name: str) -> dict[str, str]:
    """A scan's entry in the provenance; raises ValueError for one whose licence is not on record."""
    if name not in SOURCES:
        raise ValueError(f"scan {name!r} has no licence on record in data/aortas.py: such a model is not exported")
    source = SOURCES[name]
    return {"name": source.folder, "licence": source.licence, "credit": f"{source.credit}; labels: {source.labels}"}


def describe_recipe(run: Settings) -> str:
    parts = [f"{role}: {run[role]['steps']} steps of {run[role]['batch']} at {run[role]['learning_rate']}" for role in ("rough", "fine")]
    return (
        f"train-sts in 3-D, input size {run['input_size']}, width {run['width']}, on {' '.join(run['scans'])}, deformed and with "
        f"changed tissues; {'; '.join(parts)}{describe_start(run)}"
    )
