#!/usr/bin/env bash
# Compares `sounder simulate` with trainings on this machine: predicted samples per second within 15 %.
#   Benchmarks/simulate.sh [SOUNDER]
# ROUNDS=5: measurements of each; MODES="hogwild easgd sync"; RANKS="2 3 5 8" (a server and the workers);
# RATES="1000mbit 200mbit": link speeds between network namespaces (root and Tests/Cluster/hosts.sh).
#
# One worker alone, one on every core side by side (for --busy-speed), and the training to be predicted are measured
# in turns, so that the machine's moods hit all of them. A round in which other programs used 0.15 of a core more
# than at the start, when nothing of this runs, is dropped; 3 clean ones must remain.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
sounder=$(realpath "${1:-.build/release/sounder}")
rounds=${ROUNDS:-5}
folder=$(mktemp -d)
hosts=$folder/hosts
end() {
  if [ -e "$hosts" ]; then Tests/Cluster/hosts.sh down "$hosts" || true; fi
  rm -rf "$folder"
}
trap end EXIT
if [ "$(id -u)" -eq 0 ]; then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi

scripts/convert-fashion.sh "$sounder" "$folder/data.h5" --quiet
sed -e "s#data/fashion-mnist.h5#$folder/data.h5#" -e '/^  validation:/d' jobs/fashion-mlp.yaml \
  >"$folder/job.yaml"

# number KEY: its value in a line of JSON
number() { sed -n "s/.*\"$1\" *: *\([-0-9.e]*\).*/\1/p" | tail -n 1; }
# longest: the seconds of the rank that trained longest, in a line of JSON. The start is not in them, above all the
# self-test of a shared memory's exchange, half a second of what is here a training of four.
longest() { grep -o '"seconds" *: *[0-9.e-]*' | sed 's/.*: *//' | sort -g | tail -n 1; }
# busy: seconds of all cores since the start of the machine, of all programs
busy() { awk -v hz="$(getconf CLK_TCK)" '/^cpu / { print ($2 + $3 + $4 + $7 + $8 + $9) / hz; exit }' /proc/stat; }
# idle: the part of a core that the machine uses by itself
idle() {
  local before start
  before=$(busy) start=$EPOCHREALTIME
  sleep 4
  awk "BEGIN { print ($(busy) - $before) / ($EPOCHREALTIME - $start) }"
}
# own PROCESS: seconds of cores of the programs that this shell has started and waited for
own() {
  awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print ($14 + $15) / hz }' "/proc/$1/stat"
}

# train NUMBER MODE EPOCHS [LAUNCHER…]: the last line that a training writes, into the file out.NUMBER
train() {
  local number=$1 mode=$2 epochs=$3
  shift 3
  "$@" "$sounder" train "$folder/job.yaml" --overwrite --fresh --json --quiet \
    --set "distribution.mode=$mode" --set "training.epochs=$epochs" \
    --set "output.model=$folder/model.$number.h5" >"$folder/out.$number" 2>"$folder/err.$number" || {
    cat "$folder/err.$number" >&2
    return 1
  }
}

# rate COUNT MODE EPOCHS [LAUNCHER…]: samples per second of the slowest of COUNT trainings that run side by side, as
# workers wait for the slowest of them at the end of each epoch; "busy" when others used the machine, which cannot be
# told of ranks in other namespaces: no process that this shell waits for has started them
rate() {
  local count=$1 shell=$BASHPID before after start used trainings=() training
  shift
  before=$(busy) used=$(own "$shell") start=$EPOCHREALTIME
  for number in $(seq "$count"); do
    train "$number" "$@" &
    trainings+=($!)
  done
  for training in "${trainings[@]}"; do wait "$training"; done
  after=$(busy)
  for number in $(seq "$count"); do
    line=$(tail -n 1 "$folder/out.$number")
    echo "$(number samples <<<"$line") $(longest <<<"$line")"
  done |
    awk -v others="$(awk "BEGIN { print $after - $before - ($(own "$shell") - $used) }")" \
      -v apart="${apart:-0}" -v idle="$idle" -v seconds="$(awk "BEGIN { print $EPOCHREALTIME - $start }")" \
      'NR == 1 || $1 / $2 < least { least = $1 / $2 }
      END { if (!apart && others > (idle + 0.15) * seconds) print "busy"; else printf "%.1f\n", least }'
}

