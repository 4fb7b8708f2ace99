#!/usr/bin/env bash
# test.sh [ARGUMENT of swift test ...]: runs the tests in release mode and counts what passed, failed and was skipped.
# Real scans come from ../shared/data where that is present; without it the tests that need them are skipped.
set -uo pipefail
shopt -s nullglob
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ -x ../shared/data/unpack.sh ]]; then
    FOVEA_TEST_DATA=$(../shared/data/unpack.sh) || exit 1
    export FOVEA_TEST_DATA
fi

report=$(mktemp -d)
trap 'rm -rf "$report"' EXIT
swift test -c release --xunit-output "$report/tests.xml" "$@"
status=$?

# Not from what is printed: now and then some dozens of lines of a whole run do not arrive.
read -r passed failed skipped < <(awk '
    /<testcase/ { all++; counted = 0 }
    /<skipped/ { skipped++ }
    /<failure/ && !counted { failed++; counted = 1 }
    END { print all - failed - skipped, failed + 0, skipped + 0 }
' /dev/null "$report"/*.xml)
if [[ $status -eq 0 && $passed -eq 0 ]]; then
    echo "No test ran." >&2
    status=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
