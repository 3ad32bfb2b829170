#!/usr/bin/env bash
# Writes Tests/Fixtures/models/NAME: model files of one version of the program, the rows that they are for, and what
# that version predicted. Later versions must load the files and predict the same (EarlierModelTests).
# usage: model_files.sh SOUNDER NAME [KIND...]   NAME: version and commit of SOUNDER, as in 0.1.0-ced2943
# Never run again for a version that is there. A version adds a folder with the kinds that it writes in another way.
set -euo pipefail
sounder=$(realpath "$1") name=$2
shift 2
kinds=${*:-stages one_hot autoencoder interval table text sequence window frozen fitted stopped}
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

# 96 rows in order of time: texts of words, categories of which some are missing, a number, and one to predict.
awk 'BEGIN {
  print "note,title,city,kind,load,price"
  split("warm,bright,old,large,quiet,new,garden,cellar", words, ",")
  split("Aachen,Berlin,Ulm,Zürich", cities, ",")
  split("flat,terraced,villa", kinds, ",")
  for (row = 0; row < 96; row++) {
    note = words[1 + row * 3 % 8] " " words[1 + row * 5 % 7] " " words[1 + int(row / 8) % 8]
    title = words[1 + row % 8] "s of " cities[1 + row % 4]
    load = 3 + 2 * sin(row / 4)
    printf "%s,%s,%s,%s,%.3f,%.3f\n", note, title, cities[1 + row * 11 % 4], row % 12 == 7 ? "" : kinds[1 + row % 3],
      load, 2 * load + row % 8 - row % 3
  }
}' >notes.csv
"$sounder" convert --quiet --table notes.csv notes.h5

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
# Texts and categories, and rows that are left out.
texts() {
  cat <<'END'
pipeline:
  table:
    - count: {columns: [note], min_df: 2, ngrams: [1, 2], max_features: 12}
    - tf_idf: {columns: [title], norm: l1, max_features: 10}
    - hash: {columns: [city, load], buckets: 6}
    - index: {columns: [kind], unknown: skip, order: alphabetical}
END
}
job text notes "table: notes, features: [note, title, city, kind, load], target: price" <<END
$(texts)
  target: [standardize]
network: {layers: [{dense: {units: 8, activation: tanh}}, {dense: {units: 1}}]}
training:
  loss: mean_squared_error
END
# Numbers of tokens, and means of the target.
job sequence notes "table: notes, features: [note, city], target: price" <<'END'
pipeline:
  table:
    - target_encode: {columns: [city], smooth: 4}
    - sequence: {columns: [note], length: 4, vocabulary: 20}
    - assemble: {columns: [note, city], into: row}
network:
  inputs: {note: [4], city: [1]}
  layers:
    - embedding: {input_dim: 20, output_dim: 3, inputs: [note], name: words}
    - flatten: {name: flat}
    - concatenate: {inputs: [flat, city]}
    - dense: {units: 1}
training:
  loss: mean_squared_error
END
# Rows of a series that stand behind each other.
job window notes "table: notes, features: [load, price], target: load" <<'END'
pipeline:
  table: [{standardize: {columns: [load, price]}}, {assemble: {columns: [load, price], into: x}}]
  window: {length: 6, stride: 1, horizon: 1}
network: {layers: [{lstm: {units: 4}}, {dense: {units: 1}}]}
training:
  loss: mean_squared_error
END
# Layers of another model, which keep their weights; of `base` itself nothing stays.
job base prices "features: features, target: target" <<'END'
pipeline: {features: [{impute: {strategy: mean}}, standardize], target: [standardize]}
network: {layers: [{dense: {units: 6, activation: relu, name: first}}, {dense: {units: 1}}]}
training:
  loss: mean_squared_error
END
job frozen prices "features: features, target: target" <<'END'
pipeline: {features: [{impute: {strategy: mean}}, standardize], target: [standardize]}
network:
  layers:
    - model: {file: base.h5, until: first, frozen: true, name: base}
    - dense: {units: 4, activation: tanh}
    - dense: {units: 1}
training:
  loss: mean_squared_error
END
# A training that is stopped on its way: what stays of it is a checkpoint.
job stopped classes "features: features, target: target" <<'END'
pipeline: {features: [{impute: {strategy: mean}}, standardize]}
network: {layers: [{dense: {units: 4, activation: relu}}, {dense: {units: 3, activation: softmax}}]}
distribution: {mode: easgd}
training:
  loss: sparse_categorical_crossentropy
  metrics: [accuracy]
END
sed -i 's/file: classes.h5/file: classes.rows.h5/; s/^output.*/output: {model: stopped.h5, weights: best, monitor: accuracy}/' stopped.yaml

mkdir -p files
for kind in $kinds; do
  if [ "$kind" = stopped ]; then
    cp classes.h5 classes.rows.h5
    # Four steps an epoch.
    SOUNDER_FAULT=rank=0,step=45,kind=signal "$sounder" train stopped.yaml --quiet >/dev/null || [ $? -eq 75 ]
    cp stopped.yaml stopped.checkpoint.h5 classes.rows.h5 files
    continue
  fi
  if [ "$kind" = fitted ]; then
    # A pipeline alone: of the same stages as `text`, and one of rows.
    {
      echo "data: {train: {file: notes.h5, table: notes, features: [note, title, city, kind, load], target: price}}"
      texts
      printf '  features: [min_max]\n  target: [standardize]\n'
    } >fitted.yaml
    "$sounder" fit fitted.yaml --output files/fitted.pipeline.h5 --quiet >/dev/null
    "$sounder" transform files/fitted.pipeline.h5 notes.h5 --quiet --output files/fitted.features.h5
    cp notes.h5 files/notes.rows.h5
    continue
  fi
  if [ "$kind" = frozen ]; then "$sounder" train base.yaml --quiet >/dev/null; fi
  "$sounder" train "$kind.yaml" --quiet >/dev/null
  rows=prices options=()
  case $kind in
    text | sequence | window) rows=notes ;;
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
