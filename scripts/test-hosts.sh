#!/usr/bin/env bash
# Trains on two and three hosts, made of network namespaces, over TCP, also by ssh: root, and a kernel that permits
# them.
#   test-hosts.sh [EPOCHS [POINTS]]: see Tests/Cluster/nodes.sh
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(id -u)" -ne 0 ] || ! unshare --net --uts --mount true 2>/dev/null; then
  echo "SKIPPED: hosts of network namespaces need root, and a kernel that permits them"
  exit 0
fi
scripts/install-dependencies.sh build data hosts
if ! ip link add sndrprobe type bridge 2>/dev/null; then
  echo "SKIPPED: no network can be made here"
  exit 0
fi
ip link del sndrprobe
if mpirun --version | grep -q HYDRA; then
  echo "SKIPPED: the launcher script is for Open MPI"
  exit 0
fi
swift build -c release --product sounder
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sounder=$(swift build -c release --show-bin-path)/sounder
Tests/Cluster/nodes.sh "$sounder" "$folder" "$@"
if scripts/install-dependencies.sh ssh; then
  Tests/Cluster/ssh.sh "$sounder" "$folder"
else
  echo "SKIPPED: ranks started by ssh (openssh-server is not here and cannot be installed)"
fi
if scripts/install-dependencies.sh slurm; then
  Tests/Cluster/srun.sh "$sounder" "$folder"
else
  echo "SKIPPED: srun between hosts (slurm-wlm and munge are not here and cannot be installed)"
fi