# predict MODE WORKERS NODES RATE SPEED [OPTIONS]: from one worker's samples per second, and the speed of busy cores
predict() {
  local mode=$1 workers=$2 nodes=$3 alone=$4 speed=$5
  shift 5
  "$sounder" simulate --json --parameters 269322 --batch 128 --workers "$workers" --nodes "$nodes" \
    --compute-ms "$(awk "BEGIN { print 128000 / $alone }")" --modes "$mode" \
    --busy-speed "$speed" --cores "${CORES:-$(nproc)}" --node-gb "${NODE_GB:-40}" "$@" | number samples_per_second
}

idle=$(idle)
failures=0
# compare NAME MODE WORKERS NODES OPTIONS-OF-PREDICTION -- LAUNCHER…
compare() {
  local name=$1 mode=$2 workers=$3 nodes=$4 options=() alone beside speed measured exchange ratios=()
  shift 4
  while [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  shift
  for _ in $(seq "$rounds"); do
    alone=$(rate 1 hogwild 3 mpirun --oversubscribe --bind-to none -n 2)
    beside=$(rate "$(nproc)" hogwild 3 mpirun --oversubscribe --bind-to none -n 2)
    measured=$(apart=$((nodes > 1)) rate 1 "$mode" "$((3 + workers / 2))" "$@")
    if [[ " $alone $beside $measured " == *" busy "* ]]; then continue; fi
    # Nodes that are namespaces of this machine work side by side all the time.
    if [ "$nodes" -gt 1 ]; then alone=$beside; fi
    speed=$(awk "BEGIN { print $beside < $alone ? $beside / $alone : 1 }")
    # What the self-test of this training chose.
    if tail -n 1 "$folder/out.1" | grep -q 'private copy'; then exchange=copy; else exchange=in_place; fi
    predicted=$(predict "$mode" "$workers" "$nodes" "$alone" "$speed" --exchange "$exchange" "${options[@]}")
    ratios+=("$(awk "BEGIN { printf \"%.3f\", $predicted / $measured }")")
  done
  if [ "${#ratios[@]}" -lt 3 ]; then
    printf '%-28s too busy: %d of %d rounds were clean\n' "$name" "${#ratios[@]}" "$rounds"
    failures=$((failures + 1))
    return
  fi
  local median
  median=$(printf '%s\n' "${ratios[@]}" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')
  printf '%-28s predicted / measured %s  (%s)\n' "$name" "$median" "${ratios[*]}"
  awk "BEGIN { exit !($median > 0.85 && $median < 1.15) }" || failures=$((failures + 1))
}

modes=${MODES:-hogwild easgd sync}
for mode in $modes; do
  for ranks in ${RANKS:-2 3 5 8}; do
    compare "$mode, $ranks ranks" "$mode" "$((ranks - 1))" 1 -- \
      mpirun --oversubscribe --bind-to none -n "$ranks"
  done
done

if [ "$(id -u)" -ne 0 ] || [ ! -x Tests/Cluster/hosts.sh ]; then
  echo "SKIPPED: link speeds need root and Tests/Cluster/hosts.sh"
else
  # Two hosts, which share this machine's cores: a node has half of them.
  Tests/Cluster/hosts.sh up "$hosts" 2
  for speed in ${RATES:-1000mbit 200mbit}; do
    Tests/Cluster/hosts.sh rate "$hosts" "$speed"
    for mode in $modes; do
      CORES=$((($(nproc) + 1) / 2)) compare "$mode, 2 hosts, $speed" "$mode" 3 2 \
        --link-gbit "$(awk "BEGIN { print ${speed%mbit} / 1000 }")" --latency-us 100 -- "$hosts/mpirun" -n 4
    done
  done
fi
echo "$failures of the comparisons are off by more than 15 %, or could not be made"
exit "$((failures > 0))"
