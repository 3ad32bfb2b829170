"""Runs Sounder's benchmarks and the peers' in turns and prints a table of ratios.

Started by run.sh. One round measures each side once; the ratio of a row is the median over the
rounds of (ours / theirs), both of the same round, because the speed of a shared machine drifts.
Every measurement goes to results.jsonl in the folder, one JSON object a line.
"""

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time

# Network, batch, ratio to reach against the fastest peer, and of what oneDNN alone can do.
STEPS = [
    ("mlp", 32, 1.5, 0.75),
    ("mlp", 128, 1.2, 0.85),
    ("mlp", 1024, 1.05, 0.90),
    ("cnn", 128, 1.35, 0.80),
    ("lstm", 128, 1.2, 0.70),
    ("gru", 128, 1.6, 0.70),
    ("ae", 300, 1.1, 0.80),
    ("wide", 256, 1.1, 0.85),
]
FRAMEWORKS = {
    "jax": "JAX jit", "torch": "PyTorch", "torchfused": "PyTorch, fused Adam",
    "tf": "TensorFlow tf.function",
}


class Peer:
    """Another program in a process of its own, pinned to one CPU, asleep until it is asked."""

    def __init__(self, name, options, *command):
        environment = dict(os.environ, LD_LIBRARY_PATH=f"{options.folder}/stubs")
        command = ["taskset", "-c", options.cpu, *map(str, command)]
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

    def add(self, title, pairs, unit, target, most=False):
        """`pairs`: (ours, theirs) of each round; with `most` the ratio may be at most the target."""
        ratios = [ours / theirs for ours, theirs in pairs]
        self.rows.append((
            title,
            number(statistics.median(ours for ours, _ in pairs)),
            number(statistics.median(theirs for _, theirs in pairs)),
            unit,
            f"{statistics.median(ratios):.2f}",
            f"{min(ratios):.2f} to {max(ratios):.2f}",
            f"{target:.2f}" if target else "",
            "" if not target else "yes" if (statistics.median(ratios) <= target if most
                                            else statistics.median(ratios) >= target) else "NO",
        ))
        self.record(title=title, pairs=pairs, unit=unit, target=target)

    def show(self):
        heads = ("ours / theirs", "ours", "theirs", "unit", "ratio", "range", "target", "reached")
        rows = [heads, tuple("---" for _ in heads), *self.rows]
        widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
        for row in rows:
            print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")


def bench(options, kind, network, batch, *more):
    """Samples per second of one process of ours."""
    return value(["taskset", "-c", options.cpu, options.sounder, "bench", kind, "--network", network,
                  "--batch", str(batch), "--seconds", str(options.seconds), "--json", *more], kind)


def steps(options, table):
    """Training steps beside every framework and beside oneDNN alone."""
    for network, batch, target, limit_target in STEPS:
        if not options.networks.search(f"{network}{batch}"):
            continue
        train = [sys.executable, f"{options.peers}/train.py"]
        peers = [Peer(name, options, *train, name, network, batch, "adam", options.seconds)
                 for name in FRAMEWORKS]
        limit = Peer("limit", options, f"{options.folder}/limit", network, batch, options.seconds)
        rounds = []
        for _ in range(options.rounds):
            theirs = {}
            # Ours stands in the middle of its round, so that a drifting machine favours nobody.
            for index, peer in enumerate(peers):
                if index == len(peers) // 2:
                    ours = bench(options, "train", network, batch)
                    ceiling = limit.measure()
                theirs[peer.name] = peer.measure()
            rounds.append((ours, ceiling, theirs))
            table.record(bench="step", network=network, batch=batch, ours=ours, limit=ceiling,
                         **theirs)
        medians = {peer.name: statistics.median(theirs[peer.name] for *_, theirs in rounds)
                   for peer in peers}
        fastest = max(peers, key=lambda peer: medians[peer.name])
        table.add(f"{network}, batch {batch} / {FRAMEWORKS[fastest.name]} {fastest.version}",
                  [(ours, theirs[fastest.name]) for ours, _, theirs in rounds], "samples/s", target)
        table.add(f"{network}, batch {batch} / oneDNN {limit.version} alone",
                  [(ours, ceiling) for ours, ceiling, _ in rounds], "samples/s", limit_target)
        for peer in [*peers, limit]:
            peer.close()


