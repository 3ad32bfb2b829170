#!/usr/bin/env bash
# Compares `sounder simulate` with trainings on this machine: predicted samples per second within 15 %.
#   Benchmarks/simulate.sh [SOUNDER]
# ROUNDS=5: measurements of each; MODES="hogwild easgd sync"; RANKS="2 3 5 8" (a server and the workers);
# RATES="1000mbit 200mbit": link speeds between network namespaces (root and Tests/Cluster/hosts.sh).
#
# One worker alone, one on every core side by side (for --busy-speed), and the training to be predicted are measured
# in turns, so that the machine's moods hit all of them. A round in which other programs used 0.15 of a core more
# than at the start, when nothing of this runs, is dropped; 3 clean ones must remain. What a server's core does for a
# byte is measured between hosts first, at a third speed. On one node the model is calibrated from the trace of the one
# worker; workers on namespaces of this machine are never alone, so that what counts there is the rate of those side by
# side.
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
# Many rows and one epoch: its end, and the checkpoint there, are not in the model.
for copy in $(seq 16); do ln "$folder/data.h5" "$folder/rows.$copy.h5"; done

# number KEY: its value in a line of JSON
number() { sed -n "s/.*\"$1\" *: *\([-0-9.e]*\).*/\1/p" | tail -n 1; }
# workers: those of a training in its line of JSON, one to a line: rows, CPU seconds, bytes, and seconds of training. The
# start is not in these (above all the self-test of a shared memory's exchange), nor validation and checkpoint, nor the
# wait for the slowest worker at the end of the epoch.
workers() {
  local object key value
  grep -o '{[^{}]*"role":"worker"[^{}]*}' | while read -r object; do
    for key in rows cpu bytes seconds checkpoint validate wait_barrier; do
      value=$(grep -o "\"$key\":[0-9.e-]*" <<<"$object" | head -n 1) || {
        echo "no $key in $object" >&2
        exit 1
      }
      printf '%s ' "${value#*:}"
    done
    echo
  done | awk '{ print $1, $2, $3, $4 - $5 - $6 - $7 }'
}
# server_ns: nanoseconds of the server's core for each byte between nodes, in a line of JSON
server_ns() {
  local line
  line=$(cat)
  grep -o '{[^{}]*"role":"server"[^{}]*}' <<<"$line" | sed 's/.*"cpu":\([0-9.e-]*\).*/\1/' |
    awk -v bytes="$(number exchanged_bytes <<<"$line")" '{ cpu += $1 } END { printf "%.3f\n", 1e9 * cpu / bytes }'
}
# node_ns: nanoseconds that a node's first worker, here the second of three, needs for each byte more than the worker
# beside it, but for its passes over the parameters, which the model has: 44 bytes for each parameter, of which 8 are
# sent, at --core-gb
core_gb=10
node_ns() {
  workers | awk -v core_gb="$core_gb" 'NR == 2 { cpu = $2; bytes = $3 } NR == 3 { cpu -= $2 }
    END {
      if (!(bytes > 0)) { print "the second worker has sent nothing" >"/dev/stderr"; exit 1 }
      ns = 1e9 * cpu / bytes - 44 / 8 / core_gb
      printf "%.3f\n", (ns > 0 ? ns : 0)
    }'
}
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

# train NUMBER MODE COPIES [LAUNCHER…]: the last line that a training on so many times 60,000 rows writes, into the
# file out.NUMBER; with traced=1 its trace into trace.json
train() {
  local number=$1 mode=$2 copies=$3 files
  shift 3
  files=$(printf "$folder/rows.%d.h5," $(seq "$copies"))
  "$@" "$sounder" train "$folder/job.yaml" --overwrite --fresh --json --quiet ${traced:+--trace "$folder/trace.json"} \
    --set "distribution.mode=$mode" --set "data.train.file=[${files%,}]" --set training.epochs=1 \
    --set "output.model=$folder/model.$number.h5" >"$folder/out.$number" 2>"$folder/err.$number" || {
    cat "$folder/err.$number" >&2
    return 1
  }
}

# rate COUNT MODE COPIES [LAUNCHER…]: samples per second of COUNT trainings that run side by side, of one of them in the
# mean; "busy" when others used the machine, which cannot be told of ranks in other namespaces: no process that this
# shell waits for has started them
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
  for number in $(seq "$count"); do tail -n 1 "$folder/out.$number" | workers; done |
    awk -v others="$(awk "BEGIN { print $after - $before - ($(own "$shell") - $used) }")" -v count="$count" \
      -v apart="${apart:-0}" -v idle="$idle" -v seconds="$(awk "BEGIN { print $EPOCHREALTIME - $start }")" \
      '{ rate += $1 / $4 }
      END { if (!apart && others > (idle + 0.15) * seconds) print "busy"; else printf "%.1f\n", rate / count }'
}

# predict MODE WORKERS NODES RATE SPEED [OPTIONS]: from one worker's trace, on several nodes from its samples per second,
# and the speed of busy cores
predict() {
  local mode=$1 workers=$2 nodes=$3 alone=$4 speed=$5 measured
  shift 5
  if [ "$nodes" -gt 1 ]; then
    measured=(--parameters 269322 --batch 128 --compute-ms "$(awk "BEGIN { print 128000 / $alone }")")
  else
    measured=("$folder/trace.json")
  fi
  "$sounder" simulate "${measured[@]}" --json --workers "$workers" --nodes "$nodes" --modes "$mode" \
    --busy-speed "$speed" --cores "${CORES:-$(nproc)}" --node-gb "${NODE_GB:-40}" --core-gb "$core_gb" "$@" | number samples_per_second
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
    alone=$(traced=1 rate 1 hogwild 3 mpirun --oversubscribe --bind-to none -n 2)
    beside=$(rate "$(nproc)" hogwild 3 mpirun --oversubscribe --bind-to none -n 2)
    measured=$(apart=$((nodes > 1)) rate 1 "$mode" "$((nodes > 1 ? 8 : 3 + workers / 2))" "$@")
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
  # Two hosts, which share this machine's cores, also with the server: a node has half of them.
  Tests/Cluster/hosts.sh up "$hosts" 2
  Tests/Cluster/hosts.sh rate "$hosts" 4000mbit
  rate 1 hogwild 8 "$hosts/mpirun" -n 4 >/dev/null
  server=$(server_ns <"$folder/out.1")
  node=$(node_ns <"$folder/out.1")
  # The limit counts frames of 1,514 bytes, of which 1,448 are TCP's.
  for speed in ${RATES:-1000mbit 200mbit}; do
    Tests/Cluster/hosts.sh rate "$hosts" "$speed"
    for mode in $modes; do
      CORES=$((($(nproc) + 1) / 2)) compare "$mode, 2 hosts, $speed" "$mode" 3 2 \
        --link-gbit "$(awk "BEGIN { print ${speed%mbit} / 1000 * 1448 / 1514 }")" --latency-us 100 --share-cores \
        --server-byte-ns "$server" --server-message-us 0 --apply-ns 0 --node-byte-ns "$node" -- "$hosts/mpirun" -n 4
    done
  done
fi
echo "$failures of the comparisons are off by more than 15 %, or could not be made"
exit "$((failures > 0))"
