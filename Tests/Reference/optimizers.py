#!/usr/bin/env python3
"""Writes Tests/NNTests/OptimizerNumbers.swift: parameters after 20 steps of every optimizer, with its
defaults and with other options, and the rates of every schedule.

The numbers are those of the libraries themselves in float64 (the two proximal ones in float32:
TensorFlow's Python does not cast their learning rate):

- Keras 3 (KERAS_BACKEND=tensorflow) for its own optimizers, clipping, averages of the weights,
  gradient accumulation, schedules and the callback ReduceLROnPlateau;
- tf.compat.v1.train (the kernels of tensorflow/core/kernels/training_ops.cc) for adagrad_da, ftrl,
  proximal_adagrad and proximal_gradient_descent;
- written-out formulas for what neither has: LARS by tf.contrib.opt.LARSOptimizer of TensorFlow 1.15
  (tensorflow/contrib/opt/python/training/lars_optimizer.py), OneCycleLR by PyTorch's
  torch/optim/lr_scheduler.py, the linear warm-up by its definition.

usage: Tests/Reference/optimizers.py > Tests/NNTests/OptimizerNumbers.swift
needs: pip install keras tensorflow-cpu (written with Keras 3.15.1 and TensorFlow 2.21.0)
"""
import math
import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf
from keras import optimizers as k
from keras.optimizers import schedules as s

keras.config.set_floatx("float64")
v1 = tf.compat.v1.train
STEPS = 20

# Three arrays, as a layer's kernel, a bias of zeros and another kernel; the last is larger than a
# vector of the kernels in C, so that they come to their whole blocks and to their rests.
SHAPES = [(5,), (3,), (37,)]


def beginning():
    return [
        np.array([0.5, -1.0, 2.0, 0.0, -0.25]),
        np.zeros(3),
        np.array([math.cos(0.9 * i) for i in range(37)]),
    ]


def gradients(t):
    """Gradients that change sign and size with t, the same in the test."""
    flat = [math.sin(1.3 * t + i) * (i % 7 + 1) * 0.3 for i in range(45)]
    return [np.array(flat[:5]), np.array(flat[5:8]), np.array(flat[8:])]


def run_keras(optimizer, finalize=False):
    variables = [keras.Variable(w, dtype="float64") for w in beginning()]
    optimizer.build(variables)
    for t in range(1, STEPS + 1):
        optimizer.apply([tf.constant(g) for g in gradients(t)], variables)
    if finalize:
        optimizer.finalize_variable_values(variables)
    return [keras.ops.convert_to_numpy(v) for v in variables]


def run_tf(make, dtype=tf.float64):
    step = tf.Variable(0, dtype=tf.int64)
    variables = [tf.Variable(w, dtype=dtype) for w in beginning()]
    optimizer = make(step)
    for t in range(1, STEPS + 1):
        optimizer.apply_gradients(
            [(tf.constant(g, dtype), w) for g, w in zip(gradients(t), variables)], global_step=step
        )
    return [w.numpy() for w in variables]


def run_lars(rate=0.01, momentum=0.9, decay=1e-4, eeta=0.001, epsilon=0.0, nesterov=False):
    """LARSOptimizer._apply_dense: apply_momentum with a learning rate of 1."""
    variables = beginning()
    speeds = [0 * w for w in variables]
    for t in range(1, STEPS + 1):
        for w, v, g in zip(variables, speeds, gradients(t)):
            size, slope = np.linalg.norm(w), np.linalg.norm(g)
            trust = eeta * size / (slope + decay * size + epsilon) if size > 0 and slope > 0 else 1.0
            change = rate * trust * (g + decay * w)
            v[:] = momentum * v + change
            w -= change + momentum * v if nesterov else v
    return variables


