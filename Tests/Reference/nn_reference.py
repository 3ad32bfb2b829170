#!/usr/bin/env python3
"""Writes Tests/NNTests/ReferenceNumbers.swift: expected numbers of a short training, by the formulas of
Keras 3 (keras/src/{losses,optimizers}) in NumPy's float64. Others: losses.py, optimizers.py, layers.py.

usage: Tests/Reference/nn_reference.py > Tests/NNTests/ReferenceNumbers.swift
"""
import math

import numpy as np

# keras/src/activations/activations.py
def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


# keras/src/optimizers/adam.py, for the short training; optimizers.py has the numbers of all.
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
history, weights = training()
print("\n  /// The mean loss before each of 20 steps of a small network.")
print("  static let trainingLosses: [Double] = [")
print(numbers(history) + "\n  ]")
print("\n  /// Its parameters after them.\n  static let trainingParameters: [Double] = [")
print(numbers(weights) + "\n  ]")
print("}")
