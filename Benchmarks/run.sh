#!/usr/bin/env bash
# Measures Sounder and what a user would run instead, in turns and on the same cores, and prints
# ratios. The peers' Python packages go to .build-bench; nothing else is touched.
#   Benchmarks/run.sh [ROUNDS]        [compare.py's options]
#   (default 5; about twenty minutes after the first run; --only steps --networks 'mlp|cnn' for parts)
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5}
shift || true
folder=.build-bench

scripts/install-dependencies.sh build data python
swift build -c release --product sounder

python=$folder/venv/bin/python
if [ ! -e $folder/ready ]; then
  mkdir -p $folder
  python3 -m venv $folder/venv
  # PyPI's torch is a CUDA build: without its dependencies it is a tenth of the size, and stand-ins
  # for the CUDA libraries let its CPU code load.
  $python -m pip install --quiet numpy h5py mpi4py "jax[cpu]" \
    tensorflow-cpu keras onnx onnxruntime \
    filelock typing_extensions sympy networkx jinja2 fsspec
  $python -m pip install --quiet --no-deps torch
  $python Benchmarks/peers/torch_stubs.py \
    "$($python -c 'import importlib.util as u; print(u.find_spec("torch").submodule_search_locations[0])')/lib" \
    $folder/stubs
  touch $folder/ready
fi
"${CC:-cc}" -O2 -pthread -o $folder/c2c Benchmarks/c2c.c
"${CXX:-c++}" -O2 -std=c++17 -fopenmp -o $folder/limit Benchmarks/limit.cpp -ldnnl

if [ "$(id -u)" -eq 0 ]; then # Open MPI refuses root unless it is told twice
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
exec $python Benchmarks/compare.py --rounds "$rounds" \
  --sounder "$(swift build -c release --show-bin-path)/sounder" --folder $folder "$@"