cosine = "{cosine_decay: {initial_learning_rate: 0.1, decay_steps: 15}}"
cases = {
    "sgd": run_keras(k.SGD()),
    "sgd: {learning_rate: 0.1, weight_decay: 0.2}": run_keras(k.SGD(0.1, weight_decay=0.2)),
    "sgd: {learning_rate: 0.1, momentum: 0.8}": run_keras(k.SGD(0.1, momentum=0.8)),
    "sgd: {learning_rate: 0.1, momentum: 0.8, nesterov: true}": run_keras(
        k.SGD(0.1, momentum=0.8, nesterov=True)
    ),
    "gradient_descent: {learning_rate: 0.1, use_locking: false}": run_keras(k.SGD(0.1)),
    "momentum": run_keras(k.SGD(momentum=0.9)),
    "momentum: {momentum: 0.5, use_nesterov: true, weight_decay: 0.1}": run_keras(
        k.SGD(momentum=0.5, nesterov=True, weight_decay=0.1)
    ),
    "nesterov": run_keras(k.SGD(momentum=0.9, nesterov=True)),
    "nesterov: {learning_rate: 0.2, weight_decay: 0.1}": run_keras(
        k.SGD(0.2, momentum=0.9, nesterov=True, weight_decay=0.1)
    ),
    "adam": run_keras(k.Adam()),
    "adam: {learning_rate: 0.05, beta1: 0.8, beta2: 0.95, epsilon: 0.01}": run_keras(
        k.Adam(0.05, 0.8, 0.95, 0.01)
    ),
    "adam: {learning_rate: 0.05, amsgrad: true, beta_2: 0.9}": run_keras(
        k.Adam(0.05, beta_2=0.9, amsgrad=True)
    ),
    "adamw": run_keras(k.AdamW()),
    "adamw: {learning_rate: 0.05, weight_decay: 0.3, amsgrad: true, beta_2: 0.9}": run_keras(
        k.AdamW(0.05, weight_decay=0.3, amsgrad=True, beta_2=0.9)
    ),
    "amsgrad": run_keras(k.Adam(amsgrad=True)),
    "amsgrad: {learning_rate: 0.05, beta_2: 0.9, weight_decay: 0.1}": run_keras(
        k.Adam(0.05, beta_2=0.9, weight_decay=0.1, amsgrad=True)
    ),
    "nadam": run_keras(k.Nadam()),
    "nadam: {learning_rate: 0.05, beta_1: 0.8, beta_2: 0.95, epsilon: 0.01, weight_decay: 0.1}": run_keras(
        k.Nadam(0.05, 0.8, 0.95, 0.01, weight_decay=0.1)
    ),
    "adamax": run_keras(k.Adamax()),
    "adamax: {learning_rate: 0.05, beta_1: 0.8, beta_2: 0.9, epsilon: 0.01, weight_decay: 0.1}": run_keras(
        k.Adamax(0.05, 0.8, 0.9, 0.01, weight_decay=0.1)
    ),
    "rmsprop": run_keras(k.RMSprop()),
    "rmsprop: {learning_rate: 0.02, decay: 0.8, momentum: 0.7, epsilon: 0.001}": run_keras(
        k.RMSprop(0.02, 0.8, 0.7, 0.001)
    ),
    "rmsprop: {learning_rate: 0.02, rho: 0.8, centered: true, weight_decay: 0.1}": run_keras(
        k.RMSprop(0.02, 0.8, centered=True, weight_decay=0.1)
    ),
    "rmsprop: {learning_rate: 0.02, rho: 0.8, centered: true, momentum: 0.7}": run_keras(
        k.RMSprop(0.02, 0.8, 0.7, centered=True)
    ),
    "adadelta": run_keras(k.Adadelta()),
    "adadelta: {learning_rate: 1, rho: 0.9, epsilon: 0.001, weight_decay: 0.01}": run_keras(
        k.Adadelta(1.0, 0.9, 0.001, weight_decay=0.01)
    ),
    "adagrad": run_keras(k.Adagrad()),
    "adagrad: {learning_rate: 0.1, initial_accumulator: 0.5, epsilon: 0.01, weight_decay: 0.1}": run_keras(
        k.Adagrad(0.1, 0.5, 0.01, weight_decay=0.1)
    ),
    "lamb": run_keras(k.Lamb()),
    "lamb: {learning_rate: 0.05, beta_1: 0.8, beta_2: 0.95, epsilon: 0.01, weight_decay: 0.1}": run_keras(
        k.Lamb(0.05, 0.8, 0.95, 0.01, weight_decay=0.1)
    ),
    "lion": run_keras(k.Lion()),
    "lion: {learning_rate: 0.01, beta_1: 0.8, beta_2: 0.9, weight_decay: 0.1}": run_keras(
        k.Lion(0.01, 0.8, 0.9, weight_decay=0.1)
    ),
    "lars": run_lars(),
    "lars: {learning_rate: 2, momentum: 0.8, weight_decay: 0.05, eeta: 0.02, epsilon: 0.1, nesterov: true}": run_lars(
        2, 0.8, 0.05, 0.02, 0.1, True
    ),
    "adagrad_da": run_tf(lambda step: v1.AdagradDAOptimizer(0.01, step)),
    "adagrad_da: {learning_rate: 0.2, initial_gradient_squared_accumulator_value: 0.5, l1_regularization_strength: 0.01, l2_regularization_strength: 0.1}": run_tf(
        lambda step: v1.AdagradDAOptimizer(0.2, step, 0.5, 0.01, 0.1)
    ),
    "ftrl": run_tf(lambda step: v1.FtrlOptimizer(0.01)),
    "ftrl: {learning_rate: 0.5, learning_rate_power: -0.7, initial_accumulator_value: 0.3, l1_regularization_strength: 0.2, l2_regularization_strength: 0.1}": run_tf(
        lambda step: v1.FtrlOptimizer(0.5, -0.7, 0.3, 0.2, 0.1)
    ),
    "ftrl: {learning_rate: 0.5, l2_shrinkage_regularization_strength: 0.05, l1_regularization_strength: 0.1}": run_tf(
        lambda step: v1.FtrlOptimizer(
            0.5, l1_regularization_strength=0.1, l2_shrinkage_regularization_strength=0.05
        )
    ),
    "proximal_adagrad": run_tf(
        lambda step: v1.ProximalAdagradOptimizer(0.01), tf.float32
    ),
    "proximal_adagrad: {learning_rate: 0.2, initial_accumulator_value: 0.5, l1_regularization_strength: 0.05, l2_regularization_strength: 0.1}": run_tf(
        lambda step: v1.ProximalAdagradOptimizer(0.2, 0.5, 0.05, 0.1), tf.float32
    ),
    "proximal_gradient_descent": run_tf(
        lambda step: v1.ProximalGradientDescentOptimizer(0.01), tf.float32
    ),
    "proximal_gradient_descent: {learning_rate: 0.1, l1_regularization_strength: 0.05, l2_regularization_strength: 0.1}": run_tf(
        lambda step: v1.ProximalGradientDescentOptimizer(0.1, 0.05, 0.1), tf.float32
    ),
    # What stands around a rule.
    "sgd: {learning_rate: 0.1, clipvalue: 0.4}": run_keras(k.SGD(0.1, clipvalue=0.4)),
    "sgd: {learning_rate: 0.1, clipnorm: 0.8}": run_keras(k.SGD(0.1, clipnorm=0.8)),
    "sgd: {learning_rate: 0.1, global_clipnorm: 0.8}": run_keras(k.SGD(0.1, global_clipnorm=0.8)),
    "sgd: {learning_rate: 0.1, global_clipnorm: 100}": run_keras(k.SGD(0.1, global_clipnorm=100.0)),
    "rmsprop: {learning_rate: 0.02, clipnorm: 1.5, weight_decay: 0.1}": run_keras(
        k.RMSprop(0.02, clipnorm=1.5, weight_decay=0.1)
    ),
    "lamb: {learning_rate: 0.05, global_clipnorm: 1}": run_keras(k.Lamb(0.05, global_clipnorm=1.0)),
    "adam: {learning_rate: 0.05, use_ema: true, ema_momentum: 0.9, ema_overwrite_frequency: 7}": run_keras(
        k.Adam(0.05, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=7)
    ),
    "sgd: {learning_rate: 0.1, gradient_accumulation_steps: 3, clipnorm: 0.5, weight_decay: 0.1}": run_keras(
        k.SGD(0.1, gradient_accumulation_steps=3, clipnorm=0.5, weight_decay=0.1)
    ),
    "nadam: {learning_rate: 0.05, gradient_accumulation_steps: 4, use_ema: true, ema_momentum: 0.8, ema_overwrite_frequency: 2}": run_keras(
        k.Nadam(0.05, gradient_accumulation_steps=4, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=2)
    ),
    "adam: {learning_rate: " + cosine + ", weight_decay: 0.1}": run_keras(
        k.Adam(s.CosineDecay(0.1, 15), weight_decay=0.1)
    ),
    "sgd: {learning_rate: " + cosine + ", gradient_accumulation_steps: 3}": run_keras(
        k.SGD(s.CosineDecay(0.1, 15), gradient_accumulation_steps=3)
    ),
}
finals = {
    "adam: {learning_rate: 0.05, use_ema: true}": run_keras(k.Adam(0.05, use_ema=True), True),
    "sgd: {learning_rate: 0.1, use_ema: true, ema_momentum: 0.8, gradient_accumulation_steps: 3}": run_keras(
        k.SGD(0.1, use_ema=True, ema_momentum=0.8, gradient_accumulation_steps=3), True
    ),
    "adam: {learning_rate: 0.05}": run_keras(k.Adam(0.05), True),
}

