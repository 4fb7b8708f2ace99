"""`liver-autopath`: AutoPath alone, one run of train-autopath.

On synthetic torsos it is `liver` without its fine network, to be measured; on LiTS it is what the paper has."""

from fovea_training.data import torsos
from fovea_training.data.lits import CLIP_HU, PLANE_ZOOM, SCALE_HU, SLICE_MM
from fovea_training.packages import Description, Settings, liver, own_nodules


def describe(runs: list[Settings]) -> Description:
    (run,) = runs
    return Description(
        version="0.2.0",
        title="Liver in abdominal CT (AutoPath alone)",
        architecture=liver.rough_architecture(run),
        modality=["CT"],
        preprocessing=preprocessing(run),
        applicability=liver.APPLICABILITY,
        output={"threshold": 0.5, "instances": False, "minimum_volume_ml": 0},
        labels=[liver.LIVER],
        data=torsos.credits(run["maps"]) if run["maps"] else [own_nodules.describe_set("lits")],
        recipe=liver.describe_rough_recipe(run),
        intended_use="Marks the liver with what lies in it in CT. Not for diagnosis. Research use only.",
        half_precision=True,
    )


def preprocessing(run: Settings) -> list[Settings]:
    """As published, or, for synthetic torsos, slices as the pair has them and the plane at one size."""
    synthetic = {"spacing_mm": [None, None, torsos.VOXEL_MM], "size": [run["side"], run["side"], None]}
    published = {"spacing_mm": [None, None, SLICE_MM], "factor": [PLANE_ZOOM, PLANE_ZOOM, None]}
    return [
        {"step": "clip", "low": CLIP_HU[0], "high": CLIP_HU[1]},
        {"step": "resample", "interpolation": "cubic"} | (synthetic if run["maps"] else published),
        {"step": "scale", "from": [0, SCALE_HU], "to": [0, 1]},
    ]
