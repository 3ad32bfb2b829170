"""Opens model files of Sounder's in real Keras and compares predictions, element by element.

Then Keras trains a little with the configuration in the file.

use: keras_check.py DATA.h5 FEATURES TARGET MODEL.h5...     beside predictions-MODEL.h5

The rows go in as the pipeline in the model file transforms them: scaled, or as they are. A tolerance
of 1e-4 on probabilities is a thousand times the rounding of float32, and far below any wrong layer.
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


# As docs/networks.md has it: the layer that Keras has no class for and that a program registers.
@keras.saving.register_keras_serializable("sounder")
class PositionEncoding(keras.layers.Layer):
    def __init__(self, max_wavelength=10000, **options):
        super().__init__(**options)
        self.max_wavelength = max_wavelength

    def call(self, x):
        places, features = x.shape[1:]
        feature = np.arange(features)
        angle = np.arange(places)[:, None] / self.max_wavelength ** (feature // 2 * 2 / features)
        return x + np.where(feature % 2 == 0, np.sin(angle), np.cos(angle)).astype("float32")


def transformed(path, features):
    """The rows as the model's pipeline hands them to the network."""
    with h5py.File(path) as file:
        stages = file["sounder/pipeline/features"]
        for name in sorted(stages):
            stage = stages[name].attrs
            if stage["stage"] != b"scale":
                sys.exit(f"{path}: this program knows the stage scale only, not {stage['stage']}")
            features = features * np.float32(stage["factor"]) + np.float32(stage["offset"])
    return features


# Keras compiles these for half a minute each before it trains; the others show that it goes on.
COSTLY = {"recurrent.h5", "text.h5", "merging.h5"}
# Keras has no loss for the parameters of a distribution.
UNTRAINED = {"mixture.h5"}


def predicted(path, names):
    """What Sounder predicted with the model: one array for each output."""
    with h5py.File(f"predictions-{path}") as file:
        # `sounder transform` calls a layer's output features.
        found = file["predictions" if "predictions" in file else "features"]
        return [found[name][:] for name in names] if isinstance(found, h5py.Group) else [found[:]]


def check(path, rows, target):
    model = keras.models.load_model(path)
    features = [transformed(path, rows)] * len(model.inputs)
    features = features if len(features) > 1 else features[0]
    theirs = model.predict(features, batch_size=1000, verbose=0)
    theirs = theirs if isinstance(theirs, list) else [theirs]
    ours = predicted(path, getattr(model, "output_names", []))
    if [a.shape for a in ours] != [a.shape for a in theirs]:
        sys.exit(
            f"{path}: sounder predicted {[a.shape for a in ours]}, Keras {[a.shape for a in theirs]}"
        )
    largest = max(float(np.max(np.abs(a - b))) for a, b in zip(ours, theirs))
    if not largest < TOLERANCE:  # also when it is not a number
        sys.exit(f"{path}: predictions differ by up to {largest}")
    if path in UNTRAINED:
        if getattr(model, "optimizer", None) is not None:
            sys.exit(f"{path}: Keras found a training configuration")
        print(f"{path}: {theirs[0].size} parameters of distributions differ by at most {largest:.1e}")
        return
    if getattr(model, "optimizer", None) is None:
        sys.exit(f"{path}: Keras found no training configuration")
    if path in COSTLY:
        pass
    elif len(theirs) == 1:
        go_on(path, model, features[:256], target[:256])
    else:
        go_on(path, model, [a[:256] for a in features], [target[:256]] * len(theirs))
    theirs = theirs[0]
    accuracy = float(np.mean(np.argmax(theirs, axis=1) == target))
    print(
        f"{path}: {theirs.size} predictions differ by at most {largest:.1e}, accuracy"
        f" {accuracy:.4f}, {type(model.optimizer).__name__},"
        f" {getattr(model.loss, '__name__', model.loss)}"
    )


def go_on(path, model, features, target):
    """Trains a little with the training configuration that the file holds."""
    if isinstance(target, np.ndarray) and "sparse" not in getattr(model.loss, "__name__", ""):
        target = np.eye(model.output_shape[-1], dtype=np.float32)[target]
    losses = model.fit(features, target, batch_size=128, verbose=0).history["loss"]
    if not np.isfinite(losses).all():
        sys.exit(f"{path}: Keras cannot go on training: its loss is {losses}")


def main():
    data_path, features_path, target_path, *models = sys.argv[1:]
    with h5py.File(data_path) as file:
        rows = file[features_path][:].astype(np.float32)
        target = file[target_path][:]
    print(f"Keras {keras.__version__}, backend {keras.backend.backend()}")
    for path in models:
        check(path, rows, target)


main()
