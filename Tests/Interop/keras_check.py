"""Opens model files of Sounder's in real Keras and compares predictions, element by element.

Then Keras trains a little with the configuration in the file.

use: keras_check.py DATA.h5 FEATURES TARGET MODEL.h5...     beside predictions-MODEL.h5

The rows go in as Sounder's pipeline transforms them here: divided by 255. A tolerance of 1e-4 on
probabilities is a thousand times the rounding of float32, and far below any wrong layer.
"""

import logging
import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
# Keras warns that a loaded model has not been evaluated yet.
logging.getLogger("absl").setLevel(logging.ERROR)

import h5py
import keras
import numpy as np

TOLERANCE = 1e-4


def check(path, features, target):
    with h5py.File(f"predictions-{path}") as file:
        ours = file["predictions"][:]
    model = keras.models.load_model(path)
    theirs = model.predict(features, batch_size=1000, verbose=0)
    if ours.shape != theirs.shape:
        sys.exit(f"{path}: sounder predicted {ours.shape}, Keras {theirs.shape}")
    largest = float(np.max(np.abs(ours - theirs)))
    if not largest < TOLERANCE:  # also when it is not a number
        sys.exit(f"{path}: predictions differ by up to {largest}")
    if model.optimizer is None:
        sys.exit(f"{path}: Keras found no training configuration")
    go_on(path, model, features[:256], target[:256])
    accuracy = float(np.mean(np.argmax(theirs, axis=1) == target))
    print(
        f"{path}: {theirs.size} predictions differ by at most {largest:.1e}, accuracy"
        f" {accuracy:.4f}, {type(model.optimizer).__name__},"
        f" {getattr(model.loss, '__name__', model.loss)}"
    )


def go_on(path, model, features, target):
    """Trains a little with the training configuration that the file holds."""
    if "sparse" not in getattr(model.loss, "__name__", ""):
        target = np.eye(model.output_shape[-1], dtype=np.float32)[target]
    losses = model.fit(features, target, batch_size=128, verbose=0).history["loss"]
    if not np.isfinite(losses).all():
        sys.exit(f"{path}: Keras cannot go on training: its loss is {losses}")


def main():
    data_path, features_path, target_path, *models = sys.argv[1:]
    with h5py.File(data_path) as file:
        features = file[features_path][:].astype(np.float32) / 255
        target = file[target_path][:]
    print(f"Keras {keras.__version__}, backend {keras.backend.backend()}")
    for path in models:
        check(path, features, target)


main()
