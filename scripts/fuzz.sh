#!/usr/bin/env bash
# Feeds every reader with inputs that libFuzzer makes up from valid files, and fails where one crashes, hangs,
# asks for memory that the input cannot justify, or ends in more than one clear line.
#
#   scripts/fuzz.sh SECONDS [TARGET...]
#
# SECONDS are those of all targets together; Fuzz/Fuzzer has the targets. What is found lies in
# .build-fuzz/finds/TARGET; `fuzz TARGET FILE` repeats it. Corpora grow in .build-fuzz/corpus from run to run.
# A find becomes a regression test in Tests/Fixtures/finds (CONTRIBUTING.md).
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:?usage: scripts/fuzz.sh SECONDS [TARGET...]}
shift
place=$PWD/.build-fuzz
# Optimizing takes longer than a short run gains by it.
configuration=debug
if [ "$seconds" -gt 600 ]; then configuration=release; fi
resources=$(swiftc -print-target-info |
  sed -n 's/.*"runtimeResourcePath" *: *"\([^"]*\)".*/\1/p' | head -n 1)
library=$resources/clang/lib/linux/libclang_rt.fuzzer_no_main-$(uname -m).a
if [ ! -e "$library" ]; then
  echo "scripts/fuzz.sh: $library is not there: use a toolchain from swift.org, which has libFuzzer" >&2
  exit 69
fi
# Not -sanitize=fuzzer, which brings a main of its own. Without the address sanitizer libFuzzer cannot see how much
# memory is asked for.
SOUNDER_FUZZ=1 swift build -c $configuration --scratch-path "$place" --product fuzz --sanitize address \
  -Xswiftc -sanitize-coverage=edge,indirect-calls,trace-cmp,inline-8bit-counters,pc-table \
  -Xcc -fsanitize=fuzzer-no-link \
  -Xlinker --whole-archive -Xlinker "$library" -Xlinker --no-whole-archive -Xlinker -lstdc++
fuzz=$place/$configuration/fuzz

mapfile -t targets < <("$fuzz")
if [ $# -gt 0 ]; then targets=("$@"); fi
share=$((seconds / ${#targets[@]}))
if [ "$share" -lt 1 ]; then share=1; fi

memory=$(mktemp -d /dev/shm/sounder-fuzz.XXXXXX)
trap 'rm -rf "$memory"' EXIT
export TMPDIR=$memory
# The address sanitizer tells where: Swift's own crash reader, started inside of it, would be what it tells of.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:handle_abort=1:abort_on_error=1
rm -rf "$place/seeds"
"$fuzz" seeds "$place/seeds"

# Whether an input ends in the HDF5 library, and the probe keeps commands from opening it; or the library asks for
# more memory than an input of this size justifies, which commands let it have up to the machine's.
is_contained() { # TARGET FILE
  case $1 in hdf5 | model) ;; *) return 1 ;; esac
  # The braces keep the shell from telling of the signal.
  { "$fuzz" "$1" "${limits[@]}" "$2" >"$memory/stack" 2>&1 || true; } 2>/dev/null
  grep -q libhdf5 "$memory/stack" || return 1
  grep -q 'libFuzzer: out-of-memory (malloc' "$memory/stack" || ! "$fuzz" probe "$2" >/dev/null 2>&1
}

# A short run is there to tell whether a change broke something: what it finds must not hang on chance.
seed=()
if [ "$configuration" = debug ]; then seed=(-seed=1); fi
limits=(-timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=256)
status=0
for target in "${targets[@]}"; do
  corpus=$place/corpus/$target
  finds=$place/finds/$target
  mkdir -p "$corpus" "$finds"
  known=$place/seeds/$target
  options=(-max_total_time="$share" "${seed[@]}" "${limits[@]}" -max_len=65536 -artifact_prefix="$finds/"
    -print_final_stats=1)
  # What ends in the C library is not the last that is to be found.
  case $target in
    hdf5 | model) options+=(-fork=1 -ignore_crashes=1 -ignore_timeouts=1 -ignore_ooms=1) ;;
  esac
  touch "$memory/start"
  log=$finds/log.txt
  code=0
  "$fuzz" "$target" "${options[@]}" "$corpus" "$known" >"$log" 2>&1 || code=$?
  contained=0
  found=()
  while IFS= read -r file; do
    if is_contained "$target" "$file"; then contained=$((contained + 1)); else found+=("$file"); fi
  done < <(find "$finds" -type f ! -name log.txt -newer "$memory/start")
  # The code is then that of a process whose end was to be passed over.
  if [ $contained -gt 0 ]; then code=0; fi
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p; s/^#\([0-9]*\): cov.*/\1/p' "$log" | tail -n 1)
  printf '%-8s %10s inputs in %d s, %d finds' "$target" "${runs:-?}" "$share" ${#found[@]}
  if [ $contained -gt 0 ]; then printf ' (and %d in the HDF5 library)' $contained; fi
  printf '\n'
  # Nothing that was tried is nothing that was shown.
  if [ ${#found[@]} -gt 0 ] || [ $code -ne 0 ] || [ "${runs:-0}" -eq 0 ]; then
    status=1
    if [ ${#found[@]} -gt 0 ]; then printf '  %s\n' "${found[@]}"; fi
    tail -n 30 "$log"
  fi
done
exit $status
