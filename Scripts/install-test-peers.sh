#!/usr/bin/env bash
# install-test-peers.sh: makes .venv with the Python peers of the tests (pinned: they are instruments of measurement).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

wanted=$(cat Tests/Peers/requirements.txt)
[[ -f .venv/installed.txt && $(cat .venv/installed.txt) == "$wanted" ]] && exit 0
echo "Installing the tests' Python peers into .venv"
rm -rf .venv
python3 -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check -r Tests/Peers/requirements.txt
echo "$wanted" >.venv/installed.txt
