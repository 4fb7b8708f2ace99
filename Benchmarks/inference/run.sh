#!/usr/bin/env bash
# run.sh [--only CASE ...]: measures inference against PyTorch, ONNX Runtime and OpenVINO in an environment of its own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
python=${INFERENCE_PYTHON:-.venv/bin/python}
if [[ ! -x $python ]]; then
    python3 -m venv .venv
    .venv/bin/pip install --quiet --extra-index-url https://download.pytorch.org/whl/cpu --requirement requirements.txt
fi
PYTHONPATH=..:../../training exec "$python" -m inference "$@"
