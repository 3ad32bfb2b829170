"""Runs Sounder's benchmarks and the peers' in turns and prints a table of ratios.

Started by run.sh. One round measures each side once; the ratio of a row is the median over the
rounds of (ours / theirs), both of the same round, because the speed of a shared machine drifts.
Every measurement goes to results.jsonl in the folder, one JSON object a line.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time

NETWORK = "784-256-256-10, float32"


class Peer:
    """A framework in a process of its own, pinned to one CPU, asleep until it is asked."""

    def __init__(self, name, options):
        environment = dict(os.environ, LD_LIBRARY_PATH=f"{options.folder}/stubs")
        command = ["taskset", "-c", options.cpu, sys.executable, f"{options.peers}/train.py"]
        command += [name, "128", "adam", str(options.seconds)]
        self.name = name
        self.process = subprocess.Popen(
            command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.version = self.answer()["version"]

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.name} ended early: see its message above")
        return json.loads(line)

    def measure(self):
        self.process.stdin.write("measure\n")
        self.process.stdin.flush()
        return self.answer()["value"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def run(command):
    """The JSON objects that a command prints, one a line."""
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if result.returncode != 0:
        sys.exit(f"exit code {result.returncode} from: {' '.join(map(str, command))}")
    return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]


def value(command, bench):
    """The one measurement called `bench` among what a command prints."""
    values = [line["value"] for line in run(command) if line.get("bench") == bench]
    if len(values) != 1:
        sys.exit(f"{len(values)} results named {bench} from: {' '.join(map(str, command))}")
    return values[0]


def number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


class Table:
    def __init__(self, folder):
        self.rows = []
        self.log = open(f"{folder}/results.jsonl", "a")

    def record(self, **measurement):
        print(json.dumps({"time": time.strftime("%FT%TZ", time.gmtime()), **measurement}),
              file=self.log, flush=True)

    def add(self, title, pairs, unit, target):
        """`pairs`: (ours, theirs) of each round."""
        ratios = [ours / theirs for ours, theirs in pairs]
        self.rows.append((
            title,
            number(statistics.median(ours for ours, _ in pairs)),
            number(statistics.median(theirs for _, theirs in pairs)),
            unit,
            f"{statistics.median(ratios):.2f}",
            f"{min(ratios):.2f} to {max(ratios):.2f}",
            f"{target:.2f}" if target else "",
            "" if not target else "yes" if statistics.median(ratios) >= target else "NO",
        ))
        self.record(title=title, pairs=pairs, unit=unit, target=target)

    def show(self):
        heads = ("ours / theirs", "ours", "theirs", "unit", "ratio", "range", "target", "reached")
        rows = [heads, tuple("---" for _ in heads), *self.rows]
        widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
        for row in rows:
            print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")


def one_worker(options, table):
    peers = [Peer("jax", options), Peer("torch", options)]
    ours = ["taskset", "-c", options.cpu, options.sounder, "bench", "train", "--batch", "128"]
    ours += ["--optimizer", "adam", "--seconds", str(options.seconds), "--json"]
    rounds = {peer.name: [] for peer in peers}
    for _ in range(options.rounds):
        for peer in peers:
            theirs = peer.measure()
            rounds[peer.name].append((value(ours, "train"), theirs))
    for peer, target in zip(peers, (1.15, 2.2)):
        name = {"jax": "JAX jit", "torch": "PyTorch"}[peer.name]
        table.add(f"one worker / {name} {peer.version}, batch 128, Adam",
                  rounds[peer.name], "samples/s", target)
        peer.close()


def hogwild(options, table):
    pairs = []
    for _ in range(options.rounds):
        lines = {line["bench"]: line["value"]
                 for line in run([options.sounder, "bench", "hogwild",
                                  "--seconds", str(options.seconds), "--json"])}
        pairs.append((lines["hogwild"], lines["independent"]))
    table.add("two Hogwild workers / two independent processes, batch 128, Adam",
              pairs, "samples/s", 0.92)


def server(options, table):
    for workers, target in ((1, None), (2, 2.0)):
        mpirun = ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", str(workers + 1)]
        theirs = [*mpirun, sys.executable, f"{options.peers}/ps_min.py", str(options.seconds), "100"]
        ours = [*mpirun, options.sounder, "bench", "server", "--batch", "100",
                "--seconds", str(options.seconds), "--json"]
        pairs = [(value(ours, "server"), value(theirs, "ps_min")) for _ in range(options.rounds)]
        table.add(f"parameter server / mpi4py and NumPy, workers: {workers}, batch 100, SGD",
                  pairs, "updates/s", target)


def read(options, table):
    rounds = {}
    for _ in range(options.rounds):
        command = [options.sounder, "bench", "read", "--rounds", "1", "--json"]
        for line in run(command):
            rounds.setdefault(line["layout"], []).append((line["value"], line["library"]))
    for layout, pairs in rounds.items():
        table.add(f"HDF5 read, u8 to Float, {layout} / a bare loop over H5Dread",
                  pairs, "GB/s of Float", 0.9)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sounder", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--only", default="one_worker,hogwild,server,read")
    options = parser.parse_args()
    options.peers = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers")
    options.cpu = str(max(os.sched_getaffinity(0)))

    def core_to_core():
        cpus = [str(cpu) for cpu in sorted(os.sched_getaffinity(0))[:2]]
        return run([f"{options.folder}/c2c", *cpus])[0]["value"]

    print(f"{NETWORK}; {os.cpu_count()} CPUs; {options.rounds} rounds in turns;"
          f" load average {os.getloadavg()[0]:.2f}; Python {platform.python_version()}")
    table = Table(options.folder)
    benches = {"one_worker": one_worker, "hogwild": hogwild, "server": server, "read": read}
    latencies = []
    for name in options.only.split(","):
        two = name in ("hogwild", "server") and os.cpu_count() > 1
        if two:
            latencies.append(core_to_core())
        benches[name](options, table)
        if two:
            latencies.append(core_to_core())
    table.show()
    if latencies:
        table.record(title="core to core", nanoseconds=latencies)
        print("core to core, one way, beside the rows with two workers:"
              f" {', '.join(f'{latency:.0f}' for latency in latencies)} ns")


main()
