#!/usr/bin/env bash
# A study goes from sounder to Optuna and its dashboard, and from Optuna to sounder, and back.
# usage: optuna.sh SOUNDER ENVIRONMENT; the environment has optuna, optuna-dashboard and scikit-learn.
set -euo pipefail
sounder=$1 environment=$2
check="$environment/bin/python $(cd "$(dirname "$0")" && pwd)/optuna_check.py"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat >space.yaml <<'END'
rate: {search: log-float, low: 1e-4, high: 1}
kind: {search: categorical, choices: [a, b]}
size: {search: int, low: 1, high: 8, when: {kind: b}}
END
{
  for number in $(seq 0 29); do
    echo '{"ask":1}'
    echo "{\"report\":$number,\"step\":1,\"value\":0.$number}"
    echo "{\"report\":$number,\"step\":2,\"value\":NaN}"
    case $((number % 6)) in
      4) echo "{\"prune\":$number}" ;;
      5) echo "{\"fail\":$number,\"reason\":\"on purpose\"}" ;;
      *) echo "{\"tell\":$number,\"value\":0.$number}" ;;
    esac
  done
} >requests
"$sounder" ask-tell space.yaml --sampler random --journal ours.log <requests >answers
grep '"params"' answers >trials
$check read ours.log trials

# Optuna takes our enqueued trial and goes on; then we do, and all is still a study for both.
echo '{"enqueue":{"rate":0.5,"kind":"b","size":8}}' |
  "$sounder" ask-tell space.yaml --sampler random --journal ours.log >/dev/null
$check continue ours.log 10
echo '{"ask":5}' | "$sounder" ask-tell space.yaml --sampler random --journal ours.log >/dev/null
$check continue ours.log 3
$check dashboard ours.log "$environment/bin/optuna-dashboard"

# A study of Optuna's is shown, continued here, and continued there.
$check create theirs.log
for number in 12 13 14 15; do
  "$sounder" ask theirs.log >/dev/null
  "$sounder" tell theirs.log "$number" 5.5
done
"$sounder" ask theirs.log >/dev/null
$check finish theirs.log
"$sounder" ask theirs.log >/dev/null
echo "interop: real Optuna and sounder go on with each other's studies"
