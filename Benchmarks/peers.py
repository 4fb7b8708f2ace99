"""Starts and stops what a benchmark measures: receivers on loopback, each in a folder of its own."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import time
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOVEA = ROOT / ".build/release/fovea"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port: int, process: subprocess.Popen, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on {port}")


@contextlib.contextmanager
def running(command: list[str], port: int, folder: pathlib.Path) -> Iterator[subprocess.Popen]:
    with open(folder / f"{pathlib.Path(command[0]).name}.log", "wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            wait_for_port(port, process)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def storescp(folder: pathlib.Path) -> Iterator[int]:
    """DCMTK's stock receiver: it answers before anything is synced."""
    port = free_port()
    store = folder / "store"
    store.mkdir()
    with running(["storescp", "-aet", "STORESCP", "-od", str(store), str(port)], port, folder):
        yield port


@contextlib.contextmanager
def orthanc(folder: pathlib.Path) -> Iterator[int]:
    """Debian's Orthanc with its defaults for storage and index."""
    port = free_port()
    settings = {
        "Name": "Benchmark", "DicomAet": "ORTHANC", "DicomPort": port, "HttpServerEnabled": False,
        "StorageDirectory": str(folder / "store"), "IndexDirectory": str(folder / "index"),
        "DicomAlwaysAllowStore": True, "DicomCheckCalledAet": False, "Plugins": [],
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    with running([os.environ.get("ORTHANC", "/usr/sbin/Orthanc"), "orthanc.json"], port, folder):
        yield port


@contextlib.contextmanager
def fovea(folder: pathlib.Path, pipelines: str = "", destinations: str = "") -> Iterator[int]:
    """Fovea as `fovea serve` runs it: every success is durable."""
    port = free_port()
    (folder / "fovea.toml").write_text(f"""
[node]
ae_title = "FOVEA"
address = "127.0.0.1"
port = {port}
data_directory = "{folder / 'data'}"
models_directory = "{ROOT / 'Models'}"
accept_unknown_peers = true

{destinations}
{pipelines}
""")
    with running([str(FOVEA), "serve", "--config", "fovea.toml"], port, folder):
        yield port
