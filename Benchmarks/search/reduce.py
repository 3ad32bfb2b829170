"""Reduces raw files of the benchmark to one line a run, on standard output.

    python3 reduce.py RAW.csv[.gz]... > baselines.csv

A line has the best value after 15, 30, 60 and 100 evaluations (empty beyond the run's end) and the
median CPU time of evaluations 20 to 60. Of a run that is in several files, the longest counts.
"""

import csv
import gzip
import statistics
import sys

COUNTS = (15, 30, 60, 100)
HEADER = ["method", "mode", "objective", "seed", *(f"best@{n}" for n in COUNTS), "suggest_s"]


def rows(path):
    with (gzip.open(path, "rt") if path.endswith(".gz") else open(path)) as file:
        yield from csv.DictReader(file)


def runs(paths):
    """(method, mode, objective, seed) to the list of (best, seconds), one per evaluation."""
    longest = {}
    for path in paths:
        found = {}
        for row in rows(path):
            if None in row.values():
                continue  # a line that is being written
            key = row["method"], row["mode"], row["objective"], int(row["seed"])
            found.setdefault(key, []).append((float(row["best"]), float(row["suggest_s"])))
        for key, run in found.items():
            if len(run) > len(longest.get(key, ())):
                longest[key] = run
    return longest


def reduced(paths):
    for key, run in sorted(runs(paths).items()):
        if len(run) < 60:
            continue
        bests = [f"{run[n - 1][0]:.10g}" if len(run) >= n else "" for n in COUNTS]
        yield [*key, *bests, f"{statistics.median(seconds for _, seconds in run[19:60]):.3g}"]


if __name__ == "__main__":
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(reduced(sys.argv[1:]))
