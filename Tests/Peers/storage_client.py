"""A storage SCU that does one thing, well or badly, and prints as JSON how it was answered."""

from __future__ import annotations

import argparse
import io
import json
import pathlib
import time

import pydicom
from pynetdicom import AE
from pynetdicom.association import Association
from pynetdicom.dimse_messages import C_STORE_RQ
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.dsutils import encode
from pynetdicom.sop_class import Verification


def associate(options: argparse.Namespace, *sop_classes: str) -> Association:
    entity = AE(options.calling)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 20
    for sop_class in (Verification, *sop_classes):
        entity.add_requested_context(sop_class, "1.2.840.10008.1.2.1")
    return entity.associate("127.0.0.1", options.port, ae_title=options.called)


def negotiation(association: Association) -> dict[str, object]:
    """What the acceptor said: which classes it takes, or why it takes nothing (PS3.8 §9.3.4)."""
    answer: dict[str, object] = {"accepted": association.is_established, "rejected": association.is_rejected}
    if association.is_rejected:
        primitive = association.acceptor.primitive
        answer |= {"result": primitive.result, "source": primitive.result_source, "reason": primitive.diagnostic}
    return answer


def echo(options: argparse.Namespace) -> dict[str, object]:
    start = time.monotonic()
    association = associate(options)
    answer = negotiation(association)
    if association.is_established:
        answer["status"] = association.send_c_echo().Status
        association.release()
    return answer | {"seconds": time.monotonic() - start}


def request(options: argparse.Namespace) -> C_STORE:
    """The C-STORE-RQ for the file, changed as the options say; what does not change is sent as it is."""
    image = pydicom.dcmread(options.file)
    if options.sop_class is not None:
        image.SOPClassUID = options.sop_class
    data = encode(image, False, True)
    if options.garbage:
        data = bytes(range(256)) * 64
    message = C_STORE()
    message.MessageID, message.Priority = 1, 2
    message.AffectedSOPClassUID = image.SOPClassUID
    message.AffectedSOPInstanceUID = options.command_uid or image.SOPInstanceUID
    message.DataSet = io.BytesIO(data[: options.truncate])
    return message


def context(association: Association, message: C_STORE) -> int | None:
    accepted = association.accepted_contexts
    return next((item.context_id for item in accepted if item.abstract_syntax == message.AffectedSOPClassUID), None)


def store(options: argparse.Namespace) -> dict[str, object]:
    message = request(options)
    association = associate(options, message.AffectedSOPClassUID)
    answer = negotiation(association)
    if not association.is_established:
        return answer
    number = context(association, message)
    answer["context"] = number is not None
    if number is not None:
        # As in Association.send_c_store, which would refuse to send such things.
        association._reactor_checkpoint.clear()
        while not association._is_paused:
            time.sleep(0.001)
        association.dimse.send_msg(message, number)
        _, response = association.dimse.get_msg(block=True)
        association._reactor_checkpoint.set()
        answer["status"] = response.Status if response is not None else None
        answer["echo"] = association.send_c_echo().get("Status") if association.is_established else None
    association.release()
    return answer


def abort(options: argparse.Namespace) -> dict[str, object]:
    """Sends the command and half of the data set, then A-ABORT."""
    message = request(options)
    association = associate(options, message.AffectedSOPClassUID)
    command = C_STORE_RQ()
    command.primitive_to_message(message)
    fragments = list(command.encode_msg(context(association, message), 16384))
    for fragment in fragments[: len(fragments) // 2]:
        association.dul.send_pdu(fragment)
    time.sleep(0.3)
    association.abort()
    return {"accepted": True}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["echo", "store", "abort"])
    parser.add_argument("file", type=pathlib.Path, nargs="?")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--calling", default="SCANNER")
    parser.add_argument("--called", default="FOVEA")
    parser.add_argument("--sop-class", help="instead of that of the file, in the command and in the data set")
    parser.add_argument("--command-uid", help="another SOP Instance UID in the command than in the data set")
    parser.add_argument("--truncate", type=int, help="send only the first bytes of the data set")
    parser.add_argument("--garbage", action="store_true", help="send bytes that are no data set")
    options = parser.parse_args()
    print(json.dumps({"echo": echo, "store": store, "abort": abort}[options.action](options)))


if __name__ == "__main__":
    main()
