#!/usr/bin/env bash
# Feeds every reader with inputs that libFuzzer makes up from valid files, and fails where one crashes, hangs,
# asks for memory that the input cannot justify, or ends in more than one clear line.
#
#   scripts/fuzz.sh SECONDS [TARGET...]
#   scripts/fuzz.sh build                only builds the short runs' program
#
# SECONDS are those of all targets together, without the build; Fuzz/Fuzzer has the targets. Everything lies in
# .build-fuzz: the program, what is found (finds/TARGET), and what long runs have learnt (corpus/TARGET), with which
# the next long run begins. A run of up to 600 s, as in CI, begins with the seeds alone and always draws the same.
# MPI=mpich in the environment builds against MPICH, in .build-fuzz-mpich.
set -euo pipefail
cd "$(dirname "$0")/.."

build_only=
if [ "${1:-}" = build ]; then
  build_only=yes
  set -- 60
fi
if [[ ! ${1:-} =~ ^[1-9][0-9]*$ ]]; then
  echo "usage: scripts/fuzz.sh SECONDS [TARGET...], or scripts/fuzz.sh build" >&2
  exit 64
fi
seconds=$1
shift
folder=.build-fuzz
case ${MPI:-openmpi} in
  openmpi) ;;
  mpich)
    export SOUNDER_MPI=mpich
    folder=.build-fuzz-mpich
    ;;
  *)
    echo "MPI=$MPI: give openmpi or mpich" >&2
    exit 64
    ;;
esac
place=$PWD/$folder
# Optimizing takes longer than a short run gains by it.
configuration=debug
if [ "$seconds" -gt 600 ]; then configuration=release; fi
resources=$(swiftc -print-target-info |
  sed -n 's/.*"runtimeResourcePath" *: *"\([^"]*\)".*/\1/p' | head -n 1)
library=$resources/clang/lib/linux/libclang_rt.fuzzer_no_main-$(uname -m).a
if [ ! -e "$library" ]; then
  echo "SKIPPED: fuzzing needs libFuzzer, which toolchains from swift.org have: $library is not there"
  exit 0
fi
# Not -sanitize=fuzzer, which brings a main of its own. Without the address sanitizer libFuzzer cannot see how much
# memory is asked for.
SOUNDER_FUZZ=1 swift build -c $configuration --scratch-path "$place" --product fuzz --sanitize address \
  -Xswiftc -sanitize-coverage=edge,indirect-calls,trace-cmp,inline-8bit-counters,pc-table \
  -Xcc -fsanitize=fuzzer-no-link \
  -Xlinker --whole-archive -Xlinker "$library" -Xlinker --no-whole-archive -Xlinker -lstdc++
fuzz=$place/$configuration/fuzz
if [ -n "$build_only" ]; then exit 0; fi

# MPICH's UCX would patch `mmap` before the sanitizer is there.
export UCX_MEM_MMAP_HOOK_MODE=none
mapfile -t known < <("$fuzz")
if [ ${#known[@]} -eq 0 ]; then
  echo "scripts/fuzz.sh: $fuzz lists no targets" >&2
  exit 70
fi
targets=("${known[@]}")
if [ $# -gt 0 ]; then targets=("$@"); fi
for target in "${targets[@]}"; do
  case " ${known[*]} " in
    *" $target "*) ;;
    *)
      echo "scripts/fuzz.sh: there is no target '$target': there are ${known[*]}" >&2
      exit 64
      ;;
  esac
done

# Files of the inputs, in memory where that can be.
memory=$(mktemp -d /dev/shm/sounder-fuzz.XXXXXX 2>/dev/null || mktemp -d "$place/memory.XXXXXX")
trap 'rm -rf "$memory"' EXIT
# libFuzzer ends in good order by itself, and the shell would go on with the next target.
trap 'exit 130' INT TERM
export TMPDIR=$memory
ulimit -c 0
# The address sanitizer tells where: Swift's own crash reader, started inside of it, would be what it tells of.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:handle_abort=1:abort_on_error=1
rm -rf "$place/seeds"
"$fuzz" seeds "$place/seeds"

# What a reader may ask for at once: inputs have up to 64 KiB, which unpacked are 66 MiB at most.
set_limits() { # TARGET
  local mebibytes=32
  case $1 in gzip | npz) mebibytes=96 ;; esac
  limits=(-timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=$mebibytes)
}

# Whether the HDF5 library, which crashes on some files, is under the target.
reads_hdf5() { # TARGET
  case $1 in hdf5 | model | pipeline | weights | checkpoint | rows) ;; *) return 1 ;; esac
}

