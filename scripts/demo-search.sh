#!/usr/bin/env bash
# Searches the hyperparameters of the Fashion-MNIST network: a coordinator and two groups of two
# ranks. Then it evaluates the winner beside a training with the job's defaults, on the test rows.
set -euo pipefail
cd "$(dirname "$0")/.."
data=data/fashion-mnist.h5
job=jobs/fashion-search.yaml
model=fashion-best.h5

step() { printf '\n== %s\n' "$*"; }
# Shows a command as a user would type it, and runs it.
run() {
  printf '$ %s\n' "${*/#$sounder/sounder}"
  "$@"
}

step "1. System packages, the program, the data"
scripts/install-dependencies.sh build data
swift build -c release --product sounder
sounder=$(swift build -c release --show-bin-path)/sounder
if [ ! -e $data ]; then
  mkdir -p data
  run scripts/convert-fashion.sh "$sounder" $data
fi

step "2. Search: trial 0 is the fixed baseline"
run "$sounder" search $job --ranks 5

step "3. The journal, read from elsewhere; every proposal computed again"
run "$sounder" search --status fashion-best.study.log
run "$sounder" search --replay fashion-best.study.log

step "4. The winner on the 10,000 test rows"
run "$sounder" evaluate $model $data --target test/labels --features test/features

step "Validation accuracy"
awk -F , '
  NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
  { value = $column["val_accuracy"] }
  $column["number"] == 0 { baseline = value }
  $column["state"] == "complete" && value > best { best = value }
  END {
    printf "fixed baseline (trial 0) %.4f\nbest trial               %.4f\n", baseline, best
    exit !(best > baseline)
  }' fashion-best.trials.csv
echo "report: $PWD/fashion-best.report.html"
