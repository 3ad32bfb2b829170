#!/usr/bin/env bash
# From nothing to a trained model: installs what is missing, builds, converts Fashion-MNIST, trains
# with one server and two workers, evaluates, and predicts ten rows. What is there already is kept;
# what is replaced is said.
set -euo pipefail
cd "$(dirname "$0")/.."
data=data/fashion-mnist.h5
model=fashion.h5
predictions=fashion-predictions.csv

step() { printf '\n== %s\n' "$*"; }
# Shows a command as a user would type it, and runs it.
run() {
  printf '$ %s\n' "${*/#$sounder/sounder}"
  "$@"
}

step "1. System packages"
scripts/install-dependencies.sh build data
echo "nothing is missing"

step "2. Build"
swift build -c release --product sounder
sounder=$(swift build -c release --show-bin-path)/sounder

step "3. Convert the four IDX files of Fashion-MNIST to one HDF5 file"
if [ -e $data ]; then
  echo "$data is there already: kept"
else
  mkdir -p data
  run scripts/convert-fashion.sh "$sounder" $data
fi

step "4. Train: one parameter server, two Hogwild workers"
if [ -e $model ]; then
  echo "$model is there already: kept. To train again: rm $model; make demo"
else
  run "$sounder" train jobs/fashion-mlp.yaml --ranks 3
fi

step "5. Evaluate on the 10,000 test rows"
run "$sounder" evaluate $model $data --target test/labels --features test/features

step "6. Predict the first ten test rows"
if [ -e $predictions ]; then echo "$predictions is there already: replaced"; fi
run "$sounder" predict $model $data --features test/features --rows 0:10 \
  --output $predictions --overwrite
awk -F , '
  NR > 1 {
    best = 0
    for (column = 3; column <= NF; column++) if ($column > best) best = $column
    printf "row %d: class %d, probability %.3f\n", $1, $2, best
  }' $predictions

step "Files"
stat -c '%12s bytes  %n' $data $model $predictions
echo "Python opens it with keras.models.load_model(\"$model\"). For your PATH: make install builds it once more, without Swift's libraries around it; or export PATH=\$PWD/.build/release:\$PATH"
