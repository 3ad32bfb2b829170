"""Trains from files that do not fit in memory: how much memory each rank takes, and what reading costs.

    Benchmarks/stream.py --sounder .build/release/sounder [--gigabytes 20] [--rounds 5] [--only memory|speed]

needs NumPy and h5py, and as much room in --folder as the file takes.

- memory: a contiguous file of rows of bytes, one epoch, a server and two workers with `data.memory: 1 GiB`. Goal: each
  rank has at most 1.3 GiB resident (`peak_resident` of `sounder train --json`). The file has the same 64 MiB of noise
  over and over; every byte of it is read and trained on.
- speed: samples per second of the epochs after the first, of the demo's perceptron (784-256-256-10, batch 128) on one
  rank, in turns: rows that stay in memory, and the same rows streamed from a contiguous and from a chunked file in each
  epoch through 32 MiB (goal: 0.95 of it), and gzipped (goal: 0.90) both ways, as they fit `data.memory` and not. The
  files are in the page cache.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

import h5py
import numpy

WIDTH = 784
GIGABYTE = 1 << 30
# Storage of the file, data.memory, part of the speed from memory to reach.
SPEEDS = {
    "memory": ("contiguous", "1 GiB", 1.0),
    "contiguous": ("contiguous", "32 MiB", 0.95),
    "chunked": ("chunked", "32 MiB", 0.95),
    "gzip, fits": ("gzip", "1 GiB", 0.90),
    "gzip, streamed": ("gzip", "32 MiB", 0.90),
}


def noise(rows, seed):
    """Rows of a class each: bytes around a brightness that the class has, so that there is something to learn."""
    generator = numpy.random.default_rng(seed)
    labels = generator.integers(0, 10, rows).astype("u1")
    pixels = generator.integers(0, 100, (rows, WIDTH), "u1")
    pixels[:, ::2] //= 4  # gzip finds something, as in images
    return pixels + 10 * labels[:, None], labels


def write_file(path, rows, storage):
    """Rows of bytes and their classes, a block at a time."""
    options = {} if storage == "contiguous" else {"chunks": (256, WIDTH)}
    if storage == "gzip":
        options["compression"] = 4
    block = (64 << 20) // WIDTH
    pixels, labels = noise(min(block, rows), 1)
    with h5py.File(path, "w") as file:
        features = file.create_dataset("x", (rows, WIDTH), "u1", **options)
        target = file.create_dataset("y", (rows,), "u1")
        for start in range(0, rows, block):
            count = min(block, rows - start)
            features[start:start + count] = pixels[:count]
            target[start:start + count] = labels[:count]


def train(options, folder, data, memory, layers, batch, epochs, ranks):
    """Trains, and returns the last line of its JSON and the lines of its epochs."""
    job = folder / "job.yaml"
    job.write_text(f"""data:
  train: {{file: {data}, features: x, target: y}}
  memory: {memory}
pipeline:
  features: [{{scale: {{factor: 1/255}}}}]
network:
  layers: [{", ".join(layers)}]
training:
  loss: sparse_categorical_crossentropy
  optimizer: {{adam: {{learning_rate: 0.001}}}}
  batch_size: {batch}
  epochs: {epochs}
output: {{model: {folder}/model.h5}}
""")
    command = [options.sounder, "train", str(job), "--json", "--quiet", "--overwrite", "--fresh"]
    if ranks > 1:
        command += ["--ranks", str(ranks)]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if run.returncode != 0:
        sys.exit(f"sounder train ended with {run.returncode}: see its message above")
    events = [json.loads(line) for line in run.stdout.splitlines()]
    return events[-1], [event for event in events if event.get("event") == "epoch"]


def dense(units, activation):
    return f"{{dense: {{units: {units}, activation: {activation}}}}}"


def memory(options, folder):
    """One epoch of the large file; whether every rank stays within 1.3 GiB."""
    rows = int(options.gigabytes * GIGABYTE) // WIDTH
    free = shutil.disk_usage(folder).free
    if free < 1.1 * rows * WIDTH:
        sys.exit(f"{folder} has {free / GIGABYTE:.1f} GiB left, the file takes {options.gigabytes}: "
                 "name another --folder, or fewer --gigabytes")
    data = folder / "large.h5"
    try:
        write_file(data, rows, "contiguous")
        last, epochs = train(options, folder, data, "1 GiB", [dense(10, "softmax")], 512, 1, 3)
    finally:
        data.unlink(missing_ok=True)
    peaks = [rank["peak_resident"] / GIGABYTE for rank in last["ranks"]]
    read = sum(rank["rows"] for rank in last["ranks"])
    print(f"memory: {options.gigabytes} GiB, {read} of {rows} rows, {epochs[0]['samples_per_second']:.0f} samples/s; "
          f"at most resident: {', '.join(f'{peak:.2f}' for peak in peaks)} GiB (goal 1.30)")
    return read == rows and max(peaks) < 1.3


def speed(options, folder):
    """Samples per second by storage, in turns; whether all goals are met."""
    rows = 200_000  # 150 MiB
    layers = [dense(256, "relu"), dense(256, "relu"), dense(10, "softmax")]
    speeds = {name: [] for name in SPEEDS}
    first = {name: [] for name in SPEEDS}
    try:
        for storage in ["contiguous", "chunked", "gzip"]:
            write_file(folder / f"{storage}.h5", rows, storage)
        for _ in range(options.rounds):
            for name, (storage, size, _) in SPEEDS.items():
                _, epochs = train(options, folder, folder / f"{storage}.h5", size, layers, 128, 3, 1)
                rates = [epoch["samples_per_second"] for epoch in epochs]
                first[name].append(rates[0])
                speeds[name].append(statistics.mean(rates[1:]))
    finally:
        for storage in ["contiguous", "chunked", "gzip"]:
            (folder / f"{storage}.h5").unlink(missing_ok=True)
    reached = True
    for name, (_, size, goal) in SPEEDS.items():
        ratio = statistics.median(a / b for a, b in zip(speeds[name], speeds["memory"]))
        reached &= ratio >= goal or name == "memory"
        print(f"speed: {name:15} data.memory {size:7} {statistics.median(speeds[name]):9.0f} samples/s "
              f"(first epoch {statistics.median(first[name]):.0f}), {ratio:.3f} of memory's"
              + (f" (goal {goal:.2f})" if name != "memory" else ""))
    return reached


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sounder", type=os.path.abspath, default=os.path.abspath(".build/release/sounder"))
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path(".build-bench"))
    parser.add_argument("--gigabytes", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=["memory", "speed"])
    options = parser.parse_args()
    folder = options.folder.resolve() / "stream"
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:  # Open MPI refuses root unless it is told twice
        os.environ |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    parts = {"memory": memory, "speed": speed}
    reached = [part(options, folder) for name, part in parts.items() if options.only in (None, name)]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
