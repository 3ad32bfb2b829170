#!/usr/bin/env bash
# Measures feature pipelines, files that do not fit in memory, and conversions: pipeline.py, beside scikit-learn,
# stream.py, with a file of 20 GiB that is removed afterwards, and convert.py. Python packages go to .build-bench;
# nothing else is touched.
#   Benchmarks/data.sh [pipeline|stream|convert [its options]]
set -euo pipefail
cd "$(dirname "$0")/.."
folder=.build-bench
scripts/install-dependencies.sh build python
swift build -c release --product sounder
sounder=$(swift build -c release --show-bin-path)/sounder
python=$folder/venv-data/bin/python
if [ ! -e $folder/venv-data/ready ]; then
  python3 -m venv $folder/venv-data
  $python -m pip install --quiet numpy h5py scikit-learn
  touch $folder/venv-data/ready
fi
parts=(pipeline stream convert)
if [ $# -gt 0 ]; then
  parts=("$1")
  shift
fi
status=0
for part in "${parts[@]}"; do
  $python "Benchmarks/$part.py" --sounder "$sounder" --folder $folder "$@" || status=1
done
exit $status
