#!/usr/bin/env bash
# Trains small networks, opens their model files in real Keras and compares the predictions.
# Keras with the JAX backend comes from PyPI into .build-interop, Optuna into an environment beside it; nothing else is
# touched.
set -euo pipefail
cd "$(dirname "$0")/../.."
repository=$PWD
environment=$repository/.build-interop

scripts/install-dependencies.sh build data python
swift build -c release --product sounder
sounder=$(swift build -c release --show-bin-path)/sounder
"$repository/Tests/Interop/environment.sh" "$environment" keras==3.15.1 "jax[cpu]==0.10.2" h5py==3.16.0

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$repository/scripts/convert-fashion.sh" "$sounder" data.h5 --quiet

# train JOB MODEL [OPTION...]: trains, and predicts the test rows.
train() {
  local job=$1 model=$2
  shift 2
  "$sounder" train "$job" --quiet --set output.model="$model" "$@" >/dev/null
  "$sounder" predict "$model" data.h5 --output "predictions-$model" --quiet
  models+=("$model")
}

models=()
every=$repository/Tests/Interop/every-layer.yaml
train "$repository/jobs/fashion-mlp.yaml" fashion.h5 --ranks 3 --set training.epochs=1 \
  --set data.train.file=data.h5 --set data.validation.file=data.h5
train "$every" every-layer.h5
train "$repository/Tests/Interop/graph.yaml" graph.h5
train "$repository/Tests/Interop/attention.yaml" attention.h5
train "$repository/Tests/Interop/convolution.yaml" convolution.h5
train "$repository/Tests/Interop/sampling.yaml" sampling.h5
train "$repository/Tests/Interop/recurrent.yaml" recurrent.h5
train "$repository/Tests/Interop/text.yaml" text.h5
train "$repository/Tests/Interop/merging.yaml" merging.h5
train "$repository/Tests/Interop/twin.yaml" twin.h5
# Sounder predicts with the distribution; Keras gives its parameters, which are the last layer's output.
train "$repository/Tests/Interop/mixture.yaml" mixture.h5
"$sounder" transform mixture.h5 data.h5 --layer parameters --output predictions-mixture.h5 --quiet \
  --overwrite
# A checkpoint, which has a checksum behind the end of its HDF5 part, is a model file as well.
status=0
SOUNDER_FAULT="rank=0,step=40,kind=signal" "$sounder" train "$every" --quiet \
  --set output.model=stopped.h5 --set training.epochs=1000 >/dev/null || status=$?
[ "$status" -eq 75 ] || { echo "a stopped training ended with $status" >&2; exit 70; }
"$sounder" predict stopped.checkpoint.h5 data.h5 --output predictions-stopped.checkpoint.h5 --quiet
models+=(stopped.checkpoint.h5)
for optimizer in sgd momentum nesterov adam adamw amsgrad nadam adamax rmsprop adadelta adagrad \
  lamb lars lion adagrad_da ftrl proximal_adagrad proximal_gradient_descent; do
  train "$every" "$optimizer.h5" --set training.epochs=1 --set "training.optimizer=$optimizer"
done
# Schedules, and what stands around a rule.
rate='{initial_learning_rate: 0.01}'
decay='{initial_learning_rate: 0.01, decay_rate: 0.5}'
index=0
for options in "learning_rate: {cosine_decay: $rate}" "learning_rate: {polynomial_decay: $rate}" \
  "learning_rate: {exponential_decay: $decay}" "learning_rate: {inverse_time_decay: $decay}" \
  'learning_rate: {cosine_decay_restarts: {initial_learning_rate: 0.01, first_decay_steps: 9}}' \
  'learning_rate: {piecewise_constant_decay: {boundaries: [9], values: [0.01, 0.001]}}' \
  'learning_rate: {one_cycle: {max_lr: 0.01}}' \
  "learning_rate: {reduce_on_plateau: {initial_learning_rate: 0.01, monitor: loss}}" \
  'use_ema: true, clipnorm: 1, gradient_accumulation_steps: 2'; do
  index=$((index + 1))
  train "$every" "options-$index.h5" --set training.epochs=1 \
    --set "training.optimizer={nadam: {$options}}"
done
for loss in categorical_crossentropy binary_crossentropy mean_squared_error mean_absolute_error \
  huber; do
  train "$every" "$loss.h5" --set training.epochs=1 --set 'training.metrics=[]' \
    --set 'pipeline.target=[one_hot]' --set "training.loss=$loss"
done
# Keras compiles each network anew, on one core: as many processes as there are cores.
printf '%s\0' "${models[@]}" | xargs -0 -n 8 -P "$(nproc)" "$environment/bin/python" \
  "$repository/Tests/Interop/keras_check.py" data.h5 test/features test/labels
echo "interop: real Keras predicts what sounder predicts, for ${#models[@]} models"

# Optuna and its dashboard have an environment of their own: their needs may differ from Keras's.
environment=$repository/.build-interop-optuna
"$repository/Tests/Interop/environment.sh" "$environment" optuna==5.0.0 optuna-dashboard==0.21.0
"$repository/Tests/Interop/optuna.sh" "$sounder" "$environment"
