#!/usr/bin/env bash
# jobs/train.sbatch on a real Slurm: the time limit's signal becomes a checkpoint and a requeue, and
# the second start finishes the training. Root; about four minutes for each launcher, because Slurm
# itself waits two minutes before it starts a requeued job.
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

for launcher in srun mpirun; do
  export SOUNDER_LAUNCHER=$launcher
  model=$folder/$launcher.h5
  log=$folder/$launcher.log
  # The limit of a minute and a signal 45 seconds before it: what trains for longer than that is
  # stopped once or more.
  job=$(sbatch --parsable --ntasks=3 --time=1 --signal=B:USR1@45 --output="$log" \
    jobs/train.sbatch jobs/fashion-mlp.yaml --quiet \
    --set "data.train.file=$folder/data.h5" --set "data.validation.file=$folder/data.h5" \
    --set "output.model=$model" --set training.epochs="${EPOCHS:-30}")
  for _ in $(seq 120); do
    state=$(scontrol show job "$job" | sed -n 's/.*JobState=\([A-Z_]*\).*/\1/p')
    case $state in COMPLETED | FAILED | TIMEOUT | CANCELLED | NODE_FAIL) break ;; esac
    sleep 5
  done
  if [ "$state" != COMPLETED ] || ! grep -q 'end with exit code 75' "$log" ||
    ! grep -q 'end with exit code 0' "$log" || [ ! -s "$model" ]; then
    echo "$launcher: the job is $state; its log:" >&2
    cat "$log" >&2
    exit 1
  fi
  echo "$launcher: stopped with a checkpoint, requeued, and done: $(grep -c ' start ' "$log") starts"
done
