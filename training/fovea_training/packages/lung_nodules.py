"""`lung-nodules`: LowRes on implants into chest CT; one run of train-lowres."""

from fovea_training.data.chests import SOURCES
from fovea_training.import_lowres import LUNG_NODULE
from fovea_training.packages import Description, Settings

PREPROCESSING = [
    {"step": "roi", "roi": "lungs"},
    {"step": "crop_to_roi", "margin_voxels": 5},
    {"step": "fill_outside_roi", "value": "minimum"},
    {"step": "clip", "low": -1000, "high": 300},
    {"step": "scale", "from": [-1000, 300], "to": [0, 1]},
]
"""As published for LowRes."""
APPLICABILITY = {"minimum_roi_ml": 500, "minimum_extent_mm": 60, "minimum_slices": 20}
MINIMUM_VOLUME_ML = 0.05
"""Of a finding: a sphere of 4.6 mm. Nothing smaller is found reliably, and what there is are mostly specks."""


def describe(runs: list[Settings]) -> Description:
    (run,) = runs
    return Description(
        version="0.2.0",
        title="Lung nodules in chest CT (LowRes, implanted nodules)",
        architecture={"name": "lowres", "features": run["features"], "in_channels": 1, "out_channels": 1},
        modality=["CT"],
        preprocessing=PREPROCESSING,
        applicability=APPLICABILITY,
        output={"threshold": 0.5, "instances": True, "minimum_volume_ml": MINIMUM_VOLUME_ML},
        labels=[LUNG_NODULE],
        data=[describe_source(name) for name in run["hosts"]],
        recipe=describe_recipe(run),
        intended_use=(
            "Marks candidate lung nodules of about 6 to 30 mm in CT of the chest, for research on detection and volumetry "
            "and as an example of the package format. Not for diagnosis, screening or follow-up. Research use only."
        ),
    )


def describe_source(name: str) -> dict[str, str]:
    """A host's entry in the provenance; raises ValueError for one whose licence is not on record."""
    if name not in SOURCES:
        raise ValueError(f"host {name!r} has no licence on record in data/chests.py: such a model is not exported")
    source = SOURCES[name]
    return {"name": f"{source.folder}/{source.series}", "licence": source.licence, "credit": source.credit}


def describe_recipe(run: Settings) -> str:
    earlier = run.get("start")
    if earlier:
        return f"{describe_recipe(earlier)}; then {describe_stages(run)}"
    hosts = f"hosts {' '.join(run['hosts'])}, {run['variants']} spacings each"
    return f"train-lowres on implanted nodules, {hosts}; {describe_stages(run)}"


def describe_stages(run: Settings) -> str:
    """The schedules of one run; stage 1 may be that of an earlier run."""
    first, second = run["stage1"], run["stage2"]
    parts = [f"stage 1: {first['steps']} steps of {first['batch']} patches at {first['learning_rate']}"] if first["steps"] else []
    return "; ".join([*parts, f"stage 2: {second['steps']} steps of {second['batch']} at {second['learning_rate']}"])
