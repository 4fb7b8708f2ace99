"""One case: ours and every peer in turn, round after round, so that whatever else the machine does meets all of them."""

import contextlib
import datetime
import platform
import statistics
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from inference import fovea
from inference.cases import CASES, Case
from inference.fovea import FoveaError
from inference.worker import Peer, PeerError

OURS = "fovea"
RUNS = 3
"""Of one program in a round."""
SLOW_S = 0.5
"""A program that takes longer runs once in a round."""
FAILURES = (PeerError, FoveaError, subprocess.TimeoutExpired, OSError, ValueError, KeyError)

Record = dict[str, Any]
"""What is kept of a case: title, machine, date, threads; per program `seconds`, `peak_mb`, `difference` or `failures`."""


def measure(name: str) -> Record:
    case = CASES[name]
    record: Record = {
        "name": name, "title": case.title, "machine": machine(), "threads": case.threads,
        "date": datetime.date.today().isoformat(), "seconds": {}, "peak_mb": {}, "difference": {}, "failures": {},
        "without_amx": [],
    }  # fmt: skip
    with contextlib.ExitStack() as stack:
        peers = start_peers(name, case, record, stack)
        programs: dict[str, Callable[[], list[float]]] = {OURS: lambda: ours(case, record)}
        programs |= {runtime: lambda peer=peer: repeat(peer.measure) for runtime, peer in peers.items()}
        time_in_turn(programs, case.rounds, record)
        for runtime, peer in peers.items():
            attempt(record, runtime, lambda peer=peer, runtime=runtime: record["peak_mb"].update({runtime: peer.peak_mb()}))
        compare(case, peers, record)
    return record


def start_peers(name: str, case: Case, record: Record, stack: contextlib.ExitStack) -> dict[str, Peer]:
    """Those that can do it; why the others cannot is recorded."""
    peers = {}
    for runtime in case.peers:
        peer = attempt(record, runtime, lambda runtime=runtime: Peer(runtime, name))
        if peer is not None:
            peers[runtime] = stack.enter_context(contextlib.closing(peer))
            record["without_amx"] += [runtime] if peer.is_without_amx else []
    return peers


def time_in_turn(programs: dict[str, Callable[[], list[float]]], rounds: int, record: Record) -> None:
    """Medians over all rounds; a program that fails is left out from then on."""
    times: dict[str, list[float]] = {program: [] for program in programs}
    for _ in range(rounds):
        for program, run in programs.items():
            if program not in record["failures"]:
                times[program] += attempt(record, program, run) or []
    record["seconds"] = {
        program: statistics.median(values) for program, values in times.items() if values and program not in record["failures"]
    }


def ours(case: Case, record: Record) -> list[float]:
    """One process, which warms up and gives the median of its own runs."""
    slow = case.rounds == 1 or record["seconds"].get(OURS, 0) > SLOW_S
    seconds, peak_mb = fovea.bench(case, 1 if slow else RUNS)
    record["peak_mb"][OURS] = peak_mb
    return [seconds]


def repeat(run: Callable[[], float]) -> list[float]:
    first = run()
    return [first] if first > SLOW_S else [first, *(run() for _ in range(RUNS - 1))]


def compare(case: Case, peers: dict[str, Peer], record: Record) -> None:
    """Each program's greatest difference to PyTorch, or to the first peer there is, as a share of its range."""
    results: dict[str, np.ndarray] = {}
    for runtime, peer in peers.items():
        found = attempt(record, runtime, peer.result)
        if found is not None:
            results[runtime] = found
    if not results:
        return
    reference = results.get("pytorch", next(iter(results.values()))).astype(np.float64)
    for program, values in results.items():
        record["difference"][program] = difference(values, reference)
    found = attempt(record, f"{OURS} result", lambda: fovea.result(case)) if case.is_checked else None
    if found is not None:
        values, is_probability = found
        record["difference"][OURS] = difference(values, sigmoid(reference) if is_probability else reference)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logits))


def difference(values: np.ndarray, reference: np.ndarray) -> float:
    """Arrays of one element count; a batch of slices and a volume hold the same numbers in the same order."""
    if values.size != reference.size:
        raise ValueError(f"{values.shape} is not {reference.shape}")
    return float(np.abs(values.reshape(-1) - reference.reshape(-1)).max() / np.ptp(reference))


def attempt(record: Record, program: str, action: Callable[[], Any]) -> Any:
    """The action's result, or None with the reason recorded."""
    try:
        return action()
    except FAILURES as error:
        record["failures"][program] = str(error)
        return None


def machine() -> str:
    """The processor, its number of cores, memory."""
    information = Path("/proc/cpuinfo").read_text().splitlines()
    fields = [line.partition(":") for line in information]
    values = {key.strip(): value.strip() for key, _, value in fields}
    cores = sum(key.strip() == "processor" for key, _, _ in fields)
    kilobytes = int(Path("/proc/meminfo").read_text().split()[1])
    flags = [name for flag, name in FLAGS.items() if flag in values.get("flags", "").split()]
    kind = f"{values.get('model name', platform.machine())} (model {values.get('model', '?')}; {', '.join(flags)})"
    return f"{kind}, {cores} cores, {kilobytes / 2**20:.0f} GB"


FLAGS = {"avx2": "AVX2", "avx512f": "AVX-512", "amx_bf16": "AMX"}
