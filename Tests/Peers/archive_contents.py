"""Prints the instances of a data directory as JSON: each row of the index with the SHA-256 of its file's data set."""

from __future__ import annotations

import json
import pathlib
import sqlite3
import sys

from data_sets import data_set_sha256


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    database = sqlite3.connect(folder / "archive.sqlite")
    instances = []
    for uid, digest, state in database.execute("SELECT sopInstanceUID, digest, state FROM instance ORDER BY id"):
        file = folder / "store" / digest[:2] / f"{digest}.dcm"
        instances.append({"uid": uid, "state": state, "sha256": data_set_sha256(file) if file.exists() else None})
    quarantined = [
        {"reason": reason, "exists": (folder / "quarantine" / f"{digest}.dcm").exists()}
        for reason, digest in database.execute("SELECT reason, digest FROM quarantine ORDER BY id")
    ]
    print(json.dumps({"instances": instances, "quarantined": quarantined}))


if __name__ == "__main__":
    main()
