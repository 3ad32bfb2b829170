"""Converts plain CSV: MB of the file per second of wall time and rank, as a matrix, as a table, and compressed.

    Benchmarks/convert.py --sounder .build/release/sounder [--megabytes 400] [--rounds 5]

needs room in --folder for the file and the largest output, which is about as large. The file has 20 columns of numbers
of 8 digits and is in the page cache when it is read. Each way is measured on one and on two ranks, in turns, pinned to
as many CPUs; a round is all of a run of `sounder convert`, with reading twice, parsing, writing and the sync at the end.
Of it the start is taken off, measured in each round with a file of one row on as many ranks: mpirun's takes about as
long as the work on a small file. Goal: 150 MB per second and rank for a matrix, on one rank.
"""
import argparse
import os
import pathlib
import random
import statistics
import subprocess
import sys
import time

COLUMNS = 20
GOAL = 150
# What is measured, its options, whether the goal is about it.
WAYS = {
    "matrix": ([], True),
    "--table": (["--table"], False),
    "--gzip 1": (["--gzip", "1"], False),
}


def write_file(path, byte_count):
    """Rows of different numbers: a block of some megabytes over and over, with a name above each column."""
    generator = random.Random(6)

    def number():
        return f"{generator.randrange(10 ** 8) / 10 ** 4:.4f}"

    block = "".join(",".join(number() for _ in range(COLUMNS)) + "\n" for _ in range(20_000)).encode()
    with open(path, "wb") as file:
        file.write((",".join(f"x{column}" for column in range(COLUMNS)) + "\n").encode())
        for _ in range(max(1, byte_count // len(block))):
            file.write(block)
    return path.stat().st_size


def convert(options, source, output, ranks, extra):
    """Converts, and returns the seconds that it took."""
    command = ["taskset", "-c", f"0-{ranks - 1}", options.sounder, "convert", str(source), str(output), "--quiet",
               "--overwrite"] + extra
    if ranks > 1:
        command += ["--ranks", str(ranks)]
    start = time.perf_counter()
    run = subprocess.run(command)
    seconds = time.perf_counter() - start
    if run.returncode != 0:
        sys.exit(f"sounder convert ended with {run.returncode}: see its message above")
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sounder", type=os.path.abspath, default=os.path.abspath(".build/release/sounder"))
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path(".build-bench"))
    parser.add_argument("--megabytes", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    folder = options.folder.resolve() / "convert"
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:  # Open MPI refuses root unless it is told twice
        os.environ |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    counts = [ranks for ranks in (1, 2) if ranks <= os.cpu_count()]
    source, small, output = folder / "large.csv", folder / "small.csv", folder / "out.h5"
    seconds = {(way, ranks): [] for way in WAYS for ranks in counts}
    starts = {ranks: [] for ranks in counts}
    try:
        megabytes = write_file(source, options.megabytes * 1_000_000) / 1e6
        small.write_text(",".join(["1.5"] * COLUMNS) + "\n")
        for ranks in counts:  # pages and programs are in memory
            convert(options, source, output, ranks, [])
        for _ in range(options.rounds):
            for ranks in counts:
                starts[ranks].append(convert(options, small, output, ranks, []))
                for way, (extra, _) in WAYS.items():
                    taken = convert(options, source, output, ranks, extra) - starts[ranks][-1]
                    seconds[way, ranks].append(max(taken, 1e-3))
    finally:
        for path in (source, small, output):
            path.unlink(missing_ok=True)
    reached = True
    print(f"convert: {megabytes:.0f} MB of CSV, {COLUMNS} columns, median of {options.rounds} rounds (range); start: "
          + ", ".join(f"{statistics.median(starts[ranks]):.2f} s on {ranks}" for ranks in counts))
    for (way, ranks), taken in seconds.items():
        speeds = [megabytes / ranks / one for one in taken]
        speed = statistics.median(speeds)
        has_goal = WAYS[way][1] and ranks == 1
        reached &= not has_goal or speed >= GOAL
        print(f"convert: {way:9} {ranks} rank{'s' if ranks > 1 else ' '} {statistics.median(taken):6.2f} s, "
              f"{speed:4.0f} MB/s and rank ({min(speeds):.0f} to {max(speeds):.0f}), {speed * ranks:4.0f} MB/s in all"
              + (f" (goal {GOAL})" if has_goal else ""))
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
