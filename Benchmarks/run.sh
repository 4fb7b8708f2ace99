#!/usr/bin/env bash
# run.sh [reception|turnaround|imaging]: runs the benchmarks (all if none is named) and prints Markdown tables.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
python=../.venv/bin/python

benchmarks=("$@")
[[ ${#benchmarks[@]} -gt 0 ]] || benchmarks=(reception turnaround imaging)
echo "$(lscpu | sed -n 's/^Model name: *//p'), $(nproc) cores, $(date -u +%F)"
for benchmark in "${benchmarks[@]}"; do
    echo
    echo "## $benchmark"
    echo
    case $benchmark in
        imaging) ../.build/release/fovea-benchmark ;;
        *) "$python" "$benchmark.py" ;;
    esac
done
