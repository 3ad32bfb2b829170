#!/usr/bin/env bash
# Writes Tests/Fixtures/models/NAME: model files of one version of the program, the rows that they are for, and what
# that version predicted. Later versions must load the files and predict the same (EarlierModelTests).
# usage: model_files.sh SOUNDER NAME [KIND...]   NAME: version and commit of SOUNDER, as in 0.1.0-ced2943
# Never run again for a version that is there. A version adds a folder with the kinds that it writes in another way.
set -euo pipefail
sounder=$(realpath "$1") name=$2
shift 2
kinds=${*:-stages one_hot autoencoder interval table}
output=$(cd "$(dirname "$0")/.." && pwd)/Fixtures/models/$name
[ ! -e "$output" ] || { echo "$output is there" >&2 && exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# 64 rows of three classes: four numbers and a text, some of them missing, the class, a number to predict, and the
# name of the class.
awk 'BEGIN {
  print "a,b,c,d,city,label,price,kind"
  split("Aachen,Berlin,Ulm,Zürich", cities, ",")
  split("flat,terraced,villa", kinds, ",")
  for (row = 0; row < 64; row++) {
    class = row % 3
    a = class + (row * 7 % 11) / 20
    b = 2 - class * class / 2 + (row * 5 % 13) / 20
    c = 1 + row * 3 % 17
    city = row % 10 == 9 ? "" : cities[1 + row * 11 % 4]
    printf "%.2f,%s,%d,%.2f,%s,%d,%.2f,%s\n", a, row % 9 == 4 ? "" : sprintf("%.2f", b), c, a * c / 4, city, class,
      20 * a - 3 * b + c, kinds[class + 1]
  }
}' >table.csv
cut -d, -f1-4,6 table.csv >classes.csv
cut -d, -f1-4,7 table.csv >prices.csv
"$sounder" convert --quiet --target label classes.csv classes.h5
"$sounder" convert --quiet --target price prices.csv prices.h5
"$sounder" convert --quiet --table table.csv mixed.h5

job() { # KIND DATA < the sections pipeline, network and training's loss
  {
    echo "data: {train: {file: $2.h5, $3}}"
    cat
    cat <<END
  optimizer: {adam: {learning_rate: 0.02}}
  batch_size: 16
  epochs: 20
  seed: 3
output: {model: $1.h5}
END
  } >"$1.yaml"
}

# Many stages that learn, and a target that is scaled back.
job stages prices "features: features, target: target" <<'END'
pipeline:
  features:
    - impute: {strategy: median, flag: true}
    - power
    - polynomial
    - robust
    - clip: {low: -5, high: 5}
    - pca: {components: 6, whiten: true}
  target: [standardize]
network: {layers: [{dense: {units: 8, activation: tanh}}, {dense: {units: 1}}]}
training:
  loss: mean_squared_error
END
# Classes that become rows of ones and zeros, and a network that is wired by name.
job one_hot classes "features: features, target: target" <<'END'
pipeline:
  features: [{impute: {strategy: constant, value: 1}}, min_max, {quantile_bins: {count: 4, one_hot: true}}]
  target: [one_hot]
network:
  layers:
    - flatten: {name: bins}
    - dense: {units: 8, activation: relu, name: left}
    - dense: {units: 8, activation: sigmoid, name: right, inputs: [bins]}
    - concatenate: {inputs: [left, right]}
    - batch_normalization
    - dense: {units: 3, activation: softmax}
training:
  loss: categorical_crossentropy
  metrics: [accuracy]
END
# Rows that are their own target, through convolutions to a bottleneck and back.
job autoencoder prices "features: features, target: features" <<'END'
pipeline:
  features: [{impute: {strategy: mean}}, {normalize: {p: 1}}]
  target: [{impute: {strategy: mean}}, {normalize: {p: 1}}]
network:
  layers:
    - reshape: {target_shape: [4, 1]}
    - conv1d: {filters: 3, kernel_size: 2, activation: relu}
    - flatten
    - dense: {units: 2, activation: sigmoid, name: out}
    - dense: {units: 4, activation: sigmoid}
training:
  loss: mean_squared_error
END
# A distribution, and intervals that were calibrated.
job interval prices "features: features, target: target" <<'END'
pipeline:
  features: [{impute: {strategy: most_frequent}}, standardize]
  target: [standardize]
network: {layers: [{dense: {units: 8, activation: tanh}}, {dense: {units: 2}}]}
training:
  loss: {negative_log_likelihood: {distribution: normal}}
END
# Columns by name, numbers and texts, and a target of texts.
job table mixed "table: table, features: [a, b, c, d, city, price], target: kind" <<'END'
pipeline:
  table:
    - impute: {columns: [b], strategy: mean, flag: true}
    - impute: {columns: [city], strategy: most_frequent}
    - expression: {ratio: price / (c + 1)}
    - ordinal: {columns: [c]}
    - one_hot: {columns: [city], unknown: ignore}
    - pipeline: {columns: [a, b, c, d, ratio, price], stages: [standardize, {clip: {low: -3, high: 3}}]}
  target: [index]
network: {layers: [{dense: {units: 8, activation: relu}}, {dense: {units: 3, activation: softmax}}]}
training:
  loss: sparse_categorical_crossentropy
END

mkdir -p files
for kind in $kinds; do
  "$sounder" train "$kind.yaml" --quiet >/dev/null
  rows=prices options=()
  case $kind in
    one_hot) rows=classes ;;
    table) rows=mixed ;;
    interval)
      "$sounder" calibrate interval.h5 prices.h5 --quiet >/dev/null
      options=(--std --interval 0.9)
      ;;
  esac
  "$sounder" predict "$kind.h5" "$rows.h5" --quiet --output "files/$kind.predictions.h5" ${options[@]+"${options[@]}"}
  if [ "$kind" = autoencoder ]; then
    "$sounder" transform autoencoder.h5 prices.h5 --layer out --quiet --output files/autoencoder.out.h5
  fi
  cp "$kind.h5" files
  cp "$rows.h5" "files/$rows.rows.h5"
done
mkdir -p "$(dirname "$output")"
cp -r files "$output"
ls -l "$output"
