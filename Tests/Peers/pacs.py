"""A PACS that behaves as told: keeps objects, refuses associations, refuses objects, accepts half, or hangs.

Prints one JSON line per event; an object's line has its UIDs, the SHA-256 of its data set and the status answered.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pathlib
import time

from pynetdicom import AE, StoragePresentationContexts, evt
from pynetdicom.sop_class import ComprehensiveSRStorage, Comprehensive3DSRStorage, EnhancedSRStorage


def say(**event: object) -> None:
    print(json.dumps(event), flush=True)


def store(event: evt.Event, behaviour: str, folder: pathlib.Path, delay: float) -> int:
    data = event.request.DataSet.getvalue()
    uid = event.request.AffectedSOPInstanceUID
    store.received += 1
    refuse = behaviour == "refuse-objects" or (behaviour == "half" and store.received % 2 == 1)
    status = 0xA700 if refuse else 0x0000
    time.sleep(3600 if behaviour == "hang" else delay)
    if status == 0:
        (folder / f"{uid}.dcm").write_bytes(event.encoded_dataset())
    say(
        event="store", uid=uid, sop_class=event.request.AffectedSOPClassUID,
        sha256=hashlib.sha256(data).hexdigest(), status=status,
    )
    return status


store.received = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--ae-title", default="PACS")
    parser.add_argument("--delay", type=float, default=0, help="seconds before an object is answered")
    parser.add_argument(
        "--behaviour", default="keep",
        choices=["keep", "refuse-association", "refuse-objects", "half", "hang", "only-sr"])
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)

    entity = AE(options.ae_title)
    entity.require_called_aet = options.behaviour == "refuse-association"
    if options.behaviour == "refuse-association":
        entity.ae_title = "SOMEBODY_ELSE"
    contexts = StoragePresentationContexts
    if options.behaviour == "only-sr":
        reports = {ComprehensiveSRStorage, Comprehensive3DSRStorage, EnhancedSRStorage}
        contexts = [context for context in contexts if context.abstract_syntax in reports]
    for context in contexts:
        entity.add_supported_context(context.abstract_syntax)
    entity.add_supported_context("1.2.840.10008.1.1")
    handlers = [
        (evt.EVT_C_STORE, store, [options.behaviour, options.folder, options.delay]),
        (evt.EVT_REQUESTED, lambda event: say(event="association")),
    ]
    say(event="starting", port=options.port)
    entity.start_server(("127.0.0.1", options.port), evt_handlers=handlers)


if __name__ == "__main__":
    main()
