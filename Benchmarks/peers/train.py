"""Training throughput of one framework: forward, backward and update on one batch in memory.

use: train.py jax|torch BATCH adam|sgd SECONDS

The network is 784-256-256-10 with ReLU and softmax cross-entropy, float32. JAX runs one jitted step
with donated buffers; PyTorch runs eagerly with its default optimizer implementation. The process
says {"ready": ...} once it is compiled and warm, then measures for SECONDS at every line it reads,
so that several frameworks can take turns on one core. Threads are pinned by the caller (taskset).
"""

import json
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np

WIDTHS = [784, 256, 256, 10]


def batch(size):
    generator = np.random.default_rng(0)
    features = generator.random((size, WIDTHS[0]), dtype=np.float32)
    return features, generator.integers(0, WIDTHS[-1], size)


def torch_step(size, optimizer_name):
    import torch
    from torch import nn

    torch.set_num_threads(1)
    features, labels = batch(size)
    features, labels = torch.from_numpy(features), torch.from_numpy(labels.astype(np.int64))
    layers = []
    for inputs, outputs in zip(WIDTHS, WIDTHS[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    model = nn.Sequential(*layers[:-1])
    if optimizer_name == "adam":
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)

    def step():
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(features), labels)
        loss.backward()
        optimizer.step()

    return step, torch.__version__


def jax_step(size, optimizer_name):
    from functools import partial

    import jax
    import jax.numpy as jnp

    features, labels = map(jnp.asarray, batch(size))
    generator = np.random.default_rng(1)

    def layer(inputs, outputs):
        kernel = generator.standard_normal((inputs, outputs)) * inputs**-0.5
        return jnp.asarray(kernel.astype(np.float32)), jnp.zeros(outputs, jnp.float32)

    parameters = [layer(a, b) for a, b in zip(WIDTHS, WIDTHS[1:])]
    tree_map = jax.tree_util.tree_map

    def loss(parameters, x, y):
        for index, (kernel, bias) in enumerate(parameters):
            x = x @ kernel + bias
            if index < len(parameters) - 1:
                x = jax.nn.relu(x)
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x), y[:, None], 1))

    @partial(jax.jit, donate_argnums=(0, 1, 2))
    def update(p, m, v, t, x, y):
        value, gradient = jax.value_and_grad(loss)(p, x, y)
        t = t + 1
        if optimizer_name == "sgd":
            return tree_map(lambda p, g: p - 1e-2 * g, p, gradient), m, v, t, value
        m = tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, gradient)
        v = tree_map(lambda v, g: 0.999 * v + 0.001 * g * g, v, gradient)
        rate = 1e-3 * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        p = tree_map(lambda p, m, v: p - rate * m / (jnp.sqrt(v) + 1e-7), p, m, v)
        return p, m, v, t, value

    zeros = tree_map(jnp.zeros_like, parameters)
    state = [parameters, zeros, tree_map(jnp.copy, zeros), jnp.float32(0)]

    def step():
        *state[:], value = update(*state, features, labels)
        value.block_until_ready()

    return step, jax.__version__


def main():
    framework, size, optimizer = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    seconds = float(sys.argv[4])
    step, version = {"jax": jax_step, "torch": torch_step}[framework](size, optimizer)
    for _ in range(20):
        step()
    print(json.dumps({"ready": framework, "version": version}), flush=True)
    for _ in sys.stdin:
        count, start = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - start) < seconds:
            step()
            count += 1
        rate = count * size / elapsed
        print(json.dumps({"bench": framework, "value": rate, "unit": "samples/s"}), flush=True)


main()
