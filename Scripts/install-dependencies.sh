#!/usr/bin/env bash
# install-dependencies.sh [build|demo|test]: installs the Debian packages that are missing; says nothing if none is.
# build: to compile. demo: also DCMTK's tools. test: also the peers that the tests talk to.
set -euo pipefail

packages=(libdcmtk-dev libopenjp2-7-dev libopenblas-dev libsqlite3-dev libnifti-dev libpng-dev libssl-dev zlib1g-dev)
case ${1:-build} in
    build) ;;
    demo) packages+=(dcmtk python3) ;;
    test) packages+=(dcmtk dicom3tools orthanc python3 python3-venv strace systemd xz-utils) ;;
    *) echo "usage: $0 [build|demo|test]" >&2; exit 2 ;;
esac

missing=()
for package in "${packages[@]}"; do
    [[ $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) == "install ok installed" ]] || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

as_root=()
[[ $(id -u) -eq 0 ]] || as_root=(sudo)

# Debian's orthanc package starts a service on installation. Nothing of ours wants it: the tests start their own.
policy=/usr/sbin/policy-rc.d
own_policy=false
if [[ " ${missing[*]} " == *" orthanc "* && ! -e $policy ]]; then
    printf '#!/bin/sh\n[ "$1" = orthanc ] && exit 101\nexit 0\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod +x "$policy"
    own_policy=true
fi
remove_policy() { if $own_policy; then "${as_root[@]}" rm -f "$policy"; fi; }
trap remove_policy EXIT

echo "Installing: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
if $own_policy && command -v systemctl >/dev/null; then
    "${as_root[@]}" systemctl disable orthanc >/dev/null 2>&1 || true  # no systemd running: nothing to disable
fi
