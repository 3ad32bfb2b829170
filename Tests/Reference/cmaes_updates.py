"""Writes Tests/Fixtures/cmaes.json: states of CMA-ES, plain and with margin, after given points.

Run with cmaes 0.13, SciPy and NumPy:  python3 Tests/Reference/cmaes_updates.py
"""
import json
import pathlib

import numpy
from cmaes import CMA, CMAwM


def value(x):
    return float(((x - 0.21) ** 2 * 10.0 ** numpy.arange(len(x))).sum() + x[0] * x[1])


plain = CMA(mean=numpy.full(4, 0.5), sigma=1 / 6, seed=1)
generations = []
for _ in range(12):
    points = sorted((plain.ask() for _ in range(plain.population_size)), key=value)
    plain.tell([(x, i) for i, x in enumerate(points)])
    generations.append({
        "points": [x.tolist() for x in points], "mean": plain._mean.tolist(),
        "sigma": float(plain._sigma), "covariance": plain._C.ravel().tolist()})

# Axes of 5 and 3 grid values, whose middles are (i + 1/2) / n, and one continuum.
counts = [5, 3, 0]
bounds = numpy.array([[0.5 / n, 1 - 0.5 / n] if n else [0, 1] for n in counts])
steps = numpy.array([1 / n if n else 0 for n in counts])
margin = CMAwM(mean=numpy.full(3, 0.5), sigma=1 / 6, bounds=bounds, steps=steps, seed=2)
margin_generations = []
for _ in range(25):
    drawn = [margin.ask() for _ in range(margin.population_size)]
    drawn.sort(key=lambda pair: value(pair[0]))
    margin.tell([(raw, i) for i, (_, raw) in enumerate(drawn)])
    probe = numpy.array([0.15, 0.6, 0.4])
    margin_generations.append({
        "points": [raw.tolist() for _, raw in drawn], "mean": margin._cma._mean.tolist(),
        "sigma": float(margin._cma._sigma), "covariance": margin._cma._C.ravel().tolist(),
        "stretches": margin._A.tolist(),
        "probe": margin._encode_discrete_params(probe[:2]).tolist()})
path = pathlib.Path(__file__).parent.parent / "Fixtures/cmaes.json"
path.write_text(json.dumps({"plain": generations, "margin": margin_generations}) + "\n")
