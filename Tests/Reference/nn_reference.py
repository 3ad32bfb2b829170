#!/usr/bin/env python3
"""Writes Tests/NNTests/ReferenceNumbers.swift: expected numbers of activations, losses, optimizers
and a short training, by the formulas of Keras 3 (keras/src/{activations,losses,optimizers}) in
NumPy's float64.

usage: Tests/Reference/nn_reference.py > Tests/NNTests/ReferenceNumbers.swift
"""
import math

import numpy as np

EPSILON = 1e-7


# Activations: keras/src/activations/activations.py
def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


SELU = (1.05070098735548049342, 1.67326324235437728482)
erf = np.vectorize(math.erf)
activations = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "softmax": softmax,
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "selu": lambda x: SELU[0] * np.where(x > 0, x, SELU[1] * np.expm1(np.minimum(x, 0))),
    "gelu": lambda x: 0.5 * x * (1 + erf(x / math.sqrt(2))),
    "softplus": lambda x: np.logaddexp(x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
}


# Losses of a row: keras/src/losses/losses.py and keras/src/backend (from_logits=False).
def clip(p):
    return np.clip(p, EPSILON, 1 - EPSILON)


def huber(p, y, delta):
    e = np.abs(p - y)
    return np.where(e <= delta, 0.5 * e**2, delta * e - 0.5 * delta**2).mean(-1)


losses = {
    "sparse_categorical_crossentropy": lambda p, y: -np.log(
        clip(np.take_along_axis(p, y[:, None].astype(int), -1)[:, 0])
    ),
    "categorical_crossentropy": lambda p, y: -(
        y * np.log(clip(p / p.sum(-1, keepdims=True)))
    ).sum(-1),
    "binary_crossentropy": lambda p, y: -(
        y * np.log(clip(p)) + (1 - y) * np.log(1 - clip(p))
    ).mean(-1),
    "mean_squared_error": lambda p, y: ((p - y) ** 2).mean(-1),
    "mean_absolute_error": lambda p, y: np.abs(p - y).mean(-1),
    "huber": lambda p, y: huber(p, y, 1.0),
    "huber: {delta: 0.25}": lambda p, y: huber(p, y, 0.25),
}


# Optimizers: keras/src/optimizers/{base_optimizer,sgd,adam}.py. Each is given the options and
# returns a function that updates (w, state, gradient, t).
def sgd(rate=0.01, momentum=0.0, nesterov=False, decay=0.0):
    def update(w, state, g, t):
        w = w - w * decay * rate
        if momentum == 0:
            return w - rate * g, state
        v = momentum * state.get("v", 0) - rate * g
        state["v"] = v
        return (w + momentum * v - rate * g if nesterov else w + v), state

    return update


def adam(rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, decay=0.0):
    def update(w, state, g, t):
        w = w - w * decay * rate
        m, v = state.get("m", 0 * w), state.get("v", 0 * w)
        alpha = rate * math.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        m = m + (g - m) * (1 - beta_1)
        v = v + (g * g - v) * (1 - beta_2)
        state["m"], state["v"] = m, v
        return w - m * alpha / (np.sqrt(v) + epsilon), state

    return update


optimizers = {
    "sgd": sgd(),
    "sgd: {learning_rate: 0.1, weight_decay: 0.2}": sgd(0.1, decay=0.2),
    "sgd: {learning_rate: 0.1, momentum: 0.8}": sgd(0.1, 0.8),
    "sgd: {learning_rate: 0.1, momentum: 0.8, nesterov: true}": sgd(0.1, 0.8, True),
    "momentum": sgd(0.01, 0.9),
    "momentum: {momentum: 0.5, weight_decay: 0.1}": sgd(0.01, 0.5, decay=0.1),
    "nesterov": sgd(0.01, 0.9, True),
    "nesterov: {learning_rate: 0.2, weight_decay: 0.1}": sgd(0.2, 0.9, True, 0.1),
    "adam": adam(),
    "adam: {learning_rate: 0.05, beta_1: 0.8, beta_2: 0.95, epsilon: 0.01}": adam(
        0.05, 0.8, 0.95, 0.01
    ),
    "adamw": adam(decay=0.004),
    "adamw: {learning_rate: 0.05, weight_decay: 0.3}": adam(0.05, decay=0.3),
}


