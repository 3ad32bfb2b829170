#!/usr/bin/env bash
# Searches the hyperparameters of the Fashion-MNIST network: a coordinator and two groups of two
# ranks. Then it evaluates the winner beside a training with the job's defaults, on the test rows.
set -euo pipefail
cd "$(dirname "$0")/.."
data=data/fashion-mnist.h5
job=jobs/fashion-search.yaml
model=fashion-best.h5
baseline=$(mktemp)
trap 'rm -f "$baseline"' EXIT

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

step "2. The fixed baseline: one training with the job's defaults"
run "$sounder" train $job --ranks 2 --overwrite --quiet --json --set output.model=fashion-baseline.h5 |
  tee "$baseline"

step "3. Search"
run "$sounder" search $job --ranks 5

step "4. The journal, read from elsewhere; every proposal computed again"
run "$sounder" search --status fashion-best.study.log
run "$sounder" search --replay fashion-best.study.log

step "5. The winner on the 10,000 test rows"
run "$sounder" evaluate $model $data --target test/labels --features test/features

step "Validation accuracy"
fixed=$(sed -n 's/.*"event" *: *"epoch".*"val_accuracy" *: *\([0-9.]*\).*/\1/p' "$baseline" | tail -n 1)
awk -F , -v baseline="$fixed" '
  NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
  $column["state"] == "complete" && $column["val_accuracy"] > best { best = $column["val_accuracy"] }
  END {
    printf "fixed baseline %.4f\nbest trial     %.4f\n", baseline, best
    if (best <= baseline) print "nothing better in the time that the search had: make demo-search again goes on with it"
    exit !(baseline > 0 && best > 0)
  }' fashion-best.trials.csv
echo "report: $PWD/fashion-best.report.html"
