"""Runs one of the other tools on the objectives and writes every evaluation to a CSV file.

    python bench.py --method optuna_gp --objectives branin,levy8 --seeds 0-29 --evaluations 60 \
        --mode seq --output optuna_gp.seq.csv

Protocol: ../OBJECTIVES.md. Seeds are the outer loop, so that a run that was stopped is balanced over
the objectives; what the file has already is not run again.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import csv
import heapq
import math
import sys
import time
import warnings

import objectives
from tools import make

warnings.filterwarnings("ignore")


def duration(index):
    """The simulated evaluation time of a proposal on one of the eight workers."""
    return 1.0 + (index * 0.6180339887498949) % 1.0


def sequential(tool, function, count):
    for _ in range(count):
        start = time.process_time()
        handle, parameters = tool.ask()
        asking = time.process_time() - start
        value = function(parameters)
        start = time.process_time()
        tool.tell(handle, parameters, value)
        yield value, asking + time.process_time() - start


def asynchronous(tool, function, count):
    queue, asked, times = [], 0, {}

    def submit(now):
        nonlocal asked
        start = time.process_time()
        handle, parameters = tool.ask()
        times[asked] = time.process_time() - start
        heapq.heappush(queue, (now + duration(asked), asked, handle, parameters))
        asked += 1

    for _ in range(min(8, count)):
        submit(0.0)
    while queue:
        now, index, handle, parameters = heapq.heappop(queue)
        value = function(parameters)
        start = time.process_time()
        tool.tell(handle, parameters, value)
        yield value, times[index] + time.process_time() - start
        if asked < count:
            submit(now)


def in_batches(tool, function, count):
    done = 0
    while done < count:
        size = min(8, count - done)
        start = time.process_time()
        batch = tool.ask_batch(size)
        seconds = time.process_time() - start
        values = [function(parameters) for _, parameters in batch]
        start = time.process_time()
        tool.tell_batch([handle for handle, _ in batch], [point for _, point in batch], values)
        seconds += time.process_time() - start
        for value in values:
            yield value, seconds / size
        done += size


MODES = {"seq": sequential, "async8": asynchronous, "batch8": in_batches}


def finished(path, method, mode, count):
    """The (objective, seed) that the file has with at least `count` evaluations."""
    if not os.path.exists(path):
        return set()
    with open(path) as file:
        return {
            (row["objective"], int(row["seed"]))
            for row in csv.DictReader(file)
            if row["method"] == method and row["mode"] == mode and row["eval"] == str(count)
        }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--method", required=True)
    parser.add_argument("--objectives", default=",".join(objectives.GOALS))
    parser.add_argument("--seeds", default="0-29")
    parser.add_argument("--evaluations", type=int, default=60)
    parser.add_argument("--mode", choices=MODES, default="seq")
    parser.add_argument("--output", required=True)
    options = parser.parse_args()
    first, _, last = options.seeds.partition("-")
    groups = {"goals": objectives.GOALS, "fresh": objectives.FRESH}
    names = [
        name for item in options.objectives.split(",") for name in groups.get(item, [item])]

    done = finished(options.output, options.method, options.mode, options.evaluations)
    start = time.time()
    with open(options.output, "a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if file.tell() == 0:
            writer.writerow(
                ["method", "mode", "objective", "seed", "eval", "value", "best", "suggest_s"])
        for seed in range(int(first), int(last or first) + 1):
            for name in names:
                if (name, seed) in done:
                    continue
                space, function, _ = objectives.get(name)
                tool = make(options.method, space, seed, options.evaluations)
                # A run is written as a whole: one that fails leaves nothing half done.
                try:
                    run = list(MODES[options.mode](tool, function, options.evaluations))
                except Exception as error:  # a tool that fails on one seed is a missing seed
                    print(f"{options.method} {name} seed {seed}: {error!r}", file=sys.stderr)
                    continue
                best = math.inf
                for index, (value, seconds) in enumerate(run, 1):
                    best = min(best, value)
                    writer.writerow([
                        options.method, options.mode, name, seed, index, repr(float(value)),
                        repr(float(best)), f"{seconds:.6f}"])
                file.flush()
            print(f"{options.method} {options.mode} seed {seed}: {time.time() - start:.0f} s",
                  file=sys.stderr, flush=True)


main()
