#!/usr/bin/env python3
"""Writes Tests/NNTests/LikelihoodNumbers.swift: negative log-likelihoods of the output distributions,
their gradients, means, deviations and quantiles, and 20 steps of training, from scipy's distributions in
float64; gradients by central differences, which are then good to about 1e-9.

usage: Tests/Reference/likelihoods.py > Tests/NNTests/LikelihoodNumbers.swift

Needs numpy, scipy.
"""
import sys

import numpy as np
from scipy import optimize, special, stats

ROWS = 4
LEVELS = [0.05, 0.5, 0.975]


def scale(raw):
    return np.logaddexp(0, raw) + 1e-6


def sequence(count, step, phase, size):
    return np.round(size * np.sin(step * np.arange(count) + phase), 4)


def parts(z, components, targets):
    """Weights, means and scales of a row's mixture."""
    weight = special.softmax(z[:components])
    rest = z[components:].reshape(components, 2, targets)
    return weight, rest[:, 0], scale(rest[:, 1])


class Normal:
    text, columns = "normal", 6
    y = sequence(ROWS * 3, 1.3, 0.2, 1.5).reshape(ROWS, 3)

    def loss(self, z, y):
        return -stats.norm.logpdf(y, z[:3], scale(z[3:])).sum()

    def mean(self, z):
        return z[:3]

    def deviation(self, z):
        return scale(z[3:])

    def quantile(self, p, z):
        return stats.norm.ppf(p, z[:3], scale(z[3:]))


class Bernoulli:
    text, columns = "bernoulli", 3
    y = np.array([[1, 0, 0], [0, 1, 1], [1, 1, 0], [0, 0, 1.0]])

    def loss(self, z, y):
        return -stats.bernoulli.logpmf(y, special.expit(z)).sum()

    def mean(self, z):
        return special.expit(z)

    def deviation(self, z):
        return stats.bernoulli.std(special.expit(z))

    def quantile(self, p, z):
        return stats.bernoulli.ppf(p, special.expit(z))


class Categorical:
    text, columns = "categorical", 5
    y = np.array([[3], [0], [4], [1.0]])

    def loss(self, z, y):
        return -special.log_softmax(z)[int(y[0])]

    def mean(self, z):
        return special.softmax(z)

    def deviation(self, z):
        return stats.bernoulli.std(special.softmax(z))

    quantile = None


class Poisson:
    text, columns = "poisson", 3
    y = np.array([[0, 3, 1], [12, 0, 2], [40, 1, 7], [0, 250, 9.0]])

    def loss(self, z, y):
        return -stats.poisson.logpmf(y, np.exp(z)).sum()

    def mean(self, z):
        return np.exp(z)

    def deviation(self, z):
        return stats.poisson.std(np.exp(z))

    def quantile(self, p, z):
        return stats.poisson.ppf(p, np.exp(z))


class Mixture:
    def __init__(self, components, targets):
        self.components, self.targets = components, targets
        self.text = f"{{mixture: {{components: {components}}}}}"
        self.columns = components * (1 + 2 * targets)
        self.y = sequence(ROWS * targets, 0.9, 1.1, 2).reshape(ROWS, targets)

    def loss(self, z, y):
        weight, mean, deviation = parts(z, self.components, self.targets)
        each = stats.norm.logpdf(y, mean, deviation).sum(axis=1)
        return -special.logsumexp(each, b=weight)

    def mean(self, z):
        weight, mean, _ = parts(z, self.components, self.targets)
        return weight @ mean

    def deviation(self, z):
        weight, mean, deviation = parts(z, self.components, self.targets)
        return np.sqrt(weight @ (deviation**2 + mean**2) - (weight @ mean) ** 2)

    def quantile(self, p, z):
        weight, mean, deviation = parts(z, self.components, self.targets)
        return np.array(
            [
                optimize.brentq(
                    lambda x: weight @ stats.norm.cdf(x, mean[:, j], deviation[:, j]) - p,
                    -100, 100, xtol=1e-13,
                )
                for j in range(self.targets)
            ]
        )


weights = np.array([0.5, 2.0, 0.0, 1.25])


def gradient(case, z, factors):
    """That of the mean over the rows of the loss times `factors`."""
    result = np.zeros_like(z)
    for i in range(ROWS):
        for j in range(z.shape[1]):
            h = 1e-5
            above, below = z[i].copy(), z[i].copy()
            above[j] += h
            below[j] -= h
            slope = (case.loss(above, case.y[i]) - case.loss(below, case.y[i])) / (2 * h)
            result[i, j] = factors[i] * slope / ROWS
    return result


