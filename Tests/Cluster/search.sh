#!/usr/bin/env bash
# Searches on a real Slurm with two virtual nodes: one job with groups of ranks, an array of jobs on one
# study, and a script of `sounder submit` whose trials are job steps, one rank of which is killed. Root;
# under a minute.
#   search.sh SOUNDER FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."
export SOUNDER=$1
folder=$2/search
cluster=$2/slurm
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
# Ranks may be more than the cores that are free: who waits gives its core away.
export OMPI_MCA_mpi_yield_when_idle=1
# Open MPI names its shared segments after host, job and local rank: two virtual nodes of one host would
# take each other's.
export OMPI_MCA_btl=self,tcp

root=$PWD
trap '"$root/Tests/Cluster/slurm.sh" stop "$cluster"' EXIT
Tests/Cluster/slurm.sh start "$cluster" 2 4
export SLURM_CONF=$cluster/slurm.conf
mkdir -p "$folder"
cd "$folder"

# 120 rows of 4 features in 3 classes that a small network tells apart.
awk 'BEGIN {
  print "a,b,c,d,class"
  for (i = 0; i < 120; i++)
    printf "%g,%g,%g,%g,c%d\n", (i % 3 == 0) + i * 7 % 10 / 25, (i % 3 == 1) + (i * 7 + 3) % 10 / 25,
      (i % 3 == 2) + (i * 7 + 6) % 10 / 25, (i * 7 + 9) % 10 / 25, i % 3
}' >rows.csv
"$SOUNDER" convert --target class rows.csv data.h5 --quiet

# job NAME TRIALS EPOCHS: writes NAME.yaml
job() {
  cat >"$1.yaml" <<YAML
data:
  train: {file: data.h5, features: features, target: target}
  validation: {file: data.h5, features: features, target: target}
network:
  layers:
    - dense: {units: {search: int, low: 4, high: 16, name: units}, activation: tanh}
    - dense: {units: 3, activation: softmax}
training:
  loss: sparse_categorical_crossentropy
  optimizer:
    adam: {learning_rate: {search: log-float, low: 1e-2, high: 1e-1, name: rate}}
  metrics: [accuracy]
  batch_size: 10
  epochs: $3
search: {objective: val_accuracy, sampler: random, pruner: none, trials: $2, ranks_per_trial: 2, retries: 1}
output: {model: $1.h5}
YAML
}

# finish OUTPUT OF SBATCH: waits for the job's end (sbatch --wait looks every half minute only).
finish() {
  local id=${1##*[^0-9]}
  for _ in $(seq 1000); do
    if ! squeue -h -j "$id" 2>/dev/null | grep -q .; then return 0; fi
    sleep 0.3
  done
  echo "job $id does not end" >&2
  return 1
}

# expect NAME COMPLETE: the study has so many complete trials, and the best one's model is there.
expect() {
  local status
  status=$("$SOUNDER" search --status "$1.study.log")
  if ! grep -qE "[: ]$2 complete" <<<"$status" || [ ! -s "$1.h5" ]; then
    echo "$1: expected $2 complete trials and a model:" >&2
    echo "$status" >&2
    tail -n 30 "$1"*.log.txt >&2
    exit 1
  fi
}

job groups 8 4
finish "$(sbatch --nodes=2 --ntasks-per-node=3 --time=5 --output=groups.log.txt \
  "$root/jobs/search.sbatch" groups.yaml)"
expect groups 8
echo "one job: 8 trials on groups of 2 of 6 ranks on 2 nodes"

# So many that the first job is not through with them when the second one has started.
job array 24 200
finish "$(sbatch --array=1-2 --ntasks=3 --time=5 --output=array-%a.log.txt \
  "$root/jobs/search-array.sbatch" array.yaml)"
expect array 24
workers=$(grep '"op_code" *: *4' array.study.log | sed 's/.*"worker_id" *: *"\([^"]*\)".*/\1/' | sort -u | wc -l)
if [ "$workers" -ne 2 ]; then
  echo "array: $workers of 2 jobs took part in the study" >&2
  exit 1
fi
echo "array: 24 trials of one study by 2 jobs"

job steps 4 400
batch=$("$SOUNDER" submit steps.yaml --isolate --nodes 2 --tasks-per-node 2 --time 5 --go \
  --sbatch=--output=steps.log.txt)
# A rank of a step: a `sounder trial` of this study.
victim=
for _ in $(seq 300); do
  victim=$(pgrep -f "^$SOUNDER trial steps.yaml" | tail -n 1 || true)
  if [ -n "$victim" ]; then break; fi
  sleep 0.1
done
sleep 1
kill -KILL "${victim:?no step was started}"
finish "$batch"
expect steps 4
if ! grep -q 'signal 9\|Killed\|code 137' steps.study.log; then
  echo "steps: no trial failed by signal 9" >&2
  exit 1
fi
echo "steps: a killed rank cost one of 4 trials, which was tried again"
