#!/usr/bin/env bash
# The slow tests: test accuracy of the demo's job over five seeds, in both precisions, and of the
# convolutional network; every mode on three hosts; a training whose ranks are killed fifty times; predictions
# of `sounder simulate` beside measurements; jobs that a Slurm on loopback stops and requeues; TensorFlow's files;
# an hour of fuzzing; the whole suite with MPICH.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-dependencies.sh build data
swift build -c release --product sounder
sounder=$(swift build -c release --show-bin-path)/sounder
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

scripts/convert-fashion.sh "$sounder" "$folder/data.h5" --quiet
accuracy() { # JOB SEED [OPTIONS]: trains with a server and two workers, and prints the test accuracy
  local job=$1 seed=$2
  shift 2
  "$sounder" train "$job" --ranks 3 --quiet --overwrite --seed "$seed" \
    --set "data.train.file=$folder/data.h5" --set "data.validation.file=$folder/data.h5" \
    --set "output.model=$folder/model.h5" "$@" >/dev/null
  "$sounder" evaluate "$folder/model.h5" "$folder/data.h5" --json |
    sed -n 's/.*"accuracy" *: *\([0-9.]*\).*/\1/p' | head -n 1
}

# PyTorch in one process reaches 88.3 to 88.8 % with these settings: the median must reach 88.0 and
# no seed may stay below 87.3. With products of bfloat16 the median is the same to 0.3 points.
for precision in float32 bfloat16; do
  for seed in 1 2 3 4 5; do
    accuracy jobs/fashion-mlp.yaml "$seed" --set "training.precision=$precision"
  done | sort -n | tee "$folder/$precision"
done
paste "$folder/float32" "$folder/bfloat16" | awk '
  { value[NR] = $1; rounded[NR] = $2 }
  END {
    printf "test accuracy over %d seeds: least %.4f, median %.4f; bfloat16: median %.4f\n", NR, value[1],
      value[3], rounded[3]
    difference = value[3] - rounded[3]
    exit !(NR == 5 && value[1] >= 0.873 && value[3] >= 0.880 && difference < 0.003 && difference > -0.003)
  }'

accuracy jobs/fashion-cnn.yaml 1 | awk '
  { value = $1 }
  END {
    printf "test accuracy of the convolutional network: %.4f\n", value
    exit !(NR == 1 && value >= 0.915)
  }'

# Every mode on three hosts and on two, at the demo's epochs: within a point of sync.
TWO_HOSTS=all scripts/test-hosts.sh 10 1

# Other ranks and moments each night; the seed is in the output.
swift build -c release --build-tests
export SOUNDER_CHAOS_KILLS=50 SOUNDER_CHAOS_SEED=${SOUNDER_CHAOS_SEED:-$(date +%Y%m%d)}
echo "chaos: $SOUNDER_CHAOS_KILLS kills, SOUNDER_CHAOS_SEED=$SOUNDER_CHAOS_SEED"
swift test -c release --skip-build --disable-xctest --filter ChaosTests
Benchmarks/simulate.sh "$sounder"

if [ "$(id -u)" -eq 0 ]; then
  scripts/install-dependencies.sh slurm
  Tests/Cluster/requeue.sh "$sounder" "$folder"
  Tests/Cluster/remaining.sh "$sounder" "$folder"
else
  echo "SKIPPED: the Slurm test needs root"
fi

# What TensorFlow saved, converted; damaged and hostile files for every reader, for an hour in all.
Tests/Interop/tensorflow.sh
scripts/fuzz.sh 3600

# The whole suite with the other MPI, and with the one-sided component that Open MPI has on several hosts.
MPI=mpich scripts/test.sh
OMPI_MCA_osc=sm,pt2pt scripts/test.sh
