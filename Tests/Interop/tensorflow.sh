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
# Versions are pinned, so that a new release cannot break a build that has not changed.
packages="tensorflow==2.21.0 tf_keras==2.21.0"
if [ "$(cat "$environment/ready" 2>/dev/null)" != "$packages" ]; then
  python3 -m venv --clear "$environment"
  read -ra list <<<"$packages"
  "$environment/bin/python" -m pip install --quiet "${list[@]}"
  echo "$packages" >"$environment/ready"
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$environment/bin/python" "$repository/Tests/Interop/tensorflow_check.py" \
  "$repository/scripts/tensorflow-to-keras.py" "$sounder"
