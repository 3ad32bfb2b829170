#!/usr/bin/env bash
# Format and documentation comments of the Swift sources, and the shell scripts.
set -euo pipefail
cd "$(dirname "$0")/.."

folders=(Sources Tests Benchmarks Fuzz Package.swift)
if [ -d Examples ]; then folders+=(Examples); fi
swift format lint --strict --parallel --recursive "${folders[@]}"

mapfile -t shell < <(git ls-files '*.sh' '*.sbatch' .ci/run)
for file in "${shell[@]}"; do bash -n "$file"; done
if command -v shellcheck >/dev/null; then
  shellcheck "${shell[@]}"
else
  echo "shellcheck is not installed: shell scripts were only parsed"
fi
echo "lint: no findings in ${folders[*]} and ${#shell[@]} shell scripts"
