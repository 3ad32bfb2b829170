"""The benchmark's objectives, all minimised. `get(name)` is (space, function of a dict, minimum).

A space is a list of dicts: name, type (float, int or cat), low, high, log, choices. The same
objectives in Swift stand in ../objectives; ../test-vectors.json has values that both must give.
"""

import csv
import math
import os

import numpy as np

TABLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tables")


def real(name, low, high, log=False):
    return dict(name=name, type="float", low=low, high=high, log=log)


def whole(name, low, high, log=False):
    return dict(name=name, type="int", low=low, high=high, log=log)


def choice(name, *choices):
    return dict(name=name, type="cat", choices=list(choices))


def cube(count, low, high):
    return [real(f"x{i}", float(low), float(high)) for i in range(count)]


def branin(x):
    b, c, t = 5.1 / (4 * math.pi**2), 5 / math.pi, 1 / (8 * math.pi)
    return (x[1] - b * x[0] ** 2 + c * x[0] - 6) ** 2 + 10 * (1 - t) * math.cos(x[0]) + 10


HARTMANN_SCALES = np.array([
    [10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8],
    [17, 8, 0.05, 10, 0.1, 14],
])
HARTMANN_CENTRES = 1e-4 * np.array([
    [1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
    [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381],
])
HARTMANN_BEST = np.array([0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573])


def hartmann(x):
    distances = (HARTMANN_SCALES * (x - HARTMANN_CENTRES) ** 2).sum(1)
    return -(np.array([1.0, 1.2, 3.0, 3.2]) * np.exp(-distances)).sum()


def ackley(z):
    wave = np.cos(2 * math.pi * z).mean()
    return -20 * math.exp(-0.2 * math.sqrt((z * z).mean())) - math.exp(wave) + 20 + math.e


def levy(z):
    """Levy's function with its minimum at z = 0."""
    w = 1 + z / 4
    middle = ((w[:-1] - 1) ** 2 * (1 + 10 * np.sin(math.pi * w[:-1] + 1) ** 2)).sum()
    end = (w[-1] - 1) ** 2 * (1 + math.sin(2 * math.pi * w[-1]) ** 2)
    return math.sin(math.pi * w[0]) ** 2 + middle + end


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def styblinski(x):
    return 0.5 * (x**4 - 16 * x**2 + 5 * x).sum()


def rotated(z):
    """One plane rotation after the other, by 0.7 + 1.3 (i n + j) in the plane of axes i < j."""
    z = np.array(z, float)
    for i in range(len(z)):
        for j in range(i + 1, len(z)):
            angle = 0.7 + 1.3 * (i * len(z) + j)
            z[i], z[j] = (
                math.cos(angle) * z[i] - math.sin(angle) * z[j],
                math.sin(angle) * z[i] + math.cos(angle) * z[j],
            )
    return z


ANALYTIC = {
    "branin": ([real("x0", -5.0, 10.0), real("x1", 0.0, 15.0)], branin, 0.39788735772973816),
    "hartmann6": (cube(6, 0, 1), hartmann, -3.322368011415511),
    "ackley5": (
        cube(5, -5, 10),
        lambda x: ackley(x - np.array([1.37, -2.11, 3.08, -0.53, 4.29])), 0.0,
    ),
    "levy8": (cube(8, -10, 10), lambda x: levy(x - 1), 0.0),
    "rosenbrock4": (cube(4, -5, 10), rosenbrock, 0.0),
    "styblinski5": (cube(5, -5, 5), styblinski, -39.16616570377142 * 5),
    # Nobody tuned on these.
    "ackley6_rotated": (
        cube(6, -4, 8),
        lambda x: ackley(rotated(x - np.array([0.83, 3.17, -1.91, 2.26, -0.67, 4.05]))), 0.0,
    ),
    "levy5_rotated": (
        cube(5, -10, 10),
        lambda x: levy(rotated(x - np.array([2.3, -4.1, 0.7, 5.2, -1.6]))), 0.0,
    ),
    "rosenbrock5_shifted": (
        cube(5, -3, 6),
        lambda x: rosenbrock(x - np.array([0.45, -0.8, 1.2, 0.3, -0.35]) + 1), 0.0,
    ),
    "hartmann6_rotated": (
        cube(6, 0, 1),
        lambda x: hartmann(rotated(x - HARTMANN_BEST) + HARTMANN_BEST), -3.322368011415511,
    ),
}
TABULAR = {
    "mlp_digits": [
        real("lr", 1e-4, 1.0, True), real("alpha", 1e-6, 1.0, True), whole("width", 4, 128, True),
        whole("batch", 8, 128, True), choice("activation", "relu", "tanh", "logistic"),
        choice("solver", "sgd", "adam"),
    ],
    "gbm_cancer": [
        real("lr", 1e-2, 1.0, True), whole("max_depth", 1, 5), real("subsample", 0.3, 1.0),
        whole("min_leaf", 1, 20, True), whole("n_estimators", 10, 200, True),
        choice("max_features", "sqrt", "third", "all"),
    ],
    "svc_digits": [
        real("C", 1e-3, 1e3, True), real("gamma", 1e-5, 1e1, True),
        choice("kernel", "rbf", "poly", "sigmoid"), whole("degree", 2, 5), real("coef0", 0.0, 2.0),
    ],
    "sgd_digits": [
        real("alpha", 1e-6, 1.0, True), real("eta", 1e-4, 1.0, True), real("mix", 0.0, 1.0),
        whole("epochs", 1, 20, True), choice("schedule", "constant", "invscaling", "adaptive"),
        choice("average", "no", "yes"),
    ],
    "forest_diabetes": [
        whole("depth", 1, 12), real("features", 0.1, 1.0), whole("min_leaf", 1, 50, True),
        whole("trees", 5, 120, True), choice("bootstrap", "no", "yes"),
        choice("kind", "forest", "extra"),
    ],
}
GOALS = [
    "branin", "hartmann6", "ackley5", "levy8", "rosenbrock4", "styblinski5", "mlp_digits",
    "gbm_cancer",
]
FRESH = [
    "ackley6_rotated", "levy5_rotated", "rosenbrock5_shifted", "hartmann6_rotated", "sgd_digits",
    "forest_diabetes",
]


class Table:
    """Values at the vertices of a grid; numeric axes are interpolated linearly (on logarithms when
    the parameter is `log`) and clamped to the grid, categorical axes are looked up."""

    def __init__(self, name, space):
        with open(os.path.join(TABLES, name + ".csv")) as file:
            rows = list(csv.DictReader(file))
        self.space = space
        self.grid = [
            axis["choices"] if axis["type"] == "cat"
            else sorted({float(row[axis["name"]]) for row in rows})
            for axis in space
        ]
        self.values = np.full([len(grid) for grid in self.grid], np.nan)
        for row in rows:
            vertex = tuple(
                grid.index(row[axis["name"]] if axis["type"] == "cat" else float(row[axis["name"]]))
                for axis, grid in zip(space, self.grid)
            )
            self.values[vertex] = float(row["value"])
        assert not np.isnan(self.values).any(), f"{name} is not a full grid"

    def __call__(self, parameters):
        values = self.values
        for axis, grid in zip(self.space, self.grid):  # contracts the first axis each time
            value = parameters[axis["name"]]
            if axis["type"] == "cat":
                values = values[grid.index(value)]
                continue
            value = min(max(float(value), grid[0]), grid[-1])
            cell = min(max(int(np.searchsorted(grid, value, side="right")) - 1, 0), len(grid) - 2)
            low, high = grid[cell], grid[cell + 1]
            if axis["log"]:
                weight = (math.log(value) - math.log(low)) / (math.log(high) - math.log(low))
            else:
                weight = (value - low) / (high - low)
            values = values[cell] * (1 - weight) + values[cell + 1] * weight
        return float(values)


known = {}


def get(name):
    if name not in known:
        if name in ANALYTIC:
            space, function, minimum = ANALYTIC[name]
            names = [axis["name"] for axis in space]
            known[name] = (
                space, lambda p: float(function(np.array([p[n] for n in names], float))), minimum
            )
        else:
            table = Table(name, TABULAR[name])
            known[name] = (TABULAR[name], table, float(table.values.min()))
    return known[name]
