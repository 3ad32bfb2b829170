"""Converts what TensorFlow saved with scripts/tensorflow-to-keras.py, and compares Sounder's predictions.

use: tensorflow_check.py SCRIPT SOUNDER      in an empty folder; needs tensorflow and tf_keras

A SavedModel with Keras' layers in it, a checkpoint of Keras, one of variables with names of their own, and a
SavedModel of a function: 1e-5 is a hundred times the rounding of float32. And what is missing is said.
"""

import os
import subprocess
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import h5py
import numpy as np
import tensorflow as tf
import tf_keras

script, sounder = sys.argv[1:]
layers = tf_keras.layers
model = tf_keras.Sequential([
    layers.Input((6, 4), name="rows"), layers.Conv1D(5, 3, activation="relu", name="conv"),
    layers.BatchNormalization(name="norm"), layers.GRU(4, name="gru"),
    layers.Dense(3, activation="softmax", name="out"),
])
generator = np.random.default_rng(1)
model.set_weights([generator.random(w.shape) * 0.5 + 0.1 for w in model.get_weights()])
rows = generator.standard_normal((7, 6, 4)).astype("float32")
expected = model.predict(rows, verbose=0)
with h5py.File("rows.h5", "w") as file:
    file["x"] = rows
with open("model.json", "w") as file:
    file.write(model.to_json())

model.save("saved", save_format="tf")
model.save_weights("keras-checkpoint", save_format="tf")
variables = {f"v{i}": tf.Variable(w) for i, w in enumerate(model.get_weights())}
tf.train.Checkpoint(**variables).write("named")
module = tf.Module()
module.list = [tf.Variable(w) for w in model.get_weights()]
tf.saved_model.save(module, "function")


def convert(*words):
    return subprocess.run(
        [sys.executable, script, *words], capture_output=True, text=True, check=False)


def names(prefix):
    """Each weight of the model with the variable of its number."""
    found = [name for name, _ in tf.train.list_variables(prefix) if name.endswith("VARIABLE_VALUE")]
    maps = []
    for index, weight in enumerate(model.weights):
        own = [n for n in found if n.startswith(f"v{index}/") or n.startswith(f"list/{index}/")]
        maps += ["--map", f"{weight.name.split(':')[0]}={own[0]}"]
    return maps


cases = {
    "saved": [], "keras-checkpoint": ["--model", "model.json"],
    "named": ["--model", "model.json", *names("named")],
    "function": ["--model", "model.json", *names("function/variables/variables")],
}
for source, options in cases.items():
    made = convert(source, f"{source}.h5", *options)
    if made.returncode != 0:
        sys.exit(f"{source}: {made.stderr}")
    subprocess.run(
        [sounder, "predict", f"{source}.h5", "rows.h5", "--features", "x", "--output",
         f"predicted-{source}.h5", "--quiet"], check=True)
    with h5py.File(f"predicted-{source}.h5") as file:
        difference = np.abs(file["predictions"][:] - expected).max()
    if not difference <= 1e-5:
        sys.exit(f"{source}: predictions differ by up to {difference}")

for words, reason in [
    (["named", "a.h5"], "--model"), (["named", "b.h5", "--model", "model.json"], "not all weights"),
    (["saved", "saved.h5"], "is there already"), (["nothing", "c.h5", "--model", "model.json"], "no checkpoint"),
    (["named", "d.h5", "--model", "model.json", "--map", "out/bias=v0"], "--map"),
]:
    refused = convert(*words)
    if refused.returncode != 65 or reason not in refused.stderr:
        sys.exit(f"{words}: status {refused.returncode}, {refused.stderr}")
print(f"interop: {len(cases)} forms of TensorFlow's models predict what TensorFlow predicts")
