#!/usr/bin/env bash
# demo.sh [SERIES]: the main job, once, with stock tools. A chest CT goes to Fovea with DCMTK's dcmsend; the SEG and the SR come
# back to DCMTK's storescp. SERIES is a folder with a DICOM series; the built-in phantom with known nodules if not given.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fovea=$PWD/.build/release/fovea
work=$(mktemp -d)
pids=()

stop() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    pids=()
}
trap stop EXIT

fail() {
    echo "demo: $1" >&2
    tail -n 20 "$work/fovea.log" >&2 2>/dev/null || true
    exit 1
}

free_port() {
    local port
    while port=$((20000 + RANDOM % 20000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
    echo "$port"
}

wait_for_echo() {
    for _ in $(seq 100); do
        "$fovea" echo "$@" >/dev/null 2>&1 && return
        sleep 0.1
    done
    fail "$1 does not answer"
}

echo "Fovea demo: research use only. Everything happens on 127.0.0.1 and in $work"

input=${1:-}
truth=
if [[ -z $input ]]; then
    input=$work/phantom
    "$fovea" phantom chest --output "$input"
    mv "$input/truth.json" "$work/truth.json"
    truth=$work/truth.json
fi
[[ -e $input ]] || fail "there is nothing at $input"

pacs_port=$(free_port)
port=$(free_port)
mkdir "$work/pacs"
storescp -aet PACS -od "$work/pacs" "$pacs_port" >"$work/storescp.log" 2>&1 &
pids+=($!)

cat >"$work/fovea.toml" <<TOML
[node]
ae_title = "FOVEA"
address = "127.0.0.1"
port = $port
data_directory = "$work/data"
models_directory = "$PWD/Models"

[[peers]]
ae_title = "SCANNER"
host = "127.0.0.1"

[[destinations]]
name = "pacs"
ae_title = "PACS"
host = "127.0.0.1"
port = $pacs_port
secondary_capture = true

[[pipelines]]
name = "lung nodules"
model = "lung-nodules"
modality = ["CT"]
send_to = ["pacs"]
answers = ["findings", "nothing_found", "not_applicable", "refused", "failed"]

[completeness]
quiet_seconds = 2
TOML
"$fovea" serve --config "$work/fovea.toml" >"$work/fovea.log" 2>&1 &
pids+=($!)
wait_for_echo "PACS@127.0.0.1:$pacs_port"
wait_for_echo "FOVEA@127.0.0.1:$port" --calling-ae-title SCANNER

echo
echo "Sending with dcmsend ..."
SECONDS=0
dcmsend -aet SCANNER -aec FOVEA +sd +r 127.0.0.1 "$port" "$input" >"$work/dcmsend.log" 2>&1 || fail "dcmsend: $(tail -n 1 "$work/dcmsend.log")"
"$fovea" studies --config "$work/fovea.toml" --series

for _ in $(seq 1200); do
    "$fovea" queue list --config "$work/fovea.toml" --json >"$work/jobs.json"
    python3 Scripts/demo_check.py finished "$work/jobs.json" && break
    sleep 0.1
done
job=$(python3 Scripts/demo_check.py job "$work/jobs.json") || fail "no job was finished"

echo
"$fovea" queue show "$job" --config "$work/fovea.toml"

picture=$work/main-finding.png
overlay=$(python3 Scripts/demo_check.py main-overlay "$work/jobs.json" "$work/pacs") &&
    dcm2pnm --write-png "$overlay" "$picture" 2>"$work/dcm2pnm.log"

echo
echo "At the PACS ($work/pacs):"
python3 Scripts/demo_check.py files "$work/pacs"
[[ -s $picture ]] && echo "Picture of the main finding: $picture"
echo "From the start of dcmsend to here: $SECONDS s"

python3 Scripts/demo_check.py verify "$work/jobs.json" "$work/pacs" "$picture" ${truth:+"$truth"} || exit 1
stop
for pid in $(jobs -p); do fail "process $pid is still there"; done