# Whether an input ends in the HDF5 library, and the probe keeps commands from opening it; or the library asks for
# more memory than an input of this size justifies, which commands let it have up to the machine's.
is_contained() { # TARGET FILE
  reads_hdf5 "$1" || return 1
  local zones
  # Where the library reads past the end of its memory, only a wide margin around it shows that each time.
  for zones in "" :redzone=2048:max_redzone=2048; do
    # The braces keep the shell from telling of the signal.
    {
      ASAN_OPTIONS=$ASAN_OPTIONS$zones "$fuzz" "$1" "${limits[@]}" -artifact_prefix="$memory/" "$2" \
        >"$memory/stack" 2>&1 || true
    } 2>/dev/null
    grep -q libhdf5 "$memory/stack" || continue
    grep -q 'libFuzzer: out-of-memory (malloc' "$memory/stack" && return 0
    { ASAN_OPTIONS=$ASAN_OPTIONS$zones "$fuzz" probe "$2" >/dev/null 2>&1; } 2>/dev/null || return 0
  done
  return 1
}

# Whether an input ends well when it is read once more: what took long did so because the machine was busy.
is_fast() { # TARGET FILE
  case ${2##*/} in timeout-* | slow-unit-*) ;; *) return 1 ;; esac
  { "$fuzz" "$1" "${limits[@]}" -artifact_prefix="$memory/" "$2" >/dev/null 2>&1; } 2>/dev/null
}

# Tells apart what a pass has written: adds to `found` and `contained`, and removes what is none.
sort_finds() { # TARGET
  local file
  while IFS= read -r file; do
    if is_fast "$1" "$file"; then
      rm "$file"
      passed_over=$((passed_over + 1))
    elif is_contained "$1" "$file"; then
      contained=$((contained + 1))
      passed_over=$((passed_over + 1))
    else
      found+=("$file")
    fi
  done < <(find "$place/finds/$1" -type f ! -name log.txt -newer "$memory/since")
}

# A target that ends early leaves its time to those behind it, and one that ends late takes it from them.
finish=$((SECONDS + seconds))
began=$SECONDS
status=0
total=0
total_found=0
for index in "${!targets[@]}"; do
  target=${targets[index]}
  set_limits "$target"
  finds=$place/finds/$target
  log=$finds/log.txt
  options=("${limits[@]}" -max_len=65536 -artifact_prefix="$finds/" -print_final_stats=1 -print_funcs=0)
  if [ $configuration = debug ]; then
    corpus=$memory/corpus/$target
  else
    corpus=$place/corpus/$target
    # What ends in the C library is not the last that is to be found.
    if reads_hdf5 "$target"; then options+=(-fork=1 -ignore_crashes=1 -ignore_timeouts=1 -ignore_ooms=1); fi
  fi
  mkdir -p "$corpus" "$finds"
  : >"$log"
  start=$SECONDS
  share=$(((finish - start) / (${#targets[@]} - index)))
  if [ "$share" -lt 1 ]; then share=1; fi
  runs=0
  contained=0
  found=()
  pass=0
  while true; do
    pass=$((pass + 1))
    # A short run is there to tell whether a change broke something: what it finds must not hang on chance.
    seed=()
    if [ $configuration = debug ]; then seed=(-seed="$pass"); fi
    left=$((start + share - SECONDS))
    # libFuzzer takes 0 for no limit.
    if [ $left -lt 1 ]; then left=1; fi
    touch "$memory/since"
    code=0
    passed_over=0
    { "$fuzz" "$target" "${options[@]}" "${seed[@]}" -max_total_time=$left \
      "$corpus" "$place/seeds/$target" >"$memory/log" 2>&1 || code=$?; } 2>/dev/null
    cat "$memory/log" >>"$log"
    count=$(sed -n 's/^stat::number_of_executed_units: *//p; s/^#\([0-9][0-9]*\)[^0-9].*/\1/p' "$memory/log" |
      tail -n 1)
    runs=$((runs + ${count:-0}))
    sort_finds "$target"
    if [ $passed_over -eq 0 ] || [ ${#found[@]} -gt 0 ]; then break; fi
    # The code is that of a process whose end is passed over; another one draws other inputs in what is left.
    code=0
    if [ $((SECONDS - start)) -ge "$share" ]; then break; fi
  done
  printf '%-10s %10d inputs in %d s, %d finds' "$target" "$runs" $((SECONDS - start)) ${#found[@]}
  if [ $contained -gt 0 ]; then printf ' (and %d in the HDF5 library)' $contained; fi
  printf '\n'
  total=$((total + runs))
  total_found=$((total_found + ${#found[@]}))
  # Nothing that was tried is nothing that was shown.
  if [ ${#found[@]} -gt 0 ] || [ $code -ne 0 ] || [ $runs -eq 0 ]; then
    status=1
    tail -n 30 "$memory/log"
    for file in "${found[@]}"; do
      echo "  again: TMPDIR=$folder $folder/$configuration/fuzz $target ${file#"$PWD"/}"
    done
    if [ ${#found[@]} -eq 0 ]; then
      echo "  $target ended with code $code after $runs inputs, and no input is to blame: see ${log#"$PWD"/}"
    fi
  fi
done
echo "fuzz: $total inputs for ${#targets[@]} targets in $((SECONDS - began)) s, $total_found finds"
if [ $total_found -gt 0 ]; then
  echo "Mend the reader, and put each find under a name that tells what it has into Tests/Fixtures/finds/TARGET:" \
    "HostileFileTests and later runs read it from there (CONTRIBUTING.md, Fuzzing)."
fi
exit $status
