#!/usr/bin/env bash
# Converts what real TensorFlow saved (scripts/tensorflow-to-keras.py) and compares the predictions.
# TensorFlow (2 GB) comes from PyPI into .build-interop-tensorflow: it needs another h5py than Keras with JAX.
set -euo pipefail
cd "$(dirname "$0")/../.."
repository=$PWD
environment=$repository/.build-interop-tensorflow

scripts/install-dependencies.sh build python
swift build -c release --product sounder
sounder=$(swift build -c release --show-bin-path)/sounder
"$repository/Tests/Interop/environment.sh" "$environment" tensorflow==2.21.0 tf_keras==2.21.0

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$environment/bin/python" "$repository/Tests/Interop/tensorflow_check.py" \
  "$repository/scripts/tensorflow-to-keras.py" "$sounder"
