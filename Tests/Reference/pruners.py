"""Writes Tests/Fixtures/pruners.json: when Optuna's pruners stop the trials of small studies.

Run with Optuna 5.0 and SciPy:  python3 Tests/Reference/pruners.py
"""
import json
import math
import pathlib
import random
import warnings

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.simplefilter("ignore")
GOLDEN = 0.6180339887498948


class HyperbandPruner(optuna.pruners.HyperbandPruner):
    """Optuna's Hyperband with our assignment of trials to brackets: by number, not by a checksum."""

    def _get_bracket_id(self, study, trial):
        left = math.fmod(trial.number * GOLDEN, 1) * self._total_trial_allocation_budget
        for bracket, share in enumerate(self._trial_allocation_budgets):
            left -= share
            if left < 0:
                return bracket
        return len(self._trial_allocation_budgets) - 1


p = optuna.pruners
PRUNERS = [
    ({"median": {}}, lambda: p.MedianPruner()),
    ({"median": {"startup_trials": 2, "warmup_steps": 3, "interval": 4, "min_trials": 3}},
     lambda: p.MedianPruner(2, 3, 4, n_min_trials=3)),
    ({"percentile": {}}, lambda: p.PercentilePruner(25.0)),
    ({"percentile": {"percentile": 70, "startup_trials": 1}}, lambda: p.PercentilePruner(70.0, 1)),
    ({"asha": {}}, lambda: p.SuccessiveHalvingPruner(1, 3)),
    ({"asha": {"min_steps": 2, "reduction": 4}}, lambda: p.SuccessiveHalvingPruner(2, 4)),
    ({"hyperband": {"max_steps": 27}}, lambda: HyperbandPruner(1, 27, 3)),
    ({"hyperband": {"min_steps": 2, "max_steps": 16, "reduction": 2}},
     lambda: HyperbandPruner(2, 16, 2)),
    ({"patience": {"patience": 2}}, lambda: p.PatientPruner(None, 2)),
    ({"patience": {"patience": 1, "min_delta": 0.05, "pruner": {"median": {"startup_trials": 2}}}},
     lambda: p.PatientPruner(p.MedianPruner(2), 1, 0.05)),
    ({"threshold": {"lower": -0.2, "upper": 1.2, "warmup_steps": 2, "interval": 2}},
     lambda: p.ThresholdPruner(-0.2, 1.2, 2, 2)),
    ({"wilcoxon": {}}, lambda: p.WilcoxonPruner()),
    ({"wilcoxon": {"threshold": 0.3, "startup_steps": 4}},
     lambda: p.WilcoxonPruner(p_threshold=0.3, n_startup_steps=4)),
]


def curves(seed, kind):
    generator = random.Random(seed)
    rows = []
    for _ in range(30):
        if kind == "folds":
            level = generator.gauss(0.5, 0.1)
            rows.append([round(generator.gauss(level, 0.1), 6) for _ in range(10)])
            continue
        final, gain, rate = generator.random(), generator.random(), 0.1 + generator.random()
        row = [round(final + gain * math.exp(-rate * s) + generator.gauss(0, 0.05), 6)
               for s in range(20)]
        if kind == "broken" and generator.random() < 0.3:
            start = generator.randrange(20)
            row[start:] = ["nan"] * (20 - start)
        rows.append(row)
    return rows


def stops(direction, rows, pruner):
    study = optuna.create_study(direction=direction, pruner=pruner())
    result = []
    for row in rows:
        trial = study.ask()
        stopped = None
        for step, value in enumerate(row, start=1):
            trial.report(float(value), step)
            if trial.should_prune():
                stopped = step
                break
        if stopped is not None:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        elif row[-1] == "nan":
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
        else:
            study.tell(trial, float(row[-1]))
        result.append(stopped)
    return result


cases = []
for kind in ["usual", "broken", "folds"]:
    for direction in ["minimize", "maximize"]:
        rows = curves(len(cases), kind)
        expected = [
            {"pruner": options, "stops": stops(direction, rows, pruner)}
            for options, pruner in PRUNERS
        ]
        cases.append({"kind": kind, "direction": direction, "curves": rows, "expected": expected})
path = pathlib.Path(__file__).parent.parent / "Fixtures" / "pruners.json"
path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
