"""`python -m fovea_training COMMAND`: one sub-command per module of COMMANDS.

A command module has `add_arguments(parser)` and `run(arguments) -> int`; it is imported only when its command is named, so
that `import-lowres` needs NumPy alone.
"""

from __future__ import annotations

import argparse
import importlib
import sys

# command: (module in this package, one line for --help)
COMMANDS = {
    "import-lowres": ("import_lowres", "turn the LowRes authors' checkpoint into a model package (NumPy only)"),
    "import-autopath": ("import_autopath", "turn checkpoints of the published AutoPath code into a model package"),
    "train-lowres": ("train_lowres", "train LowRes on nodules implanted into chest CT, or on metastases in heads"),
    "train-brain": ("train_brain", "train the convolutional LSTM on synthetic heads, CT and MR"),
    "train-autopath": ("train_autopath", "train AutoPath, on synthetic torsos or on LiTS: segmentation network, then policy"),
    "train-liver": ("train_liver", "train the fine network of the liver's pair on synthetic torsos"),
    "autopath-study": ("autopath_study", "compare AutoPath's paths with blocks dropped otherwise: table and curves"),
    "write-livers": ("write_livers", "write real CT with and without a liver as NIfTI, for `fovea evaluate`"),
    "train-sts": ("train_sts", "train Segment-then-Segment, in 2-D as published or in 3-D on scans with an aorta"),
    "prepare": ("prepare", "prepare LUNA16, LiTS or labelled scans of one's own for the published recipes"),
    "train-lowres-published": ("train_lowres_published", "train LowRes as published, on prepared patients"),
    "train-baseline": ("train_baseline", "train a network of LowRes's comparison, on prepared patients"),
    "evaluate-published": ("evaluate_published", "measure such a run on patients that it never saw"),
    "evaluate-development": ("evaluate_development", "measure a LowRes model on a chest that it never saw"),
    "measure": ("measure", "run `fovea evaluate` and keep its figures for a model card"),
    "write-evaluation": ("write_evaluation", "write a chest with implants as NIfTI, for `fovea evaluate`"),
    "write-metastases": ("write_metastases", "write heads with implanted lesions as NIfTI, for `fovea evaluate`"),
    "write-heads": ("write_heads", "write synthetic heads that training never saw as NIfTI, for `fovea evaluate`"),
    "measure-clstm-memory": ("measure_clstm_memory", "measure what per-slice checkpointing saves the convolutional LSTM"),
    "write-aortas": ("write_aortas", "write scans with and without an aorta as NIfTI, for `fovea evaluate`"),
    "sts-study": ("study_sts", "measure what the fine network adds at each input size"),
    "draw": ("draw", "draw what `fovea segment` found in a series"),
    "export": ("export", "turn finished runs into a model package"),
    "golden": ("golden", "write golden activations for the Swift parity tests"),
    "tensor-names": ("naming", "write the tensor names and shapes of an architecture as JSON"),
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m fovea_training", description="Fovea's model packages: make and import.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (module, summary) in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary)
        if name in arguments[:1]:
            importlib.import_module(f"fovea_training.{module}").add_arguments(command)
    options = parser.parse_args(arguments)
    return importlib.import_module(f"fovea_training.{COMMANDS[options.command][0]}").run(options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
