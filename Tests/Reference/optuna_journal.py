"""Writes Tests/Fixtures/optuna-5.journal and what Optuna reads in it (optuna-5.json).

Run with Optuna 5: python3 Tests/Reference/optuna_journal.py Tests/Fixtures
"""

import json
import math
import os
import sys

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

optuna.logging.set_verbosity(optuna.logging.WARNING)
folder = sys.argv[1]
path = os.path.join(folder, "optuna-5.journal")
if os.path.exists(path):
    os.remove(path)


def storage():
    return JournalStorage(JournalFileBackend(path))


# A study that is deleted, and one beside: numbers of trials and studies count up over the file.
other = optuna.create_study(study_name="gone", storage=storage())
other.tell(other.ask({"x": FloatDistribution(0, 1)}), 1.0)
optuna.delete_study(study_name="gone", storage=storage())

study = optuna.create_study(
    study_name="golden", storage=storage(), direction="maximize",
    sampler=optuna.samplers.TPESampler(seed=1, n_startup_trials=4),
)
study.set_metric_names(["score"])
study.set_user_attr("owner", "Zoë \"quoted\" \\ \n tab\t \U0001f600")


def objective(trial):
    rate = trial.suggest_float("rate", 1e-6, 1e-1, log=True)
    step = trial.suggest_float("step", 0, 1, step=0.1)
    units = trial.suggest_int("units", 8, 256, log=True)
    layers = trial.suggest_int("layers", 1, 9, step=2)
    kind = trial.suggest_categorical("kind", ["adam", "sgd", None, 3, 2.5, True])
    if kind == "sgd":
        trial.suggest_float("momentum", 0, 0.99)
    # The range of this one depends on another.
    trial.suggest_float("dynamic", 0, layers)
    for number in range(3):
        trial.report([0.1, math.inf, -math.inf, math.nan][(trial.number + number) % 4], number)
        if trial.number % 7 == 3 and number == 1:
            raise optuna.TrialPruned()
    trial.set_user_attr("note", {"list": [1, 2.5, None], "nested": {"a": False}})
    if trial.number % 7 == 5:
        raise ValueError("an error on purpose")
    return math.log(rate) + step * units / layers


study.enqueue_trial({"rate": 0.01, "kind": "sgd", "momentum": 0.9}, user_attrs={"why": "first"})
study.optimize(objective, n_trials=15, catch=(ValueError,))
trial = study.ask()
trial.suggest_float("rate", 1e-6, 1e-1, log=True)  # Stays running.
study.enqueue_trial({"rate": 0.05, "units": 9})
study.add_trial(
    optuna.trial.create_trial(
        state=TrialState.COMPLETE, value=1 / 3, params={"rate": 0.07, "units": 16},
        distributions={
            "rate": FloatDistribution(1e-6, 1e-1, log=True), "units": IntDistribution(8, 256, log=True)
        },
        intermediate_values={5: 0.5, 2: 0.25},
    ))

study = optuna.load_study(study_name="golden", storage=storage())


def number(value):
    return value if value is None or math.isfinite(value) else str(value)


trials = [{
    "number": trial.number,
    "state": trial.state.value,
    "params": {
        name: trial.distributions[name].to_internal_repr(value)
        for name, value in trial.params.items()
    },
    "values": trial.values or [],
    "reports": [[step, number(value)] for step, value in sorted(trial.intermediate_values.items())],
    "user": trial.user_attrs,
    "start": trial.datetime_start and trial.datetime_start.timestamp(),
    "end": trial.datetime_complete and trial.datetime_complete.timestamp(),
} for trial in study.trials]
with open(os.path.join(folder, "optuna-5.json"), "w") as file:
    json.dump({"optuna": optuna.__version__, "user": study.user_attrs, "trials": trials}, file, indent=1)
    file.write("\n")
