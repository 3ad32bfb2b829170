#!/usr/bin/env bash
# Trains on this machine with plain mpirun.   jobs/local.sh RANKS JOB.yaml [--set key.path=value ...]
#
# SIGTERM, SIGINT and SIGUSR1 end the run with a checkpoint and exit code 75: mpirun alone would kill
# its ranks a second after SIGTERM. The same command resumes. (`sounder train JOB.yaml --ranks N`
# does the same and draws a progress bar; this script is the place to add what your mpirun needs.)
set -uo pipefail

if [ $# -lt 2 ]; then
  echo "use: jobs/local.sh RANKS JOB.yaml [--set key.path=value ...]" >&2
  exit 64
fi
launch=(mpirun -n "$1")
shift
if mpirun --version 2>/dev/null | grep -q 'Open MPI'; then
  launch+=(--oversubscribe --bind-to none)
  if [ "$(id -u)" -eq 0 ]; then launch+=(--allow-run-as-root); fi
fi

# A process group of its own: Ctrl-C then reaches this script alone, and mpirun does not kill the ranks.
set -m
"${launch[@]}" "${SOUNDER:-sounder}" train "$@" </dev/null &
ranks=$!

# A trap ends `wait` early: then it has to wait again for the ranks' own exit code.
interrupted=false
trap 'interrupted=true; kill -USR1 "$ranks" 2>/dev/null' USR1 TERM INT
wait "$ranks"
code=$?
while $interrupted; do
  interrupted=false
  wait "$ranks"
  code=$?
done
exit "$code"
