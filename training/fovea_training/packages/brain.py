"""`brain`: the convolutional LSTM on synthetic heads, CT and MR; one run of train-brain."""

from dataclasses import asdict

from fovea_training.data.head_maps import CREDIT, FOLDER, LICENCE
from fovea_training.packages import Description, Settings, snomed
from fovea_training.synthesis.heads import CT, CT_WINDOW_HU, MR, TRAINING, Mixture

PERCENTILES = (0, 99.5)
"""Of an MR volume, which become 0 and 1."""
THRESHOLD = 0.7
"""Above one half, since what is marked too much in real scans has lower probabilities; synthetic heads do not care."""
BRAIN = {
    "value": 1,
    "label": "Brain",
    "category": snomed("123037004", "Anatomical Structure"),
    "type": snomed("12738006", "Brain"),
    "region": None,
    "color": [250, 250, 225],
}


def describe(runs: list[Settings]) -> Description:
    (run,) = runs
    low, high = CT_WINDOW_HU
    return Description(
        version="0.2.0",
        title="Brain and intracranial soft tissue in head CT and MR (convolutional LSTM, synthetic heads)",
        architecture={
            "name": "clstm", "width": run["width"], "hidden": run["hidden"], "in_channels": 1, "out_channels": 1,
        },
        modality=[CT, MR],
        preprocessing=[
            {
                "step": "resample", "interpolation": "cubic",
                "spacing_mm": [TRAINING.pixel_mm, TRAINING.pixel_mm, None], "factor": [None, None, None],
            },
            {"step": "clip", "low": low, "high": high, "modality": [CT]},
            {"step": "scale", "from": [low, high], "to": [0, 1], "modality": [CT]},
            {"step": "percentile_scale", "low": PERCENTILES[0], "high": PERCENTILES[1], "modality": [MR]},
            {"step": "clip", "low": 0, "high": 1},
        ],
        applicability={"minimum_extent_mm": 60, "minimum_slices": 8},
        output={"threshold": THRESHOLD, "instances": False, "minimum_volume_ml": 50, "largest_component": True},
        labels=[BRAIN],
        data=[{"name": FOLDER, "licence": LICENCE, "credit": CREDIT}],
        recipe=describe_recipe(run),
        intended_use=(
            "Marks the brain with the fluid around it, which is the inside of the skull above the foramen magnum, in "
            "CT and MR of the head, for research on volumetry and as a region of interest. Not for diagnosis. Research "
            "use only."
        ),
    )  # fmt: skip


def describe_recipe(run: Settings) -> str:
    phases = [run["start"], run] if "start" in run else [run]
    unet, recurrent = phases[0]["unet"], [phase["lstm"] for phase in phases]
    steps = [f"{lstm['steps']} steps of {lstm['batch']} stack at {lstm['learning_rate']}" for lstm in recurrent]
    mixture = run.get("mixture", asdict(Mixture()))  # runs that name none had this one
    ct, stripped = (f"{100 * mixture[share]:.0f} %" for share in ("ct", "stripped"))
    return (
        f"train-brain on images synthesised from head maps {' '.join(map(str, run['maps']))}, width {run['width']}, {ct} CT, "
        f"the rest MR, {stripped} of it without skull; U-Net: {unet['steps']} steps of {unet['batch']} heads "
        f"at {unet['learning_rate']}; recurrent: {' and then '.join(steps)}"
    )
