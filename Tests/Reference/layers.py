#!/usr/bin/env python3
"""Writes Tests/Fixtures/layers/FAMILY.h5: what single layers of Keras 3 compute.

Each group is a case: the model as `to_json()` (attribute `model`), weights (`before/0`, ...), rows of
inputs, targets and predictions (`x`, `t`, `y`, several inputs or outputs one after the other), and,
unless the layer draws random numbers, the gradient of the loss (`gradient/0`, ... of the trained
weights), the losses of 20 steps of gradient descent and the weights after them (`after/0`, ...). The
loss is the mean squared error of each output, without masked time steps, added up; the learning rate is
in attribute `rate`.

usage: KERAS_BACKEND=jax Tests/Reference/layers.py [FAMILY ...]    (keras 3, jax, h5py)

A family is a file cases_FAMILY.py with a list CASES of tuples: a name, the inputs' shapes, a function
from `keras.layers` to a layer, and options: `indices` (inputs are whole numbers below), `random` (no
training), `rate` (0.05), `call` (a function from the layer and the inputs to the outputs).
"""
import importlib
import os
import pathlib
import sys
import zlib

os.environ.setdefault("KERAS_BACKEND", "jax")
import h5py
import jax
import jax.numpy as jnp
import keras
import numpy as np

jax.config.update("jax_default_matmul_precision", "highest")
HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE.parent / "Fixtures" / "layers"
BATCH = 4
STEPS = 20


def weight(rng, variable):
    """Numbers that show mistakes: no zeros, and what must be positive is."""
    values = rng.uniform(-0.7, 0.7, variable.shape)
    if "variance" in variable.name:
        values = rng.uniform(0.5, 1.5, variable.shape)
    elif "gamma" in variable.name or variable.name == "scale":
        values = rng.uniform(0.5, 1.5, variable.shape)
    return values.astype(np.float32)


def rows(arrays):
    return np.concatenate([np.asarray(a, np.float32).reshape(BATCH, -1) for a in arrays], 1)


def write(file, name, shapes, make, indices=None, random=False, rate=0.05, call=None):
    keras.backend.clear_session()
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    inputs = [keras.Input(shape, name=f"input_{i}") for i, shape in enumerate(shapes)]
    layer = make(keras.layers)
    if call:
        outputs = call(layer, inputs)
    else:
        outputs = layer(inputs if len(inputs) > 1 else inputs[0])
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    model = keras.Model(inputs, outputs, name=name)
    model.set_weights([weight(rng, v) for v in model.weights])
    before = [np.array(v) for v in model.weights]
    if indices:
        x = [rng.integers(0, indices, (BATCH, *shape)).astype(np.float32) for shape in shapes]
    else:
        x = [rng.uniform(-1, 1, (BATCH, *shape)).astype(np.float32) for shape in shapes]
    y = model(x if len(x) > 1 else x[0], training=False)
    y = y if isinstance(y, (list, tuple)) else [y]
    t = [rng.uniform(-1, 1, a.shape).astype(np.float32) for a in y]

    group = file.create_group(name)
    group.attrs["model"] = model.to_json()
    group.attrs["rate"] = rate
    group["x"], group["t"], group["y"] = rows(x), rows(t), rows(y)
    for i, values in enumerate(before):
        group[f"before/{i}"] = values
    if random:
        return

    def loss(trained, others):
        out, others = model.stateless_call(
            trained, others, x if len(x) > 1 else x[0], training=True)
        out = out if isinstance(out, (list, tuple)) else [out]
        # Keras' own loss leaves out the time steps that are masked.
        mean_squared_error = keras.losses.MeanSquaredError()
        errors = sum(mean_squared_error(b, a) for a, b in zip(out, t))
        penalties = [
            v.regularizer(value) for v, value in zip(model.trainable_variables, trained)
            if v.regularizer is not None]
        return errors + sum(penalties), others

    step = jax.jit(jax.value_and_grad(loss, has_aux=True))
    trained = [v.value for v in model.trainable_variables]
    others = [v.value for v in model.non_trainable_variables]
    losses = []
    for number in range(STEPS):
        (value, others), gradient = step(trained, others)
        if number == 0:
            for i, values in enumerate(gradient):
                group[f"gradient/{i}"] = np.asarray(values)
        losses.append(float(value))
        trained = [a - rate * b for a, b in zip(trained, gradient)]
    for variables, values in ((model.trainable_variables, trained),
                              (model.non_trainable_variables, others)):
        for variable, value in zip(variables, values):
            variable.assign(value)
    group["losses"] = np.array(losses, np.float64)
    for i, variable in enumerate(model.weights):
        group[f"after/{i}"] = np.array(variable)


def main():
    sys.path.insert(0, str(HERE))
    families = sys.argv[1:] or sorted(p.stem[6:] for p in HERE.glob("cases_*.py"))
    FIXTURES.mkdir(exist_ok=True)
    for family in families:
        cases = importlib.import_module(f"cases_{family}").CASES
        with h5py.File(FIXTURES / f"{family}.h5", "w", libver="earliest", track_order=True) as file:
            file.attrs["keras"] = keras.__version__
            for name, shapes, make, *options in cases:
                write(file, name, shapes, make, **(options[0] if options else {}))
        print(f"{family}: {len(cases)} cases by keras {keras.__version__}")


if __name__ == "__main__":
    main()
