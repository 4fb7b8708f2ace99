"""What the demo asks of the queue's JSON and of the files at the PACS. Standard library only.

The PACS is DCMTK's storescp, which names a file by what it is (SG, SR3 for Comprehensive 3D, SRe for Enhanced, SC) and
the SOP Instance UID.
"""

from __future__ import annotations

import json
import math
import pathlib
import sys

KINDS = {"SG": "SEG", "SR3": "SR", "SRc": "SR", "SRe": "SR", "SC": "secondary capture"}
FINISHED = {"done", "refused", "failed", "cancelled"}


def load_jobs(path: str) -> list[dict]:
    return json.loads(pathlib.Path(path).read_text())


def main_job(path: str) -> dict:
    """The job that was processed: others end as not applicable, naming it."""
    jobs = load_jobs(path)
    return next((job for job in jobs if job.get("outcome") != "not_applicable"), jobs[0])


def kind(file: pathlib.Path) -> str:
    return KINDS.get(file.name.split(".")[0], "other")


def files_at(folder: str) -> list[pathlib.Path]:
    return sorted(path for path in pathlib.Path(folder).iterdir() if path.is_file())


def finished(path: str) -> bool:
    jobs = load_jobs(path)
    return bool(jobs) and all(job["state"] in FINISHED for job in jobs)


def print_files(folder: str) -> None:
    for file in files_at(folder):
        print(f"  {kind(file):<18} {file.stat().st_size / 1000:9.1f} kB  {file}")


def main_overlay(path: str, folder: str) -> pathlib.Path:
    """The overlay of the largest finding; storescp keeps the order of the findings in its files' times."""
    overlays = sorted((f for f in files_at(folder) if kind(f) == "secondary capture"), key=lambda f: f.stat().st_mtime_ns)
    volumes = [finding["volume_ml"] for finding in main_job(path)["findings"]]
    return overlays[volumes.index(max(volumes))]


def distance(left: list[float], right: list[float]) -> float:
    return math.dist(left, right)


def check_truth(findings: list[dict], nodules: list[dict]) -> list[str]:
    """The findings are those that the phantom holds: its two largest nodules, and hardly anything else."""
    problems = []
    for nodule in sorted(nodules, key=lambda nodule: -nodule["diameter_mm"])[:2]:
        if not any(distance(f["centroid_mm"], nodule["centre_mm"]) < nodule["diameter_mm"] / 2 for f in findings):
            problems.append(f"the nodule of {nodule['diameter_mm']:.1f} mm was not found")
    false = [
        finding for finding in findings
        if not any(distance(finding["centroid_mm"], n["centre_mm"]) < n["diameter_mm"] / 2 + 2 for n in nodules)]
    if len(false) * 2 > len(findings):
        problems.append(f"{len(false)} of {len(findings)} findings are no nodules of the phantom")
    print(f"The phantom holds {len(nodules)} nodules; {len(findings)} findings, {len(false)} of them elsewhere.")
    return problems


def verify(path: str, folder: str, picture: str, truth: str | None = None) -> list[str]:
    job = main_job(path)
    kinds = [kind(file) for file in files_at(folder)]
    problems = []
    if job["state"] not in ("done", "refused"):
        problems.append(f"the job is {job['state']}: {job.get('reason') or job.get('last_error')}")
    if kinds.count("SR") == 0:
        problems.append("no SR at the PACS")
    if job.get("outcome") == "findings":
        if "SEG" not in kinds:
            problems.append("no SEG at the PACS")
        if not pathlib.Path(picture).is_file():
            problems.append("no picture of the main finding")
    if truth:
        problems += check_truth(job.get("findings") or [], json.loads(pathlib.Path(truth).read_text())["nodules"])
    return problems


def main() -> int:
    command, *arguments = sys.argv[1:]
    if command == "finished":
        return 0 if finished(*arguments) else 1
    if command == "job":
        print(main_job(*arguments)["id"])
    elif command == "files":
        print_files(*arguments)
    elif command == "main-overlay":
        if not main_job(arguments[0]).get("findings"):
            return 1
        print(main_overlay(*arguments))
    elif command == "verify":
        problems = verify(*arguments)
        for problem in problems:
            print(f"demo: {problem}", file=sys.stderr)
        return 1 if problems else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
