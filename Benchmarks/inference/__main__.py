"""`python -m inference`: measures the cases one by one and writes the section of Docs/Performance.md."""

import argparse
import sys
import time

from inference import report
from inference.cases import CASES
from inference.measure import measure


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m inference", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=CASES, metavar="CASE", help=f"some of: {', '.join(CASES)}")
    parser.add_argument("--table", action="store_true", help="measure nothing, write the section from what was measured")
    arguments = parser.parse_args()
    for name in [] if arguments.table else arguments.only or CASES:
        start = time.monotonic()
        record = measure(name)
        report.save(record)
        figures = [f"{program} {seconds:.3f} s" for program, seconds in record["seconds"].items()]
        problems = [f"{program}: {reason}" for program, reason in record["failures"].items()]
        print(f"{record['title']} ({time.monotonic() - start:.0f} s): {'; '.join(figures + problems)}", flush=True)
    report.write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
