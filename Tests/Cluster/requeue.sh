#!/usr/bin/env bash
# jobs/train.sbatch on a real Slurm: the time limit's SIGUSR1 becomes a checkpoint and a requeue, and the
# next start goes on. Root; about four minutes for each launcher, because Slurm itself waits two minutes
# before it starts a requeued job. The training is sized to need two starts of one minute, of which the
# script's signal at 20 seconds before the end leaves about 38 seconds; on a machine that has become
# faster since the size was measured, one start may do: then it is made twice as long. And a rank that dies: the
# scripts start the training again.
#   requeue.sh SOUNDER FOLDER        FOLDER has data.h5 (Fashion-MNIST, converted)
set -euo pipefail
cd "$(dirname "$0")/../.."
export SOUNDER=$1
folder=$2
cluster=$folder/slurm
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

trap 'Tests/Cluster/slurm.sh stop "$cluster"' EXIT
Tests/Cluster/slurm.sh start "$cluster" 1 4
export SLURM_CONF=$cluster/slurm.conf

settings=(jobs/fashion-mlp.yaml --quiet
  --set "data.train.file=$folder/data.h5" --set "data.validation.file=$folder/data.h5")
began=$(date +%s%N)
"$SOUNDER" train "${settings[@]}" --ranks 3 --set training.epochs=8 \
  --set "output.model=$folder/measured.h5" >/dev/null
took=$((($(date +%s%N) - began) / 1000000))
epochs=$((8 * 55000 / took))
echo "8 epochs take $took ms: $epochs epochs need two starts"

for launcher in srun mpirun; do
  export SOUNDER_LAUNCHER=$launcher
  for attempt in 1 2 3; do
    model=$folder/$launcher-$attempt.h5
    log=$folder/$launcher-$attempt.log
    job=$(TIME_LIMIT=1 SIGNAL_SECONDS=20 SBATCH_OUTPUT=$log jobs/train.sbatch "${settings[@]}" \
      --set "output.model=$model" --set "training.epochs=$((epochs << (attempt - 1)))" |
      sed 's/[^0-9]*//')
    for _ in $(seq 240); do
      state=$(scontrol show job "$job" | sed -n 's/.*JobState=\([A-Z_]*\).*/\1/p')
      case $state in COMPLETED | FAILED | TIMEOUT | CANCELLED | NODE_FAIL) break ;; esac
      sleep 5
    done
    if [ "$state" = COMPLETED ] && ! grep -q 'end with exit code 75' "$log"; then
      echo "$launcher: $((epochs << (attempt - 1))) epochs were done in one start: twice as many"
      continue
    fi
    break
  done
  if [ "$state" != COMPLETED ] || ! grep -q 'end with exit code 75' "$log" ||
    ! grep -q 'end with exit code 0' "$log" || [ ! -s "$model" ]; then
    echo "$launcher: the job is $state; its log:" >&2
    cat "$log" >&2
    exit 1
  fi
  echo "$launcher: stopped by the time limit, requeued, and done: $(grep -c ' start ' "$log") starts"
done

# A rank is killed in the 300th step of each start, an epoch has 235: the first start does one epoch, so does the
# second, and the third is done.
for way in train.sbatch submit; do
  model=$folder/killed-$way.h5
  log=$folder/killed-$way.log
  options=(--set "data.train.file=$folder/data.h5" --set "data.validation.file=$folder/data.h5"
    --set "output.model=$model" --set training.epochs=3)
  case $way in
    train.sbatch) start=(jobs/train.sbatch jobs/fashion-mlp.yaml --quiet) ;;
    submit)
      start=("$SOUNDER" submit jobs/fashion-mlp.yaml --time 5 --tasks-per-node 3 --launcher srun
        --script "$folder/killed.sbatch" --go)
      ;;
  esac
  SOUNDER_FAULT=rank=1,step=300,kind=kill SOUNDER_LAUNCHER=srun TIME_LIMIT=5 SBATCH_WAIT=1 SBATCH_OUTPUT=$log \
    "${start[@]}" "${options[@]}" >"$folder/killed.txt" 2>&1 || true
  if [ ! -s "$model" ] || ! grep -q 'restart 2 of 3' "$log" || ! grep -q 'end with exit code 0' "$log"; then
    echo "$way: a job whose rank dies was not started again to its end: $(cat "$folder/killed.txt" "$log")" >&2
    exit 1
  fi
  echo "$way: killed twice, started again, and done"
done
