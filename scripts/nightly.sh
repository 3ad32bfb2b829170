#!/usr/bin/env bash
# The slow tests: test accuracy of the demo's job over five seeds, and jobs that a Slurm on loopback
# stops and requeues.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-dependencies.sh build data
swift build -c release --product sounder
sounder=$(swift build -c release --show-bin-path)/sounder
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# PyTorch in one process reaches 88.3 to 88.8 % with these settings: the median must reach 88.0 and
# no seed may stay below 87.3.
scripts/convert-fashion.sh "$sounder" "$folder/data.h5" --quiet
for seed in 1 2 3 4 5; do
  "$sounder" train jobs/fashion-mlp.yaml --ranks 3 --quiet --seed "$seed" \
    --set "data.train.file=$folder/data.h5" --set "data.validation.file=$folder/data.h5" \
    --set "output.model=$folder/$seed.h5" >/dev/null
  "$sounder" evaluate "$folder/$seed.h5" "$folder/data.h5" --json |
    sed -n 's/.*"accuracy" *: *\([0-9.]*\).*/\1/p' | head -n 1
done | tee "$folder/accuracies"
sort -n "$folder/accuracies" | awk '
  { value[NR] = $1 }
  END {
    printf "test accuracy over %d seeds: least %.4f, median %.4f\n", NR, value[1], value[3]
    exit !(NR == 5 && value[1] >= 0.873 && value[3] >= 0.880)
  }'

if [ "$(id -u)" -eq 0 ]; then
  scripts/install-dependencies.sh slurm
  Tests/Cluster/requeue.sh "$sounder" "$folder"
  Tests/Cluster/remaining.sh "$sounder" "$folder"
else
  echo "SKIPPED: the Slurm test needs root"
fi
