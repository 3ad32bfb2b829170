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

# run NAME [OPTION...]: runs some of the tests; NAME.xml becomes their report.
run() {
  local name=$1
  shift
  # Forty minutes are more than a run takes on a busy machine: a test that hangs must become a failure. SwiftPM's
  # lock keeps builds apart, of which there is none.
  # In the place of the subshell that calls this: who ends that ends the tests.
  exec timeout --kill-after=10 2400 swift test -c release --scratch-path "$place" --skip-build --ignore-lock \
    --disable-xctest --xunit-output "$results/$name.xml" "$@" 2>&1
}

status=0
if [ $# -gt 0 ]; then
  run tests "$@" | tee "$results/tests.txt" || status=$?
else
  # The tests of the commands and all others side by side: each waits for ranks most of its time.
  run modules --skip '^SounderTests\.' >"$results/modules.txt" &
  modules=$!
  trap 'kill "$modules" 2>/dev/null || true' EXIT
  run commands --filter '^SounderTests\.' | tee "$results/commands.txt" || status=$?
  wait "$modules" || status=$?
  trap - EXIT
  cat "$results/modules.txt"
fi

# What failed once more, in the last lines, which a log that is cut still has.
if [ "$status" -ne 0 ]; then
  for log in "$results"/*.txt; do
    awk '
      /^✘/         { more = 13 }
      /^(◇|✔|➜)/ { more = 0 }
      more-- > 0 && shown++ < 200' "$log"
  done
fi

# count NAME: tests of a run that passed, failed and were skipped.
count() {
  local report=$results/$1.xml log=$results/$1.txt cancelled
  # A test that ends itself early counts as skipped here; the report file calls it passed.
  cancelled=$(grep -c '^➜ .* was cancelled after ' "$log" || true)
  if [ -s "$report" ]; then
    awk -v cancelled="$cancelled" '
      /<testcase /   { tests += 1; failing = 0 }
      /<skipped/     { skipped += 1 }
      /<failure/     { if (!failing) failed += 1; failing = 1 }
      END {
        skipped += cancelled
        print tests - failed - skipped, failed + 0, skipped + 0
      }' "$report"
  else
    # The run ended before it could write its report: what was running counts as one failure.
    awk '
      /^✔ Test .* passed after/ && !/^✔ Test run / { passed += 1 }
      /^✘ Test .* failed after/ && !/^✘ Test run / { failed += 1 }
      /^➜ Test .* skipped/                         { skipped += 1 }
      END { print passed + 0, failed + 1, skipped + 0 }' "$log"
  fi
}
for log in "$results"/*.txt; do
  name=$(basename "$log" .txt)
  if [ ! -s "$results/$name.xml" ]; then
    echo "the run of the $name ended early" >&2
    if [ "$status" -eq 0 ]; then status=70; fi
  elif ! grep -q '<testcase ' "$results/$name.xml"; then
    echo "no test of the $name ran" >&2
    status=70
  fi
  count "$name"
done >"$results/counts"
awk '
  { passed += $1; failed += $2; skipped += $3 }
  END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped }' "$results/counts"
exit "$status"
