"""Fits standard scaling and one-hot categories on a large table: ours on two ranks, and scikit-learn, in turns.

    Benchmarks/pipeline.py --sounder .build/release/sounder [--rows 10000000] [--rounds 3]

needs scikit-learn, NumPy and h5py. The table has 16 columns of float64, two of int64 with 12 and 1000 categories, two
of texts with 5 and 50, and a target, in HDF5 as `sounder convert --table` writes it. It is in the page cache when it is
read.

- Ours: all of `sounder fit JOB --ranks 2`, with the start of MPI, reading and writing; memory is that of mpirun and
  both ranks at their most (VmHWM), added up.
- Theirs: reading the columns into arrays (h5py), and the fits of a StandardScaler and of a OneHotEncoder for each
  column of categories, in a process of its own; the start of Python and the imports do not count. Neither of the two
  runs on several cores by itself: once they are fitted one after the other, once by joblib in two processes (memory:
  of the first one alone); the faster way counts. Texts stay bytes (S16), which is faster and smaller than Python's
  strings.

Both sides are pinned to the same two CPUs. Goals: at most half of the time, under a tenth of the memory. Means,
deviations and categories of both are compared.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import threading
import time

import h5py
import numpy

NUMBERS = [f"x{index}" for index in range(16)]
CATEGORIES = {"kind": 12, "shop": 1000, "city": 5, "product": 50}
TEXTS = {"city", "product"}
CHUNK = 16384


def text(name, number):
    return f"{name}-{number:04d}"


def write_table(path, rows):
    """Columns that differ in mean and spread, a million rows at a time."""
    generator = numpy.random.default_rng(6)
    with h5py.File(path, "w", libver="v108") as file:
        group = file.create_group("table")
        group.attrs["kind"] = "table"
        group.attrs["columns"] = NUMBERS + list(CATEGORIES) + ["y"]
        for name in NUMBERS + ["y"]:
            group.create_dataset(name, (rows,), "f8", chunks=(min(CHUNK, rows),))
        for name in CATEGORIES:
            kind = "S16" if name in TEXTS else "i8"
            group.create_dataset(name, (rows,), kind, chunks=(min(CHUNK, rows),))
        for start in range(0, rows, 1_000_000):
            part = slice(start, min(start + 1_000_000, rows))
            count = part.stop - start
            for index, name in enumerate(NUMBERS):
                group[name][part] = 10 * index - 50 + (index + 1) * generator.standard_normal(count)
            group["y"][part] = generator.standard_normal(count)
            for name, size in CATEGORIES.items():
                drawn = generator.integers(0, size, count)
                if name in TEXTS:
                    words = numpy.array([text(name, number) for number in range(size)], "S16")
                    group[name][part] = words[drawn]
                else:
                    group[name][part] = drawn


def peer(path, jobs):
    """scikit-learn's side: prints seconds, memory and what was fitted."""
    import resource

    import joblib
    import sklearn
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    start = time.perf_counter()
    with h5py.File(path) as file:
        group = file["table"]
        numbers = numpy.empty((len(group["y"]), len(NUMBERS)))
        for index, name in enumerate(NUMBERS):
            numbers[:, index] = group[name][:]
        columns = [group[name][:].reshape(-1, 1) for name in CATEGORIES]
    read = time.perf_counter() - start
    fits = [(StandardScaler(), numbers)] + [(OneHotEncoder(), column) for column in columns]
    if jobs == 1:
        fitted = [stage.fit(data) for stage, data in fits]
    else:
        fitted = joblib.Parallel(n_jobs=jobs)(joblib.delayed(stage.fit)(data) for stage, data in fits)
    print(json.dumps({
        "seconds": time.perf_counter() - start, "read": read, "version": sklearn.__version__,
        "bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "mean": list(fitted[0].mean_), "deviation": list(fitted[0].scale_),
        "categories": [len(stage.categories_[0]) for stage in fitted[1:]],
    }))


def processes(root):
    """The process and all that it has started, and those have."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue  # it has ended
    family = [root]
    for process in family:
        family += [child for child, parent in parents.items() if parent == process]
    return family


class Memory(threading.Thread):
    """The most memory that each process of a family had, added up; looks 20 times a second."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.process, self.peaks = process, {}

    def run(self):
        while self.process.poll() is None:
            for process in processes(self.process.pid):
                try:
                    status = pathlib.Path(f"/proc/{process}/status").read_text()
                except OSError:
                    continue
                for line in status.splitlines():
                    if line.startswith("VmHWM:"):
                        self.peaks[process] = 1024 * int(line.split()[1])
            time.sleep(0.05)


