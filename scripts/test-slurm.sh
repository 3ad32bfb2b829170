#!/usr/bin/env bash
# Searches on a real Slurm on loopback, where there can be one: root, Debian's slurm-wlm and munge.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(id -u)" -ne 0 ]; then
  echo "SKIPPED: the Slurm test needs root, which starts the daemons"
  exit 0
fi
if ! scripts/install-dependencies.sh slurm; then
  echo "SKIPPED: slurm-wlm and munge are not here and cannot be installed"
  exit 0
fi
swift build -c release --product sounder
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
Tests/Cluster/search.sh "$(swift build -c release --show-bin-path)/sounder" "$folder"
