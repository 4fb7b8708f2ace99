"""Public data sets that the loaders read: where a user gets each, and under what terms.

None is part of this repository, and no shipped model was trained on any.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class DataSet:
    title: str
    contents: str
    source: str
    licence: str
    credit: str
    shippable: bool
    """Whether its licence lets weights that were trained on it be given away freely, with credit."""


DATA_SETS = {
    "luna16": DataSet(
        "LUNA16",
        "888 chest CT in ten subsets (mhd and raw), masks of the lungs, annotations.csv with 1,186 accepted nodules",
        "https://luna16.grand-challenge.org (Zenodo records 3723295 and 4121926)",
        "CC BY 4.0",
        "A. A. A. Setio et al., LUNA16, Medical Image Analysis 42 (2017) 1-13",
        shippable=True,
    ),
    "lidc": DataSet(
        "LIDC-IDRI, the outlines",
        "XML files with what four radiologists outlined in the scans that LUNA16 is made of",
        "https://www.cancerimagingarchive.net/collection/lidc-idri (the radiologists' annotations, XML)",
        "CC BY 3.0",
        "S. G. Armato III et al., LIDC and IDRI, Medical Physics 38 (2011) 915-931; The Cancer Imaging Archive",
        shippable=True,
    ),
    "lits": DataSet(
        "LiTS",
        "131 abdominal CT with liver and tumours (volume-N.nii, segmentation-N.nii), in two batches",
        "https://competitions.codalab.org/competitions/17094 (registration needed)",
        "CC BY-NC-ND 4.0, as cited for it elsewhere; the terms shown at registration count",
        "P. Bilic et al., The Liver Tumor Segmentation Benchmark, Medical Image Analysis 84 (2023) 102680",
        shippable=False,
    ),
    "own": DataSet(
        "one's own",
        "labelled scans: NIfTI, NRRD, MetaImage or DICOM series; label maps or DICOM SEG",
        "the user's",
        "given by the user",
        "the user's",
        shippable=False,
    ),
}


def table() -> str:
    """All of them in Markdown."""
    rows = [
        f"| {item.title} | {item.contents} | {item.source} | {item.licence} | {'yes' if item.shippable else 'no'} |"
        for item in DATA_SETS.values()
    ]
    head = ["| data set | what it is | where from | terms | weights may be shipped |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows])
