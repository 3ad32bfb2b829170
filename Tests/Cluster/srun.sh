#!/usr/bin/env bash
# Trains under `srun --mpi=pmix` and by `sounder submit` on a Slurm whose three nodes are hosts of their own
# (hosts.sh): TCP between them, shared memory within each.
#   srun.sh SOUNDER FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."
sounder=$1 folder=$2
root=$PWD
export SLURM_TEST_HOSTS=$folder/srun-hosts SLURM_TEST_PORT=${SLURM_TEST_PORT:-17600}
mkdir -p "$folder"
trap 'Tests/Cluster/slurm.sh stop "$folder/slurm"; Tests/Cluster/hosts.sh down "$SLURM_TEST_HOSTS"' EXIT
Tests/Cluster/hosts.sh up "$SLURM_TEST_HOSTS" 3
Tests/Cluster/slurm.sh start "$folder/slurm" 3 2
if [ ! -e "$folder/data.h5" ]; then scripts/convert-fashion.sh "$sounder" "$folder/data.h5" --quiet; fi

# A command on the first host, where Slurm's controller is.
first() { "$SLURM_TEST_HOSTS/on" sh1 cd "$folder" '&&' SLURM_CONF="$folder/slurm/slurm.conf" timeout 240 "$@"; }
fail() {
  echo "srun: $*" >&2
  exit 1
}

for mode in hogwild locked easgd sync; do
  line=$(first srun --mpi=pmix -N 3 -n 6 "$sounder" train "$root/jobs/fashion-mlp.yaml" --json --overwrite \
    --set "data.train.file=$folder/data.h5" --set "data.validation.file=$folder/data.h5" --set training.epochs=2 \
    --set "output.model=$folder/srun-$mode.h5" --set "distribution.mode=$mode" 2>"$folder/srun-$mode.errors" | tail -n 1)
  value=$(sed -n 's/.*"val_accuracy" *: *\([0-9.]*\).*/\1/p' <<<"$line")
  way=$(sed -n 's/.*"exchange" *: *"\([^"]*\)".*/\1/p' <<<"$line")
  echo "srun --mpi=pmix, $mode: accuracy $value ($way)"
  awk -v value="$value" 'BEGIN { exit !(value >= 0.78) }' ||
    fail "$mode reaches only '$value': $(cat "$folder/srun-$mode.errors")"
  case $mode in
    sync) ;;
    *) grep -q '3 nodes, \(messages\|rma\)' <<<"$way" || fail "$mode did not train on three nodes: $way" ;;
  esac
done

sed "s|data/fashion-mnist.h5|$folder/data.h5|g; s|model: fashion.h5|model: $folder/submitted.h5|; s|epochs: 10|epochs: 1|" \
  jobs/fashion-mlp.yaml >"$folder/submitted.yaml"
first "$sounder" submit submitted.yaml --nodes 3 --tasks-per-node 2 --time 5 --go >"$folder/submit.txt" 2>&1 ||
  fail "submit: $(cat "$folder/submit.txt")"
for _ in $(seq 300); do
  if [ -e "$folder/submitted.h5" ]; then break; fi
  sleep 0.4
done
[ -e "$folder/submitted.h5" ] || fail "the submitted job wrote no model: $(cat "$folder/submit.txt" "$folder"/submitted-*.log 2>/dev/null)"
# The last line follows the model.
for _ in $(seq 100); do
  if grep -q '3 nodes, ' "$folder"/submitted-*.log; then break; fi
  sleep 0.2
done
grep -q '3 nodes, ' "$folder"/submitted-*.log || fail "the submitted job did not train on three nodes: $(cat "$folder"/submitted-*.log)"
echo "sounder submit --nodes 3: ok"