def run(update, steps=10):
    w, state = np.array([0.5, -1.0, 2.0, 0.0, -0.25]), {}
    for t in range(1, steps + 1):
        # A gradient that changes sign and size with t, the same in the test.
        g = np.array([math.sin(1.3 * t + i) * (i + 1) * 0.3 for i in range(len(w))])
        w, state = update(w, state, g, t)
    return w


# A network 4-5-3 (tanh, softmax), sparse cross-entropy, Adam 0.01, 20 steps on one batch of 6.
def sequence(count, phase):
    return np.array([math.sin(0.7 * i + phase) for i in range(count)])


def training():
    x, y = sequence(24, 1).reshape(6, 4), np.arange(6) % 3
    w = [sequence(20, 2).reshape(4, 5), 0.1 * sequence(5, 3), sequence(15, 4).reshape(5, 3), 0.1 * sequence(3, 5)]
    update, states, history = adam(0.01), [{} for _ in w], []
    for t in range(1, 21):
        h = np.tanh(x @ w[0] + w[1])
        p = softmax(h @ w[2] + w[3])
        history.append(-np.log(p[np.arange(6), y]).mean())
        d = p.copy()
        d[np.arange(6), y] -= 1
        d /= 6
        b = (d @ w[2].T) * (1 - h * h)
        for i, g in enumerate([x.T @ b, b.sum(0), h.T @ d, d.sum(0)]):
            w[i], states[i] = update(w[i], states[i], g, t)
    return history, np.concatenate([a.ravel() for a in w])


def numbers(values, indent="    "):
    text, line = [], indent
    for value in np.ravel(values):
        item = f"{value:.9g}, "
        if len(line) + len(item) > 99:
            text.append(line.rstrip())
            line = indent
        line += item
    return "\n".join(text + [line.rstrip()])


def table(name, doc, entries):
    print(f"\n  /// {doc}")
    print(f"  static let {name}: [(String, [Double])] = [")
    for key, values in entries:
        print(f'    (\n      "{key}",\n      [\n{numbers(values, " " * 8)}\n      ]\n    ),')
    print("  ]")


print("// Written by Tests/Reference/nn_reference.py; do not edit.")
print("// swift-format-ignore-file\n")
print("/// What the formulas of Keras 3 give in float64.")
print("enum ReferenceNumbers {")
x = np.array([-30, -3, -1, -0.25, -1e-3, 0, 1e-3, 0.2, 1, 2.5, 6, 30], dtype=float)
print("  /// The inputs of the activations.\n  static let inputs: [Double] = [")
print(numbers(x) + "\n  ]")
table("activations", "f(inputs) by name.", [(k, f(x)) for k, f in activations.items()])

logits = np.array([[2.0, -1.0, 0.5], [0.1, 0.2, -0.3], [-4.0, 3.0, 1.0], [3.0, -4.0, 0.0]])
print("\n  /// 4 x 3 logits.\n  static let logits: [Double] = [")
print(numbers(logits) + "\n  ]")
soft = np.array([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0], [0.1, 0.1, 0.8], [0.0, 1.0, 0.0]])
labels = np.array([0, 2, 1, 1.0])


def target(k):
    return labels if k.startswith("sparse") else soft


for last, p in [("softmax", softmax(logits)), ("sigmoid", sigmoid(logits)), ("linear", logits)]:
    chosen = [k for k in losses if last != "linear" or "entropy" not in k]
    table(
        "losses" + last.capitalize(),
        f"The losses of the 4 rows behind {last}, by name.",
        [(k, losses[k](p, target(k))) for k in chosen],
    )
table("optimizers", "The parameters after 10 steps, by job file text.", [(k, run(f)) for k, f in optimizers.items()])
history, weights = training()
print("\n  /// The mean loss before each of 20 steps of a small network.")
print("  static let trainingLosses: [Double] = [")
print(numbers(history) + "\n  ]")
print("\n  /// Its parameters after them.\n  static let trainingParameters: [Double] = [")
print(numbers(weights) + "\n  ]")
print("}")
