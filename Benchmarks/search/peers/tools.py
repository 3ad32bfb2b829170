"""The other tools behind one interface: ask() is (handle, parameters), tell(handle, parameters, value).

Each is used with the settings of its own defaults; a package is imported when its tool is made.
"""

import logging
import math
import tempfile


class Optuna:
    def __init__(self, space, seed, kind):
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        samplers, distributions = optuna.samplers, optuna.distributions
        sampler = {
            "random": lambda: samplers.RandomSampler(seed=seed),
            # Since version 5 multivariate and with a constant liar by default.
            "tpe": lambda: samplers.TPESampler(seed=seed),
            "tpe_uni": lambda: samplers.TPESampler(
                seed=seed, multivariate=False, constant_liar=True),
            "optuna_gp": lambda: samplers.GPSampler(seed=seed),
            "cmaes": lambda: samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False),
        }[kind]()
        self.study = optuna.create_study(direction="minimize", sampler=sampler)
        self.distributions = {
            axis["name"]:
                distributions.CategoricalDistribution(axis["choices"])
                if axis["type"] == "cat"
                else (
                    distributions.FloatDistribution
                    if axis["type"] == "float"
                    else distributions.IntDistribution
                )(axis["low"], axis["high"], log=axis["log"])
            for axis in space
        }

    def ask(self):
        trial = self.study.ask(self.distributions)
        return trial, dict(trial.params)

    def tell(self, handle, parameters, value):
        self.study.tell(handle, value)


class Skopt:
    """gp_minimize's own settings: a Matern GP, gp_hedge, 10 random points first."""

    def __init__(self, space, seed):
        from skopt import Optimizer
        from skopt.space import Categorical, Integer, Real

        self.space = space
        axes = [
            Categorical(axis["choices"], name=axis["name"])
            if axis["type"] == "cat"
            else (Real if axis["type"] == "float" else Integer)(
                axis["low"], axis["high"], prior="log-uniform" if axis["log"] else "uniform",
                name=axis["name"])
            for axis in space
        ]
        self.optimizer = Optimizer(
            axes, base_estimator="GP", n_initial_points=10, acq_func="gp_hedge",
            acq_optimizer="auto", random_state=seed)

    def parameters(self, point):
        convert = {"cat": lambda value: value, "int": int, "float": float}
        return {
            axis["name"]: convert[axis["type"]](value) for axis, value in zip(self.space, point)
        }

    def ask(self):
        point = self.optimizer.ask()
        return point, self.parameters(point)

    def tell(self, handle, parameters, value):
        self.optimizer.tell(handle, value)


class HEBO:
    def __init__(self, space, seed):
        import random

        import numpy as np
        import torch
        from hebo.design_space.design_space import DesignSpace
        from hebo.optimizers.hebo import HEBO as Optimizer

        np.random.seed(seed)
        torch.manual_seed(seed)
        random.seed(seed)
        self.space = space
        kinds = {
            ("float", False): "num", ("float", True): "pow",
            ("int", False): "int", ("int", True): "pow_int",
        }
        axes = [
            dict(name=axis["name"], type="cat", categories=axis["choices"])
            if axis["type"] == "cat"
            else dict(
                name=axis["name"], type=kinds[axis["type"], axis["log"]], lb=axis["low"],
                ub=axis["high"], **({"base": 10} if axis["log"] else {}))
            for axis in space
        ]
        self.optimizer = Optimizer(DesignSpace().parse(axes), model_name="gp", scramble_seed=seed)

    def parameters(self, row):
        convert = {
            "cat": lambda value: value, "int": lambda value: int(round(float(value))),
            "float": float,
        }
        return {axis["name"]: convert[axis["type"]](row[axis["name"]]) for axis in self.space}

    def ask(self):
        return self.ask_batch(1)[0]

    def tell(self, handle, parameters, value):
        self.tell_batch([handle], [parameters], [value])

    def ask_batch(self, count):
        rows = self.optimizer.suggest(n_suggestions=count)
        return [(rows.iloc[[i]], self.parameters(rows.iloc[i])) for i in range(count)]

    def tell_batch(self, handles, parameters, values):
        import numpy as np
        import pandas

        self.optimizer.observe(
            pandas.concat(handles, axis=0, ignore_index=True), np.array(values).reshape(-1, 1))