def bfloat16(options, table):
    """A step with products of bfloat16 beside one of float32, both ours; and oneDNN's products alone."""
    with open("/proc/cpuinfo") as file:
        if not re.search(r"\b(avx512_bf16|amx_bf16)\b", file.read()):
            print("bfloat16: this CPU has no instructions for it, so there is nothing to compare")
            return
    network, batch = "wide", 256
    limits = [Peer("limit", options, f"{options.folder}/limit", network, batch, options.seconds, *more)
              for more in ([], ["bf16"])]
    pairs, products = [], []
    for _ in range(options.rounds):
        plain = bench(options, "train", network, batch)
        pairs.append((bench(options, "train", network, batch, "--precision", "bfloat16"), plain))
        products.append(tuple(limit.measure() for limit in reversed(limits)))
    table.add(f"{network}, batch {batch}, bfloat16 / float32", pairs, "samples/s", 1.45)
    table.add(f"{network}, batch {batch}, oneDNN's products, bfloat16 / float32", products,
              "samples/s", 1.7)
    for limit in limits:
        limit.close()


def predict(options, table):
    """Prediction beside ONNX Runtime: a row at a time, a batch, a file."""
    script = [sys.executable, f"{options.peers}/predict.py"]
    for network in ("mlp", "cnn", "lstm", "gru", "ae", "wide"):
        for batch in (1, 512):
            if not options.networks.search(f"{network}{batch}"):
                continue
            peer = Peer("onnx", options, *script, network, batch, options.seconds)
            pairs = [(bench(options, "predict", network, batch), peer.measure())
                     for _ in range(options.rounds)]
            table.add(f"predict {network}, batch {batch} / ONNX Runtime {peer.version}", pairs,
                      "rows/s", 1.0)
            peer.close()
    # The file holds 60,000 images; the model is trained for one epoch, which changes nothing here.
    folder, data = options.folder, f"{options.folder}/fashion-mnist.h5"
    if not os.path.exists(data):
        subprocess.run(["scripts/convert-fashion.sh", options.sounder, data], check=True,
                       stdout=subprocess.DEVNULL)
    model = os.path.abspath(f"{folder}/predict.h5")
    values = [f"data.{part}.file={data}" for part in ("train", "validation")]
    values += ["training.epochs=1", f"output.model={model}"]
    subprocess.run([options.sounder, "train", "jobs/fashion-mlp.yaml", "--overwrite", "--ranks", "2",
                    *(word for item in values for word in ("--set", item))],
                   check=True, stdout=subprocess.DEVNULL)
    peer = Peer("onnx", options, *script, "mlp", 512, options.seconds, data, "train/features")

    def seconds(rows):
        start = time.perf_counter()
        subprocess.run(["taskset", "-c", options.cpu, options.sounder, "predict", model, data,
                        "--features", "train/features", "--output", f"{folder}/predictions.h5",
                        "--overwrite", "--quiet", "--rows", f"0:{rows}"], check=True)
        return time.perf_counter() - start

    # The peer has started long before it is measured: the start of our process is taken off, too.
    pairs = []
    for _ in range(options.rounds):
        start = seconds(1)
        pairs.append((59_999 / (seconds(60_000) - start), peer.measure()))
    table.add(f"predict a file, mlp / h5py and ONNX Runtime {peer.version}", pairs, "rows/s", 1.0)
    peer.close()