def job(folder):
    """The job file; a pipeline alone needs no network."""
    path = folder / "pipeline.yaml"
    path.write_text(f"""data:
  train: {{file: {folder}/table.h5, table: table, target: y}}
  memory: 64 MiB
pipeline:
  table:
    - standardize: {{columns: [{", ".join(NUMBERS)}]}}
    - one_hot: {{columns: [{", ".join(CATEGORIES)}]}}
""")
    return path


def ours(options, folder):
    output = folder / "pipeline.h5"
    command = ["taskset", "-c", options.cpus, options.sounder, "fit", job(folder), "--output", output, "--overwrite",
               "--quiet", "--ranks", "2"]
    start = time.perf_counter()
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL)
    memory = Memory(process)
    memory.start()
    code = process.wait()
    seconds = time.perf_counter() - start
    memory.join()
    if code != 0:
        sys.exit(f"sounder fit ended with {code}: see its message above")
    with h5py.File(output) as file:
        table = file["sounder/pipeline/table"]
        fitted = table["00_standardize/fitted"]
        return {
            "seconds": seconds, "bytes": sum(memory.peaks.values()), "mean": list(fitted["mean"]),
            "deviation": list(fitted["scale"]),
            "categories": [len(table[f"01_one_hot/fitted/categories_{index}"]) for index in range(len(CATEGORIES))],
        }


def theirs(options, folder, jobs):
    command = ["taskset", "-c", options.cpus, sys.executable, __file__, "--peer", str(jobs), "--folder", str(folder)]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(run.stdout)


def compare(ours, theirs):
    """Both must have learnt the same."""
    for key in ["mean", "deviation"]:
        numpy.testing.assert_allclose(ours[key], theirs[key], rtol=1e-6, atol=1e-6, err_msg=key)
    if ours["categories"] != theirs["categories"]:
        sys.exit(f"categories differ: {ours['categories']}, {theirs['categories']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sounder", type=os.path.abspath, default=os.path.abspath(".build/release/sounder"))
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path(".build-bench"))
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cpus", default="0,1")
    parser.add_argument("--peer", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder = options.folder.resolve() / "pipeline"
    if options.peer:
        return peer(options.folder / "table.h5", options.peer)
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:  # Open MPI refuses root unless it is told twice
        os.environ |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    try:
        write_table(folder / "table.h5", options.rows)
        rounds = {"ours": [], "1 process": [], "2 processes": []}
        for _ in range(options.rounds):
            rounds["ours"].append(ours(options, folder))
            rounds["1 process"].append(theirs(options, folder, 1))
            rounds["2 processes"].append(theirs(options, folder, 2))
            compare(rounds["ours"][-1], rounds["1 process"][-1])
    finally:
        for name in ["table.h5", "pipeline.h5", "pipeline.yaml"]:
            (folder / name).unlink(missing_ok=True)
    seconds, memory = (
        {name: statistics.median(run[key] for run in runs) for name, runs in rounds.items()}
        for key in ["seconds", "bytes"])
    print(f"{options.rows} rows, {len(NUMBERS)} + {len(CATEGORIES)} columns, medians of {options.rounds}; "
          f"scikit-learn {rounds['1 process'][0]['version']}")
    for name, runs in rounds.items():
        print(f"{name:12} {seconds[name]:8.2f} s ({min(run['seconds'] for run in runs):.2f} to "
              f"{max(run['seconds'] for run in runs):.2f}) {memory[name] / 2**20:8.0f} MiB"
              + (f"   of it reading {statistics.median(run['read'] for run in runs):.2f} s" if name != "ours" else ""))
    best = min(["1 process", "2 processes"], key=seconds.get)
    time_ratio = statistics.median(a["seconds"] / b["seconds"] for a, b in zip(rounds["ours"], rounds[best]))
    memory_ratio = memory["ours"] / memory[best]
    print(f"ours / theirs ({best}): time {time_ratio:.2f} (goal 0.50), memory {memory_ratio:.3f} (goal 0.100)")
    return 0 if time_ratio <= 0.5 and memory_ratio < 0.1 else 1


if __name__ == "__main__":
    sys.exit(main())
