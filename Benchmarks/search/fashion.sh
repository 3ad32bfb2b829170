#!/usr/bin/env bash
# The search of jobs/fashion-search.yaml by Sounder and by Optuna with PyTorch, in turns, end to end.
#   SECONDS_EACH=120 SEEDS=1-5 Benchmarks/search/fashion.sh     (about 20 minutes; resumes)
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=.build-bench/search
mkdir -p $folder

scripts/install-dependencies.sh build data python
swift build -c release --product sounder
sounder=$(swift build -c release --show-bin-path)/sounder
if [ ! -e data/fashion-mnist.h5 ]; then
  mkdir -p data
  scripts/convert-fashion.sh "$sounder" data/fashion-mnist.h5
fi

python=$folder/torch/bin/python
if [ ! -e $folder/torch/ready ]; then
  python3 -m venv $folder/torch
  # PyPI's torch is a CUDA build: see Benchmarks/run.sh.
  $python -m pip install --quiet numpy optuna \
    filelock typing_extensions sympy networkx jinja2 fsspec
  $python -m pip install --quiet --no-deps torch
  $python Benchmarks/peers/torch_stubs.py \
    "$($python -c 'import importlib.util as u; print(u.find_spec("torch").submodule_search_locations[0])')/lib" \
    $folder/stubs
  touch $folder/torch/ready
fi
if [ "$(id -u)" -eq 0 ]; then # Open MPI refuses root unless it is told twice
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
LD_LIBRARY_PATH=$folder/stubs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} exec $python \
  Benchmarks/search/fashion.py --sounder "$sounder" --seconds "${SECONDS_EACH:-120}" \
  --seeds "${SEEDS:-1-5}" --output $folder/fashion.jsonl