def hogwild(options, table):
    for batch, target in ((32, 0.90), (128, 0.95), (512, 0.95)):
        pairs = []
        for _ in range(options.rounds):
            lines = {line["bench"]: line["value"]
                     for line in run([options.sounder, "bench", "hogwild", "--batch", str(batch),
                                      "--seconds", str(options.seconds), "--json"])}
            pairs.append((lines["hogwild"], lines["independent"]))
        table.add(f"two Hogwild workers / two independent processes, batch {batch}, Adam",
                  pairs, "samples/s", target)


def accuracy(options, table):
    """Seconds of training until 86 % of the test rows are right: two workers on each side, seed by seed.

    At least five seeds, whatever the number of rounds: they differ more than the rounds of a speed.
    """
    folder, target, chunk = options.folder, 0.86, 25
    data = os.path.abspath(f"{folder}/fashion.h5")
    if not os.path.exists(data):
        subprocess.run(["scripts/convert-fashion.sh", options.sounder, data, "--quiet"], check=True)
    optimizers = {"adam": "{adam: {learning_rate: 0.001}}",
                  "sgd": "{sgd: {learning_rate: 0.01, momentum: 0.5}}"}

    def ours(optimizer, batch, seed):
        settings = {
            "data.train.file": data, "data.validation.file": data, "data.memory": "1 GiB",
            "training.optimizer": optimizers[optimizer], "training.batch_size": batch,
            "training.steps_per_epoch": chunk, "training.epochs": 100_000,
            "training.target": f"{{monitor: val_accuracy, value: {target}}}",
            "output.model": f"{folder}/accuracy.h5", "output.history_json": f"{folder}/accuracy.json"}
        command = [options.sounder, "train", "jobs/fashion-mlp.yaml", "--ranks", "3", "--quiet",
                   "--fresh", "--overwrite", "--seed", str(seed)]
        for key, setting in settings.items():
            command += ["--set", f"{key}={setting}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        with open(f"{folder}/accuracy.json") as file:
            epochs = json.load(file)
        # Rows per second are counted without validation, as the peer's seconds are.
        return sum(2 * chunk * batch / epoch["samples_per_second"] for epoch in epochs)

    environment = dict(os.environ, LD_LIBRARY_PATH=f"{folder}/stubs")

    def theirs(optimizer, batch, seed):
        command = [sys.executable, f"{options.peers}/hogwild.py", data, optimizer, batch, seed, target, chunk]
        return json.loads(subprocess.run(
            [*map(str, command)], check=True, env=environment, stdout=subprocess.PIPE, text=True,
        ).stdout)["value"]

    for optimizer, batch in (("sgd", 64), ("adam", 128), ("adam", 32)):
        pairs = [(ours(optimizer, batch, seed), theirs(optimizer, batch, seed))
                 for seed in range(1, max(5, options.rounds) + 1)]
        table.add(f"seconds to 86 % on Fashion-MNIST / PyTorch's Hogwild, {optimizer}, batch {batch}",
                  pairs, "s", 0.4, most=True)


def server(options, table):
    for workers, target in ((1, None), (2, 2.5)):
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
    parser.add_argument("--only", default="steps,bfloat16,predict,hogwild,accuracy,server,read")
    parser.add_argument("--networks", default=".", type=re.compile,
                        help="regular expression over names such as mlp128")
    options = parser.parse_args()
    options.peers = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers")
    options.cpu = str(max(os.sched_getaffinity(0)))

    def core_to_core():
        cpus = [str(cpu) for cpu in sorted(os.sched_getaffinity(0))[:2]]
        return run([f"{options.folder}/c2c", *cpus])[0]["value"]

    print(f"float32; {os.cpu_count()} CPUs; {options.rounds} rounds in turns;"
          f" load average {os.getloadavg()[0]:.2f}; Python {platform.python_version()}")
    table = Table(options.folder)
    benches = {"steps": steps, "bfloat16": bfloat16, "predict": predict, "hogwild": hogwild,
               "accuracy": accuracy, "server": server, "read": read}
    latencies = []
    for name in options.only.split(","):
        two = name in ("hogwild", "accuracy", "server") and os.cpu_count() > 1
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
