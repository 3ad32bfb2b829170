#!/usr/bin/env bash
# Converts Debian's four IDX files of Fashion-MNIST to one HDF5 file.
#   scripts/convert-fashion.sh SOUNDER OUTPUT.h5 [OPTION...]
set -euo pipefail
sounder=$1
output=$2
shift 2
from=/usr/share/datasets/fashion-mnist
"$sounder" convert \
  train/features=$from/train-images-idx3-ubyte.gz train/labels=$from/train-labels-idx1-ubyte.gz \
  test/features=$from/t10k-images-idx3-ubyte.gz test/labels=$from/t10k-labels-idx1-ubyte.gz \
  "$output" "$@"