def training(case):
    """The learning rate of 20 steps of gradient descent of a dense layer from 3 features, the mean loss
    before each, the weights after the last. The tests make features and first weights (kernel, then
    bias) again by themselves. Counts up to 250 have gradients that are some hundred times larger."""
    rate = 0.002 if case.text == "poisson" else 0.05
    features = np.sin(0.9 * np.arange(3 * ROWS) + 0.5).reshape(ROWS, 3)
    w = 0.5 * np.sin(0.7 * np.arange(4 * case.columns) + 2).reshape(4, case.columns)

    def mean(z):
        return np.mean([case.loss(z[i], case.y[i]) for i in range(ROWS)])

    history = []
    for _ in range(20):
        z = features @ w[:3] + w[3]
        history.append(mean(z))
        slope = gradient(case, z, np.ones(ROWS))
        w = w - rate * np.vstack([features.T @ slope, slope.sum(axis=0)])
    if not mean(features @ w[:3] + w[3]) < history[0]:
        sys.exit(f"{case.text}: 20 steps do not lower the loss from {history[0]}")
    return rate, history, w


def numbers(values, indent):
    """A Swift list's lines."""
    line, lines = indent, []
    for value in np.asarray(values, float).ravel():
        text = f"{value:.9g},"
        if len(line) + len(text) + 1 > 100:
            lines.append(line)
            line = indent
        line += (" " if line != indent else "") + text
    return "\n".join(lines + [line])


def field(name, values):
    if len(values) == 0:
        return f"      {name}: []"
    return f"      {name}: [\n{numbers(values, '        ')}\n      ]"


print("// Written by Tests/Reference/likelihoods.py; do not edit.")
print("// swift-format-ignore-file\n")
print("/// What scipy computes.")
print("enum LikelihoodNumbers {")
print("  /// Weights of the 4 rows.\n  static let weights: [Float] = [\n" + numbers(weights, "    ") + "\n  ]")
print("  /// The levels of the quantiles.\n  static let levels: [Double] = [" + ", ".join(map(str, LEVELS)) + "]\n")
print(
    """  struct Case: Sendable, CustomStringConvertible {
    let text: String
    /// The parameters of a row.
    let columns: Int
    /// 4 rows of parameters; their targets.
    let outputs: [Double], targets: [Double]
    /// The loss of each row, and the gradient of its mean; with weights the gradient of the mean.
    let rows: [Double], gradient: [Double], weightedGradient: [Double]
    /// Mean and deviation of each target; its quantiles row by row and level by level.
    let mean: [Double], deviation: [Double], quantiles: [Double]
    /// The learning rate of 20 steps, the mean loss before each, and the weights after the last.
    let rate: Double, history: [Double], trained: [Double]
    var description: String { text }
  }
"""
)
print("  static let cases: [Case] = [")
for case in [Normal(), Bernoulli(), Categorical(), Poisson(), Mixture(1, 2), Mixture(3, 1), Mixture(4, 2)]:
    z = sequence(ROWS * case.columns, 0.77, 0.4, 1.8).reshape(ROWS, case.columns)
    if case.text == "poisson":
        z[3, 1], z[2, 0] = 5.5, 3.6
    rows = [case.loss(z[i], case.y[i]) for i in range(ROWS)]
    quantiles = []
    if case.quantile:
        quantiles = [case.quantile(p, z[i]) for i in range(ROWS) for p in LEVELS]
    print(f'    .init(\n      text: "{case.text}", columns: {case.columns},')
    print(field("outputs", z) + ",")
    print(field("targets", case.y) + ",")
    print(field("rows", rows) + ",")
    print(field("gradient", gradient(case, z, np.ones(ROWS))) + ",")
    print(field("weightedGradient", gradient(case, z, weights)) + ",")
    print(field("mean", [case.mean(row) for row in z]) + ",")
    print(field("deviation", [case.deviation(row) for row in z]) + ",")
    print(field("quantiles", quantiles) + ",")
    rate, history, trained = training(case)
    print(f"      rate: {rate},")
    print(field("history", history) + ",")
    print(field("trained", trained) + "),")
print("  ]\n}")
