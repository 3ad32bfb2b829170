#!/usr/bin/env bash
# jobs/train.sbatch on a real Slurm: SIGUSR1 to the script becomes a checkpoint and a requeue, and the
# second start finishes the training. Root; about three minutes for each launcher, because Slurm itself
# waits two minutes before it starts a requeued job. The signal is sent here when the first epoch is
# done, not by the time limit, so that the speed of the machine does not matter.
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
  job=$(sbatch --parsable --ntasks=3 --time=10 --output="$log" \
    jobs/train.sbatch jobs/fashion-mlp.yaml --quiet \
    --set "data.train.file=$folder/data.h5" --set "data.validation.file=$folder/data.h5" \
    --set "output.model=$model" --set training.epochs=30)
  for _ in $(seq 600); do
    if [ -e "${model%.h5}.checkpoint.h5" ]; then break; fi
    sleep 0.1
  done
  scancel --batch --signal=USR1 "$job"
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
