#!/usr/bin/env bash
# Trains in every mode on two and three hosts over TCP (hosts.sh), beside `sync`, with both transports, behind
# a narrow and a slow cable, and with a host that is cut off.
#   nodes.sh SOUNDER FOLDER [EPOCHS [POINTS]]
# A mode may stay POINTS points of test accuracy (default 5) below sync after EPOCHS epochs (default 3). The
# learning rate goes down to nothing in all of them: at a constant one the accuracy of an epoch is a matter of luck.
# On two hosts sync and hogwild are trained; with TWO_HOSTS=all in the environment every mode.
set -euo pipefail
cd "$(dirname "$0")/../.."
sounder=$1 folder=$2 epochs=${3:-3} points=${4:-5}
root=$PWD
hosts=$folder/hosts
mkdir -p "$folder"
trap '"$root/Tests/Cluster/hosts.sh" down "$hosts"' EXIT
Tests/Cluster/hosts.sh up "$hosts" 3
cd "$folder"
if [ ! -e data.h5 ]; then (cd "$root" && scripts/convert-fashion.sh "$sounder" "$folder/data.h5" --quiet); fi

# rate R: the setting of a learning rate that begins with R
rate() { echo "training.optimizer.adam.learning_rate={cosine_decay: {initial_learning_rate: $1}}"; }
# train RANKS NAME [OPTIONS]: prints the training's last line of JSON
train() {
  local ranks=$1 name=$2
  shift 2
  timeout --kill-after=5 240 "$hosts/mpirun" -n "$ranks" "$sounder" train "$root/jobs/fashion-mlp.yaml" \
    --json --overwrite --set "data.train.file=$folder/data.h5" \
    --set "data.validation.file=$folder/data.h5" --set "training.epochs=$epochs" \
    --set "$(rate 0.001)" --set "output.model=$folder/$name.h5" "$@" 2>"$folder/$name.errors" | tail -n 1
}
# number KEY: its value in a line of JSON
number() { sed -n "s/.*\"$1\" *: *\"*\([-0-9.e]*\).*/\1/p"; }
fail() {
  echo "nodes: $*" >&2
  exit 1
}

# compare RANKS MODE…: trains in sync and in these, and fails where one is too far below sync
compare() {
  local ranks=$1 mode line reference value options behind=()
  shift
  line=$(train "$ranks" sync --set distribution.mode=sync) || fail "sync on $ranks ranks: $(cat sync.errors)"
  reference=$(number val_accuracy <<<"$line")
  printf '%d hosts: %-10s %-9s accuracy %s, %s s\n' $((ranks / 2)) sync allreduce "$reference" \
    "$(number compute_seconds <<<"$line")"
  for mode; do
    case $mode in
      # These weaken what a worker has changed, and want larger steps; gem and momentum make them larger.
      easgd) options=(--set 'distribution.mode={easgd: {interval: 4}}' --set "$(rate 0.004)") ;;
      dynsgd) options=(--set distribution.mode=dynsgd --set "$(rate 0.004)") ;;
      eamsgd) options=(--set 'distribution.mode={eamsgd: {interval: 4, momentum: 0.5}}' --set "$(rate 0.002)") ;;
      gem) options=(--set 'distribution.mode={gem: {kappa: 0.5}}' --set "$(rate 0.0005)") ;;
      localsgd) options=(--set 'distribution.mode={localsgd: {interval: 8}}') ;;
      *) options=(--set "distribution.mode=$mode") ;;
    esac
    line=$(train "$ranks" "$mode" "${options[@]}") || fail "$mode on $ranks ranks: $(cat "$mode.errors")"
    value=$(number val_accuracy <<<"$line")
    printf '%d hosts: %-10s %-9s accuracy %s, %s s\n' $((ranks / 2)) "$mode" \
      "$(sed -n 's/.*nodes, \([a-z]*\).*/\1/p' <<<"$line")" "$value" "$(number compute_seconds <<<"$line")"
    awk -v value="$value" -v reference="$reference" -v points="$points" \
      'BEGIN { exit !(value >= reference - points / 100) }' ||
      behind+=("$mode reaches $value")
  done
  [ "${#behind[@]}" -eq 0 ] ||
    fail "on $ranks ranks more than $points points below sync ($reference): ${behind[*]}"
}

modes=(hogwild locked downpour easgd eamsgd gem dynsgd localsgd)
compare 6 "${modes[@]}"
if [ "${TWO_HOSTS:-}" = all ]; then compare 4 "${modes[@]}"; else compare 4 hogwild; fi

for ranks in 4 6; do
  for transport in messages rma; do
    line=$(train "$ranks" "$transport" --set distribution.transport=$transport --set training.epochs=1) ||
      fail "$transport on $ranks ranks: $(cat $transport.errors)"
    grep -q "nodes, $transport" <<<"$line" || fail "$transport was asked for: $line"
  done