TOTAL = 60
RATES = list(range(0, 70))


def rates(f):
    return [float(f(step)) for step in RATES]


def one_cycle(total, top, rising=0.3, linear=False, divisor=25.0, last=1e4, three=False):
    """torch.optim.lr_scheduler.OneCycleLR, which ends at its last step."""
    first = top / divisor
    low = first / last
    if three:
        phases = [
            (rising * total - 1, first, top), (2 * rising * total - 2, top, first),
            (total - 1, first, low),
        ]
    else:
        phases = [(rising * total - 1, first, top), (total - 1, top, low)]

    def rate(step):
        step = min(step, total - 1)
        begin = 0.0
        for i, (end, a, b) in enumerate(phases):
            if step <= end or i == len(phases) - 1:
                part = (step - begin) / (end - begin)
                if linear:
                    return (b - a) * part + a
                return b + (a - b) / 2 * (math.cos(math.pi * part) + 1)
            begin = end

    return rate


def warmup(steps, begin, after):
    return lambda t: after(t - steps) if t >= steps else begin + (after(0) - begin) * t / steps


schedules = {
    "exponential_decay: {initial_learning_rate: 0.1, decay_steps: 10, decay_rate: 0.5}": rates(
        s.ExponentialDecay(0.1, 10, 0.5)
    ),
    "exponential_decay: {initial_learning_rate: 0.1, decay_rate: 0.01}": rates(
        s.ExponentialDecay(0.1, TOTAL, 0.01)
    ),
    "exponential_decay: {initial_learning_rate: 0.1, decay_steps: 7, decay_rate: 0.5, staircase: true}": rates(
        s.ExponentialDecay(0.1, 7, 0.5, True)
    ),
    "inverse_time_decay: {initial_learning_rate: 0.1, decay_steps: 10, decay_rate: 0.5}": rates(
        s.InverseTimeDecay(0.1, 10, 0.5)
    ),
    "inverse_time_decay: {initial_learning_rate: 0.1, decay_steps: 7, decay_rate: 2, staircase: true}": rates(
        s.InverseTimeDecay(0.1, 7, 2.0, True)
    ),
    "piecewise_constant_decay: {boundaries: [5, 20, 21], values: [1, 0.5, 0.25, 0.1]}": rates(
        s.PiecewiseConstantDecay([5, 20, 21], [1.0, 0.5, 0.25, 0.1])
    ),
    "piecewise_constant_decay: {boundaries: [30], values: [0.01, 0.1]}": rates(
        s.PiecewiseConstantDecay([30], [0.01, 0.1])
    ),
    "polynomial_decay: {initial_learning_rate: 0.1}": rates(s.PolynomialDecay(0.1, TOTAL)),
    "polynomial_decay: {initial_learning_rate: 0.1, decay_steps: 20, end_learning_rate: 0.01, power: 2, cycle: true}": rates(
        s.PolynomialDecay(0.1, 20, 0.01, 2.0, True)
    ),
    "cosine_decay: {initial_learning_rate: 0.1}": rates(s.CosineDecay(0.1, TOTAL)),
    "cosine: {initial_learning_rate: 0.1, decay_steps: 40, alpha: 0.1}": rates(
        s.CosineDecay(0.1, 40, 0.1)
    ),
    "cosine_decay: {initial_learning_rate: 0, warmup_target: 0.2, warmup_steps: 10}": rates(
        s.CosineDecay(0.0, TOTAL - 10, warmup_target=0.2, warmup_steps=10)
    ),
    "cosine_decay_restarts: {initial_learning_rate: 0.1, first_decay_steps: 9}": rates(
        s.CosineDecayRestarts(0.1, 9)
    ),
    "cosine_decay_restarts: {initial_learning_rate: 0.1, first_decay_steps: 9, t_mul: 1, m_mul: 0.8, alpha: 0.05}": rates(
        s.CosineDecayRestarts(0.1, 9, 1.0, 0.8, 0.05)
    ),
    "one_cycle: {max_lr: 0.1}": rates(one_cycle(TOTAL, 0.1)),
    "one_cycle: {max_lr: 0.1, total_steps: 50, pct_start: 0.25, anneal_strategy: linear, div_factor: 10, final_div_factor: 100}": rates(
        one_cycle(50, 0.1, 0.25, True, 10.0, 100.0)
    ),
    "one_cycle: {max_lr: 0.1, three_phase: true}": rates(one_cycle(TOTAL, 0.1, three=True)),
    "linear_warmup: {warmup_steps: 12, learning_rate: 0.1}": rates(warmup(12, 0, lambda t: 0.1)),
    "linear_warmup: {warmup_steps: 12, initial_learning_rate: 0.01, learning_rate: {polynomial_decay: {initial_learning_rate: 0.1, end_learning_rate: 0}}}": rates(
        warmup(12, 0.01, lambda t: s.PolynomialDecay(0.1, TOTAL - 12, 0.0)(t))
    ),
}

