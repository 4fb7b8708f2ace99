"""The section of Docs/Performance.md between two markers, from the records of the cases that have been measured."""

import json
from pathlib import Path

from inference.cases import (
    DETAIL, LARGEST, OTHERS, PUBLISHED_MODELS, PUBLISHED_VOLUMES, TARGETS, THREADS_1, VOLUMES,
)  # fmt: skip
from inference.fovea import ROOT
from inference.measure import OURS, Record

RESULTS = ROOT / "results/inference"
DOCUMENT = ROOT / "Docs/Performance.md"
BEGIN, END = "<!-- inference: begin -->", "<!-- inference: end -->"
PUBLISHED_BLOCKS = 2.4
"""AutoPath R18 drops so many on average."""
PATCHES = 192
"""Of the 3-D U-Net over a CT of 432 x 306 x 214, patch 64, stride 56."""
GOALS = {
    "lowres-stage1": (3.0, 3.9), "lowres-stage2": (4.0, 5.0), "lowres": (2.5, 3.0), "autopath-r18": (1.8, 2.3),
    "autopath-r50": (1.5, 2.0), "clstm": (2.0, 3.0), "unet3d": (2.5, 3.5), "lowres-avx2": (2.0, 2.7),
}  # fmt: skip
"""Times faster than OpenVINO in fp32: floor and aim."""
COLUMNS = {OURS: "ours", "openvino": "OpenVINO", "openvino bf16": "OpenVINO bf16", "onnxruntime": "ONNX Runtime", "pytorch": "PyTorch"}

PUBLISHED_TIMES = {
    "unet3d": ("3-D U-Net", "1293 / 880 / 828", "342 / 225 / 202"),
    "deepmedic39": ("DeepMedic-39", "1139 / 872 / 840", "381 / 254 / 226"),
    "mobilenetv2-unet3d": ("3-D MobileNetV2 U-Net", "108 / 89 / 74", "33 / 23 / 21"),
    "enet3d": ("3-D E-Net", "11 / 9.5 / 9.2", "3.2 / 1.7 / 1.9"),
    "lowres": ("LowRes", "23 / 15 / 13", "6.1 / 4.3 / 3.7"),
}
"""Name, CT, MRI."""
assert PUBLISHED_TIMES.keys() == PUBLISHED_MODELS.keys()

Records = dict[str, Record]


def save(record: Record) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{record['name']}.json").write_text(json.dumps(record, indent=1) + "\n")


def load() -> Records:
    return {path.stem: json.loads(path.read_text()) for path in sorted(RESULTS.glob("*.json"))}


def write() -> None:
    """Raises ValueError if the document has no markers."""
    text = DOCUMENT.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{DOCUMENT} has no {BEGIN} and {END}")
    DOCUMENT.write_text(f"{before}{BEGIN}\n{section(load())}\n{END}{after}")


def section(records: Records) -> str:
    """Markdown of all that is there."""
    machines = sorted({f"{record['machine']}; {record['date']}" for record in records.values()})
    main, others = pick(records, TARGETS), pick(records, OTHERS)
    parts = [
        "\n".join(f"Machine: {line}." for line in machines),
        "Seconds, medians, fp32 unless bf16 is named, 2 threads; all programs in turn, each with the same weights and input.",
        table(["work", *COLUMNS.values(), "x OpenVINO", "floor", "aim"], [goal_row(record) for record in main.values()]),
        derived(records),
        failures(main | others),
        amx(records),
        "Other networks:" if others else "",
        table(["work", *COLUMNS.values(), "x OpenVINO"], [goal_row(record)[:-2] for record in others.values()]),
        agreement(main | others),
        *(scaling(title, pick(records, cases)) for title, cases in SCALINGS.items()),
        largest(records),
        published(records),
    ]
    return "\n\n".join(part for part in parts if part)


SCALINGS = {"One thread:": THREADS_1, "Size of the volume:": VOLUMES, "Share of detail:": DETAIL}


def pick(records: Records, names: dict) -> Records:
    return {name: records[name] for name in names if name in records}


def goal_row(record: Record) -> list[str]:
    floor, aim = GOALS.get(record["name"], ("", ""))
    cells = [seconds(record, program) for program in COLUMNS]
    return [record["title"], *cells, ratio(record), str(floor), str(aim)]


