"""Writes Tests/Fixtures/parzen.json: log densities of Optuna's Parzen estimator.

Run with Optuna 5.0 and NumPy:  python3 Tests/Reference/parzen.py
"""
import functools
import json
import pathlib

import numpy
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers._tpe.parzen_estimator import _ParzenEstimator, _ParzenEstimatorParameters
from optuna.samplers._tpe.sampler import default_weights

# Of equal values the earlier one comes first: Optuna leaves their order to the sorting algorithm.
numpy.argsort = functools.partial(numpy.argsort, kind="stable")

space = {
    "x": FloatDistribution(-5, 10),
    "y": FloatDistribution(1e-4, 1, log=True),
    "n": IntDistribution(1, 7),
    "m": IntDistribution(4, 2000, log=True),
    "s": FloatDistribution(0, 2, step=0.25),
    "c": CategoricalDistribution(["a", "b", "c"]),
}
generator = numpy.random.default_rng(3)


def draw(count):
    return {
        "x": generator.normal(1, 3, count).clip(-5, 10),
        "y": 10 ** generator.uniform(-4, 0, count),
        "n": generator.integers(1, 8, count).astype(float),
        "m": numpy.exp(generator.uniform(numpy.log(4), numpy.log(2000), count)).round(),
        "s": generator.integers(0, 9, count) * 0.25,
        "c": generator.integers(0, 3, count).astype(float),
    }


parameters = _ParzenEstimatorParameters(
    prior_weight=1.0, consider_magic_clip=True, consider_endpoints=False,
    weights=default_weights, multivariate=True)
cases = []
for count in [0, 1, 2, 10, 60, 200]:
    observed, points = draw(count), draw(12)
    estimator = _ParzenEstimator(observed, space, parameters)
    cases.append({
        "observed": {name: column.tolist() for name, column in observed.items()},
        "points": {name: column.tolist() for name, column in points.items()},
        "log_densities": estimator.log_pdf(points).tolist(),
    })
path = pathlib.Path(__file__).parent.parent / "Fixtures/parzen.json"
path.write_text(json.dumps({"cases": cases}) + "\n")
