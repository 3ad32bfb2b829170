"""Optuna opens, serves and continues a study of sounder's, and makes one for sounder.

usage: optuna_check.py (read STUDY TRIALS | continue STUDY COUNT | create STUDY | finish STUDY)
"""

import json
import subprocess
import sys
import time
import urllib.request

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

optuna.logging.set_verbosity(optuna.logging.WARNING)
task, path, *rest = sys.argv[1:]


def load(name=None):
    return optuna.load_study(study_name=name, storage=JournalStorage(JournalFileBackend(path)))


def score(params):
    return (params["rate"] - 0.1) ** 2 + (params.get("size") or 0)


if task == "read":
    study = load()
    with open(rest[0]) as file:
        expected = [json.loads(line) for line in file]
    assert len(study.trials) == len(expected), (len(study.trials), len(expected))
    for trial, line in zip(study.trials, expected):
        assert trial.number == line["trial"]
        # == on floats: bit for bit.
        assert trial.params == line["params"], (trial.params, line)
    complete = study.get_trials(states=[optuna.trial.TrialState.COMPLETE])
    assert study.metric_names is None and len(complete) > 10
    assert study.best_trial.value == min(trial.value for trial in complete)
    assert any(trial.state == optuna.trial.TrialState.FAIL for trial in study.trials)
    assert any(trial.state == optuna.trial.TrialState.PRUNED for trial in study.trials)
    assert any(trial.intermediate_values for trial in study.trials)
    optuna.importance.get_param_importances(study, evaluator=optuna.importance.PedAnovaImportanceEvaluator())
elif task == "continue":
    study = load()
    study.sampler = optuna.samplers.TPESampler(seed=1, n_startup_trials=1)
    before = len(study.trials)

    def objective(trial):
        params = {
            "rate": trial.suggest_float("rate", 1e-4, 1, log=True),
            "kind": trial.suggest_categorical("kind", ["a", "b"]),
        }
        if params["kind"] == "b":
            params["size"] = trial.suggest_int("size", 1, 8)
        trial.report(score(params), 1)
        return score(params)

    study.optimize(objective, n_trials=int(rest[0]))
    assert len(study.trials) > before
    # A trial that sounder enqueued was run with its fixed values.
    assert any(trial.params == {"rate": 0.5, "kind": "b", "size": 8} for trial in study.trials)
elif task == "create":
    study = optuna.create_study(
        study_name="theirs", direction="minimize", storage=JournalStorage(JournalFileBackend(path)))

    def objective(trial):
        rate = trial.suggest_float("rate", 1e-4, 1, log=True)
        if trial.suggest_categorical("deep", [False, True]):
            rate += trial.suggest_int("layers", 1, 9, step=2)
        trial.report(rate, 0)
        return rate

    study.optimize(objective, n_trials=12)
elif task == "finish":
    study = load("theirs")
    assert len(study.trials) == 17, len(study.trials)
    assert study.trials[12].value == 5.5
    study.tell(study.ask(), 1.0)
elif task == "dashboard":
    server = subprocess.Popen(
        [rest[0], path, "--port", "18097"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.time() + 60
        while True:
            try:
                base = "http://127.0.0.1:18097/api/studies"
                summary = json.load(urllib.request.urlopen(base))["study_summaries"][0]
                break
            except OSError:
                assert time.time() < deadline and server.poll() is None, "no dashboard"
                time.sleep(0.2)
        study = json.load(urllib.request.urlopen(f"{base}/{summary['study_id']}"))
        assert len(study["trials"]) == len(load().trials)
        parameters = {item["name"] for item in study["union_search_space"]}
        assert parameters == {"rate", "kind", "size"}, parameters
    finally:
        server.terminate()
        server.wait()
print("optuna:", task)