def seconds(record: Record, program: str) -> str:
    value = record["seconds"].get(program)
    return "-" if value is None else f"{value:.3f}" if value < 10 else f"{value:.1f}"


def ratio(record: Record) -> str:
    ours, peer = (record["seconds"].get(program) for program in (OURS, "openvino"))
    return f"**{peer / ours:.1f}**" if ours and peer else "-"


def derived(records: Records) -> str:
    """What follows from two cases together."""
    times = {name: record["seconds"].get(OURS) for name, record in records.items()}
    lines = []
    full, two, three, policy = (times.get(f"autopath-{name}") for name in ("r18", "r18-drop2", "r18-drop3", "policy"))
    if full and two and three:
        share = PUBLISHED_BLOCKS - 2
        mean = two * (1 - share) + three * share
        with_policy = f"; {1 - (mean + policy) / full:.0%} with the policy's own {policy:.3f} s" if policy else ""
        lines.append(f"AutoPath R18 with {PUBLISHED_BLOCKS} blocks dropped takes {1 - mean / full:.0%} less{with_policy}.")
    unet, lowres = times.get("unet3d"), times.get("lowres")
    if unet and lowres:
        lines.append(
            f"Our own 3-D U-Net needs {PATCHES} patches for a CT, {PATCHES * unet:.0f} s: "
            f"{PATCHES * unet / lowres:.0f} times as long as LowRes (floor 60, aim 130)."
        )
    return "\n".join(lines)


def failures(records: Records) -> str:
    lines = [
        f"- {record['title']}: {program}: {reason}"
        for record in records.values()
        for program, reason in record["failures"].items()
    ]
    return "Not measured:\n\n" + "\n".join(lines) if lines else ""


def amx(records: Records) -> str:
    programs = sorted({COLUMNS[program] for record in records.values() for program in record["without_amx"]})
    return f"{', '.join(programs)} without AMX, which this machine announces and does not allow." if programs else ""


def agreement(records: Records) -> str:
    """The worst difference of each program."""
    worst: dict[str, float] = {}
    for record in records.values():
        for program, value in record["difference"].items():
            worst[program] = max(worst.get(program, 0), value)
    parts = [f"{COLUMNS[program]} {worst[program]:.1e}" for program in COLUMNS if program in worst and program != "pytorch"]
    return f"Greatest difference to PyTorch, as a share of the output's range: {', '.join(parts)}." if parts else ""


def scaling(title: str, records: Records) -> str:
    rows = [[record["title"], seconds(record, OURS), seconds(record, "openvino"), ratio(record)] for record in records.values()]
    return f"{title}\n\n{table(['work', 'ours', 'OpenVINO', 'x OpenVINO'], rows)}" if rows else ""


def largest(records: Records) -> str:
    parts = []
    for name in LARGEST:
        if name in records:
            record = records[name]
            memory = [
                f"{COLUMNS[program]} {seconds(record, program)} s with {megabytes / 1000:.2f} GB"
                for program, megabytes in record["peak_mb"].items()
            ]
            parts.append(f"{record['title']}: {', '.join(memory)} at the peak (goal: 2.5 GB, aim 1.5 GB).")
    return "\n".join(parts)


def published(records: Records) -> str:
    """The time columns of LowRes's two tables, the published ones beside ours."""
    columns = [f"{volume.upper()}, {'x'.join(map(str, shape))}" for volume, shape in PUBLISHED_VOLUMES.items()]
    rows = []
    for name, row in PUBLISHED_TIMES.items():
        ours = [records.get(f"published-{volume}-{name}") for volume in PUBLISHED_VOLUMES]
        cells = [seconds(record, OURS) if record else "-" for record in ours]
        rows.append([row[0], cells[0], row[1], cells[1], row[2]])
    if all(row[1] == row[3] == "-" for row in rows):
        return ""
    head = ["network", columns[0], "published", columns[1], "published"]
    return (
        "Whole volumes with the tilings of LowRes's comparison: seconds of ours on 2 threads, one run each, beside the "
        "published ones on 4 / 8 / 16 threads of an E5-2690 v4. LowRes's row is the whole volume at once with 5 % of it "
        f"refined, as the node runs it.\n\n{table(head, rows)}"
    )


def table(head: list[str], rows: list[list[str]]) -> str:
    if not rows:
        return ""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
