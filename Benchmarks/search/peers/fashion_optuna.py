"""The search of jobs/fashion-search.yaml with Optuna and PyTorch: one of its processes.

    python fashion_optuna.py JOURNAL SEED PROCESS SECONDS

As a user would write it: Optuna's default sampler (TPE) and MedianPruner, two of these processes on
one journal, each with one thread; the data in memory as tensors, one optimizer step a batch. The
clock starts when the data are loaded: `ready` and a line on standard input. At the end of the time
the process ends in the middle of its trial.
"""

import gzip
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np
import optuna
import torch
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from torch import nn

DATA = os.environ.get("FASHION_MNIST", "/usr/share/datasets/fashion-mnist")
EPOCHS = 4
# What `sounder search` tries first, too: the defaults of the job.
DEFAULTS = {
    "scaling": "scale", "depth": 2, "width1": 256, "width2": 256, "dropout": 0.0,
    "optimizer": "adam", "adam_rate": 1e-3, "batch_size": 128,
}


def idx(name, offset):
    with gzip.open(f"{DATA}/{name}.gz") as file:
        return np.frombuffer(file.read(), np.uint8, offset=offset)


def data():
    """Training and validation rows for each choice of scaling; a sixth of the rows validates."""
    images = idx("train-images-idx3-ubyte", 16).reshape(-1, 784).astype(np.float32)
    labels = torch.from_numpy(idx("train-labels-idx1-ubyte", 8).astype(np.int64))
    order = np.random.default_rng(1).permutation(len(images))
    held, kept = order[:10_002], order[10_002:]
    spread = images[kept].std(0)
    spread[spread == 0] = 1
    scaled = {"scale": images / 255, "standardize": (images - images[kept].mean(0)) / spread}
    return {
        name: [(torch.from_numpy(rows[part]), labels[part]) for part in (kept, held)]
        for name, rows in scaled.items()
    }


def network(trial):
    layers, inputs = [], 784
    dropout = trial.suggest_float("dropout", 0.0, 0.5)
    for layer in range(trial.suggest_int("depth", 1, 3)):
        units = trial.suggest_int(f"width{layer + 1}", 32, 512, log=True)
        layers += [nn.Linear(inputs, units), nn.ReLU(), nn.Dropout(dropout)]
        inputs = units
    return nn.Sequential(*layers, nn.Linear(inputs, 10))


def optimizer(trial, model):
    if trial.suggest_categorical("optimizer", ["adam", "sgd"]) == "adam":
        rate = trial.suggest_float("adam_rate", 1e-4, 1e-2, log=True)
        return torch.optim.Adam(model.parameters(), lr=rate)
    rate = trial.suggest_float("sgd_rate", 1e-3, 1.0, log=True)
    momentum = trial.suggest_float("momentum", 0.0, 0.99)
    return torch.optim.SGD(model.parameters(), lr=rate, momentum=momentum)


def main():
    path, seed, process, seconds = sys.argv[1], *map(int, sys.argv[2:4]), float(sys.argv[4])
    torch.set_num_threads(1)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    choices = data()
    print("ready", flush=True)
    sys.stdin.readline()
    end = time.monotonic() + seconds
    torch.manual_seed(1000 * seed + process)

    def objective(trial):
        scaling = trial.suggest_categorical("scaling", ["scale", "standardize"])
        (features, labels), (held_features, held_labels) = choices[scaling]
        model = network(trial)
        update = optimizer(trial, model)
        size = trial.suggest_int("batch_size", 32, 512, log=True)
        accuracy = 0.0
        for epoch in range(1, EPOCHS + 1):
            model.train()
            for rows in torch.randperm(len(features)).split(size):
                update.zero_grad()
                loss = nn.functional.cross_entropy(model(features[rows]), labels[rows])
                loss.backward()
                update.step()
                if time.monotonic() > end:
                    os._exit(0)  # what it trains is not counted on either side
            model.eval()
            with torch.no_grad():
                accuracy = (model(held_features).argmax(1) == held_labels).float().mean().item()
            trial.report(accuracy, epoch)
            if trial.should_prune():
                raise optuna.TrialPruned()
        return accuracy

    study = optuna.create_study(
        study_name="fashion", storage=JournalStorage(JournalFileBackend(path)),
        load_if_exists=True, direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=1000 * seed + process),
        pruner=optuna.pruners.MedianPruner())
    if process == 0:
        study.enqueue_trial(DEFAULTS)
    study.optimize(objective, timeout=seconds)


main()
