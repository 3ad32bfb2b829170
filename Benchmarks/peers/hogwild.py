"""PyTorch's Hogwild example on Fashion-MNIST: seconds of training until a test accuracy is reached.

use: hogwild.py DATA.h5 adam|sgd BATCH SEED TARGET CHUNK

Two processes of one thread train one model in shared memory, each with an optimizer of its own and an
order of its own, as examples/mnist_hogwild does; the rows lie in memory as floats, so nothing is read.
After CHUNK batches of each the two wait and the test rows are evaluated, which the clock leaves out.
"""

import json
import os
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"

import h5py
import torch
import torch.multiprocessing as multiprocessing
from torch import nn
from torch.nn import functional


def rows(path, part):
    with h5py.File(path) as file:
        features = torch.from_numpy(file[f"{part}/features"][...]).reshape(-1, 784).float() / 255
        labels = torch.from_numpy(file[f"{part}/labels"][...].astype("int64")).reshape(-1)
    return features, labels


def work(process, model, features, labels, arguments, gate):
    optimizer_name, batch, seed, chunk = arguments
    torch.set_num_threads(1)
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[process]})
    torch.manual_seed(2 * seed + process)
    optimizer = (
        torch.optim.Adam(model.parameters(), lr=1e-3) if optimizer_name == "adam"
        else torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.5))
    order, place = torch.randperm(len(labels)), 0
    gate.wait()
    while True:
        gate.wait()
        for _ in range(chunk):
            if place + batch > len(order):
                order, place = torch.randperm(len(labels)), 0
            index = order[place:place + batch]
            place += batch
            optimizer.zero_grad()
            functional.cross_entropy(model(features[index]), labels[index]).backward()
            optimizer.step()
        gate.wait()


def main():
    path, optimizer, batch, seed, target, chunk = sys.argv[1:]
    batch, seed, target, chunk = int(batch), int(seed), float(target), int(chunk)
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10))
    model.share_memory()
    features, labels = (tensor.share_memory_() for tensor in rows(path, "train"))
    test_features, test_labels = rows(path, "test")
    gate = multiprocessing.Barrier(3)
    workers = [
        multiprocessing.Process(
            target=work, daemon=True,
            args=(process, model, features, labels, (optimizer, batch, seed, chunk), gate))
        for process in range(2)]
    for worker in workers:
        worker.start()
    gate.wait()
    seconds, trained, accuracy = 0.0, 0, 0.0
    while accuracy < target and trained < 100 * len(labels):
        start = time.perf_counter()
        gate.wait()
        gate.wait()
        seconds += time.perf_counter() - start
        trained += 2 * chunk * batch
        with torch.no_grad():
            found = model(test_features).argmax(1)
        accuracy = (found == test_labels).float().mean().item()
    for worker in workers:
        worker.terminate()
    print(json.dumps({
        "bench": "accuracy", "value": seconds, "rows": trained, "accuracy": accuracy,
        "version": torch.__version__}))


if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    main()
