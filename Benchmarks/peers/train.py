"""Training throughput of one framework: forward, backward and update on one batch in memory.

use: train.py jax|torch|torchfused|tf NETWORK BATCH adam|sgd SECONDS

The networks are those of `networks.py`, float32. JAX runs one jitted step with donated buffers;
TensorFlow one tf.function over Keras layers; PyTorch runs eagerly, with its default optimizer
implementation or (torchfused) its fused one. The process says {"ready": ...} once it is compiled and
warm, then measures for SECONDS at every line it reads, so that several frameworks can take turns on one
core. Threads are pinned by the caller (taskset).
"""

import json
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import networks


def torch_step(network, size, optimizer_name, fused=False):
    import torch
    from torch import nn

    torch.set_num_threads(1)
    features, targets = networks.batch(network, size)
    if network == "cnn":
        features = features.transpose(0, 3, 1, 2).copy()
    features = torch.from_numpy(features)
    targets = features if network == "ae" else torch.from_numpy(targets.astype("int64"))

    class Recurrent(nn.Module):
        def __init__(self, kind):
            super().__init__()
            self.recurrent, self.dense = kind(28, 128, batch_first=True), nn.Linear(128, 10)

        def forward(self, x):
            return self.dense(self.recurrent(x)[0][:, -1])

    if network in networks.WIDTHS:
        layers = []
        for inputs, outputs in networks.pairs(network):
            layers += [nn.Linear(inputs, outputs), nn.Sigmoid() if network == "ae" else nn.ReLU()]
        model = nn.Sequential(*(layers if network == "ae" else layers[:-1]))
    elif network == "cnn":
        model = nn.Sequential(
            nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
            nn.Dropout(0.25), nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5),
            nn.Linear(128, 10))
    else:
        model = Recurrent(nn.LSTM if network == "lstm" else nn.GRU)
    options = {"fused": True} if fused else {}
    if optimizer_name == "adam":
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, **options)
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-2, **options)
    loss_function = nn.functional.mse_loss if network == "ae" else nn.functional.cross_entropy

    def step():
        optimizer.zero_grad()
        loss = loss_function(model(features), targets)
        loss.backward()
        optimizer.step()

    return step, torch.__version__


def tf_step(network, size, optimizer_name):
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    import keras

    model = networks.keras_model(network)
    features, targets = networks.batch(network, size)
    features = tf.constant(features)
    targets = features if network == "ae" else tf.constant(targets.astype("int32"))
    if optimizer_name == "adam":
        optimizer = keras.optimizers.Adam(1e-3)
    else:
        optimizer = keras.optimizers.SGD(1e-2)
    optimizer.build(model.trainable_variables)

    @tf.function
    def update(x, y):
        with tf.GradientTape() as tape:
            output = model(x, training=True)
            if network == "ae":
                loss = tf.reduce_mean(tf.square(output - y))
            else:
                loss = tf.reduce_mean(
                    tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=output))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return loss

    return lambda: update(features, targets).numpy(), tf.__version__


