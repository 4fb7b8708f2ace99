"""`own-nodules`: lung nodules by a network trained on prepared patients, LUNA16's or one's own.

One run of train-lowres-published or of train-baseline.
"""

from fovea_training.data.data_sets import DATA_SETS
from fovea_training.import_lowres import LUNG_NODULE
from fovea_training.packages import Description, Settings
from fovea_training.packages.lung_nodules import APPLICABILITY, PREPROCESSING


def describe(runs: list[Settings]) -> Description:
    (run,) = runs
    sizes = {key: run[key] for key in ("features", "width") if key in run}
    return Description(
        version="0.1.0",
        title=f"Lung nodules in chest CT ({run['architecture']}, trained on {' and '.join(run['data'])})",
        architecture={"name": run["architecture"], **sizes, "in_channels": 1, "out_channels": 1},
        modality=["CT"],
        preprocessing=PREPROCESSING,
        applicability=APPLICABILITY,
        output={"threshold": 0.5, "instances": True, "minimum_volume_ml": 0},
        labels=[LUNG_NODULE],
        data=[describe_set(name) for name in run["data"]],
        recipe=describe_recipe(run),
        intended_use="Marks candidate lung nodules in CT of the chest. Not for diagnosis. Research use only.",
    )


def describe_set(name: str) -> dict[str, str]:
    """The entry of a data set in the provenance, with that of its labels where they are a set of their own."""
    sets = [DATA_SETS[part] for part in ((name, "lidc") if name == "luna16" else (name,))]
    parts = {key: "; ".join(getattr(item, key) for item in sets) for key in ("title", "licence", "credit")}
    return {"name": parts["title"], "licence": parts["licence"], "credit": parts["credit"]}


def describe_recipe(run: Settings) -> str:
    if run["architecture"] == "lowres":
        command, stages = "train-lowres-published", ("stage1", "stage2")
    else:
        command, stages = f"train-baseline {run['architecture']}", ("schedule",)
    steps = ", then ".join(
        f"{plan['steps']} steps of {plan['batch']} patches at {plan['learning_rate']}" for plan in map(run.get, stages)
    )
    return f"{command} on {len(run['cases'])} patients with {run['lesions']} nodules: {steps}"
