"""`liver`: Segment-then-Segment with AutoPath as the rough network; a run of train-autopath and one of train-liver."""

from fovea_training.context_boxes import context_of
from fovea_training.data import torsos
from fovea_training.packages import Description, Settings, describe_start, snomed
from fovea_training.synthesis.torsos import CLIP_HU, HU_PER_UNIT

LIVER = {
    "value": 1,
    "label": "Liver",
    "category": snomed("123037004", "Anatomical Structure"),
    "type": snomed("10200004", "Liver"),
    "region": None,
    "color": [221, 130, 101],
}
PREPROCESSING: list[Settings] = [
    {"step": "clip", "low": CLIP_HU[0], "high": CLIP_HU[1]},
    {"step": "resample", "interpolation": "cubic", "spacing_mm": [torsos.VOXEL_MM] * 3},
    {"step": "scale", "from": [0, HU_PER_UNIT], "to": [0, 1]},
]
"""Of the pair; its boxes are cubes of such voxels."""

APPLICABILITY: Settings = {"minimum_extent_mm": 2, "minimum_slices": 3}


def describe(runs: list[Settings]) -> Description:
    rough, fine = runs
    if not rough["maps"]:
        raise ValueError("the rough network's data has no licence on record: such a model is not exported")
    maps = list(dict.fromkeys([*rough["maps"], *fine["maps"]]))
    return Description(
        version="0.2.0",
        title="Liver in abdominal CT (AutoPath and a 3-D U-Net on its crop, synthetic torsos)",
        architecture={
            "name": "sts-pair",
            "context": context_of(fine["input_size"]),
            "rough": {"architecture": rough_architecture(rough), "preprocessing": rough_steps(rough)},
            "fine": {
                "architecture": {
                    "name": "resized-unet3d", "width": fine["width"], "input_size": fine["input_size"],
                    "in_channels": 1, "out_channels": 1,
                },
                "preprocessing": [],
            },
        },
        modality=["CT"],
        preprocessing=PREPROCESSING,
        applicability=APPLICABILITY,
        output={"threshold": 0.5, "instances": False, "minimum_volume_ml": 20, "largest_component": True},
        labels=[LIVER],
        data=torsos.credits(maps),
        recipe=f"{describe_rough_recipe(rough)}; {describe_fine_recipe(fine)}",
        intended_use=(
            "Marks the liver with what lies in it, in CT of the abdomen with and without contrast medium, for research "
            "on volumetry and as a region of interest. Not for diagnosis or planning of treatment. Research use only."
        ),
        half_precision=True,
    )  # fmt: skip


def rough_architecture(run: Settings) -> Settings:
    return {
        "name": run["network"], "width": run["width"], "policy": True, "window": run["window"], "in_channels": 1,
        "out_channels": 1,
    }  # fmt: skip


def rough_steps(run: Settings) -> list[Settings]:
    """The whole plane at one size, so that the coarse logits lie where training had them."""
    return [{"step": "resample", "interpolation": "cubic", "size": [run["side"], run["side"], None]}]


def describe_rough_recipe(run: Settings) -> str:
    segmentation, policy = run["segmentation"], run["policy"]
    source = f"CT synthesised from the maps {' '.join(run['maps'])}" if run["maps"] else "prepared LiTS"
    return (
        f"train-autopath on {source}: {segmentation['steps']} steps of {segmentation['batch']} windows of "
        f"{run['window']} slices at {segmentation['learning_rate']}, blocks dropped at {run['drop_rate']}; policy: "
        f"{policy['steps']} steps of {policy['batch']} at {policy['learning_rate']}, tau {run['tau']}{describe_start(run)}"
    )


def describe_fine_recipe(run: Settings) -> str:
    plan = run["fine"]
    return (
        f"train-liver on the maps {' '.join(run['maps'])}: {plan['steps']} steps of {plan['batch']} crops of "
        f"{run['input_size']}^3 at {plan['learning_rate']}{describe_start(run)}"
    )
