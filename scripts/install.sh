#!/usr/bin/env bash
# Installs sounder under PREFIX with the Swift runtime linked statically: compute nodes need MPI,
# HDF5, oneDNN, LAPACKE and libdeflate, but no Swift.   scripts/install.sh [PREFIX]
set -euo pipefail
cd "$(dirname "$0")/.."
prefix=${1:-/usr/local}

scripts/install-dependencies.sh --check build >/dev/null
swift build -c release --product sounder --static-swift-stdlib --scratch-path .build-install
binary=$(swift build -c release --static-swift-stdlib --scratch-path .build-install --show-bin-path)/sounder
install -D -m 755 "$binary" "$prefix/bin/sounder"
find jobs -type f | while read -r file; do
  mode=644
  if [ -x "$file" ]; then mode=755; fi
  install -D -m "$mode" "$file" "$prefix/share/sounder/$file"
done
"$prefix/bin/sounder" --help >/dev/null # it starts: every library was found
echo "installed $prefix/bin/sounder and $prefix/share/sounder/jobs"