# The figures of 24 epochs: better, then none better, with a better one in a cooldown.
FIGURES = [1.0, 0.8, 0.7] + [0.7] * 7 + [0.65, 0.6499] + [0.9] * 12


def plateau(figures, rate, **options):
    """The rate behind each epoch, by Keras' own callback."""

    class Model:
        metrics, optimizer = [], k.SGD(rate)

    callback = keras.callbacks.ReduceLROnPlateau(**options)
    model = Model()
    callback.set_model(model)
    callback.on_train_begin()
    found = []
    for epoch, figure in enumerate(figures):
        callback.on_epoch_end(epoch, {options["monitor"]: figure})
        found.append(float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)))
    return found


plateaus = {
    "initial_learning_rate: 0.1, patience: 3": plateau(
        FIGURES, 0.1, monitor="val_loss", mode="min", patience=3
    ),
    "initial_learning_rate: 0.1, factor: 0.5, patience: 2, cooldown: 3, min_lr: 0.02": plateau(
        FIGURES, 0.1, monitor="val_loss", mode="min", factor=0.5, patience=2, cooldown=3, min_lr=0.02
    ),
    "initial_learning_rate: 0.1, monitor: val_accuracy, patience: 4, factor: 0.3": plateau(
        FIGURES, 0.1, monitor="val_accuracy", mode="max", patience=4, factor=0.3
    ),
    "initial_learning_rate: 0.1, monitor: val_loss, mode: max, min_delta: 0.2, patience: 3": plateau(
        FIGURES, 0.1, monitor="val_loss", mode="max", min_delta=0.2, patience=3
    ),
}


