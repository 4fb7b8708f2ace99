"""`brain-metastases`: LowRes on enhancing lesions implanted into T1 heads; one run of train-lowres."""

from fovea_training.data.head_maps import CREDIT, FOLDER, LICENCE
from fovea_training.data.real_heads import SOURCES
from fovea_training.packages import Description, Settings, snomed
from fovea_training.synthesis.contrast_heads import CEILING, SPACING_MM, TOP_PERCENTILE
from fovea_training.synthesis.head_patches import SYNTHETIC
from fovea_training.synthesis.heads import MR

LOW_PERCENTILE = 1
"""Of the whole image, which becomes 0: background, without what resampling makes of it below 0."""
THRESHOLD = 0.35
"""Chosen on development heads: at 0.5 two small lesions in 24 are lost, at 0.2 false findings are four times as many."""
MINIMUM_VOLUME_ML = 0.02
"""Of a finding: a sphere of 3.4 mm."""
LESION = {
    "value": 1,
    "label": "Enhancing brain lesion",
    "category": snomed("49755003", "Morphologically Altered Structure"),
    # A network has no histology: it may not say "metastasis" (14799000).
    "type": snomed("52988006", "Lesion"),
    "region": snomed("12738006", "Brain"),
    "color": [144, 238, 144],
}


def describe(runs: list[Settings]) -> Description:
    (run,) = runs
    return Description(
        version="0.1.0",
        title="Enhancing lesions of the brain in T1 MR with contrast (LowRes, implanted lesions)",
        architecture={"name": "lowres", "features": run["features"], "in_channels": 1, "out_channels": 1},
        modality=[MR],
        preprocessing=[
            {"step": "resample", "interpolation": "cubic", "spacing_mm": [SPACING_MM] * 3, "factor": [None] * 3},
            {"step": "percentile_scale", "low": LOW_PERCENTILE, "high": TOP_PERCENTILE},
            {"step": "clip", "low": 0, "high": CEILING},
            {"step": "scale", "from": [0, CEILING], "to": [0, 1]},
        ],
        applicability={"minimum_extent_mm": 100, "minimum_slices": 40},
        output={"threshold": THRESHOLD, "instances": True, "minimum_volume_ml": MINIMUM_VOLUME_ML},
        labels=[LESION],
        data=[describe_host(name) for name in run["hosts"]],
        recipe=describe_recipe(run),
        intended_use=(
            "Marks candidate enhancing lesions of about 4 to 30 mm in T1-weighted MR of the head after contrast "
            "medium, for research on detection and volumetry. Not for diagnosis or follow-up. Research use only."
        ),
    )


def describe_host(name: str) -> dict[str, str]:
    """A host's entry in the provenance; raises ValueError for one whose licence is not on record."""
    if name == SYNTHETIC:
        return {"name": FOLDER, "licence": LICENCE, "credit": CREDIT}
    if name not in SOURCES:
        raise ValueError(f"host {name!r} has no licence on record in data/real_heads.py: such a model is not exported")
    source = SOURCES[name]
    return {"name": f"{source.folder}/{source.image}", "licence": source.licence, "credit": source.credit}


def describe_recipe(run: Settings) -> str:
    before = f"{describe_recipe(run['start'])}; from its weights " if "start" in run else ""
    first, second = run["stage1"], run["stage2"]
    return before + (
        f"train-lowres --lesions metastases on implanted lesions, hosts {' '.join(run['hosts'])}; "
        f"stage 1: {first['steps']} steps of {first['batch']} patches at {first['learning_rate']}; "
        f"stage 2: {second['steps']} steps of {second['batch']} at {second['learning_rate']}"
    )
