#!/usr/bin/env bash
# test.sh [ARGUMENT of swift test ...]: runs the tests in release mode and counts what passed, failed and was skipped.
# Real scans come from ../shared/data where that is present; without it the tests that need them are skipped.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ -x ../shared/data/unpack.sh ]]; then
    FOVEA_TEST_DATA=$(../shared/data/unpack.sh) || exit 1
    export FOVEA_TEST_DATA
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
swift test -c release "$@" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}

count() { grep -cE "$1" "$log" || true; }
passed=$(count '^.{0,4}Test [^r].* passed after')
failed=$(count '^.{0,4}Test [^r].* failed after')
skipped=$(count '^.{0,4}Test [^r].* skipped')
if [[ $status -eq 0 && $passed -eq 0 ]]; then
    echo "No test ran." >&2
    status=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