done
line=$(train 6 shards --set distribution.servers=2 --set training.epochs=1) || fail "two servers: $(cat shards.errors)"
echo "both transports, two servers: ok"

# Open MPI's default component has no windows between hosts: said, and messages are taken.
if line=$(OMPI_MCA_osc=rdma train 6 fallback --set training.epochs=1); then
  grep -q 'no windows between them' fallback.errors || grep -q 'nodes, rma' <<<"$line" ||
    fail "the fall-back is not named: $(cat fallback.errors)"
else
  fail "without windows between hosts: $(cat fallback.errors)"
fi
grep -o 'transport between nodes: messages[^(]*' fallback.errors | head -n 1 || true

"$root/Tests/Cluster/hosts.sh" rate "$hosts" 50mbit
line=$(train 6 narrow --set training.epochs=1 --set distribution.node_interval=16) || fail "narrow: $(cat narrow.errors)"
echo "50 Mbit/s: $(number samples_per_second <<<"$line") accuracy $(number val_accuracy <<<"$line")"
"$root/Tests/Cluster/hosts.sh" rate "$hosts" off
status=0
"$root/Tests/Cluster/hosts.sh" delay "$hosts" 10ms 0.5% || status=$?
if [ "$status" -eq 0 ]; then
  line=$(train 6 slow --set training.epochs=1 --set distribution.node_interval=16) || fail "slow: $(cat slow.errors)"
  echo "10 ms and 0.5 % loss: accuracy $(number val_accuracy <<<"$line")"
  "$root/Tests/Cluster/hosts.sh" delay "$hosts" off
elif [ "$status" -eq 3 ]; then
  echo "SKIPPED: delay and loss (this kernel has no netem, and there is no tap device or no Python)"
else
  fail "no delay and loss could be set"
fi

# start NAME RANKS HOST [OPTIONS]: starts a long training, waits for its first checkpoint, and cuts HOST off
start() {
  local name=$1 ranks=$2 host=$3
  shift 3
  # Errors of the training are in its file; a shell tells of what is killed.
  train "$ranks" "$name" --set training.epochs=50 "$@" >"$name.json" 2>/dev/null &
  job=$!
  for _ in $(seq 300); do
    if [ -e "$name.checkpoint.h5" ]; then break; fi
    sleep 0.2
  done
  [ -e "$name.checkpoint.h5" ] || fail "no checkpoint before the cut: $(cat "$name.errors")"
  "$root/Tests/Cluster/hosts.sh" cut "$hosts" "$host"
}

# A host that is cut off ends the job; the way on is the checkpoint.
start cut 6 sh3
status=0
wait "$job" || status=$?
[ "$status" -ne 0 ] && [ "$status" -ne 124 ] && [ "$status" -ne 137 ] ||
  fail "a job with a host cut off ended with $status"
# The launcher names the host, or a rank those that it waits for.
grep -Eq 'sh3|no sign of life' cut.errors || fail "nobody says what was lost: $(cat cut.errors)"
[ ! -e cut.h5 ] || fail "a job with a host cut off wrote a model"
sed -i '/sh3/d' "$hosts/hosts"
line=$(train 4 cut --set training.epochs=50 --set 'training.target={monitor: val_accuracy, value: 0.5}') ||
  fail "on two hosts after the cut: $(cat cut.errors)"
grep -q resuming cut.errors || fail "the run after the cut did not resume: $(cat cut.errors)"
echo "a host cut off: the job ended with $status, and went on with two hosts"

# Where the launcher does not notice, Sounder does: the ranks end, while the launcher waits for the lost host.
KEEPALIVE=no start unseen 4 sh2 --set distribution.timeout=10
for _ in $(seq 300); do
  if grep -q 'no sign of life' unseen.errors; then break; fi
  sleep 0.2
done
# Rank 0, beside the launcher, names the ranks on the other side before another worker could name rank 0.
grep -Eq 'sounder: error: rank 0: ranks? [23] .*no sign of life for 10 s' unseen.errors ||
  fail "the lost host's ranks are not named in a minute: $(cat unseen.errors)"
# Ranks alone: the launcher and its timeout have the same words behind their own.
ranks="^$sounder train .*output.model=$folder/unseen.h5"
for _ in $(seq 100); do
  if ! pgrep -f -- "$ranks" >/dev/null; then break; fi
  sleep 0.2
done
! pgrep -f -- "$ranks" >/dev/null || fail "ranks are left: $(cat unseen.errors)"
# Nobody waits for the job: what the launcher has started holds its output, and ends with the hosts.
pkill -KILL -f -- "output.model=$folder/unseen.h5" || true
[ ! -e unseen.h5 ] || fail "a job with a host cut off wrote a model"
echo "a host cut off without the launcher's notice: the ranks ended, and a rank said why"
