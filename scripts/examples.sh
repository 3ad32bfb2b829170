#!/usr/bin/env bash
# Runs the examples in full: SparkFlow's three as job files, then the programs of Examples/.
#   scripts/examples.sh [dnn|cnn|autoencoder|forecast|text|vae ...]       (all without a name)
# The workers share the cores that there are. ROWS=2000 EPOCHS=1 makes it quick.
set -euo pipefail
cd "$(dirname "$0")/.."
rows=${ROWS:-60000}
names=${*:-dnn autoencoder cnn forecast text vae}

step() { printf '\n== %s\n' "$*"; }
# Shows a command as a user would type it, and runs it.
run() {
  printf '$ %s\n' "${*/#$bin\//}"
  "$@"
}

scripts/install-dependencies.sh build data
swift build -c release
bin=$(swift build -c release --show-bin-path)
mkdir -p data
if [ "$(id -u)" -eq 0 ]; then # Open MPI refuses root unless it is told twice
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi

csv() {
  for part in train t10k; do
    if [ ! -e data/fashion-$part-csv.h5 ] || [ -n "${ROWS:-}" ]; then
      run scripts/fashion-csv.sh $part data/fashion-$part.csv "$rows"
      run "$bin/sounder" convert --target 0 --no-header --overwrite data/fashion-$part.csv \
        data/fashion-$part-csv.h5
      rm data/fashion-$part.csv
    fi
  done
}

train() { # JOB
  run "$bin/sounder" train "jobs/sparkflow/$1.yaml" --ranks 5 --overwrite \
    ${EPOCHS:+--set training.epochs=$EPOCHS}
}

for name in $names; do
  case $name in
    dnn | cnn)
      step "SparkFlow's $name"
      csv
      train "$name"
      model=simple_dnn.h5
      if [ "$name" = cnn ]; then model=cnn.h5; fi
      accuracy=$(run "$bin/sounder" evaluate $model data/fashion-t10k-csv.h5 | tee /dev/stderr |
        awk '$1 == "accuracy" { print $2 }')
      awk -v accuracy="$accuracy" 'BEGIN { printf "Test Error = %g\n", 1 - accuracy }'
      ;;
    autoencoder)
      step "SparkFlow's autoencoder, and the bottleneck of the first row"
      csv
      train autoencoder
      run "$bin/sounder" transform autoencoder.h5 data/fashion-train-csv.h5 --layer out --rows 0:1
      ;;
    forecast)
      step "An LSTM forecasts a year of airline passengers"
      run mpirun --oversubscribe -n 2 "$bin/06-forecast" \
        Examples/06-forecast/airline_passengers.csv forecast.svg
      ;;
    text)
      step "A transformer learns to write our documentation"
      run mpirun --oversubscribe -n 3 "$bin/07-text" --epochs "${EPOCHS:-20}" --sample 400 docs/*.md
      ;;
    vae)
      step "A variational autoencoder draws clothes"
      scripts/example-vae.sh
      ;;
    *)
      echo "no example '$name': dnn, cnn, autoencoder, forecast, text, vae" >&2
      exit 64
      ;;
  esac
done
