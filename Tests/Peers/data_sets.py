"""The bytes of the data set in a DICOM file, as they travel: without preamble and file meta information."""

from __future__ import annotations

import hashlib
import pathlib


def data_set_sha256(path: pathlib.Path) -> str:
    content = path.read_bytes()
    # Preamble, "DICM", then (0002,0000) UL of 12 bytes, whose value is the length of what follows of group 2.
    start = 144 + int.from_bytes(content[140:144], "little")
    return hashlib.sha256(content[start:]).hexdigest()
