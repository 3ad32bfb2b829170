#!/usr/bin/env bash
# Runs our sampler on the search benchmark and prints tables and verdicts beside the other tools.
#
#   SEEDS=100-129 OBJECTIVES=goals,fresh,smoke SAMPLER=gp QUICK= PEERS= Benchmarks/search/run.sh
#
# Then come the coordinator's figures, and with END_TO_END=1 the search of Fashion-MNIST beside Optuna
# with PyTorch (fashion.sh, about 20 minutes on a machine that does nothing else).
#
# SEEDS: which seeds (30 by default; those below 100 are for development). QUICK=1: five seeds.
# SAMPLER: as in a job file. PEERS=1 also runs Optuna's GP, TPE and CMA-ES to 30 seeds (hours for the
# GP); without it their stored results count. What is there already is not run again: stop it and go
# on with the same command. After a change of the sampler remove .build-bench/search/ours.
set -euo pipefail
cd "$(dirname "$0")/../.."
sampler=${SAMPLER:-gp}
seeds=${SEEDS:-100-129}
objectives=${OBJECTIVES:-goals,fresh,smoke}
if [ -n "${QUICK:-}" ]; then seeds=100-104; fi
folder=.build-bench/search
ours=$folder/ours
mkdir -p "$ours"

scripts/install-dependencies.sh build
swift build -c release --product search-bench
bench=$(swift build -c release --show-bin-path)/search-bench

echo "CPU time of a proposal behind n results, hartmann6, one thread:"
"$bench" --sampler "$sampler" --timing 50,200,500,1000 | tee "$ours/timing.csv"
"$bench" --sampler tpe --timing 50,1000 | tail -n 2 | tee -a "$ours/timing.csv"

# Each mode has a process and a file of its own.
processes=()
trap 'kill "${processes[@]}" 2>/dev/null || true' EXIT
for mode in "seq 60" "async8 100"; do
  read -r name evaluations <<<"$mode"
  "$bench" --sampler "$sampler" --seeds "$seeds" --mode "$name" --evaluations "$evaluations" \
    --objectives "$objectives" --output "$ours/${sampler%%:*}.$name.csv" 2>"$ours/$name.log" &
  processes+=($!)
done

if [ -n "${PEERS:-}" ]; then
  scripts/install-dependencies.sh python
  python=$folder/venv/bin/python
  if [ ! -e $folder/ready ]; then
    python3 -m venv $folder/venv
    $python -m pip install --quiet -r Benchmarks/search/peers/requirements.txt
    touch $folder/ready
  fi
  mkdir -p $folder/peers
  for method in tpe cmaes optuna_gp; do
    for mode in "seq 60" "async8 100"; do
      read -r name evaluations <<<"$mode"
      $python Benchmarks/search/peers/bench.py --method $method --objectives goals,fresh \
        --seeds 0-29 --mode "$name" --evaluations "$evaluations" \
        --output "$folder/peers/$method.$name.csv"
    done
  done
fi
for process in "${processes[@]}"; do
  wait "$process" || { cat "$ours"/*.log >&2; exit 70; }
done
processes=()
trap - EXIT

shopt -s nullglob
python3 Benchmarks/search/compare.py --method "sounder_${sampler%%:*}" \
  "$ours"/*.seq.csv "$ours"/*.async8.csv $folder/peers/*.csv

# One core for the coordinator: 10,000 events a second, and 64 groups with trials of a second.
swift build -c release --product sounder
sounder=$(swift build -c release --show-bin-path)/sounder
pin=()
if command -v taskset >/dev/null; then pin=(taskset -c "$(($(nproc) - 1))"); fi
"${pin[@]}" "$sounder" bench coordinator --rate 11000
"${pin[@]}" "$sounder" bench coordinator --groups 64 --trial-seconds 1 --reports 1 --sampler gp \
  --trials 500 --seconds 60
if [ -n "${END_TO_END:-}" ]; then Benchmarks/search/fashion.sh; fi
