"""A peer in a process of its own, so that its memory is its own, its failure is no other's, and it sleeps while others run."""

import multiprocessing
import os
import resource
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from inference.cases import CASES, Part
from inference.runtimes import RUNTIMES, Runner, seconds

PREPARATION_S = 300
"""Longest wait for a peer to convert, compile and run once."""

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload([__name__])


class PeerError(Exception):
    """Why a peer has no figure."""


class Peer:
    """`measure` gives the seconds of one run; `result` the output of the last part.

    A virtual machine may announce AMX and forbid it: a peer that dies of an illegal instruction is started again without.
    """

    def __init__(self, runtime: str, case: str) -> None:
        self.is_without_amx = False
        self._start(runtime, case)
        try:
            self._expect(PREPARATION_S)
        except PeerError:
            self._process.join(10)
            if self._process.exitcode != -signal.SIGILL:
                raise
            self.is_without_amx = True
            self._start(runtime, case)
            self._expect(PREPARATION_S)

    def _start(self, runtime: str, case: str) -> None:
        self._connection, theirs = CONTEXT.Pipe()
        arguments = (theirs, runtime, case, self.is_without_amx)
        self._process = CONTEXT.Process(target=serve, args=arguments, daemon=True)
        self._process.start()
        theirs.close()

    def measure(self) -> float:
        return self._ask("measure")

    def result(self) -> np.ndarray:
        return self._ask("result")

    def peak_mb(self) -> float:
        return self._ask("peak")

    def close(self) -> None:
        self._connection.close()
        self._process.join(10)
        self._process.kill()

    def _ask(self, question: str) -> Any:
        self._connection.send(question)
        return self._expect(PREPARATION_S)

    def _expect(self, timeout: float) -> Any:
        try:
            if not self._connection.poll(timeout):
                raise PeerError(f"nothing within {timeout} s")
            kind, value = self._connection.recv()
        except EOFError:
            raise PeerError("its process died (out of memory?)") from None
        if kind == "error":
            raise PeerError(value)
        return value


def serve(connection: Connection, runtime: str, case: str, without_amx: bool) -> None:
    """Answers until the other end is closed."""
    quieten()
    if without_amx:
        os.environ["ONEDNN_MAX_CPU_ISA"] = "AVX512_CORE_BF16"
    try:
        answers = make_answers(runtime, case)
        connection.send(("ready", None))
        while True:
            question = connection.recv()
            connection.send((question, answers[question]()))
    except EOFError:
        return
    except Exception as error:  # whatever a runtime raises is what its column says
        connection.send(("error", reason(error)))


def make_answers(runtime: str, case: str) -> dict[str, Callable[[], Any]]:
    parts, threads = CASES[case].parts, CASES[case].threads
    runners = [(prepare(part, runtime, threads), part.count) for part in parts]

    def run() -> np.ndarray:
        for runner, count in runners:
            for _ in range(count):
                result = runner()
        return result

    return {"measure": lambda: seconds(run), "result": lambda: np.array(run()), "peak": peak_mb}


def prepare(part: Part, runtime: str, threads: int) -> Runner:
    """Ready, and warm after one run."""
    runner = RUNTIMES[runtime](part.make(), part.inputs(), threads)
    runner()
    return runner


def quieten() -> None:
    """Converters that talk are not heard; the table says what failed."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    os.dup2(2, 1)


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def reason(error: Exception) -> str:
    """The first telling line of an exception."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0][:160] if lines else ''}"
