#!/usr/bin/env bash
# Makes a virtual environment with packages from PyPI, unless it is there already with the same ones.
#   Tests/Interop/environment.sh FOLDER PACKAGE==VERSION...
# Versions are pinned, so that a new release cannot break a build that has not changed.
set -euo pipefail
folder=$1
shift
if [ "$(cat "$folder/ready" 2>/dev/null)" = "$*" ]; then exit 0; fi
python3 -m venv --clear "$folder"
"$folder/bin/python" -m pip install --quiet "$@"
echo "$*" >"$folder/ready"
