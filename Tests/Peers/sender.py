"""A sender that never gives up: sends each folder as a series on one association, and what was not answered with 0x0000
again on the next, until everything is acknowledged.

Prints one JSON line per event: `acknowledged` with the SHA-256 of the data set as sent, `refused` with the status,
`rejected` with the reason, `interrupted` when an association broke off, `finished` at the end.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import time

import pydicom
from pynetdicom import AE, _config
from pynetdicom.association import Association

from data_sets import data_set_sha256

_config.STORE_SEND_CHUNKED_DATASET = True  # the file's own bytes, not a new encoding


def say(**event: object) -> None:
    print(json.dumps(event), flush=True)


def send(association: Association, path: pathlib.Path, folder: str) -> bool:
    """Whether the peer has acknowledged the object."""
    status = association.send_c_store(path).get("Status")
    uid = str(pydicom.dcmread(path, specific_tags=["SOPInstanceUID"], stop_before_pixels=True).SOPInstanceUID)
    if status == 0x0000:
        say(event="acknowledged", uid=uid, folder=folder, sha256=data_set_sha256(path))
    elif status is not None:
        say(event="refused", uid=uid, status=status)
    return status == 0x0000


def send_folder(entity: AE, options: argparse.Namespace, folder: pathlib.Path, waiting: list[pathlib.Path]) -> None:
    """One association; takes from `waiting` what is acknowledged."""
    association = entity.associate("127.0.0.1", options.port, ae_title=options.called_ae_title)
    if association.is_rejected:
        rejection = association.acceptor.primitive
        say(event="rejected", result=rejection.result, source=rejection.result_source, reason=rejection.diagnostic)
    for path in list(waiting):
        if not association.is_established:
            break
        if send(association, path, str(folder)):
            waiting.remove(path)
        time.sleep(options.pause)
    if association.is_established:
        association.release()
    elif not association.is_rejected:
        say(event="interrupted", waiting=len(waiting))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=pathlib.Path, nargs="+")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--called-ae-title", default="FOVEA")
    parser.add_argument("--calling-ae-title", default="SENDER")
    parser.add_argument("--pause", type=float, default=0, help="seconds between objects")
    parser.add_argument("--attempts", type=int, default=10**9, help="associations for each series")
    options = parser.parse_args()

    entity = AE(options.calling_ae_title)
    entity.add_requested_context("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1")
    entity.connection_timeout = entity.acse_timeout = entity.dimse_timeout = 20
    for folder in options.folders:
        waiting = sorted(folder.glob("*.dcm"))
        for attempt in range(options.attempts):
            if attempt > 0:
                time.sleep(0.1)
            send_folder(entity, options, folder, waiting)
            if not waiting:
                break
    say(event="finished")


if __name__ == "__main__":
    main()
