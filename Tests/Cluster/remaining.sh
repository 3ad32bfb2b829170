#!/usr/bin/env bash
# A search on a real Slurm whose job has no time left for another trial: it leaves with 75 before a
# signal comes, is requeued, and the next start runs the rest. Trials of 27 seconds on two slots: of the
# minute 33 seconds are left after the first round, which is less than a trial and its margin. Root;
# about three minutes, two of which Slurm waits.
#   remaining.sh SOUNDER FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."
export SOUNDER=$1
root=$PWD
folder=$2/remaining
cluster=$2/slurm
trap '"$root/Tests/Cluster/slurm.sh" stop "$cluster"' EXIT
Tests/Cluster/slurm.sh start "$cluster" 2 2
export SLURM_CONF=$cluster/slurm.conf
mkdir -p "$folder"
cd "$folder"

cat >solver.yaml <<'YAML'
search:
  objective: {metric: loss, direction: minimize}
  sampler: random
  pruner: none
  trials: 3
  command: sh -c 'sleep 27; echo "loss=$0"' {x}
  report: {pattern: 'loss=(?<value>\S+)'}
  parameters:
    x: {search: float, low: 0, high: 1}
YAML
"$SOUNDER" submit solver.yaml --nodes 2 --tasks-per-node 1 --time 1 --signal-seconds 1 \
  --sbatch=--output=log.txt --go
for _ in $(seq 150); do
  if ! squeue -h 2>/dev/null | grep -q .; then break; fi
  sleep 2
done
status=$("$SOUNDER" search --status solver.study.log)
if ! grep -q ' 3 complete' <<<"$status" || grep -q ' failed' <<<"$status" ||
  ! grep -q 'stopped: .* s are left' log.txt || ! grep -q 'end with exit code 75' log.txt ||
  ! grep -q 'end with exit code 0' log.txt; then
  echo "the search did not stop early and go on: $status" >&2
  cat log.txt >&2
  exit 1
fi
echo "remaining time: the search stopped early, was requeued, and done: 3 trials"