def jax_step(network, size, optimizer_name):
    from functools import partial

    import jax
    import jax.numpy as jnp
    import numpy as np

    features, targets = networks.batch(network, size)
    features = jnp.asarray(features)
    targets = features if network == "ae" else jnp.asarray(targets)
    generator = np.random.default_rng(1)

    def layer(inputs, outputs):
        kernel = generator.standard_normal((inputs, outputs)) * inputs**-0.5
        return jnp.asarray(kernel.astype(np.float32)), jnp.zeros(outputs, jnp.float32)

    def filters(inputs, outputs):
        kernel = generator.standard_normal((3, 3, inputs, outputs)) * (9 * inputs) ** -0.5
        return jnp.asarray(kernel.astype(np.float32)), jnp.zeros(outputs, jnp.float32)

    def dropped(x, rate, key):
        return jnp.where(jax.random.bernoulli(key, 1 - rate, x.shape), x / (1 - rate), 0)

    if network in networks.WIDTHS:
        parameters = [layer(a, b) for a, b in networks.pairs(network)]

        def forward(parameters, x, key):
            for index, (kernel, bias) in enumerate(parameters):
                x = x @ kernel + bias
                if network == "ae":
                    x = jax.nn.sigmoid(x)
                elif index < len(parameters) - 1:
                    x = jax.nn.relu(x)
            return x
    elif network == "cnn":
        parameters = [filters(1, 32), filters(32, 64), layer(9216, 128), layer(128, 10)]

        def forward(parameters, x, key):
            for kernel, bias in parameters[:2]:
                x = jax.lax.conv_general_dilated(
                    x, kernel, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))
                x = jax.nn.relu(x + bias)
            x = jax.lax.reduce_window(
                x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
            first, second = jax.random.split(key)
            x = dropped(x, 0.25, first).reshape(x.shape[0], -1)
            x = dropped(jax.nn.relu(x @ parameters[2][0] + parameters[2][1]), 0.5, second)
            return x @ parameters[3][0] + parameters[3][1]
    else:
        gates = 4 if network == "lstm" else 3
        parameters = [layer(28, 128 * gates), layer(128, 128 * gates), layer(128, 10)]

        def forward(parameters, x, key):
            (w, b), (u, c), (v, d) = parameters
            inputs = jnp.swapaxes(x, 0, 1) @ w + b
            zeros = jnp.zeros((x.shape[0], 128))

            def lstm(state, x):
                h, cell = state
                i, f, g, o = jnp.split(x + h @ u, 4, 1)
                cell = jax.nn.sigmoid(f) * cell + jax.nn.sigmoid(i) * jnp.tanh(g)
                return (jax.nn.sigmoid(o) * jnp.tanh(cell), cell), None

            def gru(h, x):
                xr, xz, xn = jnp.split(x, 3, 1)
                hr, hz, hn = jnp.split(h @ u + c, 3, 1)
                r, z = jax.nn.sigmoid(xr + hr), jax.nn.sigmoid(xz + hz)
                return (1 - z) * jnp.tanh(xn + r * hn) + z * h, None

            if network == "lstm":
                (h, _), _ = jax.lax.scan(lstm, (zeros, zeros), inputs)
            else:
                h, _ = jax.lax.scan(gru, zeros, inputs)
            return h @ v + d

    tree_map = jax.tree_util.tree_map

    def loss(parameters, x, y, key):
        output = forward(parameters, x, key)
        if network == "ae":
            return jnp.mean((output - y) ** 2)
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(output), y[:, None], 1))

    @partial(jax.jit, donate_argnums=(0, 1, 2))
    def update(p, m, v, t, key, x, y):
        key, used = jax.random.split(key)
        value, gradient = jax.value_and_grad(loss)(p, x, y, used)
        t = t + 1
        if optimizer_name == "sgd":
            return tree_map(lambda p, g: p - 1e-2 * g, p, gradient), m, v, t, key, value
        m = tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, gradient)
        v = tree_map(lambda v, g: 0.999 * v + 0.001 * g * g, v, gradient)
        rate = 1e-3 * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        p = tree_map(lambda p, m, v: p - rate * m / (jnp.sqrt(v) + 1e-7), p, m, v)
        return p, m, v, t, key, value

    zeros = tree_map(jnp.zeros_like, parameters)
    state = [parameters, zeros, tree_map(jnp.copy, zeros), jnp.float32(0), jax.random.PRNGKey(0)]

    def step():
        *state[:], value = update(*state, features, targets)
        value.block_until_ready()

    return step, jax.__version__


STEPS = {
    "jax": jax_step,
    "torch": torch_step,
    "torchfused": lambda *arguments: torch_step(*arguments, fused=True),
    "tf": tf_step,
}


def main():
    framework, network, size, optimizer, seconds = sys.argv[1:6]
    size, seconds = int(size), float(seconds)
    step, version = STEPS[framework](network, size, optimizer)
    start = time.perf_counter()
    for count in range(20):
        step()
        if count >= 2 and time.perf_counter() - start > 3:
            break
    print(json.dumps({"ready": framework, "version": version}), flush=True)
    for _ in sys.stdin:
        count, start = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - start) < seconds:
            step()
            count += 1
        rate = count * size / elapsed
        print(json.dumps({"bench": framework, "value": rate, "unit": "samples/s"}), flush=True)


main()