def numbers(values, indent):
    text, line = [], indent
    for value in np.concatenate([np.ravel(v) for v in values]):
        item = f"{value:.9g}, "
        if len(line) + len(item) > 99:
            text.append(line.rstrip())
            line = indent
        line += item
    return "\n".join(text + [line.rstrip()])


def table(name, doc, entries):
    print(f"\n  /// {doc}")
    print(f"  static let {name}: [(String, [Double])] = [")
    for key, values in entries.items():
        print(f'    (\n      "{key}",\n      [\n{numbers(values, " " * 8)}\n      ]\n    ),')
    print("  ]")


print("// Written by Tests/Reference/optimizers.py; do not edit.")
print("// swift-format-ignore-file\n")
print("/// What Keras 3 and TensorFlow give in float64.")
print("enum OptimizerNumbers {")
print("  /// The parameters before training, in arrays of 5, 3 and 37.")
print(f"  static let beginning: [Double] = [\n{numbers(beginning(), '    ')}\n  ]")
table("parameters", "The parameters after 20 steps, by job file text.", cases)
table("finals", "The parameters at the end of a training of 20 steps.", finals)
table("schedules", "The rates of the steps from 0 of a training of 60 steps.", schedules)
print(f"\n  /// A figure of each epoch.\n  static let figures: [Double] = [\n{numbers([FIGURES], '    ')}\n  ]")
table("plateaus", "The rate behind each epoch with these figures, by options.", plateaus)
print("}")
