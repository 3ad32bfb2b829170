#!/usr/bin/env bash
# Compiles every target but the tests (`make test MPI=mpich` has these) against MPICH, proof that nothing of one
# MPI's binary interface has leaked into the Swift sources (Open MPI's handles are pointers, MPICH's are integers).
#   check-mpich.sh [PROGRAM]: of a PROGRAM that is built against MPICH already, only the symbols (.ci/run: the fuzzer, which has all modules)
set -euo pipefail
cd "$(dirname "$0")/.."

if [ $# -gt 0 ]; then
  binary=$1
  checked="what $binary is made of compiles"
else
  export SOUNDER_MPI=mpich
  scripts/install-dependencies.sh build mpich
  swift build --scratch-path .build-mpich
  binary=$(swift build --scratch-path .build-mpich --show-bin-path)/sounder
  checked="every target but the tests compiles"
fi

libraries=$(readelf -d "$binary" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
if ! grep -q '^libmpich' <<<"$libraries" || grep -q '^libmpi\.so\|^libopen-' <<<"$libraries"; then
  echo "built with SOUNDER_MPI=mpich, $binary asks for the wrong MPI library: ${libraries//$'\n'/ }" >&2
  exit 1
fi
if nm -D --undefined-only "$binary" | grep -E ' (ompi|opal|orte)_' >&2; then
  echo "built with SOUNDER_MPI=mpich, $binary uses the symbols of Open MPI above" >&2
  exit 1
fi
echo "mpich: $checked, no symbol of Open MPI in $binary"