class SMAC:
    def __init__(self, space, seed, count):
        logging.disable(logging.CRITICAL)
        from ConfigSpace import Categorical, ConfigurationSpace, Float, Integer
        from smac import HyperparameterOptimizationFacade as Facade
        from smac import Scenario

        configuration = ConfigurationSpace(seed=seed)
        for axis in space:
            configuration.add(
                Categorical(axis["name"], axis["choices"])
                if axis["type"] == "cat"
                else (Float if axis["type"] == "float" else Integer)(
                    axis["name"], (axis["low"], axis["high"]), log=axis["log"]))
        self.folder = tempfile.TemporaryDirectory(prefix="smac")
        scenario = Scenario(
            configuration, deterministic=True, n_trials=count, seed=seed,
            output_directory=self.folder.name, name="run")
        self.facade = Facade(
            scenario, target_function=lambda config, seed=0: 0.0, overwrite=True,
            logging_level=False)

    def ask(self):
        info = self.facade.ask()
        return info, dict(info.config)

    def tell(self, handle, parameters, value):
        from smac.runhistory.dataclasses import TrialValue

        self.facade.tell(handle, TrialValue(cost=float(value)))


class BoTorch:
    """Defaults: SingleTaskGP and log-EI after 10 Sobol points. A choice is the largest of a one-hot
    block, whole numbers are rounded."""

    def __init__(self, space, seed):
        import torch
        from torch.quasirandom import SobolEngine

        torch.set_num_threads(1)
        torch.manual_seed(seed)
        self.space = space
        self.width = sum(len(axis["choices"]) if axis["type"] == "cat" else 1 for axis in space)
        self.start = SobolEngine(self.width, scramble=True, seed=seed).draw(10).double()
        self.points, self.values, self.pending, self.asked = [], [], {}, 0

    def decoded(self, unit):
        parameters, column, used = {}, 0, unit.clone()
        for axis in self.space:
            if axis["type"] == "cat":
                count = len(axis["choices"])
                chosen = int(unit[column:column + count].argmax())
                parameters[axis["name"]] = axis["choices"][chosen]
                used[column:column + count] = 0
                used[column + chosen] = 1
                column += count
                continue
            low, high = axis["low"], axis["high"]
            if axis["log"]:
                low, high = math.log(low), math.log(high)
            value = low + float(unit[column]) * (high - low)
            value = min(max(math.exp(value) if axis["log"] else value, axis["low"]), axis["high"])
            if axis["type"] == "int":
                value = int(round(value))
                used[column] = ((math.log(value) if axis["log"] else value) - low) / (high - low)
            parameters[axis["name"]] = value
            column += 1
        return parameters, used

    def ask(self):
        if self.asked < 10:
            unit = self.start[self.asked]
        else:
            unit = self.proposal()
        parameters, used = self.decoded(unit)
        self.asked += 1
        self.pending[self.asked] = used
        return self.asked, parameters

    def proposal(self):
        import torch
        from botorch.acquisition import LogExpectedImprovement, qLogExpectedImprovement
        from botorch.fit import fit_gpytorch_mll
        from botorch.models import SingleTaskGP
        from botorch.models.transforms import Standardize
        from botorch.optim import optimize_acqf
        from gpytorch.mlls import ExactMarginalLogLikelihood

        points = torch.stack(self.points)
        values = -torch.tensor(self.values, dtype=torch.double).unsqueeze(-1)
        model = SingleTaskGP(points, values, outcome_transform=Standardize(1))
        fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
        if self.pending:
            acquisition = qLogExpectedImprovement(
                model, best_f=values.max(), X_pending=torch.stack(list(self.pending.values())))
        else:
            acquisition = LogExpectedImprovement(model, best_f=values.max())
        bounds = torch.tensor([[0.0] * self.width, [1.0] * self.width], dtype=torch.double)
        best, _ = optimize_acqf(
            acquisition, bounds=bounds, q=1, num_restarts=8, raw_samples=512,
            options={"maxiter": 100, "batch_limit": 8})
        return best[0].detach()

    def tell(self, handle, parameters, value):
        self.points.append(self.pending.pop(handle))
        self.values.append(value)


def make(method, space, seed, count):
    if method == "skopt":
        return Skopt(space, seed)
    if method == "hebo":
        return HEBO(space, seed)
    if method == "smac":
        return SMAC(space, seed, count)
    if method == "botorch":
        return BoTorch(space, seed)
    return Optuna(space, seed, method)
