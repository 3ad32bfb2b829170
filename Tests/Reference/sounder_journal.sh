#!/usr/bin/env bash
# Writes Tests/Fixtures/sounder-1.journal, a study in version 1 of the journal's format.
# usage: sounder_journal.sh SOUNDER OUTPUT. Never run again for version 1: old journals must open.
set -euo pipefail
sounder=$1 output=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/space.yaml" <<'END'
rate: {search: log-float, low: 1e-4, high: 1}
kind: {search: categorical, choices: [a, b]}
size: {search: ordinal, choices: [8, 16, 32], when: {kind: b}}
layers: {search: int, low: 1, high: 9, step: 2}
forbid: [{kind: a, layers: 9}]
END
"$sounder" ask-tell "$folder/space.yaml" --sampler sobol --seed 7 --journal "$folder/study.log" \
  >/dev/null <<'END'
{"ask":3}
{"report":0,"step":1,"value":0.5}
{"report":0,"step":2,"value":NaN}
{"tell":0,"value":0.75}
{"tell":1,"value":1e-3}
{"report":2,"step":1,"value":0.9}
{"prune":2}
{"ask":2}
{"fail":3,"reason":"no memory"}
{"tell":4,"value":-2}
{"enqueue":{"rate":0.5,"kind":"b","size":16,"layers":3}}
{"ask":2}
{"tell":5,"value":7}
{"enqueue":{"rate":0.25}}
END
sed -E 's/"worker_id":"[^"]*"/"worker_id":"host-1-a"/' "$folder/study.log" >"$output"
