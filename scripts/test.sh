#!/usr/bin/env bash
# Installs what is missing, builds, runs every test, and ends with a line that counts them.
# The exit code is that of the test run. Arguments go to `swift test` (--filter NAME).
# SOUNDER_DATA and SOUNDER_KERAS_GOLDEN in the environment add data to that of the fixtures (CONTRIBUTING.md).
# MPI=mpich in the environment builds against MPICH, in a folder of its own, and starts ranks with its launcher.
set -euo pipefail
cd "$(dirname "$0")/.."

place=.build
case ${MPI:-openmpi} in
  openmpi) scripts/install-dependencies.sh build data ;;
  mpich)
    export SOUNDER_MPI=mpich
    scripts/install-dependencies.sh build data mpich
    place=.build-mpich-release
    # Debian's alternatives let `mpirun` be Open MPI's: the tests take the first one on PATH. Not a link: Hydra
    # looks for its proxy beside the name that it was started by.
    launchers=$PWD/$place/launchers
    mkdir -p "$launchers"
    rm -f "$launchers/mpirun"
    printf '#!/bin/sh\nexec "%s" "$@"\n' "$(command -v mpirun.mpich)" >"$launchers/mpirun"
    chmod +x "$launchers/mpirun"
    export PATH=$launchers:$PATH
    ;;
  *)
    echo "MPI=$MPI: give openmpi or mpich" >&2
    exit 64
    ;;
esac
swift build -c release --scratch-path "$place" --build-tests

results=$place/test-results
mkdir -p "$results"
rm -f "$results"/*
# Forty minutes are more than a run takes on a busy machine: a test that hangs must become a failure.
status=0
timeout --kill-after=10 2400 swift test -c release --scratch-path "$place" --skip-build --disable-xctest \
  --xunit-output "$results/tests.xml" "$@" 2>&1 | tee "$results/log.txt" || status=$?

# What failed once more, in the last lines, which a log that is cut still has.
if [ "$status" -ne 0 ]; then
  awk '
    /^✘/         { more = 13 }
    /^(◇|✔|➜)/ { more = 0 }
    more-- > 0 && shown++ < 200' "$results/log.txt"
fi

# A test that ends itself early counts as skipped here; the report file calls it passed.
cancelled=$(grep -c '^➜ .* was cancelled after ' "$results/log.txt" || true)
if [ -s "$results/tests.xml" ]; then
  if ! grep -q '<testcase ' "$results/tests.xml"; then
    echo "no test ran" >&2
    status=70
  fi
  awk -v cancelled="$cancelled" '
    /<testcase /   { tests += 1; failing = 0 }
    /<skipped/     { skipped += 1 }
    /<failure/     { if (!failing) failed += 1; failing = 1 }
    END {
      skipped += cancelled
      printf "%d passed, %d failed, %d skipped\n", tests - failed - skipped, failed, skipped
    }' "$results/tests.xml"
else
  # The run ended before it could write its report: what was running counts as one failure.
  echo "the test run ended early with exit code $status" >&2
  awk '
    /^✔ Test .* passed after/ && !/^✔ Test run / { passed += 1 }
    /^✘ Test .* failed after/ && !/^✘ Test run / { failed += 1 }
    /^➜ Test .* skipped/                         { skipped += 1 }
    END { printf "%d passed, %d failed, %d skipped\n", passed, failed + 1, skipped }' \
    "$results/log.txt"
  if [ "$status" -eq 0 ]; then status=70; fi
fi
exit "$status"
